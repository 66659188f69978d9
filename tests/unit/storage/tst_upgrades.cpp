#include "migrationbench.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 02 sections 1.3 and 1.4: what holds after every upgrade, and what is refused.
class TestUpgrades : public QObject, private MigrationBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

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
};

void TestUpgrades::afterEveryUpgradeTheReferenceCanOpenTheFile_data()
{
    QTest::addColumn<QString>("generation");
    for (const QString &name : {u"first"_s, u"profiles"_s, u"0.1.7"_s, u"bare"_s, u"0.2.35"_s})
        QTest::newRow(qPrintable(name)) << name;
}

/// Contract 02 section 1.4, rule by rule.
void TestUpgrades::afterEveryUpgradeTheReferenceCanOpenTheFile()
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

void TestUpgrades::theSecondStartChangesNothing()
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

void TestUpgrades::aColumnThatSomebodyAddedLaterStays()
{
    open();
    QVERIFY(m_connection->execute(u"ALTER TABLE sessions ADD COLUMN future TEXT"_s));
    QVERIFY(m_connection->execute(u"INSERT INTO sessions (id, name, host, username, auth_type, future) "
                                  "VALUES ('s', '', '', '', 'key', 'x')"_s));
    open();
    QCOMPARE(value(u"SELECT future FROM sessions"_s).toString(), u"x"_s);
    QVERIFY(m_opened.upgrade.steps.isEmpty());
}

void TestUpgrades::aTableThatSomebodyDroppedComesBack()
{
    open();
    QVERIFY(m_connection->execute(u"DROP TABLE quick_prompts"_s));
    open();
    QVERIFY(m_connection->hasTable(u"quick_prompts"_s));
    QCOMPARE(m_opened.upgrade.steps, QStringList({u"create missing tables"_s, u"create missing indexes"_s}));
}

void TestUpgrades::aNewerGenerationIsRefusedAndLeftAlone()
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

void TestUpgrades::aDatabaseOfAnotherProgramIsRefusedAndLeftAlone()
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

void TestUpgrades::aDamagedFileIsRefusedAndLeftAlone()
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

void TestUpgrades::aStepThatFailsLeavesTheOldFile()
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

QTEST_GUILESS_MAIN(TestUpgrades)
#include "tst_upgrades.moc"
