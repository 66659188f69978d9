#include "storage/connection.h"

#include "storage/sqlscript.h"

#include <QFile>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

class TestConnection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void createsTheFileForItsOwnerOnly();
    void enforcesForeignKeys();
    void bindsEachTypeInTheStorageClassTheContractNames();
    void refusesAValueOfATypeThatHasNoPlaceInTheFile();
    void tellsViolationsApart_data();
    void tellsViolationsApart();
    void aFullFileIsStorageFull();
    void aReadOnlyFileSaysSo();
    void aFileThatIsNoDatabaseSaysSo();
    void theSameStatementRunsInsideItsOwnLoop();
    void aLoopEndsWithTheFirstErrorOfItsBody();
    void aScanGivesEachColumnAsItIsStored();
    void aScanTellsOfAnErrorOnItsWay();
    void keepsWorkingBeyondTheNumberOfKeptStatements();
    void aScriptIsSplitOutsideQuotesAndComments();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Connection> m_connection;
};

void TestConnection::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_connection = std::make_unique<Connection>();
    const Status opened = m_connection->open(m_folder->filePath(u"a.db"_s));
    QVERIFY2(opened, qPrintable(opened.error().message));
    const Status made = m_connection->executeScript(
        u"CREATE TABLE parents (id TEXT PRIMARY KEY, name TEXT NOT NULL);"
        "CREATE TABLE children (id TEXT PRIMARY KEY, parent_id TEXT REFERENCES parents(id) ON DELETE RESTRICT,"
        "  kind TEXT CHECK (kind IN ('a', 'b')), a INTEGER, b INTEGER, data BLOB, UNIQUE (a, b));"
        "INSERT INTO parents VALUES ('p', 'P');"
        "INSERT INTO children (id, parent_id, kind, a, b) VALUES ('c', 'p', 'a', 1, 1)"_s);
    QVERIFY2(made, qPrintable(made.error().message));
}

void TestConnection::cleanup()
{
    m_connection.reset();
    m_folder.reset();
}

void TestConnection::createsTheFileForItsOwnerOnly()
{
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    QVERIFY(!(QFile::permissions(m_connection->path()) & others));
}

void TestConnection::enforcesForeignKeys()
{
    QCOMPARE(m_connection->value(u"PRAGMA foreign_keys"_s).value().toInt(), 1);
}

void TestConnection::bindsEachTypeInTheStorageClassTheContractNames()
{
    const auto classOf = [this](const QVariant &value) {
        auto answer = m_connection->value(u"SELECT typeof(?)"_s, {value});
        return answer ? answer->toString() : answer.error().message;
    };
    QCOMPARE(classOf(u"text"_s), u"text"_s);
    QCOMPARE(classOf(QString()), u"text"_s);
    QCOMPARE(classOf(qint64(1) << 40), u"integer"_s);
    QCOMPARE(classOf(7), u"integer"_s);
    QCOMPARE(classOf(true), u"integer"_s);
    QCOMPARE(classOf(2.5), u"real"_s);
    QCOMPARE(classOf(QByteArray("\0x", 2)), u"blob"_s);
    QCOMPARE(classOf(QByteArray()), u"blob"_s);
    QCOMPARE(classOf(QVariant()), u"null"_s);
    QCOMPARE(m_connection->value(u"SELECT ?"_s, {u"a\0b"_s}).value().toString(), u"a\0b"_s);
}

void TestConnection::refusesAValueOfATypeThatHasNoPlaceInTheFile()
{
    const auto answer = m_connection->value(u"SELECT ?"_s, {QDateTime::currentDateTime()});
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::Internal);
}

void TestConnection::tellsViolationsApart_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const QString &sql, ErrorCode code, const QString &field = {}) {
        QTest::newRow(name) << sql << int(code) << field;
    };
    row("the primary key is taken", u"INSERT INTO parents VALUES ('p', 'x')"_s, ErrorCode::Conflict, u"id"_s);
    row("a unique pair is taken", u"INSERT INTO children (id, a, b) VALUES ('d', 1, 1)"_s, ErrorCode::Conflict);
    row("the parent does not exist", u"INSERT INTO children (id, parent_id) VALUES ('d', 'q')"_s,
        ErrorCode::Validation);
    row("the parent is still needed", u"DELETE FROM parents"_s, ErrorCode::Conflict);
    row("a word is not allowed", u"UPDATE children SET kind = 'z'"_s, ErrorCode::Validation);
    row("a value is missing", u"INSERT INTO parents (id) VALUES ('q')"_s, ErrorCode::Validation, u"name"_s);
    row("the statement is wrong", u"SELEC 1"_s, ErrorCode::Database);
}

void TestConnection::tellsViolationsApart()
{
    QFETCH(QString, sql);
    QFETCH(int, code);
    QFETCH(QString, field);
    const auto answer = m_connection->execute(sql);
    QVERIFY(!answer);
    QCOMPARE(int(answer.error().code), code);
    QCOMPARE(answer.error().field, field);
    QVERIFY(!answer.error().message.isEmpty());
    QVERIFY(!answer.error().message.contains("constraint failed"_L1));
}

void TestConnection::aFullFileIsStorageFull()
{
    QVERIFY(m_connection->value(u"PRAGMA max_page_count = 10"_s));
    const auto answer = m_connection->execute(u"UPDATE children SET data = zeroblob(100000)"_s);
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::StorageFull);
}

void TestConnection::aReadOnlyFileSaysSo()
{
    Connection reader;
    QVERIFY(reader.open(m_connection->path(), Connection::Access::ReadOnly));
    QCOMPARE(reader.value(u"SELECT count(*) FROM parents"_s).value().toInt(), 1);
    const auto answer = reader.execute(u"DELETE FROM children"_s);
    QVERIFY(!answer);
    QVERIFY(answer.error().message.contains("read-only"_L1));
}

void TestConnection::aFileThatIsNoDatabaseSaysSo()
{
    QFile file(m_folder->filePath(u"b.db"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(4096, 'x'));
    file.close();
    Connection connection;
    const Status opened = connection.open(file.fileName());
    const Status status = opened ? Status(connection.value(u"SELECT count(*) FROM sqlite_master"_s).error()) : opened;
    QVERIFY(!status);
    QVERIFY(status.error().message.contains("not a database"_L1));
}

void TestConnection::theSameStatementRunsInsideItsOwnLoop()
{
    QVERIFY(m_connection->execute(u"INSERT INTO parents VALUES ('q', 'Q')"_s));
    const QString sql = u"SELECT id FROM parents ORDER BY id"_s;
    QStringList seen;
    const Status status = m_connection->forEach(sql, {}, [&](const QSqlQuery &outer) {
        const QString id = outer.value(0).toString();
        return m_connection->forEach(sql, {},
                                     [&](const QSqlQuery &inner) { seen.append(id + inner.value(0).toString()); });
    });
    QVERIFY(status);
    QCOMPARE(seen, QStringList({u"pp"_s, u"pq"_s, u"qp"_s, u"qq"_s}));
}

void TestConnection::aLoopEndsWithTheFirstErrorOfItsBody()
{
    QVERIFY(m_connection->execute(u"INSERT INTO parents VALUES ('q', 'Q')"_s));
    int calls = 0;
    const Status status = m_connection->forEach(u"SELECT id FROM parents"_s, {}, [&](const QSqlQuery &) -> Status {
        ++calls;
        return Error{ErrorCode::Validation, u"stop"_s};
    });
    QVERIFY(!status);
    QCOMPARE(calls, 1);
}

void TestConnection::aScanGivesEachColumnAsItIsStored()
{
    const QString sql = u"SELECT ?, 7, 1.5, 2.5, NULL, x'c3a4ff', '12', '' UNION ALL SELECT 'b', 8, 0, 0, 0, 0, 0, 0"_s;
    const QString marked = u"\ufeffa"_s;
    QVERIFY(m_connection->scan(u"SELECT ?"_s, {marked}, [&](const Row &row) { QCOMPARE(row[0].toText(), marked); }));
    int rows = 0;
    for (int round = 0; round < 2; ++round) { // the kept statement too
        const Status scanned = m_connection->scan(sql, {u"a\0\u00e4\U0001f600"_s}, [&](const Row &row) {
            if (rows++ % 2 == 1) {
                QCOMPARE(row[1].toInteger(), 8);
                return;
            }
            QCOMPARE(row[0].toText(), u"a\0\u00e4\U0001f600"_s);
            QCOMPARE(row[1].toInteger(), 7);
            QCOMPARE(row[2].toReal(), 1.5);
            QCOMPARE(row[3].toInteger(), 3);
            QVERIFY(row[4].isNull());
            QVERIFY(row[4].utf8().isEmpty());
            QCOMPARE(row[5].toText(), u"\u00e4\ufffd"_s);
            QCOMPARE(row[6].toInteger(), 12);
            QVERIFY(!row[7].isNull());
        });
        QVERIFY(scanned);
    }
    QCOMPARE(rows, 4);
    QVERIFY(m_connection->scan(u"SELECT 1 WHERE 0"_s, {}, [&](const Row &) { ++rows; }));
    QCOMPARE(rows, 4);
}

void TestConnection::aScanTellsOfAnErrorOnItsWay()
{
    int rows = 0;
    const QString sql = u"SELECT abs(n) FROM (SELECT 1 AS n UNION ALL SELECT -9223372036854775808)"_s;
    const Status status = m_connection->scan(sql, {}, [&](const Row &) { ++rows; });
    QVERIFY(!status);
    QCOMPARE(status.error().code, ErrorCode::Database);
    QVERIFY2(status.error().message.contains("integer overflow"_L1), qPrintable(status.error().message));
    QCOMPARE(rows, 1);
}

void TestConnection::keepsWorkingBeyondTheNumberOfKeptStatements()
{
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 600; ++i)
            QCOMPARE(m_connection->value(u"SELECT %1"_s.arg(i)).value().toInt(), i);
    }
}

void TestConnection::aScriptIsSplitOutsideQuotesAndComments()
{
    const QString script = u"-- one; comment\nSELECT ';'';' ; \n ; -- nothing\n SELECT \"a;b\""_s;
    const auto statements = splitScript(script);
    QCOMPARE(statements.size(), 2);
    QCOMPARE(statements[0].toString(), u"-- one; comment\nSELECT ';'';'"_s);
    QVERIFY(statements[1].endsWith(u"SELECT \"a;b\""));
}

QTEST_GUILESS_MAIN(TestConnection)
#include "tst_connection.moc"
