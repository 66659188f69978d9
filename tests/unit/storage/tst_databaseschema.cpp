#include "storage/connection.h"
#include "storage/opendatabase.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

/// One line of expected-schema.txt: the contract's table list (02, section 1.5), written down independently of the
/// scripts that create the tables.
struct ExpectedTable
{
    QString name;
    QStringList columns; ///< "name TYPE [not-null] [pk] [->table:ACTION] [= default]"
    QStringList indexes; ///< "index name columns", "unique columns"
};

QList<ExpectedTable> readExpectation()
{
    QFile file(QStringLiteral(AGENT_SOURCE_DIR) + u"/tests/unit/storage/expected-schema.txt"_s);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QList<ExpectedTable> tables;
    for (const QString &line : QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts)) {
        if (line.startsWith("table "_L1))
            tables.append({line.sliced(6), {}, {}});
        else if (line.startsWith("  index "_L1) || line.startsWith("  unique "_L1))
            tables.last().indexes.append(line.trimmed());
        else
            tables.last().columns.append(line.trimmed());
    }
    return tables;
}

/// The columns of a table as SQLite describes them, in the expectation's words.
QStringList columnsOf(Connection &connection, const QString &table)
{
    QHash<QString, QString> references;
    (void)connection.forEach(u"SELECT \"from\", \"table\", on_delete, \"to\" FROM pragma_foreign_key_list(?)"_s,
                             {table}, [&](const QSqlQuery &row) {
                                 QCOMPARE(row.value(3).toString(), u"id"_s);
                                 references[row.value(0).toString()] = u" ->"_s + row.value(1).toString() + u':' +
                                                                       row.value(2).toString().replace(u' ', u'-');
                             });
    QStringList columns;
    (void)connection.forEach(u"SELECT name, type, \"notnull\", pk, dflt_value FROM pragma_table_info(?) ORDER BY cid"_s,
                             {table}, [&](const QSqlQuery &row) {
                                 QString text = row.value(0).toString() + u' ' + row.value(1).toString();
                                 if (row.value(2).toBool())
                                     text += u" not-null"_s;
                                 if (row.value(3).toInt() > 0)
                                     text += u" pk"_s;
                                 text += references.value(row.value(0).toString());
                                 if (!row.value(4).isNull())
                                     text += u" = "_s + row.value(4).toString();
                                 columns.append(text);
                             });
    return columns;
}

QStringList indexesOf(Connection &connection, const QString &table)
{
    QStringList indexes;
    (void)connection.forEach(
        u"SELECT name, origin FROM pragma_index_list(?) WHERE origin <> 'pk' AND name NOT GLOB 'nsx_*' ORDER BY seq DESC"_s,
        {table}, [&](const QSqlQuery &row) {
            QStringList columns;
            (void)connection.forEach(u"SELECT name, \"desc\" FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno"_s,
                                     {row.value(0).toString()}, [&](const QSqlQuery &column) {
                                         columns.append(column.value(0).toString() +
                                                        (column.value(1).toBool() ? u"-"_s : u""_s));
                                     });
            const bool unique = row.value(1).toString() == "u"_L1;
            indexes.append((unique ? u"unique "_s : u"index "_s + row.value(0).toString() + u' ') + columns.join(u','));
        });
    indexes.sort();
    return indexes;
}

} // namespace

class TestDatabaseSchema : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();

    void aFreshFileHasTheSixtyTablesAndNothingElseOfTheirKind();
    void everyTableHasItsColumns_data();
    void everyTableHasItsColumns();
    void everyTableHasItsIndexes_data() { everyTableHasItsColumns_data(); }
    void everyTableHasItsIndexes();
    void whatRefersToASessionIsFoundByAnIndex();
    void wordsAreChecked_data();
    void wordsAreChecked();
    void onlyPlainTablesAndIndexesAreUsed();
    void theFileIsSound();

private:
    QTemporaryDir m_folder;
    std::unique_ptr<Connection> m_connection;
    QList<ExpectedTable> m_expected;
};

void TestDatabaseSchema::initTestCase()
{
    const QString path = m_folder.filePath(u"netstacks.db"_s);
    const auto opened = openDatabase({.path = path, .warning = {}});
    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().message));
    opened->database->close();
    m_connection = std::make_unique<Connection>();
    QVERIFY(m_connection->open(path));
    m_expected = readExpectation();
}

void TestDatabaseSchema::cleanupTestCase() { m_connection.reset(); }

void TestDatabaseSchema::aFreshFileHasTheSixtyTablesAndNothingElseOfTheirKind()
{
    QStringList expected, present;
    for (const ExpectedTable &table : std::as_const(m_expected))
        expected.append(table.name);
    QVERIFY(m_connection->forEach(
        u"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'nsx_*' AND name NOT GLOB 'sqlite_*'"_s,
        {}, [&](const QSqlQuery &row) { present.append(row.value(0).toString()); }));
    expected.sort();
    present.sort();
    QCOMPARE(expected.size(), 60);
    QCOMPARE(present, expected);
}

void TestDatabaseSchema::everyTableHasItsColumns_data()
{
    QTest::addColumn<qsizetype>("index");
    for (qsizetype i = 0; i < m_expected.size(); ++i)
        QTest::newRow(m_expected[i].name.toUtf8().constData()) << i;
}

void TestDatabaseSchema::everyTableHasItsColumns()
{
    QFETCH(qsizetype, index);
    const ExpectedTable &table = m_expected[index];
    const QStringList columns = columnsOf(*m_connection, table.name);
    QCOMPARE(columns, table.columns);
}

void TestDatabaseSchema::everyTableHasItsIndexes()
{
    QFETCH(qsizetype, index);
    ExpectedTable table = m_expected[index];
    table.indexes.sort();
    QCOMPARE(indexesOf(*m_connection, table.name), table.indexes);
}

/// Else deleting many sessions reads whole tables, once a session.
void TestDatabaseSchema::whatRefersToASessionIsFoundByAnIndex()
{
    QStringList references, withoutIndex;
    QVERIFY(m_connection->forEach(u"SELECT t.name, f.\"from\", EXISTS (SELECT 1 FROM pragma_index_list(t.name) AS i, "
                                  "pragma_index_info(i.name) AS c WHERE c.seqno = 0 AND c.name = f.\"from\") "
                                  "FROM sqlite_master AS t, pragma_foreign_key_list(t.name) AS f "
                                  "WHERE t.type = 'table' AND f.\"table\" = 'sessions'"_s,
                                  {}, [&](const QSqlQuery &row) {
                                      const QString reference =
                                          row.value(0).toString() + u'.' + row.value(1).toString();
                                      references.append(reference);
                                      if (!row.value(2).toBool())
                                          withoutIndex.append(reference);
                                  }));
    QVERIFY(references.contains(u"sessions.jump_session_id"_s));
    QCOMPARE(withoutIndex, QStringList());
}

void TestDatabaseSchema::wordsAreChecked_data()
{
    QTest::addColumn<QString>("insert");
    QTest::addColumn<QStringList>("allowed");
    QTest::newRow("sessions.auth_type") << u"INSERT INTO sessions (id, name, host, username, auth_type) "
                                           "VALUES ('x', 'x', 'x', '', ?)"_s
                                        << QStringList{u"password"_s, u"key"_s};
    QTest::newRow("credential_profiles.auth_type")
        << u"INSERT INTO credential_profiles (id, name, username, auth_type) VALUES ('x', 'x', '', ?)"_s
        << QStringList{u"password"_s, u"key"_s};
    QTest::newRow("documents.category")
        << u"INSERT INTO documents (id, name, category, content_type, content) VALUES ('x', 'x', ?, 'text', '')"_s
        << QStringList{u"outputs"_s, u"templates"_s,       u"notes"_s, u"backups"_s,
                       u"history"_s, u"troubleshooting"_s, u"mops"_s};
    QTest::newRow("documents.content_type")
        << u"INSERT INTO documents (id, name, category, content_type, content) VALUES ('x', 'x', 'notes', ?, '')"_s
        << QStringList{u"csv"_s, u"json"_s, u"jinja"_s, u"config"_s, u"text"_s, u"markdown"_s, u"recording"_s};
    QTest::newRow("agent_tasks.status") << u"INSERT INTO agent_tasks (id, prompt, status) VALUES ('x', 'x', ?)"_s
                                        << QStringList{u"pending"_s, u"running"_s, u"completed"_s, u"failed"_s,
                                                       u"cancelled"_s};
    QTest::newRow("agent_tasks.progress_pct")
        << u"INSERT INTO agent_tasks (id, prompt, progress_pct) VALUES ('x', 'x', ?)"_s
        << QStringList{u"0"_s, u"100"_s};
    QTest::newRow("task_messages.kind")
        << u"INSERT INTO task_messages (id, task_id, seq, kind, content) VALUES ('x', 'task', 1, ?, '')"_s
        << QStringList{u"thought"_s, u"command"_s, u"tool_result"_s, u"error"_s, u"status"_s};
    QTest::newRow("task_interactions.kind")
        << u"INSERT INTO task_interactions (id, task_id, kind, prompt) VALUES ('x', 'task', ?, '')"_s
        << QStringList{u"approval"_s, u"question"_s, u"plan"_s, u"checkpoint"_s};
    QTest::newRow("task_interactions.status")
        << u"INSERT INTO task_interactions (id, task_id, kind, status, prompt) VALUES ('x', 'task', 'plan', ?, '')"_s
        << QStringList{u"pending"_s, u"resolved"_s, u"expired"_s};
    QTest::newRow("device_memory.criticality")
        << u"INSERT INTO device_memory (id, session_id, criticality) VALUES ('x', 'session', ?)"_s
        << QStringList{u"low"_s, u"medium"_s, u"high"_s, u"critical"_s};
    QTest::newRow("device_memory_entries.source")
        << u"INSERT INTO device_memory_entries (id, device_memory_id, date, source, author, content) "
           "VALUES ('x', 'memory', '2026-01-01', ?, 'me', '')"_s
        << QStringList{u"manual"_s, u"troubleshooting"_s, u"overlord"_s};
}

void TestDatabaseSchema::wordsAreChecked()
{
    QFETCH(QString, insert);
    QFETCH(QStringList, allowed);
    QVERIFY(m_connection->execute(u"BEGIN"_s));
    QVERIFY(m_connection->executeScript(
        u"INSERT INTO agent_tasks (id, prompt) VALUES ('task', '');"
        "INSERT INTO sessions (id, name, host, username, auth_type) VALUES ('session', '', '', '', 'key'),"
        "  ('other', '', '', '', 'key');"
        "INSERT INTO device_memory (id, session_id) VALUES ('memory', 'other')"_s));
    for (const QString &word : std::as_const(allowed)) {
        const auto inserted = m_connection->execute(insert, {word});
        QVERIFY2(inserted, qPrintable(word));
        const QString table = insert.section(u' ', 2, 2);
        QVERIFY(m_connection->execute(u"DELETE FROM "_s + table + u" WHERE id = 'x'"_s));
    }
    for (const QString &word : {u"101"_s, u"Password"_s}) {
        const auto inserted = m_connection->execute(insert, {word});
        QVERIFY2(!inserted, qPrintable(word));
        QCOMPARE(inserted.error().code, ErrorCode::Validation);
    }
    QVERIFY(m_connection->execute(u"ROLLBACK"_s));
}

void TestDatabaseSchema::onlyPlainTablesAndIndexesAreUsed()
{
    QCOMPARE(m_connection->value(u"SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"_s)
                 .value()
                 .toInt(),
             0);
    // An option of a table stands behind its last bracket.
    const auto optioned =
        m_connection->value(u"SELECT name FROM sqlite_master WHERE type = 'table' AND (rtrim(sql) NOT LIKE '%)' "
                            "OR sql LIKE '%GENERATED%')"_s);
    QVERIFY2(optioned && !optioned->isValid(), qPrintable(optioned->toString()));
    QCOMPARE(m_connection->value(u"PRAGMA page_size"_s).value().toInt(), 4096);
    QCOMPARE(m_connection->value(u"PRAGMA encoding"_s).value().toString(), u"UTF-8"_s);
    QCOMPARE(m_connection->value(u"PRAGMA auto_vacuum"_s).value().toInt(), 0);
}

void TestDatabaseSchema::theFileIsSound()
{
    QCOMPARE(m_connection->value(u"PRAGMA integrity_check"_s).value().toString(), u"ok"_s);
    QVERIFY(!m_connection->value(u"PRAGMA foreign_key_check"_s).value().isValid());
}

QTEST_GUILESS_MAIN(TestDatabaseSchema)
#include "tst_databaseschema.moc"
