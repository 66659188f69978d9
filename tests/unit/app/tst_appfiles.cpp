#include "app/apppaths.h"
#include "app/enterpriseconfig.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <pwd.h>
#include <unistd.h>

using namespace agent;
using namespace Qt::StringLiterals;

class TestAppFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyTheDatabaseFollowsXdg();
    void relativeXdgIsIgnored();
    void homeFallsBackToTheUserDatabase_data();
    void homeFallsBackToTheUserDatabase();
    void editionFollowsControllerUrl_data();
    void editionFollowsControllerUrl();
    void missingConfigIsPersonal();
};

void TestAppFiles::onlyTheDatabaseFollowsXdg()
{
    qputenv("HOME", "/h");
    qputenv("XDG_DATA_HOME", "/x");
    const auto paths = AppPaths::locate();
    QVERIFY(paths.ok());
    QCOMPARE(paths->configFolder, u"/h/.local/share/com.netstacks.terminal"_s);
    QCOMPARE(paths->dataFolder, u"/x/netstacks"_s);
    QCOMPARE(paths->lockFile(), u"/h/.local/share/com.netstacks.terminal/agent.lock"_s);
    qunsetenv("XDG_DATA_HOME");
    QCOMPARE(AppPaths::locate()->dataFolder, u"/h/.local/share/netstacks"_s);
}

void TestAppFiles::relativeXdgIsIgnored()
{
    qputenv("HOME", "/h");
    qputenv("XDG_DATA_HOME", "somewhere");
    QCOMPARE(AppPaths::locate()->dataFolder, u"/h/.local/share/netstacks"_s);
    qunsetenv("XDG_DATA_HOME");
}

void TestAppFiles::homeFallsBackToTheUserDatabase_data()
{
    QTest::addColumn<QByteArray>("home");
    QTest::newRow("unset") << QByteArray();
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("relative") << QByteArray("here");
}

void TestAppFiles::homeFallsBackToTheUserDatabase()
{
    QFETCH(QByteArray, home);
    if (home.isNull())
        qunsetenv("HOME");
    else
        qputenv("HOME", home);
    const passwd *user = getpwuid(getuid());
    if (!user)
        QSKIP("this user is not in the user database");
    QCOMPARE(AppPaths::locate()->configFolder,
             QFile::decodeName(user->pw_dir) + u"/.local/share/com.netstacks.terminal"_s);
}

void TestAppFiles::editionFollowsControllerUrl_data()
{
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<bool>("enterprise");
    QTest::newRow("https URL") << QByteArray(R"({"controllerUrl":"https://c.example/"})") << true;
    QTest::newRow("http URL") << QByteArray(R"({"controllerUrl":"http://c.example:8443","controllerName":"c"})")
                              << true;
    QTest::newRow("empty string") << QByteArray(R"({"controllerUrl":""})") << false;
    QTest::newRow("null") << QByteArray(R"({"controllerUrl":null})") << false;
    QTest::newRow("number") << QByteArray(R"({"controllerUrl":7})") << false;
    QTest::newRow("absent") << QByteArray("{}") << false;
    QTest::newRow("an array") << QByteArray(R"(["controllerUrl"])") << false;
    QTest::newRow("broken JSON") << QByteArray(R"({"controllerUrl":"https://c.example")") << false;
    QTest::newRow("not a URL") << QByteArray(R"({"controllerUrl":"not a url"})") << false;
    QTest::newRow("other scheme") << QByteArray(R"({"controllerUrl":"ftp://c.example"})") << false;
    QTest::newRow("no host") << QByteArray(R"({"controllerUrl":"https://"})") << false;
    QTest::newRow("empty file") << QByteArray() << false;
}

void TestAppFiles::editionFollowsControllerUrl()
{
    QFETCH(QByteArray, config);
    QFETCH(bool, enterprise);
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"app-config.json"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(config);
    file.close();
    QCOMPARE(readEdition(file.fileName()), enterprise ? Edition::Enterprise : Edition::Personal);
}

void TestAppFiles::missingConfigIsPersonal()
{
    const QTemporaryDir folder;
    QCOMPARE(readEdition(folder.filePath(u"app-config.json"_s)), Edition::Personal);
    QCOMPARE(readEdition(folder.path()), Edition::Personal);
}

QTEST_GUILESS_MAIN(TestAppFiles)
#include "tst_appfiles.moc"
