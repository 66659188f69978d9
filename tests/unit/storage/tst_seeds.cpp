#include "storage/connection.h"
#include "storage/opendatabase.h"
#include "storage/seeds.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

class TestSeeds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void aFreshFileHoldsTheSeedsAndNothingElse();
    void theTemplateScriptsReadTheDeviceFromTheEnvironment();
    void templatesComeBackOnlyWhenNoneIsLeft();
    void theUsersEditsOfSeedsSurvive();
    void aPairTheUserRemovedStaysRemoved();
    void aPairTheReferencePutBackIsRemovedAgain();
    void aPairTheUserGaveBackStays();
    void aMatcherOfTheUsersWithABuiltInNameIsLeftAlone();
    void sourcesBindToTheOldestResourceOfTheirSystem();
    void interactionsOfAFormerRunExpire();
    void aSecondStartWritesNothing();
    void patternsFindWhatTheyShould_data();
    void patternsFindWhatTheyShould();

private:
    void open();
    [[nodiscard]] QVariant value(const QString &sql, const QVariantList &values = {});
    void run(const QString &sql);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Connection> m_connection;
};

void TestSeeds::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    open();
}

void TestSeeds::cleanup()
{
    m_connection.reset();
    m_folder.reset();
}

void TestSeeds::open()
{
    m_connection.reset();
    const QString path = m_folder->filePath(u"netstacks.db"_s);
    const auto opened = openDatabase({.path = path, .warning = {}});
    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().message));
    opened->database->close();
    m_connection = std::make_unique<Connection>();
    QVERIFY(m_connection->open(path));
}

QVariant TestSeeds::value(const QString &sql, const QVariantList &values)
{
    auto answer = m_connection->value(sql, values);
    return answer ? *answer : QVariant(answer.error().message);
}

void TestSeeds::run(const QString &sql)
{
    const Status done = m_connection->executeScript(sql);
    QVERIFY2(done, qPrintable(done.error().message));
}

void TestSeeds::aFreshFileHoldsTheSeedsAndNothingElse()
{
    const QHash<QString, int> expected{{u"settings"_s, 1},
                                       {u"scripts"_s, 3},
                                       {u"enrichment_matchers"_s, 5},
                                       {u"enrichment_sources"_s, 9},
                                       {u"enrichment_matcher_sources"_s, 15}};
    QStringList tables;
    QVERIFY(m_connection->forEach(
        u"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'nsx_*' AND name NOT GLOB 'sqlite_*'"_s,
        {}, [&](const QSqlQuery &row) { tables.append(row.value(0).toString()); }));
    for (const QString &table : std::as_const(tables)) {
        const int count = value(u"SELECT count(*) FROM "_s + table).toInt();
        QVERIFY2(count == expected.value(table, 0), qPrintable(table + u' ' + QString::number(count)));
    }
    QCOMPARE(value(u"SELECT value FROM settings WHERE key = 'ai.terminal_mode'"_s).toString(), u"false"_s);
    QCOMPARE(value(u"SELECT group_concat(source_id, ' ') FROM (SELECT source_id FROM enrichment_matcher_sources "
                   "WHERE matcher_id = 'builtin-mac-cisco' ORDER BY sort_order)"_s)
                 .toString(),
             u"builtin-mac-address-type builtin-oui-vendor builtin-crawler-mac"_s);
    QVERIFY(m_connection->forEach(u"SELECT picked_fields FROM enrichment_sources"_s, {}, [](const QSqlQuery &row) {
        const QJsonArray fields = QJsonDocument::fromJson(row.value(0).toString().toUtf8()).array();
        QVERIFY(!fields.isEmpty());
        for (const QJsonValue field : fields) {
            QVERIFY(!field[u"key"_s].toString().isEmpty());
            QVERIFY(!field[u"label"_s].toString().isEmpty());
            QVERIFY(!field[u"format"_s].toString().isEmpty());
        }
    }));
}

void TestSeeds::theTemplateScriptsReadTheDeviceFromTheEnvironment()
{
    QVERIFY(m_connection->forEach(u"SELECT name, content, created_by, approved FROM scripts"_s, {},
                                  [](const QSqlQuery &row) {
                                      QVERIFY(row.value(1).toString().contains("NETSTACKS_DEVICE\""_L1));
                                      QVERIFY(row.value(1).toString().contains("netmiko"_L1));
                                      QCOMPARE(row.value(2).toString(), u"user"_s);
                                      QCOMPARE(row.value(3).toInt(), 1);
                                  }));
}

void TestSeeds::templatesComeBackOnlyWhenNoneIsLeft()
{
    run(u"DELETE FROM scripts WHERE name = 'Run show command'"_s);
    open();
    QCOMPARE(value(u"SELECT count(*) FROM scripts"_s).toInt(), 2);
    run(u"DELETE FROM scripts"_s);
    open();
    QCOMPARE(value(u"SELECT count(*) FROM scripts"_s).toInt(), 3);
}

void TestSeeds::theUsersEditsOfSeedsSurvive()
{
    run(u"UPDATE enrichment_matchers SET priority = 99 WHERE id = 'builtin-ipv4';"
        "UPDATE settings SET value = 'true' WHERE key = 'ai.terminal_mode'"_s);
    open();
    QCOMPARE(value(u"SELECT priority FROM enrichment_matchers WHERE id = 'builtin-ipv4'"_s).toInt(), 99);
    QCOMPARE(value(u"SELECT value FROM settings WHERE key = 'ai.terminal_mode'"_s).toString(), u"true"_s);
}

void TestSeeds::aPairTheUserRemovedStaysRemoved()
{
    run(u"DELETE FROM enrichment_matcher_sources WHERE source_id = 'builtin-dns-ptr'"_s);
    open();
    QCOMPARE(value(u"SELECT count(*) FROM enrichment_matcher_sources"_s).toInt(), 14);
}

void TestSeeds::aPairTheReferencePutBackIsRemovedAgain()
{
    QVERIFY(rememberPairWish(*m_connection, u"builtin-ipv4"_s, u"builtin-dns-ptr"_s, PairWish::Removed));
    run(u"DELETE FROM enrichment_matcher_sources WHERE source_id = 'builtin-dns-ptr'"_s);
    run(u"INSERT OR REPLACE INTO enrichment_matcher_sources VALUES ('builtin-ipv4', 'builtin-dns-ptr', 0)"_s);
    open();
    QCOMPARE(value(u"SELECT count(*) FROM enrichment_matcher_sources"_s).toInt(), 14);
}

void TestSeeds::aPairTheUserGaveBackStays()
{
    QVERIFY(rememberPairWish(*m_connection, u"builtin-ipv4"_s, u"builtin-dns-ptr"_s, PairWish::Removed));
    QVERIFY(rememberPairWish(*m_connection, u"builtin-ipv4"_s, u"builtin-dns-ptr"_s, PairWish::Assigned));
    open();
    QCOMPARE(value(u"SELECT count(*) FROM enrichment_matcher_sources"_s).toInt(), 15);
}

void TestSeeds::aMatcherOfTheUsersWithABuiltInNameIsLeftAlone()
{
    run(u"DELETE FROM enrichment_matchers WHERE id = 'builtin-ipv4';"
        "DELETE FROM nsx_seeded_pairs WHERE matcher_id = 'builtin-ipv4';"
        "INSERT INTO enrichment_matchers (id, name, created_at, updated_at) VALUES ('mine', 'ipv4', '', '')"_s);
    open();
    QCOMPARE(value(u"SELECT id FROM enrichment_matchers WHERE name = 'ipv4'"_s).toString(), u"mine"_s);
    QCOMPARE(value(u"SELECT count(*) FROM enrichment_matcher_sources"_s).toInt(), 12);
}

void TestSeeds::sourcesBindToTheOldestResourceOfTheirSystem()
{
    run(u"INSERT INTO api_resources (id, name, base_url, created_at) VALUES "
        "('new', 'NetBox new', 'https://n', '2026-01-01 00:00:00'), "
        "('old', 'Our NETBOX', 'https://o', '2025-01-01 00:00:00'), "
        "('disco', 'Netdisco', 'https://d', '2026-01-01 00:00:00')"_s);
    open();
    QCOMPARE(
        value(u"SELECT group_concat(DISTINCT api_resource_id) FROM enrichment_sources WHERE name GLOB 'netbox_*'"_s)
            .toString(),
        u"old"_s);
    QCOMPARE(value(u"SELECT count(*) FROM enrichment_sources WHERE api_resource_id = 'disco'"_s).toInt(), 4);
    QCOMPARE(
        value(u"SELECT count(*) FROM enrichment_sources WHERE kind = 'builtin' AND api_resource_id IS NULL"_s).toInt(),
        3);
}

void TestSeeds::interactionsOfAFormerRunExpire()
{
    run(u"INSERT INTO agent_tasks (id, prompt) VALUES ('t', '');"
        "INSERT INTO task_interactions (id, task_id, kind, status, prompt) VALUES "
        "('a', 't', 'plan', 'pending', ''), ('b', 't', 'plan', 'resolved', '')"_s);
    open();
    QCOMPARE(value(u"SELECT status FROM task_interactions WHERE id = 'a'"_s).toString(), u"expired"_s);
    QVERIFY(!value(u"SELECT resolved_at FROM task_interactions WHERE id = 'a'"_s).isNull());
    QCOMPARE(value(u"SELECT status FROM task_interactions WHERE id = 'b'"_s).toString(), u"resolved"_s);
}

void TestSeeds::aSecondStartWritesNothing()
{
    m_connection.reset();
    const auto content = [this] {
        QFile file(m_folder->filePath(u"netstacks.db"_s));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray before = content();
    open();
    m_connection.reset();
    QVERIFY(!before.isEmpty());
    QCOMPARE(content(), before);
}

void TestSeeds::patternsFindWhatTheyShould_data()
{
    QTest::addColumn<QString>("matcher");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("found");
    const auto row = [](const QString &matcher, const QString &text, bool found) {
        QTest::addRow("%s: %s", qPrintable(matcher), qPrintable(text)) << matcher << text << found;
    };
    for (const QString &text : {u"10.0.0.1"_s, u"255.255.255.255"_s, u"0.0.0.0"_s, u"(192.168.1.10)"_s})
        row(u"ipv4"_s, text, true);
    for (const QString &text : {u"256.1.1.1"_s, u"1.2.3"_s, u"1234.1.1.1"_s})
        row(u"ipv4"_s, text, false);
    for (const QString &text : {u"00:1A:2b:3c:4d:5e"_s, u"00-1a-2b-3c-4d-5e"_s})
        row(u"mac_colon"_s, text, true);
    for (const QString &text : {u"00:1A:2b:3c:4d"_s, u"00:1A-2b:3c-4d:5e"_s, u"g0:1A:2b:3c:4d:5e"_s})
        row(u"mac_colon"_s, text, false);
    row(u"mac_cisco"_s, u"001a.2b3c.4d5e"_s, true);
    row(u"mac_cisco"_s, u"001a.2b3c.4d5"_s, false);
    for (const QString &text : {u"GigabitEthernet1/0/24"_s,
                                u"Gi1/0/24"_s,
                                u"gi0/1.100"_s,
                                u"TenGigabitEthernet1/1/1"_s,
                                u"Te1/1"_s,
                                u"TenGigE0/0/0/1"_s,
                                u"FastEthernet0"_s,
                                u"Fa0/1"_s,
                                u"Ethernet1/1"_s,
                                u"Eth1/1"_s,
                                u"Et49/1"_s,
                                u"Loopback0"_s,
                                u"Lo0"_s,
                                u"Vlan10"_s,
                                u"Vl10"_s,
                                u"Port-channel7"_s,
                                u"Po7"_s,
                                u"Tunnel1"_s,
                                u"Tu1"_s,
                                u"mgmt0"_s,
                                u"Management1"_s,
                                u"MgmtEth0/RP0/CPU0/0"_s,
                                u"HundredGigE0/0/0/3"_s,
                                u"Hu1/0/49"_s,
                                u"TwentyFiveGigE1/0/1"_s,
                                u"Twe1/0/1"_s,
                                u"FortyGigabitEthernet1/1"_s,
                                u"Bundle-Ether12.300"_s,
                                u"BE12"_s,
                                u"Serial0/0/0:"_s,
                                u"nve1"_s})
        row(u"cisco_interface"_s, text, true);
    for (const QString &text : {u"Gi"_s, u"Potato1"_s, u"Vlan"_s, u"version"_s})
        row(u"cisco_interface"_s, text, false);
    for (const QString &text : {u"ge-0/0/0"_s, u"xe-1/2/3.100"_s, u"et-0/0/48:1"_s, u"ae0"_s, u"ae12.5"_s, u"lo0.0"_s,
                                u"irb.100"_s, u"em0"_s, u"fxp0"_s, u"vme"_s, u"vme.0"_s})
        row(u"junos_interface"_s, text, true);
    for (const QString &text : {u"lo"_s, u"ge-0/0"_s, u"aero"_s})
        row(u"junos_interface"_s, text, false);
}

void TestSeeds::patternsFindWhatTheyShould()
{
    QFETCH(QString, matcher);
    QFETCH(QString, text);
    QFETCH(bool, found);
    const QString json = value(u"SELECT patterns FROM enrichment_matchers WHERE name = ?"_s, {matcher}).toString();
    const QJsonArray patterns = QJsonDocument::fromJson(json.toUtf8()).array();
    QCOMPARE(patterns.size(), 1);
    const QRegularExpression pattern(patterns[0].toString());
    QVERIFY2(pattern.isValid(), qPrintable(pattern.errorString()));
    QCOMPARE(pattern.match(text).hasMatch(), found);
}

QTEST_GUILESS_MAIN(TestSeeds)
#include "tst_seeds.moc"
