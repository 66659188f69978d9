#include "guardedfilesbench.h"

#include <cstdio> // renameat2

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 sections 3.1 and 3.2: what is denied, removing and renaming, on the real file system.
class GuardedFilesTest : public QObject, private GuardedFilesBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }

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

QTEST_GUILESS_MAIN(GuardedFilesTest)
#include "tst_guardedfiles.moc"
