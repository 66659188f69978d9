#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/databaseschema.h"
#include "storage/opendatabase.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using Outcome = StagedImport::Outcome;

namespace {

constexpr auto kOthers = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;

} // namespace

/// Backups, and the file that takes the database's place at the next start.
class TestStagedImport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void aBackupHoldsWhatIsStillInTheLog();
    void aBackupNeverReplacesAnother();
    void aBackupIsThereWholeOrNotAtAll();
    void aStagedFileTakesThePlaceAndTheOldOneIsKept();
    void aStagedFileThatCameWithALogIsTakenWhole();
    void anEmptyStagedFileResetsTheDatabase();
    void aStagedFileIsAppliedWhereNoDatabaseIs();
    void aStagedFileThatIsNoDatabaseIsRefusedAndTheStartGoesOn_data();
    void aStagedFileThatIsNoDatabaseIsRefusedAndTheStartGoesOn();
    void aStagedLinkIsNotFollowed();
    void aDamagedDatabaseIsKeptByteForByteWhenItIsReplaced();

private:
    void make(const QString &path, const QString &mark);
    [[nodiscard]] QString markOf(const QString &path);
    void write(const QString &path, const QByteArray &content);
    [[nodiscard]] QStringList entries(const QString &filter) const
    {
        return QDir(m_folder->path()).entryList({filter}, QDir::Files | QDir::System);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path, m_incoming;
};

void TestStagedImport::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"netstacks.db"_s);
    m_incoming = m_path + u".incoming"_s;
}

/// A NetStacks database with a setting that tells it from others.
void TestStagedImport::make(const QString &path, const QString &mark)
{
    const auto opened = openDatabase({.path = path, .warning = {}});
    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().message));
    QVERIFY(opened->database->runBlocking([&](Connection &connection) {
        return connection.execute(u"INSERT OR REPLACE INTO settings (key, value) VALUES ('mark', ?)"_s, {mark});
    }));
}

QString TestStagedImport::markOf(const QString &path)
{
    Connection connection;
    if (Status opened = connection.open(path); !opened)
        return opened.error().message;
    auto mark = connection.value(u"SELECT value FROM settings WHERE key = 'mark'"_s);
    return mark ? mark->toString() : mark.error().message;
}

void TestStagedImport::write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

void TestStagedImport::aBackupHoldsWhatIsStillInTheLog()
{
    make(m_path, u"old"_s);
    Connection holder; // keeps the log alive
    QVERIFY(holder.open(m_path));
    QVERIFY(holder.execute(u"UPDATE settings SET value = 'in the log' WHERE key = 'mark'"_s));
    QVERIFY(QFileInfo(m_path + u"-wal"_s).size() > 0);
    const auto backup = Backup::besideOriginal(holder);
    QVERIFY2(backup, backup ? "" : qPrintable(backup.error().message));
    QCOMPARE(markOf(*backup), u"in the log"_s);
    QVERIFY(!(QFile::permissions(*backup) & kOthers));
}

void TestStagedImport::aBackupNeverReplacesAnother()
{
    make(m_path, u"x"_s);
    Connection connection;
    QVERIFY(connection.open(m_path));
    const Timestamp now = Timestamp::parse(u"2026-03-01 09:15:07"_s).value();
    QCOMPARE(Backup::besideOriginal(connection, now).value(), m_path + u".bak-20260301-091507"_s);
    QCOMPARE(Backup::besideOriginal(connection, now).value(), m_path + u".bak-20260301-091507-1"_s);
    QCOMPARE(Backup::besideOriginal(connection, now).value(), m_path + u".bak-20260301-091507-2"_s);
    QVERIFY(!Backup::copyTo(connection, m_path));
    QCOMPARE(markOf(m_path), u"x"_s);
}

void TestStagedImport::aBackupIsThereWholeOrNotAtAll()
{
    make(m_path, u"x"_s);
    Connection connection;
    QVERIFY(connection.open(m_path));
    const Status copied = Backup::copyTo(connection, m_folder->filePath(u"no/such/folder/copy.db"_s));
    QVERIFY(!copied);
    write(m_folder->filePath(u"copy.db.partial"_s), "left by a run that was killed");
    QVERIFY(Backup::copyTo(connection, m_folder->filePath(u"copy.db"_s)));
    QVERIFY(entries(u"*.partial"_s).isEmpty());
    QCOMPARE(markOf(m_folder->filePath(u"copy.db"_s)), u"x"_s);
}

void TestStagedImport::aStagedFileTakesThePlaceAndTheOldOneIsKept()
{
    make(m_path, u"old"_s);
    make(m_incoming, u"new"_s);
    QVERIFY(QFile::setPermissions(m_incoming, QFile::ReadOwner | QFile::WriteOwner | kOthers));
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened);
    QCOMPARE(opened->import.outcome, Outcome::Applied);
    QVERIFY(opened->warnings.isEmpty());
    QCOMPARE(markOf(m_path), u"new"_s);
    QCOMPARE(markOf(opened->import.backup), u"old"_s);
    QVERIFY(!QFileInfo::exists(m_incoming));
    QVERIFY(!(QFile::permissions(m_path) & kOthers));
}

void TestStagedImport::aStagedFileThatCameWithALogIsTakenWhole()
{
    make(m_incoming, u"older"_s);
    {
        Connection connection;
        QVERIFY(connection.open(m_incoming));
        QVERIFY(connection.execute(u"UPDATE settings SET value = 'in the log' WHERE key = 'mark'"_s));
        QVERIFY(QFile::copy(m_incoming, m_folder->filePath(u"a"_s)));
        QVERIFY(QFile::copy(m_incoming + u"-wal"_s, m_folder->filePath(u"a-wal"_s)));
    }
    QVERIFY(QFile::remove(m_incoming));
    QVERIFY(QFile::rename(m_folder->filePath(u"a"_s), m_incoming));
    QVERIFY(QFile::rename(m_folder->filePath(u"a-wal"_s), m_incoming + u"-wal"_s));
    QVERIFY(openDatabase({.path = m_path, .warning = {}}));
    QCOMPARE(markOf(m_path), u"in the log"_s);
    QVERIFY(entries(u"*.incoming*"_s).isEmpty());
}

void TestStagedImport::anEmptyStagedFileResetsTheDatabase()
{
    make(m_path, u"old"_s);
    write(m_incoming, {});
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened);
    QCOMPARE(opened->import.outcome, Outcome::Reset);
    QVERIFY(opened->upgrade.created);
    QCOMPARE(markOf(m_path), QString());
    QCOMPARE(markOf(opened->import.backup), u"old"_s);
    QVERIFY(!(QFile::permissions(m_path) & kOthers));
}

void TestStagedImport::aStagedFileIsAppliedWhereNoDatabaseIs()
{
    make(m_incoming, u"new"_s);
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened);
    QCOMPARE(opened->import.outcome, Outcome::Applied);
    QVERIFY(opened->import.backup.isEmpty());
    QCOMPARE(markOf(m_path), u"new"_s);
}

void TestStagedImport::aStagedFileThatIsNoDatabaseIsRefusedAndTheStartGoesOn_data()
{
    QTest::addColumn<QString>("kind");
    for (const QString &kind : {u"text"_s, u"other program"_s, u"newer"_s, u"truncated"_s, u"folder"_s})
        QTest::newRow(qPrintable(kind)) << kind;
}

void TestStagedImport::aStagedFileThatIsNoDatabaseIsRefusedAndTheStartGoesOn()
{
    QFETCH(QString, kind);
    make(m_path, u"old"_s);
    if (kind == "text"_L1) {
        write(m_incoming, QByteArray(5000, 'x'));
    } else if (kind == "folder"_L1) {
        QVERIFY(QDir().mkdir(m_incoming));
    } else {
        if (kind != "other program"_L1)
            make(m_incoming, u"new"_s);
        {
            Connection connection;
            QVERIFY(connection.open(m_incoming));
            if (kind == "newer"_L1)
                QVERIFY(connection.execute(u"UPDATE nsx_schema SET generation = 1000"_s));
            if (kind == "other program"_L1)
                QVERIFY(connection.execute(u"CREATE TABLE settings (a)"_s));
        }
        if (kind == "truncated"_L1)
            QVERIFY(QFile::resize(m_incoming, QFileInfo(m_incoming).size() / 2));
    }
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened);
    QCOMPARE(opened->import.outcome, Outcome::Refused);
    QCOMPARE(opened->warnings.size(), 1);
    QCOMPARE(markOf(m_path), u"old"_s);
    QVERIFY(entries(u"*.bak-*"_s).isEmpty());
    if (kind == "folder"_L1)
        return;
    // It is said once, and the file is still there to be looked at.
    QVERIFY(!QFileInfo::exists(m_incoming));
    QVERIFY(QFileInfo::exists(m_incoming + u"-refused"_s));
    QVERIFY(opened->database->path() == m_path);
}

void TestStagedImport::aStagedLinkIsNotFollowed()
{
    make(m_path, u"old"_s);
    const QString elsewhere = m_folder->filePath(u"elsewhere.db"_s);
    make(elsewhere, u"elsewhere"_s);
    QVERIFY(QFile::link(elsewhere, m_incoming));
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened);
    QCOMPARE(opened->import.outcome, Outcome::Refused);
    QCOMPARE(markOf(m_path), u"old"_s);
}

void TestStagedImport::aDamagedDatabaseIsKeptByteForByteWhenItIsReplaced()
{
    const QByteArray rubbish(8192, 'x');
    write(m_path, rubbish);
    make(m_incoming, u"new"_s);
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened);
    QCOMPARE(opened->import.outcome, Outcome::Applied);
    QCOMPARE(markOf(m_path), u"new"_s);
    QFile kept(opened->import.backup);
    QVERIFY(kept.open(QIODevice::ReadOnly));
    QCOMPARE(kept.readAll(), rubbish);
    QVERIFY(!(QFile::permissions(opened->import.backup) & kOthers));
}

QTEST_GUILESS_MAIN(TestStagedImport)
#include "tst_stagedimport.moc"
