#include "migrationbench.h"
#include "storage/legacytokens.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 02 section 1.6: what becomes of the rows and columns of older files.
class TestMigrations : public QObject, private MigrationBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void theOldestFileKeepsItsValues();
    void theOldestFileIsBackedUpFirst();
    void sessionsWithoutAProfileStay();
    void theOldestMappedKeyOfEachCombinationBecomesGlobal();
    void layoutsBecomeGroupsOnce();
    void profilesLoseOldSettingsAndKeepTheRest();
    void crawlerSourcesAreFoundUnderTheirNewName();
    void aFileWithoutAnyAdditiveColumnGetsThemAll();
    void aFileOfTodaysReferenceIsTakenAsItIs();
    void sourcesOf017KeepTheirIdsAndGetResources();
    void sourcesOf017ShareAResourceOnlyWhereNoTokenIsLost();
    void tokensOf017WaitForTheVault();
    void anAdoptedTokenDoesNotReplaceANewerOne();
    void whatTheReferenceLeftOfAFailedCutOverIsFinished();
};

void TestMigrations::theOldestFileKeepsItsValues()
{
    make(u"first"_s);
    open();
    QCOMPARE(list(u"SELECT id || name || coalesce(parent_id, '') || sort_order || scope FROM folders ORDER BY id"_s),
             QStringList({u"f1Core3session"_s, u"f2Labf10session"_s}));
    QCOMPARE(list(u"SELECT name || host || port || username || auth_type || coalesce(color, '-') || "
                  "coalesce(folder_id, '-') || protocol || cli_flavor || legacy_ssh FROM sessions ORDER BY id"_s),
             QStringList({u"edge-110.0.0.12222adminpassword#ff0000f2sshauto0"_s, u"Ümlautr222rootkey--sshauto0"_s}));
    QCOMPARE(value(u"SELECT hex(encrypted_data) FROM credentials"_s).toString(), u"00010203FF"_s);
    QCOMPARE(value(u"SELECT typeof(encrypted_data) FROM credentials"_s).toString(), u"blob"_s);
    QCOMPARE(value(u"SELECT hex(verification_data) FROM vault_config"_s).toString(), u"CAFE"_s);
    QCOMPARE(value(u"SELECT value FROM settings WHERE key = 'ui.theme'"_s).toString(), u"\"dark\""_s);
    QCOMPARE(
        list(u"SELECT id || name || category || content_type || content || coalesce(session_id, '-') || created_at "
             "FROM documents ORDER BY id"_s),
        QStringList({u"d1plannotestextremembers12025-01-01 10:00:00"_s, u"d2outoutputscsva;b-2025-01-01 10:00:00"_s}));
    QCOMPARE(list(u"SELECT content FROM document_versions WHERE document_id = 'd1' ORDER BY id"_s),
             QStringList({u"older"_s, u"oldest"_s}));
    QCOMPARE(value(u"SELECT session_id || name || created_by || status FROM changes"_s).toString(),
             u"s1upgrademedraft"_s);
    QCOMPARE(value(u"SELECT output FROM snapshots WHERE change_id = 'c1'"_s).toString(), u"before"_s);
    QCOMPARE(value(u"SELECT command FROM snippets"_s).toString(), u"show version"_s);
    QCOMPARE(value(u"SELECT count(*) FROM topology_devices"_s).toInt(), 0);
}

void TestMigrations::theOldestFileIsBackedUpFirst()
{
    make(u"first"_s);
    open();
    QCOMPARE(backups().size(), 1);
    QCOMPARE(m_opened.upgrade.backup, m_folder->filePath(backups().first()));
    QCOMPARE(QFile::permissions(m_opened.upgrade.backup) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    Connection backup;
    QVERIFY(backup.open(m_opened.upgrade.backup, Connection::Access::ReadOnly));
    QVERIFY(backup.hasColumn(u"mapped_keys"_s, u"session_id"_s));
    QCOMPARE(backup.value(u"SELECT count(*) FROM topology_devices"_s).value().toInt(), 1);
}

void TestMigrations::sessionsWithoutAProfileStay()
{
    make(u"first"_s);
    open();
    QCOMPARE(value(u"SELECT count(*) FROM sessions WHERE profile_id IS NULL"_s).toInt(), 2);
    QCOMPARE(value(u"SELECT count(*) FROM credentials"_s).toInt(), 1);
}

void TestMigrations::theOldestMappedKeyOfEachCombinationBecomesGlobal()
{
    make(u"first"_s);
    open();
    QCOMPARE(list(u"SELECT id || key_combo || command || is_secret FROM mapped_keys ORDER BY id"_s),
             QStringList({u"k1F5show run0"_s, u"k3F6exit0"_s}));
    QVERIFY(!m_connection->hasColumn(u"mapped_keys"_s, u"session_id"_s));
    end();
    begin();
    make(u"profiles"_s);
    open();
    QCOMPARE(list(u"SELECT id || key_combo || command || description FROM mapped_keys"_s),
             QStringList({u"k2F1firstkept"_s}));
    QVERIFY(!m_connection->hasColumn(u"mapped_keys"_s, u"profile_id"_s));
}

void TestMigrations::layoutsBecomeGroupsOnce()
{
    make(u"first"_s);
    open();
    QCOMPARE(list(u"SELECT id || name || tabs || updated_at FROM groups ORDER BY id"_s),
             QStringList({u"l1Both[{\"type\":\"terminal\",\"session_id\":\"s1\"},"
                          "{\"type\":\"terminal\",\"session_id\":\"s2\"}]2025-01-02 00:00:00"_s,
                          u"l2Broken[]2025-01-02 00:00:00"_s}));
    QVERIFY(m_connection->execute(u"DELETE FROM groups"_s));
    open();
    QCOMPARE(value(u"SELECT count(*) FROM groups"_s).toInt(), 0);
    end();
    begin();
    make(u"profiles"_s);
    open();
    QCOMPARE(value(u"SELECT tabs FROM groups"_s).toString(), u"[{\"type\":\"topology\",\"topology_id\":\"x\"}]"_s);
}

void TestMigrations::profilesLoseOldSettingsAndKeepTheRest()
{
    make(u"profiles"_s);
    open();
    QVERIFY(!m_connection->hasColumn(u"credential_profiles"_s, u"startup_commands"_s));
    QCOMPARE(list(u"SELECT name || username || auth_type || scrollback_lines || favourite_colour "
                  "FROM credential_profiles ORDER BY id"_s),
             QStringList({u"Adminsadminpassword10000green"_s, u"Guestsguestkey10000blue"_s}));
    QCOMPARE(value(u"SELECT hex(encrypted_data) FROM profile_credentials"_s).toString(), u"0102"_s);
    QCOMPARE(value(u"SELECT profile_id FROM sessions"_s).toString(), u"p1"_s);
}

void TestMigrations::crawlerSourcesAreFoundUnderTheirNewName()
{
    make(u"profiles"_s);
    open();
    QVERIFY(!m_connection->hasTable(u"netdisco_sources"_s));
    QCOMPARE(value(u"SELECT id || name || api_resource_id || created_at FROM netstacks_crawler_sources"_s).toString(),
             u"n1Crawlera12025-01-01 00:00:00"_s);
}

void TestMigrations::aFileWithoutAnyAdditiveColumnGetsThemAll()
{
    make(u"bare"_s);
    for (const auto &[table, columns] : additiveColumns()) {
        Connection connection;
        QVERIFY(connection.open(m_path));
        for (const QString &column : columns)
            QVERIFY2(!connection.hasColumn(table, column), qPrintable(table + u'.' + column));
    }
    open();
    const auto present = readCatalog(*m_connection);
    const auto fresh = freshCatalog();
    QVERIFY(present && fresh);
    for (const auto &[name, table] : fresh->tables.asKeyValueRange()) {
        for (const Catalog::Column &column : table.columns) {
            const Catalog::Column *there = present->tables[name].column(column.name);
            QVERIFY2(there, qPrintable(name + u'.' + column.name));
            QCOMPARE(there->type, column.type);
            QCOMPARE(there->notNull, column.notNull);
            QCOMPARE(there->defaultValue, column.defaultValue);
            QCOMPARE(there->references, column.references);
        }
    }
    QCOMPARE(backups().size(), 1); // before every upgrade
}

void TestMigrations::aFileOfTodaysReferenceIsTakenAsItIs()
{
    make(u"0.2.35"_s);
    const auto before = [&] {
        Connection connection;
        return connection.open(m_path) ? readFingerprint(connection).value() : QByteArray();
    }();
    open();
    // The fixture lacks the secondary indexes; nothing else is added outside our own tables.
    QCOMPARE(m_opened.upgrade.steps, QStringList({u"create missing tables"_s, u"create missing indexes"_s}));
    QCOMPARE(backups().size(), 1);
    QVERIFY(!before.isEmpty());
}

void TestMigrations::sourcesOf017KeepTheirIdsAndGetResources()
{
    make(u"0.1.7"_s);
    open();
    for (const QString &table : {u"netbox_sources"_s, u"librenms_sources"_s, u"netstacks_crawler_sources"_s})
        QVERIFY2(!m_connection->hasColumn(table, u"url"_s), qPrintable(table));
    for (const QString &table : {u"netdisco_sources"_s, u"netbox_tokens"_s, u"librenms_tokens"_s})
        QVERIFY2(!m_connection->hasTable(table), qPrintable(table));
    const auto resourceOf = [this](const QString &table, const QString &id) {
        return value(
                   u"SELECT r.name || ' ' || base_url || ' ' || auth_type || ' ' || coalesce(auth_header_name, '-') || "
                   "' ' || coalesce(auth_header_prefix, '-') || verify_ssl FROM %1 s JOIN api_resources r "
                   "ON r.id = s.api_resource_id WHERE s.id = '%2'"_s.arg(table, id))
            .toString();
    };
    QCOMPARE(resourceOf(u"netbox_sources"_s, u"nb1"_s),
             u"HQ (NetBox) https://netbox.example custom_header Authorization Token 0"_s);
    QCOMPARE(resourceOf(u"netbox_sources"_s, u"nb4"_s),
             u"My NetBox https://other.example custom_header Authorization Token 0"_s);
    QCOMPARE(resourceOf(u"librenms_sources"_s, u"ln1"_s),
             u"Mon (LibreNMS) http://libre api_key_header X-Auth-Token -1"_s);
    QCOMPARE(resourceOf(u"netstacks_crawler_sources"_s, u"nd1"_s), u"Disco (Netdisco) http://disco basic - -1"_s);
    QCOMPARE(resourceOf(u"netstacks_crawler_sources"_s, u"nd2"_s),
             u"Keyed (Netdisco) http://disco api_key_header X-API-Key -1"_s);
    QCOMPARE(value(u"SELECT default_profile_id || device_filters || created_at FROM netbox_sources WHERE id = 'nb1'"_s)
                 .toString(),
             u"p1{\"site\":\"hq\"}2025-01-01 00:00:00"_s);
    QCOMPARE(value(u"SELECT netbox_source_id || netbox_device_id FROM sessions"_s).toString(), u"nb177"_s);
    // The hover sources find their systems.
    QVERIFY(!value(u"SELECT api_resource_id FROM enrichment_sources WHERE id = 'builtin-netbox-ip'"_s).isNull());
}

void TestMigrations::sourcesOf017ShareAResourceOnlyWhereNoTokenIsLost()
{
    make(u"0.1.7"_s);
    open();
    const auto resource = [this](const QString &id) {
        return value(u"SELECT api_resource_id FROM netbox_sources WHERE id = '%1'"_s.arg(id)).toString();
    };
    QVERIFY(resource(u"nb1"_s) != resource(u"nb3"_s)); // both bring a token
    QVERIFY(resource(u"nb1"_s) != resource(u"nb4"_s)); // another server
    // All of them carry a token here: the key that served every source went to those without one of their own.
    QCOMPARE(value(u"SELECT count(*) FROM api_resources"_s).toInt(), 7);
    end();
    begin();
    make(u"0.1.7"_s);
    {
        Connection connection;
        QVERIFY(connection.open(m_path));
        QVERIFY(connection.execute(u"DELETE FROM api_keys WHERE key_type = 'netbox'"_s));
    }
    open();
    QCOMPARE(resource(u"nb2"_s), resource(u"nb1"_s)); // the same server, and no token to lose
    QCOMPARE(value(u"SELECT count(*) FROM api_resources"_s).toInt(), 6);
}

void TestMigrations::tokensOf017WaitForTheVault()
{
    make(u"0.1.7"_s);
    open();
    const auto tokens = legacyTokens(*m_connection);
    QVERIFY(tokens);
    QHash<QByteArray, LegacyToken> bySeal;
    for (const LegacyToken &token : *tokens)
        bySeal[token.sealed.toHex()] = token;
    QVERIFY(bySeal.contains("aa01") && bySeal.contains("aa03") && bySeal.contains("bb01"));
    QCOMPARE(bySeal["cc01"].form, LegacyToken::Form::Password);
    QCOMPARE(bySeal["cc01"].username, u"admin"_s);
    QCOMPARE(bySeal["cc02"].form, LegacyToken::Form::Token);
    QCOMPARE(list(u"SELECT key_type FROM api_keys"_s), QStringList({u"openai"_s}));
    QCOMPARE(value(u"SELECT api_resource_id FROM netbox_sources WHERE id = 'nb3'"_s).toString(),
             bySeal["aa03"].apiResourceId);
}

void TestMigrations::anAdoptedTokenDoesNotReplaceANewerOne()
{
    make(u"0.1.7"_s);
    open();
    const auto tokens = legacyTokens(*m_connection);
    QVERIFY(tokens && tokens->size() >= 2);
    const QString first = tokens->at(0).apiResourceId, second = tokens->at(1).apiResourceId;
    QVERIFY(m_connection->execute(
        u"INSERT INTO api_resource_credentials (api_resource_id, encrypted_data) VALUES (?, x'99')"_s, {first}));
    QVERIFY(adoptLegacyToken(*m_connection, first, "old"));
    QVERIFY(adoptLegacyToken(*m_connection, second, "moved"));
    QCOMPARE(
        m_connection->value(u"SELECT encrypted_data FROM api_resource_credentials WHERE api_resource_id = ?"_s, {first})
            .value()
            .toByteArray(),
        QByteArray("\x99"));
    QCOMPARE(m_connection
                 ->value(u"SELECT encrypted_data FROM api_resource_credentials WHERE api_resource_id = ?"_s, {second})
                 .value()
                 .toByteArray(),
             QByteArray("moved"));
    QCOMPARE(legacyTokens(*m_connection).value().size(), tokens->size() - 2);
}

void TestMigrations::whatTheReferenceLeftOfAFailedCutOverIsFinished()
{
    // Its first start on a 0.1.7 file makes the crawler's new table and then fails.
    make(u"0.1.7"_s);
    {
        Connection connection;
        QVERIFY(connection.open(m_path));
        QVERIFY(connection.executeScript(freshCatalog().value().tables[u"netstacks_crawler_sources"_s].sql));
    }
    open();
    QCOMPARE(list(u"SELECT id FROM netstacks_crawler_sources ORDER BY id"_s), QStringList({u"nd1"_s, u"nd2"_s}));
    QVERIFY(!m_connection->hasTable(u"netdisco_sources"_s));
}

QTEST_GUILESS_MAIN(TestMigrations)
#include "tst_migrations.moc"
