#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/opendatabase.h"
#include "storage/soundness.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype kPageSize = 4096;
constexpr int kDocuments = 200; // two a page

QString textOf(int number) { return u"document %1 "_s.arg(number, 4, 10, QChar(u'0')).repeated(130); }

/// A page of two rows says that it has one: SQLite reads on without a word.
void forgetARow(char *page)
{
    QCOMPARE(page[4], '\x02');
    page[4] = 1;
}

} // namespace

/// Damage deep inside the file, where opening it does not look.
class TestSoundness : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void aSoundFileHasNoFault();
    void aBadPageDeepInsideIsFoundAfterTheStart();
    void rowsThatAreGoneWithoutAnErrorAreFound();
    void aDamagedDatabaseIsNotCopiedOverGoodBackups();
    void aCheckEndsWithItsObject();
    void aMissingFileIsNotTakenForADamagedOne();

private:
    void damage(int document, const std::function<void(char *page)> &how) const;
    /// Checks the file as after a start. @return the fault
    [[nodiscard]] QString check() const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TestSoundness::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"netstacks.db"_s);
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened);
    QVERIFY(opened->database->runBlocking([](Connection &connection) -> Status {
        for (int i = 0; i < kDocuments; ++i) {
            const auto added = connection.execute(u"INSERT INTO documents (id, name, category, content_type, content) "
                                                  "VALUES (?, 'd', 'outputs', 'text', ?)"_s,
                                                  {QString::number(i), textOf(i)});
            if (!added)
                return added.error();
        }
        return {};
    }));
}

void TestSoundness::damage(int document, const std::function<void(char *page)> &how) const
{
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QByteArray bytes = file.readAll();
    const qsizetype at = bytes.indexOf(textOf(document).toLatin1());
    QVERIFY(at > 0);
    const qsizetype page = at / kPageSize * kPageSize;
    QCOMPARE(bytes.at(page), '\x0d'); // a leaf of a table (sqlite.org/fileformat2.html, section 1.6)
    how(bytes.data() + page);
    QVERIFY(file.seek(page));
    QCOMPARE(file.write(bytes.constData() + page, kPageSize), kPageSize);
}

QString TestSoundness::check() const
{
    SoundnessCheck check;
    QSignalSpy finished(&check, &SoundnessCheck::finished);
    check.start(m_path, 0ms);
    return finished.wait(30'000) ? check.fault() : u"not finished"_s;
}

void TestSoundness::aSoundFileHasNoFault() { QCOMPARE(check(), QString()); }

void TestSoundness::aBadPageDeepInsideIsFoundAfterTheStart()
{
    const QString backup = m_path + u".bak-20260101-000000"_s;
    {
        Connection connection;
        QVERIFY(connection.open(m_path));
        QVERIFY(Backup::copyTo(connection, backup));
    }
    damage(150, [](char *page) { page[0] = '\x7f'; });
    const auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY(opened); // nothing at the start reads that page
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(u"damaged: .*netstacks-agent --restore-backup '%1'"_s.arg(
                                                               QRegularExpression::escape(backup)),
                                                           QRegularExpression::DotMatchesEverythingOption));
    QVERIFY(check().contains("Page"_L1));
}

void TestSoundness::rowsThatAreGoneWithoutAnErrorAreFound()
{
    damage(150, forgetARow);
    Connection connection;
    QVERIFY(connection.open(m_path));
    QCOMPARE(connection.value(u"SELECT count(content) FROM documents"_s).value().toInt(), kDocuments - 1);
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(u"There is no good backup"_s));
    QVERIFY(!check().isEmpty());
}

void TestSoundness::aDamagedDatabaseIsNotCopiedOverGoodBackups()
{
    const QString good = m_path + u".bak-20260101-000000"_s;
    Connection connection;
    QVERIFY(connection.open(m_path));
    QVERIFY(Backup::copyTo(connection, good));
    connection.close();
    damage(150, forgetARow);
    QVERIFY(connection.open(m_path));
    for (int i = 0; i < 7; ++i) {
        const auto copied = Backup::besideOriginal(connection, Timestamp(1'800'000'000 + i));
        QVERIFY(!copied);
        QCOMPARE(copied.error().code, ErrorCode::DatabaseDamaged);
        QVERIFY2(copied.error().message.contains("damaged"_L1), qPrintable(copied.error().message));
        Backup::prune(m_path, Backup::Kind::Replaced, 1);
    }
    QCOMPARE(Backup::newestGood(m_path), good);
    QCOMPARE(QDir(m_folder->path()).entryList({u"*.bak-*"_s}, QDir::Files), QStringList{QFileInfo(good).fileName()});
    QVERIFY(!Backup::copyOver(connection, m_folder->filePath(u"export.db"_s)));
    QVERIFY(!QFile::exists(m_folder->filePath(u"export.db"_s)));
}

void TestSoundness::aCheckEndsWithItsObject()
{
    Connection connection;
    QVERIFY(connection.open(m_path));
    const std::atomic<bool> stop = true;
    connection.stopWhen(stop);
    const auto checked = structuralFault(connection);
    QVERIFY(!checked);
    QCOMPARE(checked.error().code, ErrorCode::Cancelled);
    auto check = std::make_unique<SoundnessCheck>();
    check->start(m_path, 0ms);
    QTest::qWait(1); // the thread may have begun
    check.reset();
}

void TestSoundness::aMissingFileIsNotTakenForADamagedOne()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"could not be checked"_s));
    SoundnessCheck check;
    QSignalSpy finished(&check, &SoundnessCheck::finished);
    check.start(m_folder->filePath(u"missing.db"_s), 0ms);
    QVERIFY(finished.wait(30'000));
    QCOMPARE(check.fault(), QString());
}

QTEST_GUILESS_MAIN(TestSoundness)
#include "tst_soundness.moc"
