#include "resourcebench.h"
#include "terminallogs/terminallogroutes.h"
#include "terminallogs/terminallogs.h"

#include <sys/stat.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 03 section 11, contract 06 section 7, on a real folder and database.
class TerminalLogsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        logs = std::make_unique<TerminalLogs>(root(), bench->database, [] { return Timestamp(1'782'907'205); });
        registerTerminalLogRoutes(bench->router, *logs);
    }
    void cleanup()
    {
        logs.reset();
        bench.reset();
    }

    void aLogIsBegunWrittenAndKept();
    void theFormatGivesTheSuffix_data();
    void theFormatGivesTheSuffix();
    void anyTabIdMakesAHarmlessName_data();
    void anyTabIdMakesAHarmlessName();
    void twoLogsOfOneSecondAreTwoFiles();
    void anOwnPathIsEmptiedAndUsed();
    void filesAndFoldersAreForTheirOwner();
    void appendNeedsTheFileAndWriteMakesIt();
    void noPathLeadsOut_data();
    void noPathLeadsOut();
    void textIsAppendedByteForByte();
    void parallelAppendsKeepTheirOrder();
    void largeTextsAreTaken();
    void stopNamesTheDocument();
    void stopWithoutAnythingToKeepSaysNull();
    void anUnknownSessionIsLeftOut();
    void whatIsNoUtf8IsKeptLegible();
    void wrongBodiesNameTheirField();

private:
    QString root() const { return bench->folder.filePath(u"home/Documents/NetStacks/logs"_s); }
    QByteArray begin(const QByteArray &terminal = "terminal-1")
    {
        return bench->call.post("/api/terminals/" + terminal + "/log/start", R"({"format":"plain"})")
            .text("path")
            .toUtf8();
    }
    Answer append(const QByteArray &path, const QByteArray &content)
    {
        return bench->call.post("/api/logs/append", object({{"path", path}, {"content", content}}));
    }
    static QByteArray read(const QByteArray &path)
    {
        QFile file(QString::fromUtf8(path));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray stop(const QByteArray &body) { return bench->call.post("/api/terminals/tab/log/stop", body).body; }

    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<TerminalLogs> logs;
};

void TerminalLogsTest::aLogIsBegunWrittenAndKept()
{
    const Answer started =
        bench->call.post("/api/terminals/terminal-17/log/start", R"({"format":"plain","timestamps":true})");
    QCOMPARE(started.status, 200);
    const QByteArray path = started.text("path").toUtf8();
    QCOMPARE(QString::fromUtf8(path), root() + u"/terminal-terminal-17_20260701_120005.log"_s);
    QCOMPARE(read(path), "");
    QCOMPARE(append(path, "R1#show clock\r\n").status, 204);
    QCOMPARE(append(path, "12:00:05 UTC ü\r\n").status, 204);
    const QByteArray session = bench->makeSession("r1", bench->makeProfile("lab"));
    const Answer stopped = bench->call.post("/api/terminals/terminal-17/log/stop",
                                            object({{"path", path}, {"session_id", session}, {"session_name", "R1"}}));
    QCOMPARE(stopped.status, 200);
    QCOMPARE(stopped.text("document_id").size(), 36);
    QCOMPARE(bench
                 ->sql(u"SELECT id || '|' || name || '|' || category || '|' || content_type || '|' || parent_folder "
                       "|| '|' || session_id || '|' || content FROM documents"_s)
                 .toString(),
             stopped.text("document_id") + u"|Session Log - R1 - 2026-07-01 12:00|outputs|text|logs|"_s +
                 QString::fromLatin1(session) + u"|R1#show clock\r\n12:00:05 UTC ü\r\n"_s);
    QVERIFY(QFile::exists(QString::fromUtf8(path)));
}

void TerminalLogsTest::theFormatGivesTheSuffix_data()
{
    QTest::addColumn<QByteArray>("format");
    QTest::addColumn<QString>("suffix");
    QTest::newRow("plain") << QByteArray("plain") << u".log"_s;
    QTest::newRow("raw") << QByteArray("raw") << u".raw"_s;
    QTest::newRow("html") << QByteArray("html") << u".html"_s;
    QTest::newRow("other") << QByteArray("../x") << u".log"_s;
}

void TerminalLogsTest::theFormatGivesTheSuffix()
{
    QFETCH(QByteArray, format);
    QFETCH(QString, suffix);
    const Answer answer = bench->call.post("/api/terminals/t/log/start", object("format", format));
    QVERIFY(answer.text("path").endsWith(suffix));
}

void TerminalLogsTest::anyTabIdMakesAHarmlessName_data()
{
    QTest::addColumn<QByteArray>("encoded");
    QTest::addColumn<QString>("part");
    QTest::newRow("walk") << QByteArray("..%2f..%2f..%2fetc%2fpasswd") << u".._.._.._etc_passwd"_s;
    QTest::newRow("dots") << QByteArray("%2e%2e") << u".."_s;
    QTest::newRow("backslash") << QByteArray("..%5c..") << u".._.."_s;
    QTest::newRow("control characters") << QByteArray("a%01b%0ac") << u"a_b_c"_s;
    QTest::newRow("long") << QByteArray(5000, 'a') << QString(128, u'a');
    QTest::newRow("foreign") << QByteArray("%c3%bc%20x") << u"__x"_s;
}

void TerminalLogsTest::anyTabIdMakesAHarmlessName()
{
    QFETCH(QByteArray, encoded);
    QFETCH(QString, part);
    const QString path = QString::fromUtf8(begin(encoded));
    QCOMPARE(path, root() + u"/terminal-"_s + part + u"_20260701_120005.log"_s);
    QCOMPARE(QDir(root()).entryList(QDir::Files).size(), 1);
}

void TerminalLogsTest::twoLogsOfOneSecondAreTwoFiles()
{
    const QByteArray first = begin();
    QCOMPARE(append(first, "kept").status, 204);
    const QByteArray second = begin();
    QVERIFY(first != second);
    QCOMPARE(read(first), "kept");
    QCOMPARE(read(second), "");
}

void TerminalLogsTest::anOwnPathIsEmptiedAndUsed()
{
    const QByteArray path = begin();
    QCOMPARE(append(path, "old").status, 204);
    const Answer again = bench->call.post("/api/terminals/x/log/start", object({{"format", "plain"}, {"path", path}}));
    QCOMPARE(again.status, 200);
    QCOMPARE(again.text("path").toUtf8(), path);
    QCOMPARE(read(path), "");
}

void TerminalLogsTest::filesAndFoldersAreForTheirOwner()
{
    const mode_t before = ::umask(0);
    const QByteArray path = begin();
    ::umask(before);
    struct stat info;
    QCOMPARE(::stat(path.constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, 0600u);
    QCOMPARE(::stat(QFile::encodeName(root()).constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, 0700u);
}

void TerminalLogsTest::appendNeedsTheFileAndWriteMakesIt()
{
    const QByteArray path = root().toUtf8() + "/own.log";
    const Answer missing = append(path, "x");
    QCOMPARE(missing.status, 500);
    QCOMPARE(missing.code(), u"IO_ERROR"_s);
    const QByteArray body = object({{"path", path}, {"content", "x"}});
    QCOMPARE(bench->call.post("/api/terminals/t/log/write", body).status, 204);
    QCOMPARE(bench->call.post("/api/terminals/t/log/write", body).status, 204);
    QCOMPARE(read(path), "xx");
}

void TerminalLogsTest::noPathLeadsOut_data()
{
    QTest::addColumn<QString>("path"); // %1: the folder of the logs, %2: around it
    for (const char *path :
         {"/etc/passwd", "%2/outside", "%1/../outside", "%1/../../../../outside", "%1/link", "%1/folder/outside", "%1",
          "%1/", "outside", "../outside", "", "%1/sub/../../outside", "%1x/y"})
        QTest::newRow(path) << QString::fromUtf8(path);
    QTest::newRow("long") << QString(u"%1/"_s + QString(300, u'a'));
}

void TerminalLogsTest::noPathLeadsOut()
{
    QFETCH(QString, path);
    begin(); // makes the folder
    const QString outside = bench->folder.filePath(u"outside"_s);
    QFile file(outside);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("secret") == 6);
    file.close();
    QVERIFY(QFile::link(outside, root() + u"/link"_s));
    QVERIFY(QFile::link(bench->folder.path(), root() + u"/folder"_s));
    const QByteArray target = path.replace(u"%1"_s, root()).replace(u"%2"_s, bench->folder.path()).toUtf8();

    const QByteArray text = object({{"path", target}, {"content", "evil"}});
    const Answer answers[] = {
        bench->call.post("/api/terminals/t/log/start", object({{"format", "plain"}, {"path", target}})),
        bench->call.post("/api/logs/append", text), bench->call.post("/api/terminals/t/log/write", text)};
    for (const Answer &answer : answers) {
        QCOMPARE(answer.code(), u"INVALID_PATH"_s);
        QCOMPARE(answer.text("field"), u"path"_s);
    }
    QCOMPARE(stop(object("path", target)), R"({"document_id":null})");
    QCOMPARE(read(outside.toUtf8()), "secret");
    QCOMPARE(bench->sql(u"SELECT count(*) FROM documents"_s).toInt(), 0);
}

void TerminalLogsTest::textIsAppendedByteForByte()
{
    const QByteArray path = begin();
    JsonWriter json;
    json.beginObject();
    json.key("path");
    json.utf8(path);
    json.key("content");
    const QString text = u"\x1b[31mred\x1b[0m\r\n\0tab\t\"quote\" \\ € 😀"_s;
    json.string(text);
    json.endObject();
    QCOMPARE(bench->call.post("/api/logs/append", json.take()).status, 204);
    QCOMPARE(read(path), text.toUtf8());
    QCOMPARE(append(path, "").status, 204);
    QCOMPARE(read(path), text.toUtf8());
}

void TerminalLogsTest::parallelAppendsKeepTheirOrder()
{
    const QByteArray path = begin();
    QByteArray expected;
    int answered = 0;
    for (int i = 0; i < 50; ++i) {
        const QByteArray text = "line " + QByteArray::number(i) + '\n';
        expected += text;
        Request request;
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        request.body = object({{"path", path}, {"content", text}});
        logs->append(std::move(request), TerminalLogs::Missing::Fails).then([&](Status status) {
            QVERIFY(status);
            ++answered;
        });
    }
    QTRY_COMPARE(answered, 50);
    QCOMPARE(read(path), expected);
}

void TerminalLogsTest::largeTextsAreTaken()
{
    const QByteArray path = begin();
    const QByteArray text(20 * 1024 * 1024, 'x');
    QCOMPARE(append(path, text).status, 204);
    QCOMPARE(read(path).size(), text.size());
}

void TerminalLogsTest::stopNamesTheDocument()
{
    const QByteArray path = begin();
    QCOMPARE(append(path, "x").status, 204);
    for (const QByteArray &body : {object("path", path), object({{"path", path}, {"session_name", ""}})})
        QVERIFY(stop(body).contains("-"));
    QCOMPARE(bench
                 ->sql(u"SELECT count(*) FROM documents WHERE name = 'Session Log - tab - 2026-07-01 12:00' AND "
                       "session_id IS NULL"_s)
                 .toInt(),
             2);
}

void TerminalLogsTest::stopWithoutAnythingToKeepSaysNull()
{
    const QByteArray path = begin();
    const QByteArray nothing = R"({"document_id":null})";
    QCOMPARE(stop({}), nothing);
    QCOMPARE(stop("{}"), nothing);
    QCOMPARE(stop(object("path", path)), nothing); // empty
    QCOMPARE(stop(object("path", root().toUtf8() + "/none.log")), nothing);
    QCOMPARE(append(path, "x").status, 204);
    bench->sql(u"ALTER TABLE documents RENAME TO gone"_s);
    QCOMPARE(stop(object("path", path)), nothing);
}

void TerminalLogsTest::anUnknownSessionIsLeftOut()
{
    const QByteArray path = begin();
    QCOMPARE(append(path, "x").status, 204);
    QVERIFY(stop(object({{"path", path}, {"session_id", "nope"}})).contains("-"));
    QVERIFY(bench->sql(u"SELECT session_id IS NULL FROM documents"_s).toBool());
}

void TerminalLogsTest::whatIsNoUtf8IsKeptLegible()
{
    const QByteArray path = begin();
    QFile file(QString::fromUtf8(path));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("a\xff"
                                                          "b") == 3);
    file.close();
    QVERIFY(stop(object("path", path)).contains("-"));
    QCOMPARE(bench->sql(u"SELECT content FROM documents"_s).toString(), u"a\ufffdb"_s);
}

void TerminalLogsTest::wrongBodiesNameTheirField()
{
    QCOMPARE(bench->call.post("/api/terminals/t/log/start", "{}").text("field"), u"format"_s);
    QCOMPARE(bench->call.post("/api/logs/append", object("path", "/x")).text("field"), u"content"_s);
    QCOMPARE(bench->call.post("/api/logs/append", object("content", "x")).text("field"), u"path"_s);
    QCOMPARE(bench->call.post("/api/logs/append", R"({"path":"/x","content":5})").status, 422);
    QCOMPARE(bench->call.post("/api/logs/append", "{").status, 400);
    QCOMPARE(bench->call.call(Method::Post, "/api/logs/append", "{}", "text/plain").status, 415);
}

QTEST_GUILESS_MAIN(TerminalLogsTest)
#include "tst_terminallogs.moc"
