#include "storage/connection.h"
#include "storage/databaseschema.h"
#include "storage/legacytokens.h"
#include "storage/opendatabase.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

QString generationScript(const QString &name)
{
    QFile file(QStringLiteral(AGENT_SOURCE_DIR) + u"/tests/unit/storage/generations/"_s + name + u".sql"_s);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// The columns that contract 02 section 1.6 lists as added one by one.
const QList<std::pair<QString, QStringList>> &additiveColumns()
{
    static const QList<std::pair<QString, QStringList>> columns{
        {u"sessions"_s,
         u"profile_id profile_overrides netbox_device_id netbox_source_id cli_flavor terminal_theme jump_host "
         u"jump_port "
         "jump_username port_forwards auto_commands legacy_ssh protocol jump_host_id sftp_start_path jump_session_id"_s
             .split(u' ')},
        {u"credential_profiles"_s,
         u"terminal_theme default_font_size default_font_family scrollback_lines local_echo auto_reconnect "
         "reconnect_delay cli_flavor auto_commands jump_host_id jump_session_id"_s.split(u' ')},
        {u"folders"_s, {u"scope"_s}},
        {u"topologies"_s, {u"folder_id"_s, u"sort_order"_s, u"shared"_s}},
        {u"tunnels"_s, {u"jump_session_id"_s}},
        {u"documents"_s, {u"encrypted_content"_s}},
        {u"document_versions"_s, {u"encrypted_content"_s}},
        {u"topology_devices"_s, {u"profile_id"_s, u"snmp_profile_id"_s}},
        {u"topology_connections"_s,
         u"waypoints curve_style bundle_id bundle_index color line_style line_width notes"_s.split(u' ')},
        {u"layouts"_s, {u"tabs"_s}},
        {u"changes"_s, {u"device_overrides"_s, u"document_id"_s}},
        {u"mop_executions"_s,
         u"plan_id on_failure pause_after_pre_checks pause_after_changes pause_after_post_checks"_s.split(u' ')},
        {u"mop_execution_steps"_s, u"execution_source quick_action_id quick_action_variables script_id script_args "
                                   "paired_step_id output_format"_s.split(u' ')},
        {u"custom_commands"_s,
         u"action_type quick_action_id quick_action_variable script_id show_in_force_click"_s.split(u' ')},
        {u"scripts"_s, {u"created_by"_s, u"approved"_s}},
        {u"mapped_keys"_s, {u"description"_s, u"is_secret"_s, u"command_encrypted"_s}},
        {u"agent_tasks"_s, u"agent_definition_id parent_task_id root_task_id depth spawned_by_agent_definition_id "
                           "delegation_label"_s.split(u' ')},
        {u"mcp_servers"_s, u"transport_type url auth_type auth_token auth_token_encrypted server_type"_s.split(u' ')},
        {u"api_resources"_s, u"auth_header_prefix custom_headers test_path"_s.split(u' ')},
        {u"netbox_sources"_s, u"device_filters cli_flavor_mappings"_s.split(u' ')},
    };
    return columns;
}

/// A CREATE TABLE of ours (a column a line) without some of its columns.
QString withoutColumns(const QString &sql, const QStringList &columns)
{
    QStringList lines = sql.split(u'\n');
    lines.removeIf([&](const QString &line) {
        return line.startsWith("    "_L1) && columns.contains(line.trimmed().section(u' ', 0, 0));
    });
    QString &last = lines[lines.size() - 2];
    if (last.endsWith(u','))
        last.chop(1);
    return lines.join(u'\n');
}

} // namespace

class TestMigrations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

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
    void afterEveryUpgradeTheReferenceCanOpenTheFile_data();
    void afterEveryUpgradeTheReferenceCanOpenTheFile();
    void theSecondStartChangesNothing_data() { afterEveryUpgradeTheReferenceCanOpenTheFile_data(); }
    void theSecondStartChangesNothing();
    void aColumnThatSomebodyAddedLaterStays();
    void aTableThatSomebodyDroppedComesBack();
    void aNewerGenerationIsRefusedAndLeftAlone();
    void aDatabaseOfAnotherProgramIsRefusedAndLeftAlone();
    void aDamagedFileIsRefusedAndLeftAlone();
    void aStepThatFailsLeavesTheOldFile();

private:
    void make(const QString &generation);
    void open();
    [[nodiscard]] QVariant value(const QString &sql);
    [[nodiscard]] QStringList list(const QString &sql);
    [[nodiscard]] QStringList backups() const;
    [[nodiscard]] QByteArray content() const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    OpenedDatabase m_opened;
    std::unique_ptr<Connection> m_connection;
};

void TestMigrations::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"netstacks.db"_s);
}

void TestMigrations::cleanup()
{
    m_connection.reset();
    m_opened = {};
    m_folder.reset();
}

/// Builds a file of the given generation with plain SQL.
void TestMigrations::make(const QString &generation)
{
    Connection connection;
    QVERIFY(connection.open(m_path));
    for (const QString &pragma : {u"PRAGMA foreign_keys = OFF"_s, u"PRAGMA synchronous = OFF"_s})
        QVERIFY(connection.value(pragma));
    Status done;
    if (generation == "first"_L1 || generation == "profiles"_L1) {
        done = connection.executeScript(generationScript(generation));
    } else {
        auto fresh = freshCatalog();
        QVERIFY(fresh);
        for (const auto &[name, table] : fresh->tables.asKeyValueRange()) {
            if (name.startsWith("nsx_"_L1))
                continue;
            if (generation == "0.1.7"_L1 && name.endsWith("_sources"_L1) && !name.startsWith("enrichment"_L1))
                continue;
            QString sql = table.sql;
            if (generation == "bare"_L1) {
                for (const auto &[changed, columns] : additiveColumns())
                    sql = changed == name ? withoutColumns(sql, columns) : sql;
            }
            done = connection.executeScript(sql);
            QVERIFY2(done, qPrintable(sql + done.error().message));
        }
        if (generation == "0.1.7"_L1)
            done = connection.executeScript(generationScript(generation));
    }
    QVERIFY2(done, qPrintable(generation + done.error().message));
}

void TestMigrations::open()
{
    m_connection.reset();
    auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().message));
    m_opened = *std::move(opened);
    m_connection = std::make_unique<Connection>();
    QVERIFY(m_connection->open(m_path));
}

QVariant TestMigrations::value(const QString &sql)
{
    auto answer = m_connection->value(sql);
    return answer ? *answer : QVariant(answer.error().message);
}

QStringList TestMigrations::list(const QString &sql)
{
    QStringList values;
    const Status read =
        m_connection->forEach(sql, {}, [&values](const QSqlQuery &row) { values.append(row.value(0).toString()); });
    return read ? values : QStringList{read.error().message};
}

QStringList TestMigrations::backups() const { return QDir(m_folder->path()).entryList({u"netstacks.db.bak-*"_s}); }

QByteArray TestMigrations::content() const
{
    QFile file(m_path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

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
    cleanup();
    init();
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
    cleanup();
    init();
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
    cleanup();
    init();
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

void TestMigrations::afterEveryUpgradeTheReferenceCanOpenTheFile_data()
{
    QTest::addColumn<QString>("generation");
    for (const QString &name : {u"first"_s, u"profiles"_s, u"0.1.7"_s, u"bare"_s, u"0.2.35"_s})
        QTest::newRow(qPrintable(name)) << name;
}

/// Contract 02 section 1.4, rule by rule.
void TestMigrations::afterEveryUpgradeTheReferenceCanOpenTheFile()
{
    QFETCH(QString, generation);
    make(generation);
    open();
    QCOMPARE(value(u"PRAGMA integrity_check"_s).toString(), u"ok"_s);
    QVERIFY(!value(u"PRAGMA foreign_key_check"_s).isValid());
    // 1: every table and column
    const auto present = readCatalog(*m_connection);
    const auto fresh = freshCatalog();
    QVERIFY(present && fresh);
    for (const auto &[name, table] : fresh->tables.asKeyValueRange()) {
        for (const Catalog::Column &column : table.columns)
            QVERIFY2(present->has(name, column.name), qPrintable(name + u'.' + column.name));
        for (const Catalog::Column &column : present->tables[name].columns)
            QVERIFY2(table.has(column.name) || !column.notNull || !column.defaultValue.isEmpty(),
                     qPrintable(column.name));
    }
    for (const QString &index : fresh->indexes.keys())
        QVERIFY2(present->indexes.contains(index), qPrintable(index));
    // 2: the probe rows
    for (const auto &[category, type] :
         {std::pair{u"troubleshooting"_s, u"markdown"_s}, {u"outputs"_s, u"recording"_s}, {u"mops"_s, u"json"_s}}) {
        QVERIFY(m_connection->execute(
            u"INSERT INTO documents (id, name, category, content_type, content, created_at, updated_at) "
            "VALUES ('__test__', '', ?, ?, '', datetime('now'), datetime('now'))"_s,
            {category, type}));
        QVERIFY(m_connection->execute(u"DELETE FROM documents WHERE id = '__test__'"_s));
    }
    QVERIFY(m_connection->execute(u"INSERT INTO changes (id, session_id, name, created_by) "
                                  "VALUES ('__test_null_sid__', NULL, '', '')"_s));
    QVERIFY(m_connection->execute(u"DELETE FROM changes WHERE id = '__test_null_sid__'"_s));
    QCOMPARE(value(u"SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"_s).toInt(), 0);
    // 3 and 4: nothing that sets off a destructive step
    QVERIFY(!present->has(u"netdisco_sources"_s));
    for (const QString &table : {u"netbox_sources"_s, u"librenms_sources"_s, u"netstacks_crawler_sources"_s})
        QVERIFY(!present->has(table, u"url"));
    QVERIFY(!present->has(u"mapped_keys"_s, u"session_id") && !present->has(u"mapped_keys"_s, u"profile_id"));
    // 1.3: text in text columns
    QCOMPARE(
        value(u"SELECT count(*) FROM sessions WHERE typeof(name) <> 'text' OR typeof(port) <> 'integer'"_s).toInt(), 0);
}

void TestMigrations::theSecondStartChangesNothing()
{
    QFETCH(QString, generation);
    make(generation);
    open();
    const QStringList kept = backups();
    m_connection.reset();
    m_opened = {};
    const QByteArray before = content();
    open();
    QVERIFY(m_opened.upgrade.steps.isEmpty());
    QVERIFY(m_opened.upgrade.backup.isEmpty());
    m_connection.reset();
    m_opened = {};
    QCOMPARE(content(), before);
    QCOMPARE(backups(), kept);
}

void TestMigrations::aColumnThatSomebodyAddedLaterStays()
{
    open();
    QVERIFY(m_connection->execute(u"ALTER TABLE sessions ADD COLUMN future TEXT"_s));
    QVERIFY(m_connection->execute(u"INSERT INTO sessions (id, name, host, username, auth_type, future) "
                                  "VALUES ('s', '', '', '', 'key', 'x')"_s));
    open();
    QCOMPARE(value(u"SELECT future FROM sessions"_s).toString(), u"x"_s);
    QVERIFY(m_opened.upgrade.steps.isEmpty());
}

void TestMigrations::aTableThatSomebodyDroppedComesBack()
{
    open();
    QVERIFY(m_connection->execute(u"DROP TABLE quick_prompts"_s));
    open();
    QVERIFY(m_connection->hasTable(u"quick_prompts"_s));
    QCOMPARE(m_opened.upgrade.steps, QStringList({u"create missing tables"_s, u"create missing indexes"_s}));
}

void TestMigrations::aNewerGenerationIsRefusedAndLeftAlone()
{
    open();
    QVERIFY(m_connection->execute(u"UPDATE nsx_schema SET generation = 1000"_s));
    m_connection.reset();
    m_opened = {};
    const QByteArray before = content();
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(!opened);
    QVERIFY2(opened.error().message.contains("newer release"_L1), qPrintable(opened.error().message));
    QCOMPARE(content(), before);
}

void TestMigrations::aDatabaseOfAnotherProgramIsRefusedAndLeftAlone()
{
    {
        Connection connection;
        QVERIFY(connection.open(m_path));
        QVERIFY(connection.execute(u"CREATE TABLE bookmarks (id INTEGER PRIMARY KEY)"_s));
    }
    const QByteArray before = content();
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(!opened);
    QVERIFY2(opened.error().message.contains("another program"_L1), qPrintable(opened.error().message));
    QCOMPARE(content(), before);
}

void TestMigrations::aDamagedFileIsRefusedAndLeftAlone()
{
    const QByteArray rubbish(8192, 'x');
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(rubbish);
    file.close();
    const QString good = m_path + u".bak-20250101-000000-3"_s;
    QVERIFY(openDatabase({.path = good, .warning = {}}));
    // Younger, and as damaged as the database itself, or not made by us.
    QVERIFY(QFile::copy(m_path, m_path + u".bak-20260101-000000"_s));
    QVERIFY(QFile::copy(good, m_path + u".bak-mine"_s));
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(!opened);
    QVERIFY2(opened.error().message.contains(u"netstacks-agent --restore-backup '%1'"_s.arg(good)),
             qPrintable(opened.error().message));
    QCOMPARE(content(), rubbish);
}

void TestMigrations::aStepThatFailsLeavesTheOldFile()
{
    make(u"first"_s);
    {
        Connection connection;
        QVERIFY(connection.open(m_path));
        // Two entries of one name: the last step cannot write the second, after everything else has happened.
        QVERIFY(connection.execute(u"ALTER TABLE layouts RENAME TO old_layouts"_s));
        QVERIFY(connection.execute(
            u"CREATE TABLE layouts AS SELECT * FROM old_layouts UNION ALL SELECT * FROM old_layouts"_s));
    }
    const QByteArray before = content();
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(!opened);
    QVERIFY2(opened.error().message.contains("copy layouts to groups"_L1), qPrintable(opened.error().message));
    QCOMPARE(content(), before);
    QVERIFY(backups().isEmpty()); // of a file that did not change; every start would add another
}

QTEST_GUILESS_MAIN(TestMigrations)
#include "tst_migrations.moc"
