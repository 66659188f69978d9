#include "recordings/recordingroutes.h"
#include "recordings/recordings.h"
#include "resourcebench.h"

#include <QThreadPool>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 03 section 12, contract 06 section 6, on a real folder and database.
class RecordingsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        readers = std::make_unique<QThreadPool>();
        recordings = std::make_unique<Recordings>(root(), bench->database, [] { return Timestamp(1'782'907'205); });
        registerRecordingRoutes(bench->router, bench->database, *recordings, *readers);
        session = bench->makeSession("r1", bench->makeProfile("lab"));
    }
    void cleanup()
    {
        recordings.reset();
        readers.reset();
        bench.reset();
    }

    void aRecordingBeginsWithItsHeaderAndAnEmptyEvent();
    void everyFieldIsAnswered();
    void defaultsAreEightyByTwentyFour();
    void anUnknownSessionIsLeftOut();
    void theListIsNewestFirstAndCanBeOfOneSession();
    void nameAndDurationCanBeChanged();
    void eventLinesAreAppendedAsTheyCome();
    void aFlushThatIsSentAgainIsNotDoubled();
    void aFlushIsNotMistakenForARepetition();
    void aFailedAppendLeavesNothing();
    void halfALineOfACrashIsTakenAway();
    void aLineThatIsWholeIsKept();
    void largeFlushesAreTakenAndStreamedBack();
    void aFileOfTheReferenceWithOnlyAHeaderPlays();
    void deletingRemovesFileAndRow();
    void unknownIdsAre404();
    void aMissingFileIsToldApart();
    void pathsOfTheDatabaseAreNotTrusted_data();
    void pathsOfTheDatabaseAreNotTrusted();
    void savingMakesADocument();
    void deletingTheSessionKeepsTheRecording();
    void wrongBodiesNameTheirField();

private:
    QString root() const { return bench->folder.filePath(u"home/Documents/NetStacks/recordings"_s); }
    QByteArray begin() { return bench->make("/api/recordings", R"({"name":"r"})"); }
    QString fileOf(const QByteArray &id) { return bench->call.get("/api/recordings/" + id).text("file_path"); }
    Answer append(const QByteArray &id, const QByteArray &lines)
    {
        return bench->call.post("/api/recordings/" + id + "/append", object("data", lines));
    }
    static QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static void write(const QString &path, const QByteArray &text)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }
    /// What has been appended so far: the file behind its first two lines.
    QByteArray events(const QByteArray &id)
    {
        const QByteArray all = read(fileOf(id));
        return all.sliced(all.indexOf('\n', all.indexOf('\n') + 1) + 1);
    }
    /// The file as a player gets it.
    QByteArray play(const QByteArray &id, QByteArray *type = nullptr)
    {
        const Answer answer = bench->call.get("/api/recordings/" + id + "/data");
        [&] { QVERIFY(!answer.isCut); }();
        if (type)
            *type = answer.contentType;
        return answer.body;
    }

    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<QThreadPool> readers;
    std::unique_ptr<Recordings> recordings;
    QByteArray session;
};

void RecordingsTest::aRecordingBeginsWithItsHeaderAndAnEmptyEvent()
{
    qputenv("SHELL", "/bin/zsh");
    const mode_t before = ::umask(0);
    const QByteArray id = bench->make("/api/recordings", R"({"name":"my r ü","terminal_cols":132,"terminal_rows":43})");
    ::umask(before);
    const QString path = fileOf(id);
    QCOMPARE(path, root() + u'/' + QString::fromLatin1(id) + u"_20260701_120005.cast"_s);
    QCOMPARE(read(path), QByteArray(R"({"version":2,"width":132,"height":43,"timestamp":1782907205,)"
                                    R"("title":"my r ü","env":{"SHELL":"/bin/zsh","TERM":"xterm-256color"}})"
                                    "\n[0,\"o\",\"\"]\n"));
    struct stat info;
    QCOMPARE(::stat(QFile::encodeName(path).constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, 0600u);
}

void RecordingsTest::everyFieldIsAnswered()
{
    const Answer answer = bench->call.post("/api/recordings", R"({"name":"r","session_id":")" + session +
                                                                  R"(","terminal_cols":100,"terminal_rows":30})");
    QCOMPARE(answer.status, 201);
    QByteArray rest = answer.body;
    rest.replace(answer.text("id").toLatin1(), "@").replace(root().toUtf8(), "#").replace(session, "$");
    QCOMPARE(rest, R"({"id":"@","session_id":"$","name":"r","terminal_cols":100,"terminal_rows":30,"duration_ms":0,)"
                   R"("file_path":"#/@_20260701_120005.cast","created_at":"2026-07-01T12:00:05Z",)"
                   R"("updated_at":"2026-07-01T12:00:05Z"})");
    QCOMPARE(bench->call.get("/api/recordings/" + answer.text("id").toLatin1()).body, answer.body);
}

void RecordingsTest::defaultsAreEightyByTwentyFour()
{
    const Answer answer = bench->call.post("/api/recordings", R"({"name":""})");
    QCOMPARE(answer.json()["terminal_cols"].GetInt(), 80);
    QCOMPARE(answer.json()["terminal_rows"].GetInt(), 24);
    QVERIFY(answer.json()["session_id"].IsNull());
}

void RecordingsTest::anUnknownSessionIsLeftOut()
{
    const Answer answer = bench->call.post("/api/recordings", R"({"name":"r","session_id":"tab-17"})");
    QCOMPARE(answer.status, 201);
    QVERIFY(answer.json()["session_id"].IsNull());
}

void RecordingsTest::theListIsNewestFirstAndCanBeOfOneSession()
{
    for (const char *name : {"one", "two", "three"})
        bench->make("/api/recordings", QByteArray(R"({"name":")") + name + "\"" +
                                           (*name == 't' ? ",\"session_id\":\"" + session + '"' : QByteArray()) + '}');
    QCOMPARE(bench->names("/api/recordings"), (QStringList{u"three"_s, u"two"_s, u"one"_s}));
    QCOMPARE(bench->names("/api/recordings?session_id=" + session), (QStringList{u"three"_s, u"two"_s}));
    QCOMPARE(bench->call.get("/api/recordings?session_id=nope").body, "[]");
}

void RecordingsTest::nameAndDurationCanBeChanged()
{
    const QByteArray id = begin();
    const QString path = fileOf(id);
    const Answer answer = bench->call.put(
        "/api/recordings/" + id,
        R"({"name":"new","duration_ms":61500,"terminal_cols":1,"file_path":"/etc/passwd","session_id":null})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("name"), u"new"_s);
    QCOMPARE(answer.json()["duration_ms"].GetInt(), 61500);
    QCOMPARE(answer.json()["terminal_cols"].GetInt(), 80);
    QCOMPARE(answer.text("file_path"), path);
    QCOMPARE(bench->call.put("/api/recordings/" + id, R"({"duration_ms":-1})").text("field"), u"duration_ms"_s);
}

void RecordingsTest::eventLinesAreAppendedAsTheyCome()
{
    const QByteArray id = begin();
    const QByteArray lines = "[0.5,\"o\",\"a\\u001b[0m\"]\n[1.25,\"i\",\"\\r\"]\n";
    QCOMPARE(append(id, lines).status, 204);
    QCOMPARE(append(id, "").status, 204);
    QCOMPARE(append(id, "[2,\"o\",\"no line end\"]").status, 204);
    QCOMPARE(append(id, "[3,\"o\",\"b\"]\n").status, 204);
    QCOMPARE(events(id), lines + "[2,\"o\",\"no line end\"]\n[3,\"o\",\"b\"]\n");
}

void RecordingsTest::aFlushThatIsSentAgainIsNotDoubled()
{
    const QByteArray id = begin();
    const QByteArray first = "[1,\"o\",\"a\"]\n", second = "[2,\"o\",\"b\"]\n", third = "[3,\"o\",\"c\"]\n";
    QCOMPARE(append(id, first).status, 204);                  // written, but say the answer is lost
    QCOMPARE(append(id, first).status, 204);                  // alone
    QCOMPARE(append(id, first + second).status, 204);         // with the next flush
    QCOMPARE(append(id, first + second + third).status, 204); // and that answer is lost, too
    QCOMPARE(events(id), first + second + third);
    QCOMPARE(append(id, "[4,\"o\",\"d\"]\n").status, 204);
    QCOMPARE(events(id), first + second + third + "[4,\"o\",\"d\"]\n");
}

void RecordingsTest::aFlushIsNotMistakenForARepetition()
{
    const QByteArray id = begin(), other = begin();
    const QByteArray line = "[1,\"o\",\"a\"]\n";
    QCOMPARE(append(id, line).status, 204);
    QCOMPARE(append(other, line).status, 204); // the same text of another terminal
    QCOMPARE(events(other), line);
    QCOMPARE(append(id, "[2,\"o\",\"b\"]\n").status, 204);
    QCOMPARE(append(id, line).status, 204); // no longer the last
    QCOMPARE(events(id), line + "[2,\"o\",\"b\"]\n" + line);
}

void RecordingsTest::aFailedAppendLeavesNothing()
{
    const QByteArray id = begin();
    const QByteArray first = "[1,\"o\",\"a\"]\n", more = "[2,\"o\",\"" + QByteArray(100'000, 'x') + "\"]\n";
    QCOMPARE(append(id, first).status, 204);
    const QString path = fileOf(id);
    // A limit of the file size stands in for a full disk. The database has files too, so it is set only just above.
    const auto oldHandler = ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = rlim_t(read(path).size()) + 5000;
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const Answer failed = append(id, more);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, oldHandler);
    QVERIFY(failed.status >= 500);
    QCOMPARE(events(id), first);
    QCOMPARE(append(id, more + "[3,\"o\",\"c\"]\n").status, 204); // as the client does
    QCOMPARE(events(id), first + more + "[3,\"o\",\"c\"]\n");
}

void RecordingsTest::halfALineOfACrashIsTakenAway()
{
    const QByteArray id = begin();
    QByteArray expected = "[1,\"o\",\"a\"]\n";
    QCOMPARE(append(id, expected).status, 204);
    const QString path = fileOf(id);
    for (const char *half : {"[", "[2,\"o\",\"b", "[2,\"o\",\"b\""}) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::Append));
        file.write(half);
        file.close();
        const QByteArray line = "[2,\"o\",\"" + QByteArray::number(expected.size()) + "\"]\n";
        QCOMPARE(append(id, line).status, 204);
        expected += line;
    }
    QCOMPARE(events(id), expected);
}

void RecordingsTest::aLineThatIsWholeIsKept()
{
    const QByteArray id = begin();
    QFile file(fileOf(id));
    QVERIFY(file.open(QIODevice::Append));
    file.write("[1,\"o\",\"a\"]");
    file.close();
    QCOMPARE(append(id, "[2,\"o\",\"b\"]\n").status, 204);
    QCOMPARE(events(id), "[1,\"o\",\"a\"]\n[2,\"o\",\"b\"]\n");
}

void RecordingsTest::largeFlushesAreTakenAndStreamedBack()
{
    const QByteArray id = begin();
    const QByteArray line = "[1,\"o\",\"" + QByteArray(1000, 'y') + "\"]\n";
    const QByteArray lines = line.repeated(20'000); // 20 MB, ten times what the reference takes
    QCOMPARE(append(id, lines).status, 204);
    QByteArray type;
    const QByteArray played = play(id, &type);
    QCOMPARE(type, "application/x-asciicast");
    QCOMPARE(played, read(fileOf(id)));
    QVERIFY(played.endsWith(lines));
}

void RecordingsTest::aFileOfTheReferenceWithOnlyAHeaderPlays()
{
    const QByteArray id = begin();
    const QString path = fileOf(id);
    for (const QByteArray &file : {QByteArray("{\"version\":2}\n"), QByteArray("{\"version\":2}")}) {
        write(path, file);
        QCOMPARE(play(id), "{\"version\":2}\n[0,\"o\",\"\"]\n");
    }
}

void RecordingsTest::deletingRemovesFileAndRow()
{
    const QByteArray id = begin();
    const QString path = fileOf(id);
    QCOMPARE(bench->call.remove("/api/recordings/" + id).status, 204);
    QVERIFY(!QFile::exists(path));
    QCOMPARE(bench->call.remove("/api/recordings/" + id).status, 404);
    const QByteArray other = begin();
    QVERIFY(QFile::remove(fileOf(other)));
    QCOMPARE(bench->call.remove("/api/recordings/" + other).status, 204);
}

void RecordingsTest::unknownIdsAre404()
{
    for (const char *route : {"", "/data"})
        QCOMPARE(bench->call.get(QByteArray("/api/recordings/nope") + route).status, 404);
    QCOMPARE(bench->call.put("/api/recordings/nope", "{}").status, 404);
    QCOMPARE(bench->call.post("/api/recordings/nope/append", R"({"data":"x"})").status, 404);
    QCOMPARE(bench->call.post("/api/recordings/nope/save-to-docs", "{}").status, 404);
}

void RecordingsTest::aMissingFileIsToldApart()
{
    const QByteArray id = begin();
    QVERIFY(QFile::remove(fileOf(id)));
    const Answer data = bench->call.get("/api/recordings/" + id + "/data");
    QCOMPARE(data.status, 404);
    const Answer appended = append(id, "x");
    QCOMPARE(appended.status, 500);
    QCOMPARE(appended.code(), u"IO_ERROR"_s);
    QVERIFY(!QFile::exists(fileOf(id)));
}

void RecordingsTest::pathsOfTheDatabaseAreNotTrusted_data()
{
    QTest::addColumn<QString>("path"); // %1: the folder of the recordings
    for (const char *path : {"/etc/passwd", "%1/../victim", "%1/link", "victim", "", "%1"})
        QTest::newRow(path) << QString::fromUtf8(path);
}

void RecordingsTest::pathsOfTheDatabaseAreNotTrusted()
{
    QFETCH(QString, path);
    const QByteArray id = begin();
    const QString victim = QFileInfo(root() + u"/../victim"_s).absoluteFilePath();
    write(victim, "secret");
    QVERIFY(QFile::link(victim, root() + u"/link"_s));
    const QString stored = path.replace(u"%1"_s, root());
    bench->sql(u"UPDATE recordings SET file_path = '%1' RETURNING 1"_s.arg(stored));
    const Answer data = bench->call.get("/api/recordings/" + id + "/data");
    QCOMPARE(data.code(), u"INVALID_PATH"_s);
    QVERIFY(!data.body.contains("secret"));
    QCOMPARE(append(id, "evil").code(), u"INVALID_PATH"_s);
    QCOMPARE(bench->call.remove("/api/recordings/" + id).status, 204);
    QCOMPARE(read(victim), "secret");
}

void RecordingsTest::savingMakesADocument()
{
    const QByteArray id =
        bench->make("/api/recordings", R"({"name":"my r","session_id":")" + session + R"(","terminal_cols":100})");
    QCOMPARE(bench->call.put("/api/recordings/" + id, R"({"duration_ms":1500})").status, 200);
    const QByteArray path = "/api/recordings/" + id + "/save-to-docs";
    const Answer saved = bench->call.post(path, "{}");
    QCOMPARE(saved.status, 201);
    QCOMPARE(bench
                 ->sql(u"SELECT name || '|' || category || '|' || content_type || '|' || parent_folder || '|' || "
                       "session_id || '|' || content FROM documents WHERE id = '"_s +
                       saved.text("document_id") + u"'"_s)
                 .toString()
                 .toUtf8(),
             "my r|outputs|recording|recordings|" + session + R"(|{"recording_id":")" + id +
                 R"(","name":"my r","duration_ms":1500,"terminal_cols":100,"terminal_rows":24})");
    const QByteArray other = bench->makeSession("r2", bench->makeProfile("lab2"));
    const Answer moved = bench->call.post(path, object("session_id", other));
    QCOMPARE(bench->sql(u"SELECT session_id FROM documents WHERE id = '"_s + moved.text("document_id") + u"'"_s)
                 .toString()
                 .toUtf8(),
             other);
    QCOMPARE(bench->call.post(path, "").status, 400);
    QCOMPARE(bench->call.post(path, "[]").status, 422);
}

void RecordingsTest::deletingTheSessionKeepsTheRecording()
{
    const QByteArray id = bench->make("/api/recordings", R"({"name":"r","session_id":")" + session + "\"}");
    QCOMPARE(bench->call.remove("/api/sessions/" + session).status, 204);
    QVERIFY(bench->call.get("/api/recordings/" + id).json()["session_id"].IsNull());
}

void RecordingsTest::wrongBodiesNameTheirField()
{
    QCOMPARE(bench->call.post("/api/recordings", "{}").text("field"), u"name"_s);
    QCOMPARE(bench->call.post("/api/recordings", R"({"name":"r","terminal_cols":70000})").text("field"),
             u"terminal_cols"_s);
    QCOMPARE(bench->call.post("/api/recordings", object("name", QByteArray(2000, 'x'))).status, 400);
    QCOMPARE(bench->call.post("/api/recordings/" + begin() + "/append", "{}").text("field"), u"data"_s);
    QCOMPARE(QDir(root()).entryList(QDir::Files).size(), 1); // nothing was made for the refused ones
}

QTEST_GUILESS_MAIN(RecordingsTest)
#include "tst_recordings.moc"
