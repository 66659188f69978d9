#include "sftp/filepath.h"
#include "sftp/sftpwire.h"
#include "sftp/shelllisting.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Contract 04 section 1.1: paths as text; and listings of a shell.
class FilePathTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pathsAreJoined_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("joined");
        QTest::newRow("root") << u"/"_s << u"/name"_s;
        QTest::newRow("nothing") << u""_s << u"/name"_s;
        QTest::newRow("folder") << u"/var/log"_s << u"/var/log/name"_s;
        QTest::newRow("slashes") << u"/var//"_s << u"/var/name"_s;
        QTest::newRow("device") << u"flash:/"_s << u"flash:/name"_s;
        QTest::newRow("relative") << u"a/../b"_s << u"a/../b/name"_s;
    }
    void pathsAreJoined()
    {
        QFETCH(QString, folder);
        QTEST(joinedPath(folder, u"name"_s), "joined");
    }

    void theLastComponentIsTheName()
    {
        QCOMPARE(lastComponent(u"/a/b.txt"_s), u"b.txt"_s);
        QCOMPARE(lastComponent(u"/a/b/"_s), u"b"_s);
        QCOMPARE(lastComponent(u"/"_s), u"/"_s);
        QCOMPARE(lastComponent(u"flash:/x"_s), u"x"_s);
        QCOMPARE(folderPart(u"flash:/x"_s), u"flash:/"_s);
        QCOMPARE(folderPart(u"x"_s), QString());
        QCOMPARE(attachmentHeader(u"/"_s), "attachment; filename=\"download\"; filename*=UTF-8''download");
    }

    void listingsOfAShellAreRead()
    {
        const auto listed = readShellListing("total 12\n"
                                             "drwxr-xr-x    2 0        0             4096 Jan  1  2024 .\n"
                                             "drwxr-sr-t.   2 0        0             4096 Nov 28 17:00 a folder\n"
                                             "-rwsr-x---    1 1000     100         123456 Nov 28 17:00  two -> words\n"
                                             "lrwxrwxrwx    1 0        0                4 Nov 28 17:00 link -> a -> b\n"
                                             "crw-rw-rw-    1 0        0        1,   3 Nov 28 17:00 null\n"
                                             "-rw-r--r--    1 0        0                1 Nov 28 17:00 caf\xe9\n"
                                             "?????????? ? ? ? ?            ? broken\n"
                                             "ls: something else\n");
        QCOMPARE(listed.size(), 5);
        QCOMPARE(listed[0].name, "a folder");
        QCOMPARE(listed[0].mode, kTypeFolder | 03755U);
        QCOMPARE(listed[1].name, " two -> words");
        QCOMPARE(listed[1].mode, kTypeRegular | 04750U);
        QCOMPARE(listed[1].size, 123456U);
        QCOMPARE(listed[1].owner, 1000U);
        QCOMPARE(listed[2].name, "link");
        QVERIFY(listed[2].isLink);
        QCOMPARE(listed[3].size, 0U);
        QCOMPARE(listed[4].name, "caf\xe9");
    }

    void aPathIsOneWordOfAShell()
    {
        QCOMPARE(shellWord(u"it's; $(x) `y`"_s), "'it'\\''s; $(x) `y`'");
        QCOMPARE(shellWord(u"-rf"_s), "'./-rf'");
    }
};

QTEST_GUILESS_MAIN(FilePathTest)
#include "tst_filepath.moc"
