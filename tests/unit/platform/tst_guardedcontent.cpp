#include "guardedfilesbench.h"

#include <csignal>
#include <sys/resource.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

/// Runs as somebody without rights, where the test is run by somebody who may do everything.
class Unprivileged
{
public:
    Unprivileged()
    {
        if (::geteuid() == 0)
            m_ok = ::setegid(65534) == 0 && ::seteuid(65534) == 0;
    }
    ~Unprivileged()
    {
        if (::getuid() == 0)
            m_ok = ::seteuid(0) == 0 && ::setegid(0) == 0;
    }
    explicit operator bool() const { return m_ok; }

private:
    bool m_ok = true;
};

/// Files cannot grow beyond `bytes`: stands in for a full disk.
class SizeLimit
{
public:
    explicit SizeLimit(rlim_t bytes)
        : m_oldHandler(::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit tight = m_before;
        tight.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &tight);
    }
    ~SizeLimit()
    {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        ::signal(SIGXFSZ, m_oldHandler);
    }

private:
    rlimit m_before{};
    void (*m_oldHandler)(int);
};

} // namespace

/// Contract 04 sections 3.1 and 3.2: writing, making folders and listing, on the real file system.
class GuardedContentTest : public QObject, private GuardedFilesBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }

    void writingReplacesAtOnceAndKeepsTheMode();
    void newFilesAndFoldersHaveTheUsersMode();
    void writingFollowsLinksAlsoToWhatIsNotThereYet();
    void whatIsNoFileIsRefusedAtOnce();
    void aFailedWriteLeavesTheOldFile();
    void whereNothingMayBeCreatedTheFileIsOverwritten();
    void aFileThatMayNotBeWrittenStays();
    void theOwnerOfAFileStays();
    void readersSeeTheOldFileOrTheNewOne();
    void foldersAreMadeWithTheirParents();
    void everyNameIsListedAsItIs();
    void linksAreListedAndNotFollowed();
    void aListingIsCutAtItsLimit();
    void namesThatAreNoTextCanBeUsedAsTheyAreShown();
    void filesBeyondFourGibibytesHaveTheirSize();
    void existingIsAskedOfTheTarget();
};

void GuardedContentTest::writingReplacesAtOnceAndKeepsTheMode()
{
    const QString path = at(u"desk/a b"_s);
    put(path, "a longer text than the next");
    QCOMPARE(::chmod(QFile::encodeName(path).constData(), 0751), 0);
    QFile before(path);
    QVERIFY(before.open(QIODevice::ReadOnly | QIODevice::Unbuffered));
    for (const QByteArray &text : {QByteArray("new"), QByteArray(), QByteArray("\xEF\xBB\xBF\r\n\0x", 7)}) {
        QVERIFY(m_files->write(path, text, Parents::MustExist));
        QCOMPARE(content(path), text);
        QCOMPARE(info(path).st_mode & 07777, 0751u);
    }
    QCOMPARE(before.readAll(), "a longer text than the next"); // another file has taken its name
    QCOMPARE(names(at(u"desk"_s)), QStringList{u"a b"_s});     // and nothing is left beside it
}

void GuardedContentTest::newFilesAndFoldersHaveTheUsersMode()
{
    const mode_t own = ::umask(077); // as the agent has it
    const bool made =
        m_files->write(at(u"desk/x/y/f"_s), "x", Parents::Create).ok() && m_files->makeFolder(at(u"desk/z"_s)).ok();
    ::umask(own);
    QVERIFY(made);
    QCOMPARE(info(at(u"desk/x/y/f"_s)).st_mode & 07777, 0644u);
    for (const QString &folder : {u"desk/x"_s, u"desk/x/y"_s, u"desk/z"_s})
        QCOMPARE(info(at(folder)).st_mode & 07777, 0755u);
}

void GuardedContentTest::writingFollowsLinksAlsoToWhatIsNotThereYet()
{
    put(at(u"target"_s), "old");
    QVERIFY(QFile::link(at(u"target"_s), at(u"desk/second"_s)));
    QVERIFY(QFile::link(u"second"_s, at(u"desk/link"_s)));
    QVERIFY(m_files->write(at(u"desk/link"_s), "new", Parents::MustExist));
    QVERIFY(S_ISLNK(info(at(u"desk/link"_s)).st_mode) && S_ISLNK(info(at(u"desk/second"_s)).st_mode));
    QCOMPARE(content(at(u"target"_s)), "new");
    QVERIFY(QFile::link(at(u"made"_s), at(u"desk/dangling"_s)));
    QVERIFY(m_files->write(at(u"desk/dangling"_s), "made", Parents::MustExist));
    QCOMPARE(content(at(u"made"_s)), "made");
    // A loop, and a way through what is not there.
    QVERIFY(QFile::link(u"loop"_s, at(u"desk/loop"_s)));
    QVERIFY(QFile::link(at(u"none/../desk/x"_s), at(u"desk/through"_s)));
    for (const QString &path : {u"desk/loop"_s, u"desk/through"_s}) {
        QVERIFY(!m_files->write(at(path), "x", Parents::Create));
        QVERIFY(!m_files->makeFolder(at(path)));
        QCOMPARE(m_files->exists(at(path)).value(), false);
    }
    QVERIFY(!QFile::exists(at(u"none"_s)));
}

void GuardedContentTest::whatIsNoFileIsRefusedAtOnce()
{
    QCOMPARE(::mkfifo(QFile::encodeName(at(u"desk/fifo"_s)).constData(), 0600), 0);
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"folder"_s));
    put(at(u"desk/file"_s), "x");
    for (const QString &path : {u"desk/fifo"_s, u"desk/folder"_s, u"desk/file/"_s}) {
        QCOMPARE(codeOf(m_files->open(at(path))), ErrorCode::Validation);
        QCOMPARE(codeOf(m_files->write(at(path), "y", Parents::Create)), ErrorCode::Validation);
    }
    QCOMPARE(codeOf(m_files->open(at(u"desk/file/below"_s))), ErrorCode::Validation);
    QCOMPARE(codeOf(m_files->list(at(u"desk/file"_s), 10)), ErrorCode::Validation);
    QCOMPARE(codeOf(m_files->list(at(u"desk/fifo"_s), 10)), ErrorCode::Validation);
    QCOMPARE(codeOf(m_files->makeFolder(at(u"desk/file"_s))), ErrorCode::Validation);
    QCOMPARE(codeOf(m_files->makeFolder(at(u"desk/file/below"_s))), ErrorCode::Validation);
    QCOMPARE(codeOf(m_files->open(at(u"desk/none"_s))), ErrorCode::NotFound);
    QCOMPARE(codeOf(m_files->list(at(u"none"_s), 10)), ErrorCode::NotFound);
    QCOMPARE(codeOf(m_files->write(at(u"none/x"_s), "y", Parents::MustExist)), ErrorCode::NotFound);
    QCOMPARE(codeOf(m_files->open(at(u"desk/"_s + QString(300, u'x')))), ErrorCode::Validation);
    QCOMPARE(content(at(u"desk/file"_s)), "x");
}

void GuardedContentTest::aFailedWriteLeavesTheOldFile()
{
    put(at(u"desk/f"_s), "old");
    Status written;
    {
        const SizeLimit full(8192);
        written = m_files->write(at(u"desk/f"_s), QByteArray(100'000, 'x'), Parents::MustExist);
        QVERIFY(!m_files->write(at(u"desk/g"_s), QByteArray(100'000, 'x'), Parents::MustExist));
    }
    QCOMPARE(codeOf(written), ErrorCode::StorageFull);
    QCOMPARE(content(at(u"desk/f"_s)), "old");
    QCOMPARE(names(at(u"desk"_s)), QStringList{u"f"_s});
}

void GuardedContentTest::whereNothingMayBeCreatedTheFileIsOverwritten()
{
    const QByteArray folder = QFile::encodeName(at(u"desk"_s)), file = QFile::encodeName(at(u"desk/f"_s));
    put(at(u"desk/f"_s), "a text that is there");
    QCOMPARE(::chmod(QFile::encodeName(m_around->path()).constData(), 0755), 0);
    QCOMPARE(::chmod(file.constData(), 0666), 0);
    QCOMPARE(::chmod(folder.constData(), 0555), 0);
    const ino_t before = info(at(u"desk/f"_s)).st_ino;
    Status longer, shorter, failed, created;
    bool isOther = false;
    {
        const Unprivileged somebody;
        isOther = bool(somebody);
        longer = m_files->write(at(u"desk/f"_s), QByteArray(5000, 'y'), Parents::MustExist);
        shorter = m_files->write(at(u"desk/f"_s), "short", Parents::MustExist);
        const SizeLimit full(8192);
        failed = m_files->write(at(u"desk/f"_s), QByteArray(100'000, 'x'), Parents::MustExist);
        created = m_files->write(at(u"desk/new"_s), "x", Parents::MustExist);
    }
    ::chmod(folder.constData(), 0755);
    QVERIFY(isOther);
    QVERIFY2(longer && shorter, longer ? "" : qPrintable(longer.error().message));
    QCOMPARE(codeOf(failed), ErrorCode::StorageFull);
    QCOMPARE(content(at(u"desk/f"_s)), "short"); // also after the failure
    QCOMPARE(info(at(u"desk/f"_s)).st_ino, before);
    QCOMPARE(codeOf(created), ErrorCode::AccessDenied);
}

void GuardedContentTest::aFileThatMayNotBeWrittenStays()
{
    QCOMPARE(::chmod(QFile::encodeName(m_around->path()).constData(), 0755), 0);
    QCOMPARE(::chmod(QFile::encodeName(at(u"desk"_s)).constData(), 0777), 0);
    put(at(u"desk/f"_s), "old");
    QCOMPARE(::chmod(QFile::encodeName(at(u"desk/f"_s)).constData(), 0444), 0);
    Status written;
    {
        const Unprivileged somebody;
        QVERIFY(somebody);
        written = m_files->write(at(u"desk/f"_s), "new", Parents::MustExist);
    }
    QCOMPARE(codeOf(written), ErrorCode::AccessDenied);
    QCOMPARE(content(at(u"desk/f"_s)), "old");
}

void GuardedContentTest::theOwnerOfAFileStays()
{
    put(at(u"desk/f"_s), "old");
    if (::chown(QFile::encodeName(at(u"desk/f"_s)).constData(), 65534, 65534) != 0)
        QSKIP("only root may give a file to somebody else");
    QVERIFY(m_files->write(at(u"desk/f"_s), "new", Parents::MustExist));
    QCOMPARE(info(at(u"desk/f"_s)).st_uid, 65534u);
    QCOMPARE(info(at(u"desk/f"_s)).st_gid, 65534u);
    QCOMPARE(content(at(u"desk/f"_s)), "new");
}

void GuardedContentTest::readersSeeTheOldFileOrTheNewOne()
{
    const QString path = at(u"desk/f"_s);
    const QByteArray a(300'000, 'a'), b(200'000, 'b');
    put(path, a);
    std::atomic_bool stop = false;
    std::thread writer([&] {
        for (bool isA = false; !stop; isA = !isA)
            (void)m_files->write(path, isA ? a : b, Parents::MustExist);
    });
    bool isWhole = true;
    for (int i = 0; i < 300; ++i) {
        const QByteArray text = read(path);
        isWhole = isWhole && (text == a || text == b);
    }
    stop = true;
    writer.join();
    QVERIFY(isWhole);
}

void GuardedContentTest::foldersAreMadeWithTheirParents()
{
    for (int i = 0; i < 2; ++i) // the second time it is there
        QVERIFY(m_files->makeFolder(at(u"desk/a b/ü+/%41/"_s)));
    QVERIFY(QFileInfo(at(u"desk/a b/ü+/%41"_s)).isDir());
    QVERIFY(QFile::link(at(u"elsewhere"_s), at(u"desk/link"_s)));
    QVERIFY(QDir(m_around->path()).mkdir(u"elsewhere"_s));
    QVERIFY(m_files->makeFolder(at(u"desk/link/in"_s)));
    QVERIFY(QFileInfo(at(u"elsewhere/in"_s)).isDir());
    QVERIFY(m_files->makeFolder(u"/"_s));
}

void GuardedContentTest::everyNameIsListedAsItIs()
{
    const QStringList all{u" lead"_s, u".hidden"_s, u"100%"_s,        u"A"_s,          u"a"_s,     u"a b"_s,
                          u"a%20b"_s, u"a+b"_s,     u"line\nbreak"_s, u"quote\"'\\"_s, u"ünï🚀"_s, u"Z"_s};
    for (const QString &name : all)
        put(at(u"desk/"_s + name), name.toUtf8());
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"zz"_s));
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"Folder"_s));
    const auto listing = m_files->list(at(u"desk/"_s), 1000);
    QVERIFY(listing && !listing->isCut);
    QStringList files;
    for (const GuardedFiles::Entry &entry : listing->entries) {
        QCOMPARE(entry.isFolder, entry.name == "zz"_L1 || entry.name == "Folder"_L1);
        QVERIFY(entry.modified && *entry.modified > 1'000'000'000);
        if (entry.isFolder)
            continue;
        files.append(entry.name);
        QCOMPARE(entry.size, entry.name.toUtf8().size());
        QCOMPARE(read(at(u"desk/"_s + entry.name)), entry.name.toUtf8());
    }
    QCOMPARE(names(at(u"desk"_s)).first(2), QStringList({u"Folder"_s, u"zz"_s}));
    QStringList expected = all;
    std::ranges::sort(expected, [](const QString &a, const QString &b) {
        return a.toLower() != b.toLower() ? a.toLower() < b.toLower() : a < b;
    });
    QCOMPARE(files, expected);
    QVERIFY(m_files->list(u"/"_s, 1000));
}

void GuardedContentTest::linksAreListedAndNotFollowed()
{
    QVERIFY(QFile::link(at(u"home"_s), at(u"desk/to folder"_s)));
    QVERIFY(QFile::link(at(u"none"_s), at(u"desk/to nothing"_s)));
    const auto listing = m_files->list(at(u"desk"_s), 1000);
    QCOMPARE(listing->entries.size(), 2);
    for (const GuardedFiles::Entry &entry : listing->entries)
        QVERIFY(!entry.isFolder);
    QCOMPARE(m_files->list(at(u"desk/to folder"_s), 1000)->entries.size(), 2); // asked for, it is
}

void GuardedContentTest::aListingIsCutAtItsLimit()
{
    for (int i = 0; i < 12; ++i)
        put(at(u"desk/%1"_s.arg(i)), "");
    QVERIFY(m_files->list(at(u"desk"_s), 11)->isCut);
    QCOMPARE(m_files->list(at(u"desk"_s), 11)->entries.size(), 11);
    QVERIFY(!m_files->list(at(u"desk"_s), 12)->isCut);
    QCOMPARE(m_files->list(at(u"desk"_s), 12)->entries.size(), 12);
}

void GuardedContentTest::namesThatAreNoTextCanBeUsedAsTheyAreShown()
{
    const QByteArray folder = QFile::encodeName(at(u"desk"_s));
    const auto make = [&](const QByteArray &name) {
        const int fd = ::open(QByteArray(folder + '/' + name).constData(), O_WRONLY | O_CREAT, 0600);
        QVERIFY(fd >= 0);
        QCOMPARE(::write(fd, name.constData(), std::size_t(name.size())), name.size());
        ::close(fd);
    };
    make("caf\xE9.txt");
    QCOMPARE(names(at(u"desk"_s)), QStringList{u"caf\uFFFD.txt"_s});
    const QString shown = at(u"desk/caf\uFFFD.txt"_s);
    QCOMPARE(read(shown), "caf\xE9.txt");
    QCOMPARE(m_files->exists(shown).value(), true);
    QVERIFY(m_files->write(shown, "new", Parents::MustExist));
    QCOMPARE(names(at(u"desk"_s)).size(), 1); // the same file
    QVERIFY(m_files->rename(shown, at(u"desk/café.txt"_s)));
    QCOMPARE(read(at(u"desk/café.txt"_s)), "new");
    // Which of two is meant cannot be told.
    make("x\xE9");
    make("x\xE8");
    QVERIFY(!m_files->remove(at(u"desk/x\uFFFD"_s), Removal::File, kNoStop));
    QCOMPARE(names(at(u"desk"_s)).size(), 3);
    // A folder on the way.
    QCOMPARE(::mkdir(QByteArray(folder + "/d\xFF").constData(), 0700), 0);
    QVERIFY(m_files->write(at(u"desk/d\uFFFD/in"_s), "in", Parents::MustExist));
    QCOMPARE(names(at(u"desk/d\uFFFD"_s)), QStringList{u"in"_s});
    QVERIFY(m_files->remove(at(u"desk/d\uFFFD"_s), Removal::Tree, kNoStop));
    for (const char *name : {"/x\xE9", "/x\xE8"}) // which QTemporaryDir cannot remove
        QCOMPARE(::unlink(QByteArray(folder + name).constData()), 0);
}

void GuardedContentTest::filesBeyondFourGibibytesHaveTheirSize()
{
    constexpr off_t kSize = off_t(5) * 1024 * 1024 * 1024;
    const int fd = ::open(QFile::encodeName(at(u"desk/large"_s)).constData(), O_WRONLY | O_CREAT, 0600);
    QVERIFY(fd >= 0);
    const bool made = ::ftruncate(fd, kSize) == 0 && ::pwrite(fd, "end", 3, kSize - 3) == 3;
    ::close(fd);
    QVERIFY(made);
    QCOMPARE(m_files->list(at(u"desk"_s), 10)->entries.first().size, qint64(kSize));
    const auto file = m_files->open(at(u"desk/large"_s));
    QVERIFY(file);
    QCOMPARE((*file)->size().value(), qint64(kSize));
    QCOMPARE((*file)->read(qint64(kSize) - 4, 10).value(), QByteArray("\0end", 4));
    QVERIFY(m_files->rename(at(u"desk/large"_s), at(u"desk/moved"_s)));
    QVERIFY(m_files->remove(at(u"desk/moved"_s), Removal::File, kNoStop));
}

void GuardedContentTest::existingIsAskedOfTheTarget()
{
    put(at(u"desk/f"_s), "");
    QVERIFY(QFile::link(at(u"desk/f"_s), at(u"desk/link"_s)));
    QVERIFY(QFile::link(at(u"none"_s), at(u"desk/dangling"_s)));
    for (const QString &path : {u"desk/f"_s, u"desk/link"_s, u"desk"_s, u"desk/"_s, u"desk//./f"_s})
        QCOMPARE(m_files->exists(at(path)).value(), true);
    QCOMPARE(m_files->exists(u"/"_s).value(), true);
    for (const QString &path : {u"desk/none"_s, u"desk/dangling"_s, u"desk/f/below"_s, u"none/below"_s})
        QCOMPARE(m_files->exists(at(path)).value(), false);
    QCOMPARE(codeOf(m_files->exists(u"relative"_s)), ErrorCode::InvalidPath);
}

QTEST_GUILESS_MAIN(GuardedContentTest)
#include "tst_guardedcontent.moc"
