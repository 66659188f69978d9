#include "core/jsonwriter.h"
#include "localfiles/localfileroutes.h"
#include "localfiles/localfiles.h"
#include "net/response.h"
#include "routecaller/routecaller.h"

#include <QCoroTask>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 sections 3 and 4, on the real file system.
class LocalFilesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_around = std::make_unique<QTemporaryDir>();
        m_router = std::make_unique<Router>();
        for (const QString &folder : {u"home/.ssh"_s, u"home/.config"_s, u"desk"_s})
            QVERIFY(QDir(m_around->path()).mkpath(folder));
        m_files = std::make_unique<LocalFiles>(PrivatePlaces{.home = at(u"home"_s),
                                                             .database = at(u"home/netstacks.db"_s),
                                                             .configFolder = at(u"home/.config"_s)},
                                               0022);
        registerLocalFileRoutes(*m_router, *m_files);
        m_call = std::make_unique<RouteCaller>(*m_router);
        m_call->patience = std::chrono::seconds(60);
    }
    void cleanup()
    {
        m_call.reset();
        m_files.reset();
        QCoreApplication::processEvents();
    }

    void textIsReadAsItIs_data();
    void textIsReadAsItIs();
    void whatIsNoTextIsAnError();
    void textIsReadUpToItsLimit();
    void otherRoomsReadByTheSameRules();
    void anythingIsReadInBase64_data();
    void anythingIsReadInBase64();
    void aFileThatBecomesShorterCutsTheAnswer();
    void tooLargeFilesAreRefused();
    void textIsWrittenAndCounted();
    void anythingIsWrittenFromBase64();
    void whatIsNoBase64IsRefused_data();
    void whatIsNoBase64IsRefused();
    void aLargePictureGoesThroughUnchanged();
    void foldersAreListedUnderTheNameThatWasAsked();
    void tenThousandEntriesAreListedAndNoMore();
    void foldersAreMadeDeletedAndRenamed();
    void existenceIsAsked();
    void privatePlacesAreDenied_data();
    void privatePlacesAreDenied();
    void missingThingsAre404WithTheWordOfTheRoute();
    void wrongBodiesNameTheirField_data();
    void wrongBodiesNameTheirField();
    void anOrderToOpenAFileIsLeftForTheTerminal();
    void anOrderToOpenAFileIsChecked_data();
    void anOrderToOpenAFileIsChecked();
    void anOrderThatCannotBeLeftIsAnIoError();
    void anOrderIsNeverSeenHalfWritten();
    void aFloodOfOrdersIsTurnedAway();

private:
    using Members = std::initializer_list<std::pair<const char *, QByteArray>>;
    QString at(const QString &name) const { return m_around->filePath(name); }
    QByteArray bytesAt(const QString &name) const { return at(name).toUtf8(); }
    static QByteArray object(Members members)
    {
        JsonWriter writer;
        writer.beginObject();
        for (const auto &[name, value] : members) {
            writer.key(std::string_view(name));
            writer.utf8(value);
        }
        writer.endObject();
        return writer.take();
    }
    Answer ask(const QByteArray &route, const QByteArray &body) { return m_call->post("/api/local/" + route, body); }
    Answer ask(const QByteArray &route, Members members) { return ask(route, object(members)); }
    Answer askPath(const QByteArray &route, const QString &name) { return ask(route, {{"path", bytesAt(name)}}); }
    Answer remove(const QString &name, bool isFolder)
    {
        QByteArray body = object({{"path", bytesAt(name)}});
        body.chop(1);
        return ask("delete", body + ",\"is_dir\":" + (isFolder ? "true}" : "false}"));
    }
    void put(const QString &name, const QByteArray &text) const
    {
        QFile file(at(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }
    QByteArray content(const QString &name) const
    {
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void makeSparse(const QString &name, qint64 size) const
    {
        put(name, "");
        QCOMPARE(::truncate(QFile::encodeName(at(name)).constData(), off_t(size)), 0);
    }

    std::unique_ptr<QTemporaryDir> m_around;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<LocalFiles> m_files;
    std::unique_ptr<RouteCaller> m_call;
};

void LocalFilesTest::textIsReadAsItIs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("mark and line ends") << QByteArray("\xEF\xBB\xBF"
                                                      "a\r\nb\rc\n");
    QTest::newRow("NUL") << QByteArray("a\0b", 3);
    QTest::newRow("signs") << QByteArray("ü🚀\"\\\x1b[0m\x7f");
    QTest::newRow("large") << QByteArray(3'000'000, 'x') + "ü";
}

void LocalFilesTest::textIsReadAsItIs()
{
    QFETCH(QByteArray, text);
    put(u"desk/a b+%20ü"_s, text);
    const Answer answer = askPath("read-file", u"desk/a b+%20ü"_s);
    QCOMPARE(answer.status, 200);
    const JsonValue &json = answer.json();
    QCOMPARE(json.MemberCount(), 2u);
    QCOMPARE(QByteArray(json["content"].GetString(), qsizetype(json["content"].GetStringLength())), text);
    QCOMPARE(answer.text("path"), at(u"desk/a b+%20ü"_s));
}

void LocalFilesTest::whatIsNoTextIsAnError()
{
    put(u"desk/latin"_s, "caf\xE9");
    const Answer answer = askPath("read-file", u"desk/latin"_s);
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"FS_READ"_s);
    QVERIFY(answer.text("error").contains(u"UTF-8"_s));
}

void LocalFilesTest::textIsReadUpToItsLimit()
{
    makeSparse(u"desk/f"_s, LocalFiles::kMaxText + 1);
    const Answer refused = askPath("read-file", u"desk/f"_s);
    QCOMPARE(refused.status, 413);
    QCOMPARE(refused.code(), u"FS_READ"_s);
    makeSparse(u"desk/f"_s, qint64(5) * 1024 * 1024 * 1024);
    QCOMPARE(askPath("read-file", u"desk/f"_s).status, 413);
    put(u"desk/f"_s, QByteArray(LocalFiles::kMaxText, 'x'));
    QCOMPARE(askPath("read-file", u"desk/f"_s).status, 200);
}

void LocalFilesTest::otherRoomsReadByTheSameRules()
{
    put(u"desk/main.py"_s, "print()\n");
    const auto read = [&](const QString &path) { return QCoro::waitFor(m_files->text(path)); };
    QCOMPARE(read(at(u"desk/main.py"_s)).value(), "print()\n");
    const auto missing = read(at(u"desk/none.py"_s)), denied = read(at(u"home/.ssh/id"_s));
    QVERIFY(!missing && !denied);
    QCOMPARE(missing.error().word, "FS_READ");
    QCOMPARE(denied.error().word, "FS_PATH_DENIED");
}

void LocalFilesTest::anythingIsReadInBase64_data()
{
    QTest::addColumn<qsizetype>("size");
    for (const qsizetype size : {0, 1, 2, 3, 4, 5, 6, 196'607, 196'608, 196'609, 1'000'001})
        QTest::addRow("%lld", qlonglong(size)) << size;
}

void LocalFilesTest::anythingIsReadInBase64()
{
    QFETCH(qsizetype, size);
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = char(i * 7 + i / 251);
    put(u"desk/f"_s, bytes);
    const Answer answer = askPath("read-file-binary", u"desk/f"_s);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.contentType, "application/json");
    QVERIFY(!answer.isCut);
    QCOMPARE(answer.json().MemberCount(), 3u);
    QCOMPARE(answer.text("content_base64").toLatin1(), bytes.toBase64());
    QCOMPARE(answer.json()["size"].GetInt64(), qint64(size));
    QCOMPARE(answer.text("path"), at(u"desk/f"_s));
}

void LocalFilesTest::aFileThatBecomesShorterCutsTheAnswer()
{
    put(u"desk/f"_s, QByteArray(1'000'000, 'x'));
    const RouteMatch match = m_router->match(Method::Post, "/api/local/read-file-binary");
    Request request;
    request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
    request.body = object({{"path", bytesAt(u"desk/f"_s)}});
    std::optional<Response> response;
    match.route->handler(std::move(request)).then([&](Response r) { response = std::move(r); });
    QTRY_VERIFY(response && response->streamer);
    QCOMPARE(::truncate(QFile::encodeName(at(u"desk/f"_s)).constData(), 500'000), 0);

    class Writer : public ResponseWriter
    {
    public:
        explicit Writer(bool &finished)
            : m_finished(finished)
        {
        }
        void write(const QByteArray &) override {}
        void finish() override { m_finished = true; }
        qint64 bytesPending() const override { return 0; }
        bool isOpen() const override { return true; }

    private:
        bool &m_finished;
    };
    bool finished = false;
    auto writer = std::make_shared<Writer>(finished);
    const std::weak_ptr<Writer> alive = writer;
    response->streamer(std::move(writer));
    QTRY_VERIFY(alive.expired());
    QVERIFY(!finished); // the connection breaks, and the client does not take the half for the whole
}

void LocalFilesTest::tooLargeFilesAreRefused()
{
    makeSparse(u"desk/large"_s, qint64(5) * 1024 * 1024 * 1024);
    const Answer answer = askPath("read-file-binary", u"desk/large"_s);
    QCOMPARE(answer.status, 413);
    QCOMPARE(answer.code(), u"FS_READ"_s);
    const Answer listed = askPath("list-dir", u"desk"_s);
    QCOMPARE(listed.json()["entries"][0]["size"].GetInt64(), qint64(5) * 1024 * 1024 * 1024);
}

void LocalFilesTest::textIsWrittenAndCounted()
{
    const Answer answer = ask("write-file", {{"path", bytesAt(u"desk/a b+%ü"_s)}, {"content", "ü\r\n"}});
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "{\"success\":true,\"path\":\"" + bytesAt(u"desk/a b+%ü"_s) + "\",\"bytes\":4}");
    QCOMPARE(content(u"desk/a b+%ü"_s), "ü\r\n");
    QCOMPARE(ask("write-file", {{"path", bytesAt(u"desk/a b+%ü"_s)}, {"content", ""}}).status, 200);
    QVERIFY(content(u"desk/a b+%ü"_s).isEmpty() && QFile::exists(at(u"desk/a b+%ü"_s)));
    const Answer orphan = ask("write-file", {{"path", bytesAt(u"none/f"_s)}, {"content", "x"}});
    QCOMPARE(orphan.status, 404);
    QCOMPARE(orphan.code(), u"FS_WRITE"_s);
}

void LocalFilesTest::anythingIsWrittenFromBase64()
{
    const QByteArray bytes("\0\xff\r\n\x89PNG", 8);
    const QByteArray path = bytesAt(u"desk/shots/today/1.png"_s); // the folders are made
    const Answer answer = ask("write-file-binary", {{"path", path}, {"content_base64", bytes.toBase64()}});
    QCOMPARE(answer.body, "{\"success\":true,\"path\":\"" + path + "\",\"bytes\":8}");
    QCOMPARE(content(u"desk/shots/today/1.png"_s), bytes);
    QCOMPARE(ask("write-file-binary", {{"path", path}, {"content_base64", ""}}).json()["bytes"].GetInt64(), 0);
    QVERIFY(content(u"desk/shots/today/1.png"_s).isEmpty());
}

void LocalFilesTest::whatIsNoBase64IsRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"AAA", "AA", "A", "AA=", "AAAA=", "A===", "AA==AA==", "AA\nAA", " AAAA", "AAAA ", "AA-_",
                             "AB==", "data:;base64,AAAA", "ü"})
        QTest::newRow(text) << QByteArray(text);
}

void LocalFilesTest::whatIsNoBase64IsRefused()
{
    QFETCH(QByteArray, text);
    const Answer answer = ask("write-file-binary", {{"path", bytesAt(u"desk/new/f"_s)}, {"content_base64", text}});
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"INVALID_INPUT"_s);
    QCOMPARE(answer.text("field"), u"content_base64"_s);
    QVERIFY(!QFile::exists(at(u"desk/new"_s)));
}

void LocalFilesTest::aLargePictureGoesThroughUnchanged()
{
    QByteArray picture("\x89PNG\r\n\x1a\n");
    quint32 state = 1;
    while (picture.size() < 5'000'000)
        picture += char((state = state * 1664525 + 1013904223) >> 24);
    const QByteArray path = bytesAt(u"desk/picture.png"_s), encoded = picture.toBase64();
    QCOMPARE(ask("write-file-binary", {{"path", path}, {"content_base64", encoded}}).status, 200);
    QVERIFY(content(u"desk/picture.png"_s) == picture);
    const Answer answer = ask("read-file-binary", {{"path", path}});
    QVERIFY(!answer.isCut);
    QVERIFY(answer.text("content_base64").toLatin1() == encoded);
}

void LocalFilesTest::foldersAreListedUnderTheNameThatWasAsked()
{
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"Sub"_s));
    put(u"desk/b"_s, "");
    put(u"desk/A b+%"_s, "xy");
    QVERIFY(QFile::link(at(u"desk/Sub"_s), at(u"desk/link"_s)));
    QVERIFY(QFile::link(at(u"desk"_s), at(u"alias"_s)));
    for (const QString &asked : {at(u"alias"_s), QString(at(u"alias"_s) + u'/')}) {
        const Answer answer = ask("list-dir", {{"path", asked.toUtf8()}});
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.text("path"), asked);
        QCOMPARE(answer.json()["truncated"].GetBool(), false);
        const auto entries = answer.json()["entries"].GetArray();
        QCOMPARE(entries.Size(), 4u);
        const QStringList names{u"Sub"_s, u"A b+%"_s, u"b"_s, u"link"_s};
        for (qsizetype i = 0; i < names.size(); ++i) {
            const JsonValue &entry = entries[rapidjson::SizeType(i)];
            QCOMPARE(entry.MemberCount(), 5u);
            QCOMPARE(QString::fromUtf8(entry["name"].GetString()), names[i]);
            QCOMPARE(QString::fromUtf8(entry["path"].GetString()), at(u"alias/"_s + names[i]));
            QCOMPARE(entry["is_dir"].GetBool(), i == 0);
            QVERIFY(entry["modified"].GetInt64() > 1'000'000'000);
        }
        QCOMPARE(entries[1]["size"].GetInt64(), 2);
    }
    const Answer root = ask("list-dir", {{"path", "/"}});
    const QString first = QString::fromUtf8(root.json()["entries"][0]["path"].GetString());
    QVERIFY2(first.size() > 1 && first.startsWith(u'/') && first[1] != u'/', qPrintable(first));
}

void LocalFilesTest::tenThousandEntriesAreListedAndNoMore()
{
    const int folder = ::open(QFile::encodeName(at(u"desk"_s)).constData(), O_RDONLY | O_DIRECTORY);
    const auto make = [&](int i) {
        const QByteArray name = "file " + QByteArray::number(i);
        const int fd = ::openat(folder, name.constData(), O_WRONLY | O_CREAT, 0600);
        ::close(fd);
        return fd >= 0;
    };
    for (int i = 0; i < 10'000; ++i)
        QVERIFY(make(i));
    Answer answer = askPath("list-dir", u"desk"_s);
    QCOMPARE(answer.json()["entries"].Size(), 10'000u);
    QCOMPARE(answer.json()["truncated"].GetBool(), false);
    QVERIFY(make(10'000));
    answer = askPath("list-dir", u"desk"_s);
    QCOMPARE(answer.json()["entries"].Size(), 10'000u);
    QCOMPARE(answer.json()["truncated"].GetBool(), true);
    ::close(folder);
    QCOMPARE(remove(u"desk"_s, true).status, 200);
    QVERIFY(!QFile::exists(at(u"desk"_s)));
}

void LocalFilesTest::foldersAreMadeDeletedAndRenamed()
{
    const QByteArray path = bytesAt(u"desk/a b/ü"_s);
    for (int i = 0; i < 2; ++i) {
        const Answer made = ask("mkdir", {{"path", path}});
        QCOMPARE(made.status, 200);
        QCOMPARE(made.body, "{\"success\":true,\"path\":\"" + path + "\"}");
    }
    put(u"desk/a b/ü/f"_s, "x");
    const Answer renamed = ask("rename", {{"from", bytesAt(u"desk/a b"_s)}, {"to", bytesAt(u"desk/c%d"_s)}});
    QCOMPARE(renamed.body, "{\"success\":true}");
    QCOMPARE(content(u"desk/c%d/ü/f"_s), "x");
    const Answer wrongKind = remove(u"desk/c%d"_s, false);
    QVERIFY(wrongKind.status >= 400);
    QCOMPARE(wrongKind.code(), u"FS_DELETE"_s);
    QCOMPARE(content(u"desk/c%d/ü/f"_s), "x");
    QCOMPARE(remove(u"desk/c%d/ü/f"_s, false).body, "{\"success\":true}");
    QCOMPARE(remove(u"desk/c%d"_s, true).body, "{\"success\":true}");
    QVERIFY(!QFile::exists(at(u"desk/c%d"_s)));
    // The home folder stays, whatever is in it.
    const Answer home = remove(u"home"_s, true);
    QCOMPARE(home.status, 403);
    QCOMPARE(home.code(), u"FS_PATH_DENIED"_s);
    QVERIFY(QFile::exists(at(u"home/.config"_s)));
}

void LocalFilesTest::existenceIsAsked()
{
    put(u"desk/f"_s, "");
    QCOMPARE(askPath("exists", u"desk/f"_s).body, "{\"exists\":true}");
    QCOMPARE(askPath("exists", u"desk"_s).body, "{\"exists\":true}");
    QCOMPARE(askPath("exists", u"desk/none"_s).body, "{\"exists\":false}");
    QCOMPARE(askPath("exists", u"desk/f/none"_s).body, "{\"exists\":false}");
    QCOMPARE(askPath("exists", u"home/.ssh/id"_s).code(), u"FS_PATH_DENIED"_s);
}

void LocalFilesTest::privatePlacesAreDenied_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"/etc/passwd",
                             "/etc/shadow",
                             "/etc/shadow-",
                             "/etc/sudoers",
                             "/etc/sudoers.d/none",
                             "/usr/none/f",
                             "/dev/none",
                             "/sbin/none",
                             "/System/x",
                             "/usr/bin/env",
                             "/bin/sh",
                             "/sbin/x",
                             "/proc/self/environ",
                             "/dev/null",
                             "/sys/kernel",
                             "relative",
                             "../x",
                             "~/.ssh/id",
                             "",
                             "%/desk/../desk/f",
                             "%/home/.ssh",
                             "%/home/.ssh/id_ed25519",
                             "%/home/netstacks.db",
                             "%/home/netstacks.db-wal",
                             "%/home/netstacks.db-shm",
                             "%/home/netstacks.db-journal",
                             "%/home/netstacks.db.incoming",
                             "%/home/netstacks.db.bak-20260101-000000",
                             "%/home/.config/localhost.key",
                             "%/home/.config/remote.key",
                             "%/home/.config/agent.lock",
                             "%/desk/link to keys/id",
                             "%/desk/link to database"})
        QTest::newRow(path) << QString::fromUtf8(path);
}

void LocalFilesTest::privatePlacesAreDenied()
{
    QFETCH(QString, path);
    put(u"home/netstacks.db"_s, "database");
    put(u"home/netstacks.db-wal"_s, "log");
    put(u"desk/x"_s, "x");
    QVERIFY(QFile::link(at(u"home/.ssh"_s), at(u"desk/link to keys"_s)));
    QVERIFY(QFile::link(at(u"home/netstacks.db"_s), at(u"desk/link to database"_s)));
    if (path.startsWith(u'%'))
        path = m_around->path() + path.sliced(1);
    const QByteArray bytes = path.toUtf8();
    QList<Answer> answers;
    for (const QByteArray route : {"read-file", "read-file-binary", "list-dir", "exists"})
        answers.append(ask(route, {{"path", bytes}}));
    if (!QFile::exists(path) || path.startsWith(m_around->path())) { // a mistake here must not cost the machine a file
        answers.append(ask("mkdir", {{"path", bytes}}));
        answers.append(ask("write-file", {{"path", bytes}, {"content", "x"}}));
        answers.append(ask("write-file-binary", {{"path", bytes}, {"content_base64", "AAAA"}}));
        if (!path.endsWith("link to database"_L1)) { // a link itself may go
            answers.append(ask("rename", {{"from", bytes}, {"to", bytesAt(u"desk/y"_s)}}));
            answers.append(ask("rename", {{"from", bytesAt(u"desk/x"_s)}, {"to", bytes}}));
            QByteArray body = object({{"path", bytes}});
            body.chop(1);
            answers.append(ask("delete", body + ",\"is_dir\":false}"));
            answers.append(ask("delete", body + ",\"is_dir\":true}"));
        }
    }
    for (qsizetype i = 0; i < answers.size(); ++i) {
        QVERIFY2(answers[i].status == 403 && answers[i].code() == "FS_PATH_DENIED"_L1,
                 QByteArray(answers[i].body + " of answer " + QByteArray::number(i)).constData());
        QVERIFY(!answers[i].text("field").isEmpty());
    }
    QCOMPARE(content(u"desk/x"_s), "x");
    QCOMPARE(content(u"home/netstacks.db"_s), "database");
    QVERIFY(QDir(at(u"home/.ssh"_s)).isEmpty());
}

void LocalFilesTest::missingThingsAre404WithTheWordOfTheRoute()
{
    const QByteArray none = bytesAt(u"desk/none/f"_s);
    const auto check = [](const Answer &answer, const QString &code) {
        QCOMPARE(answer.status, 404);
        QCOMPARE(answer.code(), code);
        QVERIFY(!answer.text("error").isEmpty());
    };
    check(ask("read-file", {{"path", none}}), u"FS_READ"_s);
    check(ask("read-file-binary", {{"path", none}}), u"FS_READ"_s);
    check(ask("list-dir", {{"path", none}}), u"FS_READDIR"_s);
    check(ask("write-file", {{"path", none}, {"content", ""}}), u"FS_WRITE"_s);
    check(ask("rename", {{"from", none}, {"to", bytesAt(u"desk/x"_s)}}), u"FS_RENAME"_s);
    check(remove(u"desk/none"_s, false), u"FS_DELETE"_s);
    check(remove(u"desk/none"_s, true), u"FS_DELETE"_s);
    put(u"desk/f"_s, "");
    QCOMPARE(askPath("mkdir", u"desk/f/x"_s).code(), u"FS_MKDIR"_s);
}

void LocalFilesTest::wrongBodiesNameTheirField_data()
{
    QTest::addColumn<QByteArray>("route");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("field");
    for (const char *route : {"read-file", "read-file-binary", "list-dir", "mkdir", "exists", "write-file", "delete"}) {
        QTest::addRow("%s without path", route) << QByteArray(route) << QByteArray("{}") << u"path"_s;
        QTest::addRow("%s with a number", route) << QByteArray(route) << QByteArray("{\"path\":1}") << u"path"_s;
        QTest::addRow("%s without an object", route) << QByteArray(route) << QByteArray("[]") << u""_s;
    }
    QTest::newRow("no content") << QByteArray("write-file") << QByteArray("{\"path\":\"/x\"}") << u"content"_s;
    QTest::newRow("no bytes") << QByteArray("write-file-binary") << QByteArray("{\"path\":\"/x\"}")
                              << u"content_base64"_s;
    QTest::newRow("no kind") << QByteArray("delete") << QByteArray("{\"path\":\"/x\"}") << u"is_dir"_s;
    QTest::newRow("no target") << QByteArray("rename") << QByteArray("{\"from\":\"/x\"}") << u"to"_s;
}

void LocalFilesTest::wrongBodiesNameTheirField()
{
    QFETCH(QByteArray, route);
    QFETCH(QByteArray, body);
    QFETCH(QString, field);
    const Answer answer = ask(route, body);
    QCOMPARE(answer.status, 422);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    QCOMPARE(answer.text("field"), field);
    QCOMPARE(ask(route, "{").status, 400);
    QCOMPARE(m_call->call(Method::Post, "/api/local/" + route, body, "text/plain").status, 415);
}

void LocalFilesTest::anOrderToOpenAFileIsLeftForTheTerminal()
{
    const QString order = u"desk/.netstacks/open-request.json"_s;
    const auto open = [&](const QByteArray &rest, const QByteArray &root) {
        return m_call->post("/api/workspace/open-file", "{\"workspace_root\":\"" + root + "\"," + rest + "}");
    };
    const QByteArray root = bytesAt(u"desk"_s);
    const Answer answer = open("\"path\":\"src/ü a.py\",\"line\":12", root);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "{\"success\":true}");
    QCOMPARE(content(order), "{\"path\":\"src/ü a.py\",\"line\":12}");
    // As the Terminal does it.
    QCOMPARE(askPath("exists", order).body, "{\"exists\":true}");
    QCOMPARE(askPath("read-file", order).text("content"), u"{\"path\":\"src/ü a.py\",\"line\":12}"_s);
    QCOMPARE(remove(order, false).status, 200);
    QCOMPARE(askPath("exists", order).body, "{\"exists\":false}");
    for (const QByteArray rest : {"\"path\":\"/x\"", "\"path\":\"/x\",\"line\":null"}) {
        QCOMPARE(open(rest, root + '/').status, 200);
        QCOMPARE(content(order), "{\"path\":\"/x\",\"line\":null}");
    }
    QCOMPARE(QDir(at(u"desk/.netstacks"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(),
             1);
}

void LocalFilesTest::anOrderToOpenAFileIsChecked_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const char *body, int status, const char *code, const char *field) {
        QTest::newRow(name) << QByteArray(body) << status << QString::fromUtf8(code) << QString::fromUtf8(field);
    };
    const char *const kRoot = "workspace_root";
    row("blank", R"({"workspace_root":"  ","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("control", R"({"workspace_root":"/tmp/a\u0007","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("late control", R"({"workspace_root":"/tmp/a\u0085","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("relative", R"({"workspace_root":"tmp","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("up", R"({"workspace_root":"/tmp/../tmp","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("control in the path", R"({"workspace_root":"/tmp","path":"a\nb"})", 400, "INVALID_PATH", "path");
    row("denied", R"({"workspace_root":"/proc","path":"x"})", 403, "FS_PATH_DENIED", kRoot);
    row("negative line", R"({"workspace_root":"/tmp","path":"x","line":-1})", 422, "VALIDATION", "line");
    row("half a line", R"({"workspace_root":"/tmp","path":"x","line":1.5})", 422, "VALIDATION", "line");
    row("no path", R"({"workspace_root":"/tmp"})", 422, "VALIDATION", "path");
    row("no root", R"({"path":"x"})", 422, "VALIDATION", kRoot);
}

void LocalFilesTest::anOrderToOpenAFileIsChecked()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, code);
    QFETCH(QString, field);
    const Answer answer = m_call->post("/api/workspace/open-file", body);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.code(), code);
    QCOMPARE(answer.text("field"), field);
}

void LocalFilesTest::anOrderThatCannotBeLeftIsAnIoError()
{
    const auto open = [&](const QString &root) {
        return m_call->post("/api/workspace/open-file", object({{"workspace_root", bytesAt(root)}, {"path", "x"}}));
    };
    put(u"desk/.netstacks"_s, "a file in its place");
    for (const QString &root : {u"desk"_s, u"none"_s}) {
        const Answer answer = open(root);
        QCOMPARE(answer.status, 500);
        QCOMPARE(answer.code(), u"IO_ERROR"_s);
    }
    QVERIFY(!QFile::exists(at(u"none"_s)));
    // Not by a link to where nothing may be left, either.
    QVERIFY(QFile::remove(at(u"desk/.netstacks"_s)));
    QVERIFY(QFile::link(at(u"home/.ssh"_s), at(u"desk/.netstacks"_s)));
    QCOMPARE(open(u"desk"_s).code(), u"FS_PATH_DENIED"_s);
    QVERIFY(QDir(at(u"home/.ssh"_s)).isEmpty());
}

void LocalFilesTest::anOrderIsNeverSeenHalfWritten()
{
    const QByteArray longer(20'000, 'x');
    QSet<QByteArray> seen;
    int pending = 0;
    const RouteMatch match = m_router->match(Method::Post, "/api/workspace/open-file");
    for (int i = 0; i < 60; ++i) {
        Request request;
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        request.body = object({{"workspace_root", bytesAt(u"desk"_s)}, {"path", i % 2 ? longer : QByteArray("short")}});
        ++pending;
        match.route->handler(std::move(request)).then([&pending](Response) { --pending; });
        seen.insert(content(u"desk/.netstacks/open-request.json"_s));
    }
    QTRY_VERIFY(seen.insert(content(u"desk/.netstacks/open-request.json"_s)) != seen.end() && pending == 0);
    seen.remove({}); // before the first
    for (const QByteArray &text : std::as_const(seen))
        QVERIFY(JsonDocument::parse(QByteArray(text.constData(), text.size())));
    QVERIFY(!seen.isEmpty());
}

void LocalFilesTest::aFloodOfOrdersIsTurnedAway()
{
    const RouteMatch match = m_router->match(Method::Post, "/api/local/exists");
    QList<int> statuses;
    constexpr int kAsked = LocalFiles::kMaxOrders + 50;
    for (int i = 0; i < kAsked; ++i) { // without a turn of the loop, so that none is answered meanwhile
        Request request;
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        request.body = object({{"path", bytesAt(u"desk"_s)}});
        match.route->handler(std::move(request)).then([&](Response r) { statuses.append(r.status); });
    }
    QTRY_COMPARE_WITH_TIMEOUT(statuses.size(), kAsked, 60'000);
    QCOMPARE(statuses.count(503), 50);
    QCOMPARE(statuses.count(200), LocalFiles::kMaxOrders);
    QCOMPARE(askPath("exists", u"desk"_s).status, 200);
}

QTEST_GUILESS_MAIN(LocalFilesTest)
#include "tst_localfiles.moc"
