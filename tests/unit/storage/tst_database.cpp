#include "storage/connection.h"
#include "storage/database.h"

#include <QFile>
#include <QFileInfo>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

const Error kRefused{ErrorCode::Validation, u"refused"_s};

Result<qint64> insertRow(Connection &connection, int id)
{
    return connection.execute(u"INSERT INTO t VALUES (?)"_s, {id});
}

Result<qint64> countRows(Connection &connection)
{
    auto count = connection.value(u"SELECT count(*) FROM t"_s);
    if (!count)
        return count.error();
    return count->toLongLong();
}

} // namespace

class TestDatabase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void createsFolderAndFilesForTheirOwnerOnly();
    void usesAWriteAheadLogWithFullSync();
    void jobsRunInTheOrderTheyWereGiven();
    void aJobThatFailsIsRolledBack();
    void aJobThatCannotBeCommittedIsRolledBackAndReported();
    void aTransactionLeftOpenByABareJobDoesNotLeakIntoTheNextJob();
    void everythingQueuedRunsBeforeTheDatabaseCloses();
    void afterCloseTheMainFileAloneHoldsEverything();
    void aClosedDatabaseAnswersUnavailable();
    void aPreparationThatFailsLeavesTheJournalModeAlone();
    void aPausedCoroutineResumesOnItsOwnThread();

private:
    [[nodiscard]] QString path() const { return m_folder->filePath(u"deep/er/netstacks.db"_s); }
    [[nodiscard]] qint64 rowCount() { return m_database->runBlocking(&countRows).value(); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
};

void TestDatabase::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_database = std::make_unique<Database>();
    const Status opened = m_database->open(path());
    QVERIFY2(opened, qPrintable(opened.error().message));
    QVERIFY(m_database->runBlocking(
        [](Connection &connection) { return connection.execute(u"CREATE TABLE t (id INTEGER PRIMARY KEY)"_s); }));
}

void TestDatabase::cleanup()
{
    m_database.reset();
    m_folder.reset();
}

void TestDatabase::createsFolderAndFilesForTheirOwnerOnly()
{
    const auto others =
        QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;
    for (const QString &name : QStringList{path(), path() + u"-wal"_s, path() + u"-shm"_s,
                                           QFileInfo(path()).absolutePath(), m_folder->filePath(u"deep"_s)}) {
        QVERIFY2(QFileInfo::exists(name), qPrintable(name));
        QVERIFY2(!(QFile::permissions(name) & others), qPrintable(name));
    }
}

void TestDatabase::usesAWriteAheadLogWithFullSync()
{
    const auto pragmas = m_database->runBlocking([](Connection &connection) -> Result<QStringList> {
        QStringList values;
        for (const QString &name : {u"journal_mode"_s, u"synchronous"_s, u"secure_delete"_s, u"busy_timeout"_s})
            values.append(connection.value(u"PRAGMA "_s + name).value().toString());
        return values;
    });
    QVERIFY(pragmas);
    QCOMPARE(*pragmas, QStringList({u"wal"_s, u"2"_s, u"1"_s, u"5000"_s}));
}

void TestDatabase::jobsRunInTheOrderTheyWereGiven()
{
    std::vector<int> order; // written on the database thread, read when the last job has answered
    std::vector<Delivery<Result<qint64>>> deliveries;
    for (int i = 0; i < 50; ++i) {
        deliveries.push_back(m_database->run([&order, i](Connection &connection) {
            order.push_back(i);
            return insertRow(connection, i);
        }));
    }
    QTRY_VERIFY(deliveries.back().await_ready());
    QCOMPARE(order.size(), std::size_t(50));
    QVERIFY(std::ranges::is_sorted(order));
    QCOMPARE(rowCount(), 50);
}

void TestDatabase::aJobThatFailsIsRolledBack()
{
    const auto answer = m_database->runBlocking([](Connection &connection) -> Status {
        if (auto inserted = insertRow(connection, 1); !inserted)
            return inserted.error();
        return kRefused;
    });
    QVERIFY(!answer);
    QCOMPARE(answer.error().message, kRefused.message);
    QCOMPARE(rowCount(), 0);
}

void TestDatabase::aJobThatCannotBeCommittedIsRolledBackAndReported()
{
    QVERIFY(m_database->runBlocking([](Connection &connection) {
        return connection.execute(u"CREATE TABLE late (t_id INTEGER REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)"_s);
    }));
    const auto answer = m_database->runBlocking(
        [](Connection &connection) { return connection.execute(u"INSERT INTO late VALUES (99)"_s); });
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::Validation);
    QVERIFY(m_database->runBlocking([](Connection &connection) { return insertRow(connection, 1); }));
    QCOMPARE(rowCount(), 1);
}

void TestDatabase::aTransactionLeftOpenByABareJobDoesNotLeakIntoTheNextJob()
{
    auto bare = m_database->runBare([](Connection &connection) -> Status {
        (void)connection.execute(u"BEGIN"_s);
        (void)insertRow(connection, 1);
        return {};
    });
    QTRY_VERIFY(bare.await_ready());
    QVERIFY(m_database->runBlocking([](Connection &connection) { return insertRow(connection, 2); }));
    QCOMPARE(rowCount(), 1);
}

void TestDatabase::everythingQueuedRunsBeforeTheDatabaseCloses()
{
    std::vector<Delivery<Result<qint64>>> deliveries;
    for (int i = 0; i < 200; ++i)
        deliveries.push_back(m_database->run([i](Connection &connection) { return insertRow(connection, i); }));
    m_database->close();
    QTRY_VERIFY(deliveries.back().await_ready());
    for (auto &delivery : deliveries)
        QVERIFY(delivery.await_resume());
    QVERIFY(m_database->open(path()));
    QCOMPARE(rowCount(), 200);
}

void TestDatabase::afterCloseTheMainFileAloneHoldsEverything()
{
    QVERIFY(m_database->runBlocking([](Connection &connection) { return insertRow(connection, 1); }));
    m_database->close();
    const QFileInfo log(path() + u"-wal"_s);
    QVERIFY(!log.exists() || log.size() == 0);
    QVERIFY(QFile::copy(path(), m_folder->filePath(u"copy.db"_s)));
    Connection copy;
    QVERIFY(copy.open(m_folder->filePath(u"copy.db"_s)));
    QCOMPARE(countRows(copy).value(), 1);
}

void TestDatabase::aClosedDatabaseAnswersUnavailable()
{
    m_database->close();
    const auto blocking = m_database->runBlocking(&countRows);
    QVERIFY(!blocking);
    QCOMPARE(blocking.error().code, ErrorCode::Unavailable);
    auto delivery = m_database->read(&countRows);
    QTRY_VERIFY(delivery.await_ready());
    QCOMPARE(delivery.await_resume().error().code, ErrorCode::Unavailable);
}

void TestDatabase::aPreparationThatFailsLeavesTheJournalModeAlone()
{
    const QString plain = m_folder->filePath(u"plain.db"_s);
    Database database;
    const Status opened = database.open(plain, [](Connection &connection) -> Status {
        if (auto made = connection.execute(u"CREATE TABLE t (id)"_s); !made)
            return made.error();
        return kRefused;
    });
    QVERIFY(!opened);
    QCOMPARE(opened.error().message, kRefused.message);
    QVERIFY(!database.runBlocking(&countRows));
    Connection connection;
    QVERIFY(connection.open(plain));
    QCOMPARE(connection.value(u"PRAGMA journal_mode"_s).value().toString(), u"delete"_s);
}

void TestDatabase::aPausedCoroutineResumesOnItsOwnThread()
{
    struct Body
    {
        static Task<void> run(Database &database, QThread **thread, qint64 *count)
        {
            *count = (co_await database.read(&countRows)).value();
            *thread = QThread::currentThread();
        }
    };
    QThread *thread = nullptr;
    qint64 count = -1;
    auto task = Body::run(*m_database, &thread, &count);
    QVERIFY(!thread);
    QTRY_COMPARE(thread, QThread::currentThread());
    QCOMPARE(count, 0);
}

QTEST_GUILESS_MAIN(TestDatabase)
#include "tst_database.moc"
