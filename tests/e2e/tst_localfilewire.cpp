#include "support/agentprocess/agentprocess.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 section 7, item 8, on the built agent over its wire.
class TestLocalFileWire : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_agent = std::make_unique<AgentProcess>();
        QVERIFY2(m_agent->start(), qPrintable(m_agent->failure()));
        QVERIFY(QDir(m_agent->home()).mkpath(u".ssh"_s));
        QVERIFY(QDir(m_agent->home()).mkpath(u"work"_s));
        put(u".ssh/id_ed25519"_s, "sentinel of a key");
        QCOMPARE(m_agent->put(u"/api/settings/x"_s, "1").status, 204); // so that the database has its log
    }
    void cleanupTestCase() { m_agent.reset(); }

    void whatTheAgentKeepsIsDenied_data();
    void whatTheAgentKeepsIsDenied();
    void everyCallNeedsTheToken();
    void aPictureGoesThroughUnchanged();
    void aLargeFileIsStreamedAndNeverHeld();
    void everyNameGoesThereAndBack_data();
    void everyNameGoesThereAndBack();
    void aNameThatIsNoTextIsListedAndGoesWithItsFolder();
    void deletingALinkKeepsItsTarget();
    void newFilesHaveTheUsersModeAndNotTheAgents();
    void anOrderToOpenAFileIsPolledReadAndDeleted();
    void pollingAndPathsAreNotLogged();

private:
    QString at(const QString &name) const { return m_agent->home() + u'/' + name; }
    void put(const QString &name, const QByteArray &text) const
    {
        QFile file(at(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }
    AgentReply ask(const QString &route, const QJsonObject &body)
    {
        return m_agent->post(u"/api/local/"_s + route, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }

    /// The most memory that the agent has had.
    qint64 peakKilobytes()
    {
        QFile status(u"/proc/%1/status"_s.arg(m_agent->process().processId()));
        if (!status.open(QIODevice::ReadOnly))
            return 0;
        const QByteArray text = status.readAll();
        return text.sliced(text.indexOf("VmHWM:") + 6, 12).replace("kB", "").trimmed().toLongLong();
    }

    std::unique_ptr<AgentProcess> m_agent;
};

void TestLocalFileWire::whatTheAgentKeepsIsDenied_data()
{
    QTest::addColumn<QString>("path"); // from the home folder, when it is relative
    for (const char *path :
         {"../x", "/proc/self/environ", "/proc/self/mem", "/dev/zero", ".ssh/id_ed25519",
          ".local/share/netstacks/netstacks.db", ".local/share/netstacks/netstacks.db-wal",
          ".local/share/netstacks/netstacks.db-shm", ".local/share/com.netstacks.terminal/localhost.key",
          ".local/share/com.netstacks.terminal/agent.lock"})
        QTest::newRow(path) << QString::fromUtf8(path);
}

void TestLocalFileWire::whatTheAgentKeepsIsDenied()
{
    QFETCH(QString, path);
    if (!path.startsWith(u'/')) {
        path = at(path);
        if (!path.contains("/../"_L1) && !path.endsWith("-shm"_L1))
            QVERIFY2(QFile::exists(path), "it is to be there, so that it could be read");
    }
    const QString link = at(u"work/link"_s);
    QFile::remove(link);
    QVERIFY(QFile::link(path, link));
    for (const QString &asked : {path, link}) {
        for (const QString &route : {u"read-file"_s, u"read-file-binary"_s, u"exists"_s}) {
            const auto reply = ask(route, {{u"path"_s, asked}});
            const QString code = reply.json()[u"code"].toString();
            if (asked == link && path.contains("/../"_L1))
                continue; // leads to a harmless place
            QVERIFY2(reply.status == 403 && code == "FS_PATH_DENIED"_L1, reply.body.constData());
        }
    }
    QVERIFY(!m_agent->log().contains("sentinel"));
}

void TestLocalFileWire::everyCallNeedsTheToken()
{
    for (const QString &path : {u"/api/local/read-file"_s, u"/api/local/exists"_s, u"/api/workspace/open-file"_s})
        QCOMPARE(m_agent->request("POST", path, "{}", {{"Authorization", {}}}).status, 401);
}

void TestLocalFileWire::aPictureGoesThroughUnchanged()
{
    QByteArray picture("\x89PNG\r\n\x1a\n");
    quint32 state = 7;
    while (picture.size() < 5'000'000)
        picture += char((state = state * 1664525 + 1013904223) >> 24);
    const QString path = at(u"work/.netstacks/screenshots/a b+%20ü.png"_s);
    const auto written = ask(u"write-file-binary"_s,
                             {{u"path"_s, path}, {u"content_base64"_s, QString::fromLatin1(picture.toBase64())}});
    QCOMPARE(written.status, 200);
    QCOMPARE(written.json()[u"bytes"].toInteger(), picture.size());
    const auto read = ask(u"read-file-binary"_s, {{u"path"_s, path}});
    QCOMPARE(read.status, 200);
    QCOMPARE(read.headers.value("content-type"), "application/json");
    QVERIFY(QByteArray::fromBase64(read.json()[u"content_base64"].toString().toLatin1()) == picture);
    QCOMPARE(read.json()[u"size"].toInteger(), picture.size());
}

void TestLocalFileWire::aLargeFileIsStreamedAndNeverHeld()
{
    put(u"work/large"_s, {});
    QVERIFY(QFile::resize(at(u"work/large"_s), 90'000'001));
    const qint64 before = peakKilobytes();
    const auto read = ask(u"read-file-binary"_s, {{u"path"_s, at(u"work/large"_s)}});
    QCOMPARE(read.status, 200);
    QCOMPARE(read.body.size(), qsizetype(read.headers.value("content-length").toLongLong()));
    const QByteArray head = "{\"content_base64\":\"";
    QVERIFY(read.body.startsWith(head));
    QVERIFY(read.body.sliced(head.size(), 120'000'004) == QByteArray(120'000'002, 'A') + "==");
    QVERIFY2(peakKilobytes() - before < 60'000, QByteArray::number(peakKilobytes() - before).constData());
    QVERIFY(QFile::remove(at(u"work/large"_s)));
}

void TestLocalFileWire::everyNameGoesThereAndBack_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {" two  words ", "a+b", "100%25", "it's \"so\" \\", "Größe 漢字 😀", "a&b=c?d#e;f", "a\nb"})
        QTest::newRow(name) << QString::fromUtf8(name);
}

void TestLocalFileWire::everyNameGoesThereAndBack()
{
    QFETCH(QString, name);
    QVERIFY(QDir(m_agent->home()).mkpath(u"work/names"_s));
    const QString path = at(u"work/names/"_s + name);
    for (const QString &content : QStringList{u"content of "_s + name, QString()}) {
        QCOMPARE(ask(u"write-file"_s, {{u"path"_s, path}, {u"content"_s, content}}).status, 200);
        QVERIFY(QFile::exists(path));
        QCOMPARE(ask(u"read-file"_s, {{u"path"_s, path}}).json()[u"content"].toString(u"none"_s), content);
    }
    const QJsonArray listed = ask(u"list-dir"_s, {{u"path"_s, at(u"work/names"_s)}}).json()[u"entries"].toArray();
    QCOMPARE(listed.size(), 1);
    QCOMPARE(listed[0][u"name"].toString(), name);
    QCOMPARE(listed[0][u"path"].toString(), path);
    QCOMPARE(listed[0][u"size"].toInt(-1), 0);
    QCOMPARE(ask(u"delete"_s, {{u"path"_s, path}, {u"is_dir"_s, false}}).status, 200);
    QVERIFY(!QFile::exists(path));
}

void TestLocalFileWire::aNameThatIsNoTextIsListedAndGoesWithItsFolder()
{
    QVERIFY(QDir(m_agent->home()).mkpath(u"work/bytes"_s));
    put(u"work/bytes/a"_s, "x");
    const QByteArray odd = at(u"work/bytes/"_s).toUtf8() + "caf\xe9";
    FILE *made = ::fopen(odd.constData(), "w");
    QVERIFY(made);
    ::fclose(made);
    const QJsonArray listed = ask(u"list-dir"_s, {{u"path"_s, at(u"work/bytes"_s)}}).json()[u"entries"].toArray();
    QCOMPARE(listed.size(), 2);
    QCOMPARE(listed[1][u"name"].toString(), u"caf\ufffd"_s);
    QCOMPARE(ask(u"delete"_s, {{u"path"_s, at(u"work/bytes"_s)}, {u"is_dir"_s, true}}).status, 200);
    QVERIFY(!QFile::exists(at(u"work/bytes"_s)));
}

void TestLocalFileWire::deletingALinkKeepsItsTarget()
{
    put(u"work/target"_s, "target");
    QVERIFY(QFile::link(at(u"work/target"_s), at(u"work/doomed"_s)));
    QCOMPARE(ask(u"delete"_s, {{u"path"_s, at(u"work/doomed"_s)}, {u"is_dir"_s, false}}).status, 200);
    QVERIFY(QFile::exists(at(u"work/target"_s)));
    QVERIFY(!QFileInfo(at(u"work/doomed"_s)).isSymLink());
    for (const QString &folder : {m_agent->home(), at(u".local"_s), m_agent->dataDir()})
        QCOMPARE(ask(u"delete"_s, {{u"path"_s, folder}, {u"is_dir"_s, true}}).status, 403);
    QVERIFY(QFile::exists(m_agent->databasePath()));
}

void TestLocalFileWire::newFilesHaveTheUsersModeAndNotTheAgents()
{
    QCOMPARE(ask(u"write-file"_s, {{u"path"_s, at(u"work/new"_s)}, {u"content"_s, u"x"_s}}).status, 200);
    // The agent's own files are private; what a person edits with it is as their shell makes it.
    put(u"work/made by the shell"_s, "x");
    QCOMPARE(QFile::permissions(at(u"work/new"_s)), QFile::permissions(at(u"work/made by the shell"_s)));
}

void TestLocalFileWire::anOrderToOpenAFileIsPolledReadAndDeleted()
{
    const QString order = at(u"work/.netstacks/open-request.json"_s);
    QCOMPARE(ask(u"exists"_s, {{u"path"_s, order}}).json()[u"exists"].toBool(true), false);
    const QJsonObject body{{u"workspace_root"_s, at(u"work"_s)}, {u"path"_s, u"a b.py"_s}, {u"line"_s, 3}};
    QCOMPARE(m_agent->post(u"/api/workspace/open-file"_s, QJsonDocument(body).toJson()).status, 200);
    QCOMPARE(ask(u"exists"_s, {{u"path"_s, order}}).json()[u"exists"].toBool(), true);
    const QString text = ask(u"read-file"_s, {{u"path"_s, order}}).json()[u"content"].toString();
    const auto request = QJsonDocument::fromJson(text.toUtf8());
    QCOMPARE(request[u"path"].toString(), u"a b.py"_s);
    QCOMPARE(request[u"line"].toInt(), 3);
    QCOMPARE(ask(u"delete"_s, {{u"path"_s, order}, {u"is_dir"_s, false}}).status, 200);
}

void TestLocalFileWire::pollingAndPathsAreNotLogged()
{
    const qsizetype before = m_agent->log().size();
    for (int i = 0; i < 5; ++i)
        QCOMPARE(ask(u"exists"_s, {{u"path"_s, at(u"work/sentinel-name"_s)}}).status, 200);
    QCOMPARE(m_agent->log().size(), before);
}

QTEST_GUILESS_MAIN(TestLocalFileWire)
#include "tst_localfilewire.moc"
