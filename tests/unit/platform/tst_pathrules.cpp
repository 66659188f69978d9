#include "platform/pathrules.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Contract 04 section 3.2, as text.
class PathRulesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pathsAreDeniedByWholeNames_data();
    void pathsAreDeniedByWholeNames();
    void foldersThatMayHoldDeniedPlacesAreKnown_data();
    void foldersThatMayHoldDeniedPlacesAreKnown();
    void pathsOfClientsAreTakenApart_data();
    void pathsOfClientsAreTakenApart();
    void pathsOfClientsAreRefused_data();
    void pathsOfClientsAreRefused();

private:
    const PathRules m_rules{.trees = {"/proc", "/sys", "/home/u/.ssh"},
                            .prefixes = {"/etc/passwd"},
                            .families = {"/home/u/data/netstacks.db"}};
};

void PathRulesTest::pathsAreDeniedByWholeNames_data()
{
    QTest::addColumn<bool>("isDenied");
    for (const char *path :
         {"/proc", "/proc/1/environ", "/sys/x", "/home/u/.ssh", "/home/u/.ssh/id_ed25519", "/etc/passwd",
          "/etc/passwd-", "/etc/passwd.d/x", "/home/u/data/netstacks.db", "/home/u/data/netstacks.db-wal",
          "/home/u/data/netstacks.db-shm", "/home/u/data/netstacks.db-journal", "/home/u/data/netstacks.db.incoming",
          "/home/u/data/netstacks.db.bak-20260101-000000-1", "/home/u/data/netstacks.db/x"})
        QTest::newRow(path) << true;
    for (const char *path : {"/", "/process", "/system", "/sysadmin/x", "/home/u/.sshd", "/home/u/.ss", "/home/u",
                             "/etc", "/etc/pass", "/etc/hosts", "/home/u/data", "/home/u/data/netstacks.dbx",
                             "/home/u/data/netstacks.d", "/other/proc", "/home/u/PROC"})
        QTest::newRow(path) << false;
}

void PathRulesTest::pathsAreDeniedByWholeNames()
{
    QFETCH(bool, isDenied);
    QCOMPARE(m_rules.deny(QTest::currentDataTag()), isDenied);
}

void PathRulesTest::foldersThatMayHoldDeniedPlacesAreKnown_data()
{
    QTest::addColumn<bool>("holds");
    for (const char *path : {"/", "/etc", "/home", "/home/u", "/home/u/data", "/home/u/.ssh", "/proc", "/proc/1"})
        QTest::newRow(path) << true;
    for (const char *path : {"/home/v", "/home/u/d", "/home/u/dat", "/home/u/data/sub", "/et", "/tmp"})
        QTest::newRow(path) << false;
}

void PathRulesTest::foldersThatMayHoldDeniedPlacesAreKnown()
{
    QFETCH(bool, holds);
    QCOMPARE(m_rules.denyWithin(QTest::currentDataTag()), holds);
}

void PathRulesTest::pathsOfClientsAreTakenApart_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArrayList>("names");
    QTest::newRow("root") << u"/"_s << QByteArrayList();
    QTest::newRow("plain") << u"/a/b c"_s << QByteArrayList{"a", "b c"};
    QTest::newRow("noise") << u"//a/./b///c/."_s << QByteArrayList{"a", "b", "c"};
    QTest::newRow("dots") << u"/.../..a/a.."_s << QByteArrayList{"...", "..a", "a.."};
    QTest::newRow("signs") << u"/%2e%2e/+/ü\n"_s << QByteArrayList{"%2e%2e", "+", "ü\n"};
    QTest::newRow("backslash") << u"/a\\..\\b"_s << QByteArrayList{"a\\..\\b"};
}

void PathRulesTest::pathsOfClientsAreTakenApart()
{
    QFETCH(QString, path);
    QFETCH(QByteArrayList, names);
    const auto taken = namesOfPath(path);
    QVERIFY(taken);
    QCOMPARE(*taken, names);
}

void PathRulesTest::pathsOfClientsAreRefused_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"", "a", "./a", "../a", "~/a", " /a", "file:///a", "/..", "/a/..", "/a/../b",
                             "/a/b/../../..", "C:\\a", "\\a"})
        QTest::newRow(path) << QString::fromUtf8(path);
    QTest::newRow("NUL") << u"/a"_s + QChar(u'\0') + u"b"_s;
    QTest::newRow("long") << QString(u"/a"_s).repeated(3000);
    QTest::newRow("long in bytes") << u"/"_s + QString(2000, u'€');
}

void PathRulesTest::pathsOfClientsAreRefused()
{
    QFETCH(QString, path);
    const auto taken = namesOfPath(path);
    QVERIFY(!taken);
    QCOMPARE(taken.error().code, ErrorCode::InvalidPath);
}

QTEST_APPLESS_MAIN(PathRulesTest)
#include "tst_pathrules.moc"
