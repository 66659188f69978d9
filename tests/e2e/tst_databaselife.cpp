#include "storage/connection.h"
#include "support/agentprocess/agentprocess.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QNetworkReply>
#include <QRandomGenerator>
#include <QSslConfiguration>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The life of the database file across restarts of the built agent: export, import, reset, move, damage.
class TestDatabaseLife : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_home = std::make_unique<QTemporaryDir>(); }

    void anImportTakesThePlaceAtTheNextStart();
    void aResetBeginsAnewAndKeepsTheOldOne();
    void aMoveTakesEverythingAlong();
    void aFailedMoveBackIsNoLoss();
    void theLiveFileIsNeverExportedOver();
    void aShareableExportHasNoPassword();
    void aDamagedFileIsRefusedAndTheCommandItNamesBringsItBack();
    void aRestoreOfWhatIsNoBackupIsRefused();
    void killedWhileFilesAreStagedNothingIsLost();

private:
    [[nodiscard]] AgentSetup setup() const { return {.home = m_home->path()}; }
    [[nodiscard]] QString at(const QString &name) const { return m_home->filePath(name); }
    static QByteArray path(const QString &file, const QByteArray &more = {})
    {
        return "{\"path\":\"" + file.toUtf8() + '"' + more + '}';
    }
    static void mark(AgentProcess &agent, const QByteArray &text)
    {
        QCOMPARE(agent.put(u"/api/settings/mark"_s, '"' + text + '"').status, 204);
    }
    static QByteArray markOf(AgentProcess &agent) { return agent.get(u"/api/settings/mark"_s).body; }
    static QStringList backups(const QString &database)
    {
        const QFileInfo info(database);
        return info.dir().entryList({info.fileName() + u".bak-*"_s}, QDir::Files, QDir::Name);
    }

    std::unique_ptr<QTemporaryDir> m_home;
};

void TestDatabaseLife::anImportTakesThePlaceAtTheNextStart()
{
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    mark(agent, "first");
    QCOMPARE(agent.post(u"/api/db/export"_s, path(at(u"copy.db"_s), ",\"include_vault\":true")).status, 204);
    mark(agent, "second");
    QCOMPARE(agent.post(u"/api/db/import"_s, path(at(u"copy.db"_s))).status, 204);
    QCOMPARE(markOf(agent), "\"second\"");
    agent.stop();
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(markOf(agent), "\"first\"");
    agent.stop();
    const QStringList kept = backups(agent.databasePath());
    QCOMPARE(kept.size(), 1);
    Connection backup;
    QVERIFY(backup.open(agent.dataDir() + u'/' + kept.first(), Connection::Access::ReadOnly));
    QCOMPARE(backup.value(u"SELECT value FROM settings WHERE key = 'mark'"_s).value().toString(), u"\"second\""_s);
    QVERIFY(!QFile::exists(agent.databasePath() + u".incoming"_s));
}

void TestDatabaseLife::aResetBeginsAnewAndKeepsTheOldOne()
{
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    mark(agent, "old");
    QCOMPARE(agent.post(u"/api/db/reset"_s).status, 204);
    mark(agent, "written after the reset was asked for");
    agent.stop();
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(markOf(agent), "null");
    QCOMPARE(backups(agent.databasePath()).size(), 2); // when it was asked for, and when it happened
}

void TestDatabaseLife::aMoveTakesEverythingAlong()
{
    const QString target = at(u"elsewhere/moved.db"_s);
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    mark(agent, "before");
    QCOMPARE(agent.post(u"/api/db/path"_s, path(target)).status, 204);
    mark(agent, "after the move was asked for");
    agent.kill(); // its log is not in the main file yet
    for (int start = 0; start < 3; ++start) {
        QVERIFY2(agent.start(), qPrintable(agent.failure()));
        QCOMPARE(agent.get(u"/api/db/info"_s).json()[u"path"].toString(), target);
        QCOMPARE(markOf(agent), "\"after the move was asked for\"");
        agent.stop();
    }
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.del(u"/api/db/path"_s).status, 204);
    agent.stop();
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.get(u"/api/db/info"_s).json()[u"path"].toString(), agent.databasePath());
}

void TestDatabaseLife::aFailedMoveBackIsNoLoss()
{
    const QString target = at(u"drive/moved.db"_s);
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.post(u"/api/db/path"_s, path(target)).status, 204);
    mark(agent, "here");
    agent.stop();
    QVERIFY(QDir(at(u"drive"_s)).removeRecursively());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(markOf(agent), "\"here\"");
    QVERIFY2(agent.log().contains("drive/moved.db"), agent.log().constData());
}

void TestDatabaseLife::theLiveFileIsNeverExportedOver()
{
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    mark(agent, "live");
    QVERIFY(QFile::link(agent.databasePath(), at(u"link.db"_s)));
    for (const QString &target : {agent.databasePath(), at(u"link.db"_s), QString(agent.databasePath() + u"-wal"_s)})
        QCOMPARE(agent.post(u"/api/db/export"_s, path(target)).status, 400);
    agent.stop();
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(markOf(agent), "\"live\"");
}

void TestDatabaseLife::aShareableExportHasNoPassword()
{
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.post(u"/api/vault/password"_s, R"({"password":"a good long password"})").status, 204);
    QCOMPARE(agent.put(u"/api/vault/api-keys/ai.openai"_s, R"({"api_key":"sk-1"})").status, 204);
    QCOMPARE(agent.post(u"/api/vault/lock"_s).status, 204);
    QCOMPARE(agent.post(u"/api/db/export"_s, path(at(u"shared.db"_s), ",\"include_vault\":false")).status, 204);
    QCOMPARE(agent.post(u"/api/db/import"_s, path(at(u"shared.db"_s))).status, 204);
    agent.stop();
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.get(u"/api/vault/status"_s).json()[u"has_master_password"].toBool(true), false);
}

void TestDatabaseLife::aDamagedFileIsRefusedAndTheCommandItNamesBringsItBack()
{
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    mark(agent, "good");
    const QString backup = agent.databasePath() + u".bak-20260101-000000"_s;
    QCOMPARE(agent.post(u"/api/db/export"_s, path(backup)).status, 204);
    agent.stop();
    {
        QFile file(agent.databasePath());
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.write(QByteArray(8192, 'x'));
    }
    QVERIFY(agent.launch());
    QVERIFY(agent.waitForEnd());
    QCOMPARE(agent.exitCode(), 1);
    const QString command = u"netstacks-agent --restore-backup '%1'"_s.arg(backup);
    QVERIFY2(agent.log().contains(command.toUtf8()), agent.log().constData());

    AgentProcess restore({.arguments = {u"--restore-backup"_s, backup}, .home = m_home->path()});
    QVERIFY(restore.launch());
    QVERIFY(restore.waitForEnd());
    QCOMPARE(restore.exitCode(), 0);
    QVERIFY(QFile::exists(backup));

    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(markOf(agent), "\"good\"");
    QCOMPARE(backups(agent.databasePath()).size(), 2); // the damaged file is kept too
}

void TestDatabaseLife::aRestoreOfWhatIsNoBackupIsRefused()
{
    for (const QStringList &arguments :
         {QStringList{u"--restore-backup"_s, at(u"missing.db"_s)}, QStringList{u"--restore-backup"_s}}) {
        AgentProcess agent({.arguments = arguments, .home = m_home->path()});
        QVERIFY(agent.launch());
        QVERIFY(agent.waitForEnd());
        QCOMPARE(agent.exitCode(), 1);
        QVERIFY2(!agent.log().isEmpty(), "it says why");
        QVERIFY(!QFile::exists(agent.databasePath()));
    }
}

void TestDatabaseLife::killedWhileFilesAreStagedNothingIsLost()
{
    QRandomGenerator random(20260303);
    AgentProcess agent(setup());
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.put(u"/api/settings/bulk"_s, '"' + QByteArray(3'000'000, 'x') + '"').status, 204);
    mark(agent, "kept");
    QCOMPARE(agent.post(u"/api/db/export"_s, path(at(u"copy.db"_s))).status, 204);
    for (int round = 0; round < 12; ++round) {
        const QByteArray text = "round " + QByteArray::number(round);
        mark(agent, text);
        // Sent and not waited for: the kill comes somewhere in the middle.
        QNetworkAccessManager network;
        const auto post = [&](const QString &route, const QByteArray &json) {
            QNetworkRequest request(agent.url(u"https"_s, route));
            QSslConfiguration tls;
            tls.setCaCertificates({agent.certificate()});
            request.setSslConfiguration(tls);
            request.setRawHeader("Authorization", "Bearer " + agent.token());
            request.setRawHeader("Content-Type", "application/json");
            return std::unique_ptr<QNetworkReply>(network.post(request, json));
        };
        const auto reply = round % 3 == 0   ? post(u"/api/db/path"_s, path(at(u"moved%1.db"_s.arg(round))))
                           : round % 3 == 1 ? post(u"/api/db/export"_s, path(at(u"out%1.db"_s.arg(round))))
                                            : post(u"/api/db/import"_s, path(at(u"copy.db"_s)));
        QTest::qWait(random.bounded(60));
        agent.kill();
        if (const QString out = at(u"out%1.db"_s.arg(round)); QFile::exists(out)) {
            Connection copy;
            QVERIFY(copy.open(out, Connection::Access::ReadOnly));
            QCOMPARE(copy.value(u"PRAGMA integrity_check"_s).value().toString(), u"ok"_s);
        }
        QVERIFY2(agent.start(), qPrintable(agent.failure()));
        // Either what was written last, or the imported file whole.
        const QByteArray found = markOf(agent), expected = '"' + text + '"';
        const bool isImport = round % 3 == 2;
        QVERIFY2(found == expected || (isImport && found == "\"kept\""), found.constData());
        QCOMPARE(agent.get(u"/api/settings/bulk"_s).body.size(), 3'000'002);
        const QString live = agent.get(u"/api/db/info"_s).json()[u"path"].toString();
        QVERIFY(QFileInfo(live).dir().entryList({u"*.partial*"_s, u"*.moving*"_s, u"*-fresh*"_s}).isEmpty());
    }
}

QTEST_GUILESS_MAIN(TestDatabaseLife)
#include "tst_databaselife.moc"
