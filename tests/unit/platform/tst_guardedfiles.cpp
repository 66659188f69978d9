#include "platform/guardedfiles.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <csignal>
#include <cstdio> // renameat2
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace agent;
using namespace Qt::StringLiterals;
using Parents = GuardedFiles::Parents;
using Removal = GuardedFiles::Removal;

namespace {

const std::atomic_bool kNoStop = false;

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

/// Contract 04 sections 3.1 and 3.2, on the real file system.
class GuardedFilesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_around = std::make_unique<QTemporaryDir>(QDir::tempPath() + u"/guarded-XXXXXX"_s);
        QVERIFY(QDir(m_around->path()).mkpath(u"home/.ssh"_s));
        QVERIFY(QDir(m_around->path()).mkpath(u"home/data"_s));
        QVERIFY(QDir(m_around->path()).mkpath(u"desk"_s));
        const auto bytes = [&](const QString &name) { return QFile::encodeName(at(name)); };
        m_files = std::make_unique<GuardedFiles>(PathRules{.trees = {bytes(u"home/.ssh"_s), "/proc", "/dev"},
                                                           .prefixes = {bytes(u"etc-passwd"_s)},
                                                           .families = {bytes(u"home/data/db"_s)}},
                                                 0022);
        for (const QString &name : secrets())
            put(at(name), "secret");
    }

    void deniedPlacesAreDeniedOnEveryWay_data();
    void deniedPlacesAreDeniedOnEveryWay();
    void whatThisProcessKnowsIsDenied_data();
    void whatThisProcessKnowsIsDenied();
    void aDeniedFolderThatIsALinkIsDeniedAtBothEnds();
    void anotherHardLinkDoesNotHelp();
    void aNameThatTurnsIntoALinkNeverLeadsOut_data();
    void aNameThatTurnsIntoALinkNeverLeadsOut();
    void whatHoldsDeniedPlacesIsNotRemovedOrRenamed();
    void aLinkIsRemovedAndItsTargetStays();
    void aLinkIsRenamedAndItsTargetStays();
    void removingATreeNeverFollowsALink();
    void aTreeTooDeepAndAStopEndARemoval();
    void renamingReplacesAFileAndNothingElse();
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

private:
    QString at(const QString &name) const { return m_around->filePath(name); }
    static QStringList secrets()
    {
        return {u"home/.ssh/id"_s, u"home/data/db"_s, u"home/data/db-wal"_s, u"etc-passwd-"_s};
    }
    static void put(const QString &path, const QByteArray &text)
    {
        QFile file(path);
        QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
        QCOMPARE(file.write(text), text.size());
    }
    static QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray read(const QString &path) const
    {
        const auto file = m_files->open(path);
        if (!file)
            return "error: " + file.error().message.toUtf8();
        return (*file)->read(0, 1'000'000).value();
    }
    static struct stat info(const QString &path)
    {
        struct stat found = {};
        ::lstat(QFile::encodeName(path).constData(), &found);
        return found;
    }
    template <typename T>
    static ErrorCode codeOf(const Result<T> &result)
    {
        return result ? ErrorCode::Internal : result.error().code;
    }
    QStringList names(const QString &path) const
    {
        QStringList all;
        const auto listing = m_files->list(path, 1000);
        for (const GuardedFiles::Entry &entry : listing.value().entries)
            all.append(entry.name);
        return all;
    }
    /// No secret is changed, and nothing has been made beside one.
    void checkUntouched() const
    {
        for (const QString &name : secrets())
            QCOMPARE(content(at(name)), "secret");
        QCOMPARE(QDir(at(u"home/.ssh"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 QStringList{u"id"_s});
    }

    std::unique_ptr<QTemporaryDir> m_around;
    std::unique_ptr<GuardedFiles> m_files;
};

void GuardedFilesTest::deniedPlacesAreDeniedOnEveryWay_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path :
         {"home/.ssh/id", "home/.ssh/new", "home/.ssh/new/sub", "home/.ssh", "home/.ssh/", "home//.ssh/./id",
          "home/data/db", "home/data/db-wal", "home/data/db-shm", "home/data/db.incoming", "etc-passwd-", "etc-passwd",
          "desk/folder/id", "desk/folder/new", "desk/over/.ssh/id", "desk/up/home/.ssh/id", "desk/chain/id"})
        QTest::newRow(path) << QString::fromUtf8(path);
    // The link itself is nobody's secret; where it leads is.
    for (const char *path : {"desk/file", "desk/db", "desk/dangling", "desk/relative"})
        QTest::addRow("link %s", path) << QString::fromUtf8(path);
}

void GuardedFilesTest::deniedPlacesAreDeniedOnEveryWay()
{
    QFETCH(QString, path);
    const bool isLink = QByteArrayView(QTest::currentDataTag()).startsWith("link ");
    QVERIFY(QFile::link(at(u"home/.ssh"_s), at(u"desk/folder"_s)));
    QVERIFY(QFile::link(at(u"desk/folder"_s), at(u"desk/chain"_s)));
    QVERIFY(QFile::link(at(u"home"_s), at(u"desk/over"_s)));
    QVERIFY(QFile::link(u"../desk/.."_s, at(u"desk/up"_s)));
    QVERIFY(QFile::link(at(u"home/.ssh/id"_s), at(u"desk/file"_s)));
    QVERIFY(QFile::link(at(u"desk/over/data/db"_s), at(u"desk/db"_s)));
    QVERIFY(QFile::link(at(u"home/.ssh/authorized_keys"_s), at(u"desk/dangling"_s)));
    QVERIFY(QFile::link(u"./../home/./.ssh/../.ssh/id"_s, at(u"desk/relative"_s)));
    put(at(u"desk/own"_s), "own");

    const QString denied = at(path), own = at(u"desk/own"_s);
    constexpr ErrorCode kDenied = ErrorCode::InvalidPath;
    QCOMPARE(codeOf(m_files->open(denied)), kDenied);
    QCOMPARE(codeOf(m_files->list(denied, 10)), kDenied);
    QCOMPARE(codeOf(m_files->exists(denied)), kDenied);
    QCOMPARE(codeOf(m_files->write(denied, "x", Parents::MustExist)), kDenied);
    QCOMPARE(codeOf(m_files->write(denied, "x", Parents::Create)), kDenied);
    QCOMPARE(codeOf(m_files->makeFolder(denied)), kDenied);
    if (!isLink) {
        QCOMPARE(codeOf(m_files->remove(denied, Removal::File, kNoStop)), kDenied);
        QCOMPARE(codeOf(m_files->remove(denied, Removal::Tree, kNoStop)), kDenied);
        const Status from = m_files->rename(denied, own), to = m_files->rename(own, denied);
        QCOMPARE(codeOf(from), kDenied);
        QCOMPARE(from.error().field, u"from"_s);
        QCOMPARE(codeOf(to), kDenied);
        QCOMPARE(to.error().field, u"to"_s);
    }
    checkUntouched();
    QCOMPARE(content(own), "own");
}

void GuardedFilesTest::whatThisProcessKnowsIsDenied_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"/proc/self/environ", "/dev/null", "/proc/thread-self/maps", "/proc/self/task/none",
                             "/proc/self/root/proc/self/environ", "/dev/none/new"})
        QTest::newRow(path) << QString::fromUtf8(path);
}

void GuardedFilesTest::whatThisProcessKnowsIsDenied()
{
    QFETCH(QString, path);
    QCOMPARE(codeOf(m_files->open(path)), ErrorCode::InvalidPath);
    QCOMPARE(codeOf(m_files->exists(path)), ErrorCode::InvalidPath);
    // An open handle is no back door either.
    QFile secret(at(u"home/.ssh/id"_s));
    QVERIFY(secret.open(QIODevice::ReadOnly));
    QCOMPARE(codeOf(m_files->open(u"/proc/self/fd/%1"_s.arg(secret.handle()))), ErrorCode::InvalidPath);
    QCOMPARE(codeOf(m_files->open(u"/proc/self/root"_s + at(u"home/.ssh/id"_s))), ErrorCode::InvalidPath);
}

void GuardedFilesTest::aDeniedFolderThatIsALinkIsDeniedAtBothEnds()
{
    QVERIFY(QDir().rename(at(u"home/.ssh"_s), at(u"desk/keys"_s)));
    QVERIFY(QFile::link(at(u"desk/keys"_s), at(u"home/.ssh"_s)));
    QVERIFY(QFile::rename(at(u"home/data/db"_s), at(u"desk/real"_s)));
    QVERIFY(QFile::link(at(u"desk/real"_s), at(u"home/data/db"_s)));
    for (const QString &path :
         {u"home/.ssh/id"_s, u"desk/keys/id"_s, u"home/data/db"_s, u"desk/real"_s, u"desk/real-wal"_s})
        QCOMPARE(codeOf(m_files->open(at(path))), ErrorCode::InvalidPath);
    QCOMPARE(codeOf(m_files->rename(at(u"desk"_s), at(u"elsewhere"_s))), ErrorCode::InvalidPath);
}

void GuardedFilesTest::anotherHardLinkDoesNotHelp()
{
    const QByteArray other = QFile::encodeName(at(u"desk/other"_s));
    QCOMPARE(::link(QFile::encodeName(at(u"home/data/db-wal"_s)).constData(), other.constData()), 0);
    QCOMPARE(codeOf(m_files->open(at(u"desk/other"_s))), ErrorCode::InvalidPath);
    QCOMPARE(codeOf(m_files->write(at(u"desk/other"_s), "x", Parents::MustExist)), ErrorCode::InvalidPath);
    checkUntouched();
}

void GuardedFilesTest::aNameThatTurnsIntoALinkNeverLeadsOut_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("asked");
    QTest::newRow("folder") << u"home/.ssh"_s << u"desk/swap/id"_s;
    QTest::newRow("file") << u"home/.ssh/id"_s << u"desk/swap"_s;
}

void GuardedFilesTest::aNameThatTurnsIntoALinkNeverLeadsOut()
{
    // Somebody swaps a harmless thing for a link to a denied one and back, again and again, while it is used.
    QFETCH(QString, target);
    QFETCH(QString, asked);
    const bool isFolder = asked.endsWith("/id"_L1);
    if (isFolder)
        QVERIFY(QDir(at(u"desk"_s)).mkdir(u"swap"_s));
    put(at(asked), "harmless");
    if (isFolder)
        put(at(asked + u"-a"_s), "harmless");
    const QByteArray swap = QFile::encodeName(at(u"desk/swap"_s)), link = QFile::encodeName(at(u"desk/link"_s));
    const QByteArray denied = QFile::encodeName(at(target));
    const auto exchange = [&] {
        return ::renameat2(AT_FDCWD, swap.constData(), AT_FDCWD, link.constData(), RENAME_EXCHANGE) == 0;
    };
    std::atomic_bool stop = false;
    std::atomic_int swaps = 0;
    std::thread swapper([&] {
        while (!stop) {
            (void)::unlink(link.constData()); // a file that was written in the place of the link
            (void)::symlink(denied.constData(), link.constData());
            if (exchange() && exchange())
                ++swaps;
        }
    });
    const QString path = at(asked);
    int seen = 0;
    int leaked = 0;
    for (int i = 0; i < 2000; ++i) {
        if (const auto file = m_files->open(path)) {
            ++seen;
            if ((*file)->read(0, 100).value() == "secret")
                ++leaked;
        }
        const bool waitsForTheDisk = i % 16 == 0;
        if (waitsForTheDisk)
            (void)m_files->write(path, "harmless", i % 32 ? Parents::Create : Parents::MustExist);
        if (isFolder) {
            (void)m_files->list(path, 10);
            (void)m_files->makeFolder(path + u"-%1/sub"_s.arg(i));
            (void)m_files->remove(path + u"-%1"_s.arg(i), Removal::Tree, kNoStop);
            (void)m_files->rename(path + u"-a"_s, path + u"-b"_s);
            (void)m_files->rename(path + u"-b"_s, path + u"-a"_s);
        }
        if (isFolder && waitsForTheDisk)
            (void)m_files->remove(path, Removal::File, kNoStop);
    }
    stop = true;
    swapper.join();
    QCOMPARE(leaked, 0);
    QVERIFY(swaps > 0);
    QVERIFY(seen > 0);
    checkUntouched();
}

void GuardedFilesTest::whatHoldsDeniedPlacesIsNotRemovedOrRenamed()
{
    const std::atomic_bool stop = true; // so that a mistake here empties no disk
    QVERIFY(QFile::link(at(u"home"_s), at(u"desk/home"_s)));
    for (const QString &path : {u"/"_s, u"//."_s, at(u"home"_s), at(u"home/"_s), at(u"home/data"_s), m_around->path(),
                                at(u"desk/home/data"_s), QDir::tempPath()}) {
        QCOMPARE(codeOf(m_files->remove(path, Removal::Tree, stop)), ErrorCode::InvalidPath);
        QCOMPARE(codeOf(m_files->remove(path, Removal::File, kNoStop)), ErrorCode::InvalidPath);
        QVERIFY(!m_files->rename(path, at(u"desk/elsewhere"_s)));
    }
    checkUntouched();
    QCOMPARE(names(at(u"desk"_s)), QStringList{u"home"_s});
}

void GuardedFilesTest::aLinkIsRemovedAndItsTargetStays()
{
    put(at(u"target"_s), "target");
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"folder"_s));
    put(at(u"desk/folder/in"_s), "in");
    const auto link = [&](const QString &to) { QVERIFY(QFile::link(at(to), at(u"desk/link"_s))); };
    for (const Removal removal : {Removal::File, Removal::Tree}) {
        for (const QString &to : {u"target"_s, u"desk/folder"_s, u"home/.ssh"_s, u"not there"_s}) {
            link(to);
            QVERIFY(m_files->remove(at(u"desk/link"_s), removal, kNoStop));
            QCOMPARE(info(at(u"desk/link"_s)).st_mode, 0u);
        }
    }
    QCOMPARE(content(at(u"target"_s)), "target");
    QCOMPARE(content(at(u"desk/folder/in"_s)), "in");
    checkUntouched();
    QCOMPARE(codeOf(m_files->remove(at(u"desk/link"_s), Removal::File, kNoStop)), ErrorCode::NotFound);
    QCOMPARE(codeOf(m_files->remove(at(u"desk/link"_s), Removal::Tree, kNoStop)), ErrorCode::NotFound);
    QVERIFY(!m_files->remove(at(u"desk/folder"_s), Removal::File, kNoStop)); // a folder is no file
    QCOMPARE(content(at(u"desk/folder/in"_s)), "in");
    QVERIFY(m_files->remove(at(u"desk/folder"_s), Removal::Tree, kNoStop));
    QVERIFY(!QFile::exists(at(u"desk/folder"_s)));
    QVERIFY(m_files->remove(at(u"target"_s), Removal::Tree, kNoStop)); // a file without a tree
}

void GuardedFilesTest::aLinkIsRenamedAndItsTargetStays()
{
    put(at(u"target"_s), "target");
    QVERIFY(QFile::link(at(u"target"_s), at(u"desk/link"_s)));
    QVERIFY(m_files->rename(at(u"desk/link"_s), at(u"desk/moved"_s)));
    QVERIFY(S_ISLNK(info(at(u"desk/moved"_s)).st_mode));
    put(at(u"desk/file"_s), "file");
    QVERIFY(m_files->rename(at(u"desk/file"_s), at(u"desk/moved"_s))); // over the link, not through it
    QVERIFY(S_ISREG(info(at(u"desk/moved"_s)).st_mode));
    QCOMPARE(content(at(u"target"_s)), "target");
}

void GuardedFilesTest::removingATreeNeverFollowsALink()
{
    QVERIFY(QDir(m_around->path()).mkpath(u"desk/tree/a/b"_s));
    QVERIFY(QDir(m_around->path()).mkpath(u"outside/sub"_s));
    put(at(u"outside/sub/kept"_s), "kept");
    put(at(u"desk/tree/a/b/file"_s), "x");
    put(at(u"desk/tree/.hidden"_s), "x");
    QVERIFY(QFile::link(at(u"outside"_s), at(u"desk/tree/a/out"_s)));
    QVERIFY(QFile::link(at(u"home/.ssh"_s), at(u"desk/tree/keys"_s)));
    QVERIFY(QFile::link(u".."_s, at(u"desk/tree/a/b/up"_s)));
    QCOMPARE(::mkfifo(QFile::encodeName(at(u"desk/tree/fifo"_s)).constData(), 0600), 0);
    QVERIFY(m_files->remove(at(u"desk/tree"_s), Removal::Tree, kNoStop));
    QVERIFY(!QFile::exists(at(u"desk/tree"_s)));
    QCOMPARE(content(at(u"outside/sub/kept"_s)), "kept");
    checkUntouched();
}

void GuardedFilesTest::aTreeTooDeepAndAStopEndARemoval()
{
    int folder = ::open(QFile::encodeName(at(u"desk"_s)).constData(), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 300; ++i) {
        QCOMPARE(::mkdirat(folder, "d", 0700), 0);
        const int next = ::openat(folder, "d", O_RDONLY | O_DIRECTORY);
        ::close(folder);
        folder = next;
    }
    ::close(folder);
    const Status removed = m_files->remove(at(u"desk/d"_s), Removal::Tree, kNoStop);
    QCOMPARE(codeOf(removed), ErrorCode::Validation);
    QVERIFY(removed.error().message.contains(u"deep"_s));
    QVERIFY(QFile::exists(at(u"desk/d"_s)));

    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"t"_s));
    put(at(u"desk/t/x"_s), "x");
    const std::atomic_bool stop = true;
    QCOMPARE(codeOf(m_files->remove(at(u"desk/t"_s), Removal::Tree, stop)), ErrorCode::Unavailable);
    QCOMPARE(content(at(u"desk/t/x"_s)), "x");
}

void GuardedFilesTest::renamingReplacesAFileAndNothingElse()
{
    put(at(u"desk/a b+%20ü"_s), "new");
    put(at(u"desk/old"_s), "old");
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"full"_s));
    put(at(u"desk/full/x"_s), "x");
    QVERIFY(m_files->rename(at(u"desk/a b+%20ü"_s), at(u"desk/old"_s)));
    QCOMPARE(content(at(u"desk/old"_s)), "new");
    QCOMPARE(names(at(u"desk"_s)), QStringList({u"full"_s, u"old"_s}));
    QVERIFY(!m_files->rename(at(u"desk/old"_s), at(u"desk/full"_s)));
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"other"_s));
    QCOMPARE(codeOf(m_files->rename(at(u"desk/other"_s), at(u"desk/full"_s))), ErrorCode::Conflict);
    QCOMPARE(codeOf(m_files->rename(at(u"desk/full"_s), at(u"desk/full/in"_s))), ErrorCode::Validation);
    QCOMPARE(codeOf(m_files->rename(at(u"desk/none"_s), at(u"desk/x"_s))), ErrorCode::NotFound);
    QCOMPARE(codeOf(m_files->rename(at(u"desk/old"_s), at(u"none/x"_s))), ErrorCode::NotFound);
    QVERIFY(m_files->rename(at(u"desk/full"_s), at(u"desk/moved"_s)));
    QCOMPARE(content(at(u"desk/moved/x"_s)), "x");
}

void GuardedFilesTest::writingReplacesAtOnceAndKeepsTheMode()
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

void GuardedFilesTest::newFilesAndFoldersHaveTheUsersMode()
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

void GuardedFilesTest::writingFollowsLinksAlsoToWhatIsNotThereYet()
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

void GuardedFilesTest::whatIsNoFileIsRefusedAtOnce()
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

void GuardedFilesTest::aFailedWriteLeavesTheOldFile()
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

void GuardedFilesTest::whereNothingMayBeCreatedTheFileIsOverwritten()
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

void GuardedFilesTest::aFileThatMayNotBeWrittenStays()
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

void GuardedFilesTest::theOwnerOfAFileStays()
{
    put(at(u"desk/f"_s), "old");
    if (::chown(QFile::encodeName(at(u"desk/f"_s)).constData(), 65534, 65534) != 0)
        QSKIP("only root may give a file to somebody else");
    QVERIFY(m_files->write(at(u"desk/f"_s), "new", Parents::MustExist));
    QCOMPARE(info(at(u"desk/f"_s)).st_uid, 65534u);
    QCOMPARE(info(at(u"desk/f"_s)).st_gid, 65534u);
    QCOMPARE(content(at(u"desk/f"_s)), "new");
}

void GuardedFilesTest::readersSeeTheOldFileOrTheNewOne()
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

void GuardedFilesTest::foldersAreMadeWithTheirParents()
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

void GuardedFilesTest::everyNameIsListedAsItIs()
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

void GuardedFilesTest::linksAreListedAndNotFollowed()
{
    QVERIFY(QFile::link(at(u"home"_s), at(u"desk/to folder"_s)));
    QVERIFY(QFile::link(at(u"none"_s), at(u"desk/to nothing"_s)));
    const auto listing = m_files->list(at(u"desk"_s), 1000);
    QCOMPARE(listing->entries.size(), 2);
    for (const GuardedFiles::Entry &entry : listing->entries)
        QVERIFY(!entry.isFolder);
    QCOMPARE(m_files->list(at(u"desk/to folder"_s), 1000)->entries.size(), 2); // asked for, it is
}

void GuardedFilesTest::aListingIsCutAtItsLimit()
{
    for (int i = 0; i < 12; ++i)
        put(at(u"desk/%1"_s.arg(i)), "");
    QVERIFY(m_files->list(at(u"desk"_s), 11)->isCut);
    QCOMPARE(m_files->list(at(u"desk"_s), 11)->entries.size(), 11);
    QVERIFY(!m_files->list(at(u"desk"_s), 12)->isCut);
    QCOMPARE(m_files->list(at(u"desk"_s), 12)->entries.size(), 12);
}

void GuardedFilesTest::namesThatAreNoTextCanBeUsedAsTheyAreShown()
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

void GuardedFilesTest::filesBeyondFourGibibytesHaveTheirSize()
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

void GuardedFilesTest::existingIsAskedOfTheTarget()
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

QTEST_GUILESS_MAIN(GuardedFilesTest)
#include "tst_guardedfiles.moc"
