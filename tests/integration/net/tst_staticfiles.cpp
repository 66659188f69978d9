#include "doorfixture.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

class TestStaticFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_home.isValid());
        QVERIFY(QDir(m_home.path()).mkpath(u"dist/assets"_s));
        write(u"dist/index.html"_s, "<!doctype html>");
        write(u"dist/assets/app.js"_s, "0123456789");
        write(u"dist/assets/index.html"_s, "inner");
        write(u"dist/assets/large.bin"_s, QByteArray(3'000'000, 'x') + "end");
        write(u"dist/a b.css"_s, "body{}");
        write(u"secret.txt"_s, "outside");
        QVERIFY(QFile::link(m_home.filePath(u"secret.txt"_s), m_home.filePath(u"dist/link.txt"_s)));
        QVERIFY(QFile::link(m_home.path(), m_home.filePath(u"dist/up"_s)));
        QVERIFY(QFile::link(m_home.filePath(u"dist/assets/app.js"_s), m_home.filePath(u"dist/inside.js"_s)));
        m_door.open({}, m_home.filePath(u"dist"_s));
    }

    void filesAreServedWithoutTokenByTheirType_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("body");
        const QByteArray script = "text/javascript; charset=utf-8";
        QTest::newRow("root") << QByteArray("/") << QByteArray("text/html; charset=utf-8")
                              << QByteArray("<!doctype html>");
        QTest::newRow("query") << QByteArray("/?token=x&port=1") << QByteArray("text/html; charset=utf-8")
                               << QByteArray("<!doctype html>");
        QTest::newRow("script") << QByteArray("/assets/app.js") << script << QByteArray("0123456789");
        QTest::newRow("folder") << QByteArray("/assets/") << QByteArray("text/html; charset=utf-8")
                                << QByteArray("inner");
        QTest::newRow("encoded") << QByteArray("/a%20b.css") << QByteArray("text/css; charset=utf-8")
                                 << QByteArray("body{}");
        QTest::newRow("link inside") << QByteArray("/inside.js") << script << QByteArray("0123456789");
    }
    void filesAreServedWithoutTokenByTheirType()
    {
        QFETCH(QByteArray, path);
        const Answer answer = ask(path);
        QCOMPARE(answer.status, 200);
        QTEST(answer.field("content-type"), "type");
        QTEST(answer.body, "body");
        QVERIFY(answer.field("last-modified").endsWith(" GMT"));
    }

    void nothingElseIsServed_data()
    {
        QTest::addColumn<QByteArray>("path");
        for (const char *path :
             {"/app-config.json", "/assets", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt",
              "/link.txt", "/up/secret.txt", "//index.html", "/./index.html", "/..\\secret.txt", "/index.html/", "/%00",
              "/index.html%00.js", "/%ff", "/terminal"}) {
            QTest::newRow(path) << QByteArray(path);
        }
    }
    void nothingElseIsServed()
    {
        QFETCH(QByteArray, path);
        const Answer answer = ask(path);
        QCOMPARE(answer.status, 404);
        QVERIFY(answer.body.isEmpty());
    }

    void largeFilesComeWhole()
    {
        const Answer answer = ask("/assets/large.bin");
        QCOMPARE(answer.field("content-length"), "3000003");
        QCOMPARE(answer.body.size(), 3000003);
        QVERIFY(answer.body.endsWith("xend"));
    }

    void headTellsTheSize()
    {
        RawClient client(m_door.port);
        const Answer answer = client.ask(request("HEAD", "/assets/app.js"), true);
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.field("content-length"), "10");
        QCOMPARE(client.ask(request("GET", "/api/health")).body, "ok");
    }

    void unchangedFilesAreNotSentAgain()
    {
        const QByteArray modified = ask("/assets/app.js").field("last-modified");
        QCOMPARE(ask("/assets/app.js", "If-Modified-Since: " + modified + "\r\n").status, 304);
        QCOMPARE(ask("/assets/app.js", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n").status, 200);
        QCOMPARE(ask("/assets/app.js", "If-Modified-Since: nonsense\r\n").status, 200);
    }

    void oneRangeIsServed_data()
    {
        QTest::addColumn<QByteArray>("range");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("contentRange");
        QTest::newRow("middle") << QByteArray("bytes=2-4") << 206 << QByteArray("234") << QByteArray("bytes 2-4/10");
        QTest::newRow("open end") << QByteArray("bytes=7-") << 206 << QByteArray("789") << QByteArray("bytes 7-9/10");
        QTest::newRow("last") << QByteArray("bytes=-2") << 206 << QByteArray("89") << QByteArray("bytes 8-9/10");
        QTest::newRow("more than there is")
            << QByteArray("bytes=5-99") << 206 << QByteArray("56789") << QByteArray("bytes 5-9/10");
        QTest::newRow("beyond") << QByteArray("bytes=10-") << 416 << QByteArray() << QByteArray("bytes */10");
        QTest::newRow("nothing") << QByteArray("bytes=-0") << 416 << QByteArray() << QByteArray("bytes */10");
        QTest::newRow("two") << QByteArray("bytes=0-1,3-4") << 200 << QByteArray("0123456789") << QByteArray();
        QTest::newRow("backwards") << QByteArray("bytes=4-2") << 200 << QByteArray("0123456789") << QByteArray();
        QTest::newRow("nonsense") << QByteArray("lines=1-2") << 200 << QByteArray("0123456789") << QByteArray();
    }
    void oneRangeIsServed()
    {
        QFETCH(QByteArray, range);
        const Answer answer = ask("/assets/app.js", "Range: " + range + "\r\n");
        QTEST(answer.status, "status");
        QTEST(answer.body, "body");
        QTEST(answer.field("content-range"), "contentRange");
    }

    void aStaleRangeGetsTheWholeFile()
    {
        const QByteArray fields = "Range: bytes=2-4\r\nIf-Range: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
        QCOMPARE(ask("/assets/app.js", fields).status, 200);
    }

    void aMissingFolderIsNotFoundAndNoError()
    {
        Door door;
        door.open({}, m_home.filePath(u"nowhere"_s));
        RawClient client(door.port);
        QCOMPARE(client.ask(request("GET", "/")).status, 404);
    }

private:
    void write(const QString &name, const QByteArray &bytes)
    {
        QFile file(m_home.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    Answer ask(const QByteArray &path, const QByteArray &fields = {})
    {
        RawClient client(m_door.port);
        return client.ask(request("GET", path, "Authorization: none\r\n" + fields));
    }

    QTemporaryDir m_home;
    Door m_door;
};

QTEST_GUILESS_MAIN(TestStaticFiles)
#include "tst_staticfiles.moc"
