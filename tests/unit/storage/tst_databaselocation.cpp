#include "storage/databaselocation.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using Source = DatabaseLocation::Source;

class TestDatabaseLocation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void theDefaultLiesInTheDataFolder();
    void theEnvironmentWinsOverEverything();
    void configJsonMovesTheDatabase();
    void aBrokenConfigJsonIsIgnored_data();
    void aBrokenConfigJsonIsIgnored();
    void aRelativePathInConfigJsonIsIgnoredWithAWarning();
    void aCopyThatWentStaleDoesNotHideTheNewerDefault();
    void aLogNewerThanTheMainFileCounts();
    void aMissingDriveDoesNotStartAnEmptyDatabase();
    void onWindowsAnOlderFileInTheRoamingFolderIsKept();

private:
    void write(const QString &path, const QByteArray &content, int age = 0);
    [[nodiscard]] QString at(const QString &name) const { return m_folder->filePath(name); }
    [[nodiscard]] DatabaseLocation resolve(const QString &environment = {}) const
    {
        return DatabaseLocation::resolve({.environmentPath = environment, .dataFolder = at(u"netstacks"_s)});
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestDatabaseLocation::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir(m_folder->path()).mkdir(u"netstacks"_s));
}

/// @param age in seconds, of the file's last change
void TestDatabaseLocation::write(const QString &path, const QByteArray &content, int age)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
    QVERIFY(file.flush());
    QVERIFY(file.setFileTime(QDateTime::currentDateTimeUtc().addSecs(-age), QFile::FileModificationTime));
}

void TestDatabaseLocation::theDefaultLiesInTheDataFolder()
{
    const DatabaseLocation location = resolve();
    QCOMPARE(location.path, at(u"netstacks/netstacks.db"_s));
    QCOMPARE(location.source, Source::Default);
    QVERIFY(location.warning.isEmpty());
}

void TestDatabaseLocation::theEnvironmentWinsOverEverything()
{
    write(at(u"netstacks/config.json"_s), "{\"db_path\": \"/somewhere/else.db\"}");
    const DatabaseLocation location = resolve(at(u"mine.db"_s));
    QCOMPARE(location.path, at(u"mine.db"_s));
    QCOMPARE(location.source, Source::Environment);
}

void TestDatabaseLocation::configJsonMovesTheDatabase()
{
    const QString moved = at(u"moved.db"_s);
    write(moved, "x");
    write(at(u"netstacks/config.json"_s), "{\"db_path\": \"" + moved.toUtf8() + "\"}");
    QCOMPARE(resolve().path, moved);
    QCOMPARE(resolve().source, Source::ConfigFile);
    write(at(u"netstacks/netstacks.db"_s), "older", 60);
    QCOMPARE(resolve().path, moved);
}

void TestDatabaseLocation::aBrokenConfigJsonIsIgnored_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("not JSON") << QByteArray("db_path = /x");
    QTest::newRow("no key") << QByteArray("{}");
    QTest::newRow("not a text") << QByteArray("{\"db_path\": 7}");
    QTest::newRow("empty text") << QByteArray("{\"db_path\": \"\"}");
    QTest::newRow("an array") << QByteArray("[\"db_path\"]");
}

void TestDatabaseLocation::aBrokenConfigJsonIsIgnored()
{
    QFETCH(QByteArray, content);
    write(at(u"netstacks/config.json"_s), content);
    QCOMPARE(resolve().source, Source::Default);
}

void TestDatabaseLocation::aRelativePathInConfigJsonIsIgnoredWithAWarning()
{
    write(at(u"netstacks/config.json"_s), "{\"db_path\": \"some.db\"}");
    QCOMPARE(resolve().source, Source::Default);
    QVERIFY(!resolve().warning.isEmpty());
}

void TestDatabaseLocation::aCopyThatWentStaleDoesNotHideTheNewerDefault()
{
    const QString copy = at(u"copy.db"_s);
    write(copy, "copy", 60);
    write(at(u"netstacks/netstacks.db"_s), "live");
    write(at(u"netstacks/config.json"_s), "{\"db_path\": \"" + copy.toUtf8() + "\"}");
    const DatabaseLocation location = resolve();
    QCOMPARE(location.path, at(u"netstacks/netstacks.db"_s));
    QVERIFY(location.warning.contains(copy));
}

void TestDatabaseLocation::aLogNewerThanTheMainFileCounts()
{
    const QString moved = at(u"moved.db"_s);
    write(moved, "x", 120);
    write(moved + u"-wal"_s, "y", 10);
    write(at(u"netstacks/netstacks.db"_s), "older", 60);
    write(at(u"netstacks/config.json"_s), "{\"db_path\": \"" + moved.toUtf8() + "\"}");
    QCOMPARE(resolve().path, moved);
}

void TestDatabaseLocation::aMissingDriveDoesNotStartAnEmptyDatabase()
{
    write(at(u"netstacks/config.json"_s), "{\"db_path\": \"/not/mounted/n.db\"}");
    QCOMPARE(resolve().path, u"/not/mounted/n.db"_s); // nothing is lost yet
    write(at(u"netstacks/netstacks.db"_s), "live");
    QCOMPARE(resolve().path, at(u"netstacks/netstacks.db"_s));
    QVERIFY(resolve().warning.contains("/not/mounted/n.db"_L1));
}

void TestDatabaseLocation::onWindowsAnOlderFileInTheRoamingFolderIsKept()
{
    QVERIFY(QDir(m_folder->path()).mkdir(u"roaming"_s));
    const DatabaseLocation::Inputs inputs{
        .environmentPath = {}, .dataFolder = at(u"netstacks"_s), .roamingDataFolder = at(u"roaming"_s)};
    QCOMPARE(DatabaseLocation::resolve(inputs).path, at(u"netstacks/netstacks.db"_s));
    write(at(u"roaming/netstacks.db"_s), "old");
    QCOMPARE(DatabaseLocation::resolve(inputs).path, at(u"roaming/netstacks.db"_s));
    write(at(u"netstacks/netstacks.db"_s), "new");
    QCOMPARE(DatabaseLocation::resolve(inputs).path, at(u"netstacks/netstacks.db"_s));
}

QTEST_GUILESS_MAIN(TestDatabaseLocation)
#include "tst_databaselocation.moc"
