#include "platform/confinedfolder.h"
#include "platform/confinedpath.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace agent;
using namespace Qt::StringLiterals;
using Mode = ConfinedFolder::Mode;

class ConfinedFolderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_around = std::make_unique<QTemporaryDir>();
        m_folder = std::make_unique<ConfinedFolder>(m_around->filePath(u"home/Documents/logs"_s));
        QVERIFY(m_folder->create());
        write(m_around->filePath(u"outside"_s), "outside");
    }

    void theFolderAndItsFilesAreForTheirOwner();
    void pathsThatLeadOutAreRefused_data();
    void pathsThatLeadOutAreRefused();
    void linksAreNeverFollowed();
    void theFolderItselfMayBeReachedThroughALink();
    void whatIsNoFileIsRefusedAtOnce();
    void aFolderThatTurnsIntoALinkNeverLeadsOut();
    void appendingAddsAllOrNothing();
    void everyModeDoesWhatItSays();
    void removingTakesTheEntryAndNotItsTarget();
    void namePartsAreHarmless_data();
    void namePartsAreHarmless();

private:
    static void write(const QString &path, const QByteArray &text)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    static QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QString in(const QString &name) const { return m_folder->pathOf(name); }
    ErrorCode codeOf(const QString &path, Mode mode) const
    {
        const auto file = m_folder->open(path, mode);
        return file ? ErrorCode::Internal : file.error().code;
    }

    std::unique_ptr<QTemporaryDir> m_around;
    std::unique_ptr<ConfinedFolder> m_folder;
};

void ConfinedFolderTest::theFolderAndItsFilesAreForTheirOwner()
{
    const mode_t before = ::umask(0);
    const ConfinedFolder fresh(m_around->filePath(u"a/b/c"_s));
    const bool made =
        fresh.create().ok() && fresh.create().ok() && fresh.open(fresh.pathOf(u"f"_s), Mode::CreateNew).ok();
    ::umask(before);
    QVERIFY(made);
    for (const QString &name : {u"a"_s, u"a/b"_s, u"a/b/c"_s, u"a/b/c/f"_s}) {
        struct stat info;
        QCOMPARE(::stat(QFile::encodeName(m_around->filePath(name)).constData(), &info), 0);
        QCOMPARE(info.st_mode & 0777, name.endsWith(u'f') ? 0600u : 0700u);
    }
}

void ConfinedFolderTest::pathsThatLeadOutAreRefused_data()
{
    QTest::addColumn<QString>("path"); // %1: the folder, %2: what it is in
    const auto row = [](const QString &path) { QTest::newRow(path.toUtf8().left(60).constData()) << path; };
    for (const char *path : {"",
                             "/",
                             "/etc/passwd",
                             "%2/outside",
                             "%1",
                             "%1/",
                             "%1/.",
                             "%1/..",
                             "%1/../outside",
                             "%1/../../../outside",
                             "%1/a/../../outside",
                             "%1//a",
                             "%1/./a",
                             "%1/a/",
                             "%1/a//b",
                             "%1x/a",
                             "%1-other/a",
                             "a",
                             "./a",
                             "../outside",
                             "logs/a",
                             "~/a",
                             "%1\\a",
                             "%1/a\\..\\b",
                             "%1/..\\a",
                             "%1/a\nb",
                             "%1/a\x7f",
                             "/%1/a",
                             "%1/a/..",
                             "file://%1/a"})
        row(QString::fromUtf8(path));
    row(u"%1/a"_s + QChar(u'\0') + u"b"_s);
    row(u"%1/"_s + QString(256, u'a'));
    row(u"%1/"_s + QString(200, u'ü'));
    row(u"%1"_s + QString(u"/a"_s).repeated(40));
    row(u"%1"_s + QString(u"/bb"_s).repeated(3000));
}

void ConfinedFolderTest::pathsThatLeadOutAreRefused()
{
    QFETCH(QString, path);
    path.replace(u"%1"_s, m_folder->path()).replace(u"%2"_s, m_around->path());
    for (const Mode mode : {Mode::Read, Mode::Append, Mode::AppendOrCreate, Mode::CreateNew, Mode::Replace})
        QCOMPARE(codeOf(path, mode), ErrorCode::InvalidPath);
    QCOMPARE(m_folder->remove(path).error().code, ErrorCode::InvalidPath);
    QCOMPARE(read(m_around->filePath(u"outside"_s)), "outside");
    QVERIFY(QDir(m_folder->path()).isEmpty());
}

void ConfinedFolderTest::linksAreNeverFollowed()
{
    QVERIFY(QFile::link(m_around->filePath(u"outside"_s), in(u"file"_s)));
    QVERIFY(QFile::link(m_around->path(), in(u"folder"_s)));
    QVERIFY(QFile::link(m_around->filePath(u"not there"_s), in(u"dangling"_s)));
    write(in(u"own"_s), "own");
    QVERIFY(QFile::link(in(u"own"_s), in(u"inside"_s))); // not even inside
    for (const QString &name : {u"file"_s, u"folder/outside"_s, u"dangling"_s, u"inside"_s, u"folder"_s}) {
        for (const Mode mode : {Mode::Read, Mode::Append, Mode::AppendOrCreate, Mode::Replace})
            QCOMPARE(codeOf(in(name), mode), ErrorCode::InvalidPath);
        QVERIFY(codeOf(in(name), Mode::CreateNew) != ErrorCode::Internal);
    }
    QCOMPARE(read(m_around->filePath(u"outside"_s)), "outside");
    QVERIFY(!QFile::exists(m_around->filePath(u"not there"_s)));
}

void ConfinedFolderTest::theFolderItselfMayBeReachedThroughALink()
{
    // A home folder, or Documents, that lies on another disk.
    QVERIFY(QFile::link(m_around->filePath(u"home"_s), m_around->filePath(u"alias"_s)));
    const ConfinedFolder alias(m_around->filePath(u"alias/Documents/logs"_s));
    QVERIFY(alias.create());
    QVERIFY(alias.open(alias.pathOf(u"a"_s), Mode::CreateNew));
    QVERIFY(alias.open(in(u"a"_s), Mode::Append)); // the same file under its canonical name
}

void ConfinedFolderTest::whatIsNoFileIsRefusedAtOnce()
{
    QVERIFY(QDir(m_folder->path()).mkdir(u"sub"_s));
    QCOMPARE(::mkfifo(QFile::encodeName(in(u"fifo"_s)).constData(), 0600), 0);
    for (const Mode mode : {Mode::Read, Mode::Append, Mode::AppendOrCreate, Mode::Replace}) {
        QCOMPARE(codeOf(in(u"sub"_s), mode), ErrorCode::InvalidPath);
        QCOMPARE(codeOf(in(u"fifo"_s), mode), ErrorCode::InvalidPath);
    }
    write(in(u"file"_s), "x");
    QCOMPARE(codeOf(in(u"file/x"_s), Mode::Append), ErrorCode::InvalidPath);
    QVERIFY(m_folder->open(in(u"sub/x"_s), Mode::CreateNew));
    QCOMPARE(codeOf(in(u"none/x"_s), Mode::AppendOrCreate), ErrorCode::NotFound);
}

void ConfinedFolderTest::aFolderThatTurnsIntoALinkNeverLeadsOut()
{
    // Somebody swaps a folder for a link, again and again, while files are opened below it.
    QVERIFY(QDir(m_around->path()).mkpath(u"elsewhere"_s));
    QVERIFY(QDir(m_folder->path()).mkdir(u"real"_s));
    const QByteArray sub = QFile::encodeName(in(u"sub"_s)), real = QFile::encodeName(in(u"real"_s));
    const QByteArray elsewhere = QFile::encodeName(m_around->filePath(u"elsewhere"_s));
    std::atomic_bool stop = false;
    std::thread swapper([&] {
        while (!stop) {
            if (::rename(real.constData(), sub.constData()) != 0 || ::rename(sub.constData(), real.constData()) != 0 ||
                ::symlink(elsewhere.constData(), sub.constData()) != 0 || ::unlink(sub.constData()) != 0)
                break;
        }
    });
    for (int i = 0; i < 3000; ++i)
        (void)m_folder->open(in(u"sub/victim"_s), Mode::AppendOrCreate);
    stop = true;
    swapper.join();
    QVERIFY(QDir(m_around->filePath(u"elsewhere"_s)).isEmpty());
}

void ConfinedFolderTest::appendingAddsAllOrNothing()
{
    const auto file = m_folder->open(in(u"f"_s), Mode::CreateNew);
    QVERIFY(file);
    QVERIFY((*file)->append("first\n"));
    // A file size limit stands in for a full disk: part of it is written, then the rest is refused.
    const auto oldHandler = ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = 8192;
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const Status appended = (*file)->append(QByteArray(100'000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, oldHandler);
    QVERIFY(!appended);
    QCOMPARE(appended.error().code, ErrorCode::StorageFull);
    QCOMPARE(read(in(u"f"_s)), "first\n");
    QVERIFY((*file)->append("second\n"));
    QCOMPARE(read(in(u"f"_s)), "first\nsecond\n");
}

void ConfinedFolderTest::everyModeDoesWhatItSays()
{
    QCOMPARE(codeOf(in(u"f"_s), Mode::Read), ErrorCode::NotFound);
    QCOMPARE(codeOf(in(u"f"_s), Mode::Append), ErrorCode::NotFound);
    QVERIFY((*m_folder->open(in(u"f"_s), Mode::AppendOrCreate))->append("abc"));
    QVERIFY((*m_folder->open(in(u"f"_s), Mode::AppendOrCreate))->append("def"));
    QVERIFY((*m_folder->open(in(u"f"_s), Mode::Append))->append("ghi"));
    QCOMPARE(codeOf(in(u"f"_s), Mode::CreateNew), ErrorCode::Conflict);
    const auto reader = m_folder->open(in(u"f"_s), Mode::Read);
    QVERIFY(reader);
    QCOMPARE((*reader)->size().value(), 9);
    QCOMPARE((*reader)->read(3, 3).value(), "def");
    QCOMPARE((*reader)->read(7, 100).value(), "hi");
    QCOMPARE((*reader)->read(100, 5).value(), "");
    QVERIFY(!(*reader)->append("x"));
    QVERIFY(m_folder->open(in(u"f"_s), Mode::Replace));
    QCOMPARE((*reader)->size().value(), 0);
}

void ConfinedFolderTest::removingTakesTheEntryAndNotItsTarget()
{
    QVERIFY(QFile::link(m_around->filePath(u"outside"_s), in(u"link"_s)));
    QVERIFY(m_folder->remove(in(u"link"_s)));
    QCOMPARE(read(m_around->filePath(u"outside"_s)), "outside");
    QCOMPARE(m_folder->remove(in(u"link"_s)).error().code, ErrorCode::NotFound);
}

void ConfinedFolderTest::namePartsAreHarmless_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("part");
    QTest::newRow("tab") << u"terminal-1719830000000"_s << u"terminal-1719830000000"_s;
    QTest::newRow("walk") << u"../../etc/passwd"_s << u".._.._etc_passwd"_s;
    QTest::newRow("signs") << u"a b:c\n\\ü%"_s << u"a_b_c____"_s;
    QTest::newRow("empty") << u""_s << u"_"_s;
    QTest::newRow("long") << QString(500, u'a') << QString(128, u'a');
}

void ConfinedFolderTest::namePartsAreHarmless()
{
    QFETCH(QString, text);
    QFETCH(QString, part);
    QCOMPARE(asFileNamePart(text), part);
}

QTEST_GUILESS_MAIN(ConfinedFolderTest)
#include "tst_confinedfolder.moc"
