#include "databasefiles/databasefiles.h"
#include "databasefiles/databasefilesroutes.h"
#include "routecaller/routecaller.h"
#include "storage/backup.h"
#include "storage/databasemove.h"
#include "storage/opendatabase.h"
#include "vaultfixture.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

constexpr auto kOthers = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;

QByteArray pathBody(const QString &path, const char *more = "")
{
    QByteArray json = QJsonDocument(QJsonObject{{u"path"_s, path}}).toJson(QJsonDocument::Compact);
    return json.chopped(1) + more + '}';
}

QByteArray content(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QVariant valueIn(const QString &path, const QString &sql)
{
    Connection connection;
    if (Status opened = connection.open(path, Connection::Access::ReadOnly); !opened)
        return opened.error().message;
    const auto value = connection.value(sql);
    return value ? *value : QVariant(value.error().message);
}

const QString kMark = u"SELECT value FROM settings WHERE key = 'mark'"_s;

} // namespace

/// `/api/db/...`: copies of the database, and what takes its place at the next start.
class TestDatabaseFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void infoNamesTheFileInUse();
    void anExportIsAWholePrivateCopy();
    void anExportReplacesAFile();
    void anExportHoldsEveryWriteThatWasAnswered();
    void aShareableExportHoldsNoSecret();
    void aFailedExportLeavesNothing();
    void pathsThatMustNotBeWrittenAreRefused_data();
    void pathsThatMustNotBeWrittenAreRefused();
    void anImportIsStagedWithItsLog();
    void whatIsNoDatabaseOfOursIsNotImported_data();
    void whatIsNoDatabaseOfOursIsNotImported();
    void theLastImportOrResetWins();
    void aResetKeepsABackup();
    void backupsAreKeptToTheNumberThatIsSet();
    void theLastSoundBackupIsNotPrunedAway();
    void aMoveTakesAlongWhatIsWrittenUntilTheNextStart();
    void aMoveKeepsTheDatabaseThatWasThere();
    void aMoveToADriveThatIsGoneStays();
    void aCopyThatWasUsedMeanwhileIsNotOverwritten();
    void anImportThatWaitsGoesAlongWithAMove();
    void forgettingAMoveIsFineWithoutOne();
    void bodiesOfTheWrongShapeAreNamed();

private:
    [[nodiscard]] QString at(const QString &name) const { return f->folder() + u'/' + name; }
    void mark(const QString &text)
    {
        f->execute(u"INSERT OR REPLACE INTO settings (key, value) VALUES ('mark', ?)"_s, {text});
    }
    [[nodiscard]] QStringList entries(const QString &filter) const
    {
        return QDir(f->folder()).entryList({filter}, QDir::Files | QDir::Hidden);
    }
    [[nodiscard]] DatabaseLocation::Inputs inputs() const
    {
        return {.environmentPath = {}, .dataFolder = f->folder(), .roamingDataFolder = {}};
    }

    std::unique_ptr<VaultFixture> f;
    std::unique_ptr<DatabaseFiles> m_files;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<RouteCaller> m_call;
};

void TestDatabaseFiles::init()
{
    f = std::make_unique<VaultFixture>();
    m_files = std::make_unique<DatabaseFiles>(*f->database, f->folder());
    m_router = std::make_unique<Router>();
    registerDatabaseFilesRoutes(*m_router, *m_files);
    m_call = std::make_unique<RouteCaller>(*m_router);
    mark(u"live"_s);
}

void TestDatabaseFiles::cleanup()
{
    m_call.reset();
    m_router.reset();
    m_files.reset();
    f.reset();
}

void TestDatabaseFiles::infoNamesTheFileInUse()
{
    const Answer answer = m_call->get("/api/db/info");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("path"), f->path());
    QCOMPARE(answer.text("dir"), f->folder());
    QCOMPARE(answer.json()["size_bytes"].GetInt64(), QFileInfo(f->path()).size());
}

void TestDatabaseFiles::anExportIsAWholePrivateCopy()
{
    QVERIFY(f->setPassword("a good long password").ok());
    f->fillEveryColumn(3);
    f->vault->lock(); // works all the same
    const QString copy = at(u"copy.db"_s);
    QCOMPARE(m_call->post("/api/db/export", pathBody(copy)).status, 204);
    QVERIFY(!(QFile::permissions(copy) & kOthers));
    QCOMPARE(valueIn(copy, kMark).toString(), u"live"_s);
    QCOMPARE(valueIn(copy, u"PRAGMA integrity_check"_s).toString(), u"ok"_s);
    QCOMPARE(valueIn(copy, u"SELECT count(*) FROM profile_credentials"_s).toInt(), 3);
    QCOMPARE(entries(u"copy.db*"_s), QStringList{u"copy.db"_s});
}

void TestDatabaseFiles::anExportReplacesAFile()
{
    const QString copy = at(u"copy.db"_s);
    QFile file(copy);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("something else");
    file.close();
    QCOMPARE(m_call->post("/api/db/export", pathBody(copy)).status, 204);
    QCOMPARE(valueIn(copy, kMark).toString(), u"live"_s);
}

void TestDatabaseFiles::anExportHoldsEveryWriteThatWasAnswered()
{
    f->execute(u"CREATE TABLE counted (n INTEGER)"_s);
    QByteArray sink(200'000, 'x');
    f->execute(u"INSERT INTO settings (key, value) VALUES ('bulk', ?)"_s, {QString::fromLatin1(sink)});
    int answered = 0;
    bool stop = false;
    // Twenty writers, each with its next write as soon as the last one was answered.
    const auto writer = [](Database *database, int *done, bool *end) -> Task<> {
        while (!*end) {
            const auto written = co_await database->run(
                [](Connection &connection) { return connection.execute(u"INSERT INTO counted VALUES (1)"_s); });
            if (written)
                ++*done;
        }
    };
    std::vector<Task<>> writers;
    for (int i = 0; i < 20; ++i)
        writers.push_back(writer(f->database.get(), &answered, &stop));
    for (int round = 0; round < 8; ++round) {
        const QString copy = at(u"copy%1.db"_s.arg(round));
        const int before = answered;
        QCOMPARE(m_call->post("/api/db/export", pathBody(copy, round % 2 ? ",\"include_vault\":false" : "")).status,
                 204);
        QVERIFY(valueIn(copy, u"SELECT count(*) FROM counted"_s).toInt() >= before);
        QCOMPARE(valueIn(copy, u"PRAGMA integrity_check"_s).toString(), u"ok"_s);
    }
    stop = true;
    for (Task<> &task : writers)
        QCoro::waitFor(task);
    QVERIFY(answered > 0);
    QCOMPARE(f->value(u"SELECT count(*) FROM counted"_s).toInt(), answered);
}

void TestDatabaseFiles::aShareableExportHoldsNoSecret()
{
    QVERIFY(f->setPassword("a good long password").ok());
    f->fillEveryColumn(3);
    f->execute(
        u"INSERT INTO git_accounts (id, name, provider, credential) VALUES ('g', 'n', 'github', 'GIT-SENTINEL')"_s);
    f->execute(u"UPDATE mcp_servers SET auth_token = 'MCP-SENTINEL'"_s);
    const QByteArrayList blobs = f->everyBlob();
    QVERIFY(blobs.size() > 20);
    const QString full = at(u"full.db"_s), shared = at(u"shared.db"_s);
    QCOMPARE(m_call->post("/api/db/export", pathBody(full, ",\"include_vault\":true")).status, 204);
    QCOMPARE(m_call->post("/api/db/export", pathBody(shared, ",\"include_vault\":false")).status, 204);
    const QByteArray fullBytes = content(full), sharedBytes = content(shared);
    for (const QByteArray &blob : blobs) {
        QVERIFY(fullBytes.contains(blob)); // so the search finds what is there
        QVERIFY(!sharedBytes.contains(blob));
    }
    for (const char *sentinel : {"GIT-SENTINEL", "MCP-SENTINEL"}) {
        QVERIFY(fullBytes.contains(sentinel));
        QVERIFY(!sharedBytes.contains(sentinel));
    }
    for (const SealedColumn &column : sealedColumns()) {
        const QString count =
            u"SELECT count(*) FROM %1 WHERE length(%2) > 0"_s.arg(QString(column.table), QString(column.column));
        QCOMPARE(valueIn(shared, count).toInt(), 0);
        QVERIFY(valueIn(full, count).toInt() > 0);
    }
    QCOMPARE(valueIn(shared, u"SELECT count(*) FROM vault_config"_s).toInt(), 0);
    // What is no secret is there.
    QCOMPARE(valueIn(shared, u"SELECT count(*) FROM sessions"_s).toInt(), 3);
    QCOMPARE(valueIn(shared, u"SELECT count(*) FROM git_accounts"_s).toInt(), 1);
    QCOMPARE(valueIn(shared, u"SELECT count(*) FROM mcp_servers"_s).toInt(), 3);
    QCOMPARE(valueIn(shared, u"PRAGMA integrity_check"_s).toString(), u"ok"_s);
    QVERIFY(!(QFile::permissions(shared) & kOthers));
    QCOMPARE(f->countReadable(), int(blobs.size()) - 1); // all but the verification record: the original is untouched
}

void TestDatabaseFiles::aFailedExportLeavesNothing()
{
    const Answer answer = m_call->post("/api/db/export", pathBody(at(u"no/such/folder/copy.db"_s)));
    QCOMPARE(answer.status, 500);
    QCOMPARE(answer.code(), u"DATABASE_ERROR"_s);
    QVERIFY(!QFile::exists(at(u"no"_s)));
    // The copy is made, and stripping it fails.
    f->execute(u"DROP TABLE git_accounts"_s);
    QCOMPARE(m_call->post("/api/db/export", pathBody(at(u"copy.db"_s), ",\"include_vault\":false")).status, 500);
    QVERIFY(entries(u"copy.db*"_s).isEmpty());
}

void TestDatabaseFiles::pathsThatMustNotBeWrittenAreRefused_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("empty") << QString();
    QTest::newRow("relative") << u"copy.db"_s;
    QTest::newRow("the database") << u"<folder>/netstacks.db"_s;
    QTest::newRow("the database, the long way") << u"<folder>/x/.././netstacks.db"_s;
    QTest::newRow("its log") << u"<folder>/netstacks.db-wal"_s;
    QTest::newRow("its shared memory") << u"<folder>/netstacks.db-shm"_s;
    QTest::newRow("its journal") << u"<folder>/netstacks.db-journal"_s;
    QTest::newRow("what is staged") << u"<folder>/netstacks.db.incoming"_s;
    QTest::newRow("a folder") << u"<folder>"_s;
    QTest::newRow("a folder that is not there") << u"<folder>/new/"_s;
    QTest::newRow("a link to the database") << u"<folder>/link.db"_s;
    QTest::newRow("through a link to its folder") << u"<folder>/door/netstacks.db"_s;
    QTest::newRow("its log through a link to its folder") << u"<folder>/door/netstacks.db-journal"_s;
    QTest::newRow("no path at all") << u"/tmp/a"_s + QChar(u'\0') + u"b"_s;
}

void TestDatabaseFiles::pathsThatMustNotBeWrittenAreRefused()
{
    QFETCH(QString, path);
    QVERIFY(QFile::link(f->path(), at(u"link.db"_s)));
    QVERIFY(QFile::link(f->folder(), at(u"door"_s)));
    path.replace(u"<folder>"_s, f->folder());
    const QStringList before = entries(u"*"_s);
    for (const char *target : {"/api/db/export", "/api/db/path"}) {
        const Answer answer = m_call->post(target, pathBody(path));
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.code(), u"VALIDATION"_s);
    }
    QCOMPARE(entries(u"*"_s), before);
    QCOMPARE(f->value(kMark).toString(), u"live"_s);
    QVERIFY(QFileInfo(at(u"link.db"_s)).isSymbolicLink());
}

void TestDatabaseFiles::anImportIsStagedWithItsLog()
{
    const QTemporaryDir elsewhere;
    VaultFixture other(elsewhere.filePath(u"other.db"_s)); // open all the while, so that its log is not empty
    other.execute(u"INSERT INTO settings (key, value) VALUES ('mark', 'other')"_s);
    QVERIFY(QFileInfo(other.path() + u"-wal"_s).size() > 0);
    QCOMPARE(m_call->post("/api/db/import", pathBody(other.path())).status, 204);
    const QString incoming = f->path() + u".incoming"_s;
    QVERIFY(!(QFile::permissions(incoming) & kOthers));
    QCOMPARE(valueIn(incoming, kMark).toString(), u"other"_s);
    QCOMPARE(f->value(kMark).toString(), u"live"_s); // until the next start
    f->close();
    QCOMPARE(applyStagedImport(f->path()).outcome, StagedImport::Outcome::Applied);
    QCOMPARE(valueIn(f->path(), kMark).toString(), u"other"_s);
    f->open();
}

void TestDatabaseFiles::whatIsNoDatabaseOfOursIsNotImported_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("missing") << u"<folder>/missing.db"_s << QString() << QByteArray();
    QTest::newRow("relative") << u"source.db"_s << QString() << QByteArray();
    QTest::newRow("a folder") << u"<folder>"_s << QString() << QByteArray();
    QTest::newRow("text") << u"<folder>/source.db"_s << QString() << QByteArray(5000, 'x');
    QTest::newRow("empty") << u"<folder>/source.db"_s << QString() << QByteArray("");
    QTest::newRow("another program's") << u"<folder>/source.db"_s << u"CREATE TABLE sessions (id TEXT)"_s
                                       << QByteArray();
    QTest::newRow("of a newer release")
        << u"<folder>/source.db"_s
        << u"CREATE TABLE sessions (id); CREATE TABLE settings (id); CREATE TABLE credential_profiles (id); "
           "CREATE TABLE nsx_schema (id, generation); INSERT INTO nsx_schema VALUES (1, 1000)"_s
        << QByteArray();
}

void TestDatabaseFiles::whatIsNoDatabaseOfOursIsNotImported()
{
    QFETCH(QString, path);
    QFETCH(QString, sql);
    QFETCH(QByteArray, bytes);
    path.replace(u"<folder>"_s, f->folder());
    if (!sql.isEmpty()) {
        Connection connection;
        QVERIFY(connection.open(path));
        QVERIFY(connection.executeScript(sql));
    } else if (!bytes.isNull()) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
    const Answer answer = m_call->post("/api/db/import", pathBody(path));
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    QVERIFY(entries(u"*.incoming*"_s).isEmpty());
}

void TestDatabaseFiles::theLastImportOrResetWins()
{
    const QString copy = at(u"copy.db"_s), incoming = f->path() + u".incoming"_s;
    QCOMPARE(m_call->post("/api/db/export", pathBody(copy)).status, 204);
    QCOMPARE(m_call->post("/api/db/import", pathBody(copy)).status, 204);
    QVERIFY(QFileInfo(incoming).size() > 0);
    QCOMPARE(m_call->post("/api/db/reset").status, 204);
    QCOMPARE(QFileInfo(incoming).size(), 0);
    QCOMPARE(m_call->post("/api/db/import", pathBody(copy)).status, 204);
    QVERIFY(QFileInfo(incoming).size() > 0);
    QCOMPARE(entries(u"*.incoming*"_s), QStringList{u"netstacks.db.incoming"_s});
}

void TestDatabaseFiles::aResetKeepsABackup()
{
    QCOMPARE(m_call->post("/api/db/reset").status, 204);
    const QStringList backups = Backup::listOf(f->path(), Backup::Kind::Replaced);
    QCOMPARE(backups.size(), 1);
    QCOMPARE(valueIn(backups.first(), kMark).toString(), u"live"_s);
    QCOMPARE(f->value(kMark).toString(), u"live"_s); // until the next start
    f->close();
    QCOMPARE(applyStagedImport(f->path()).outcome, StagedImport::Outcome::Reset);
    const auto opened = openDatabase({.path = f->path(), .warning = {}});
    QVERIFY(opened);
    QVERIFY(opened->upgrade.created);
    f->open();
}

void TestDatabaseFiles::backupsAreKeptToTheNumberThatIsSet()
{
    f->execute(u"INSERT INTO settings (key, value) VALUES ('database.backups_kept', '2')"_s);
    const QString own = f->path() + u".bak-mine"_s, vault = f->path() + u".bak-vault-reset-20200101-000000"_s;
    for (const QString &path : {own, vault, QString(f->path() + u".bak-20200101-000000"_s)})
        QVERIFY(QFile::copy(at(u"netstacks.db"_s), path));
    for (int i = 0; i < 4; ++i)
        QCOMPARE(m_call->post("/api/db/reset").status, 204);
    QCOMPARE(Backup::listOf(f->path(), Backup::Kind::Replaced).size(), 2);
    QVERIFY(!QFile::exists(f->path() + u".bak-20200101-000000"_s));
    QVERIFY(QFile::exists(own));
    QVERIFY(QFile::exists(vault));
}

void TestDatabaseFiles::theLastSoundBackupIsNotPrunedAway()
{
    const QString good = f->path() + u".bak-20200101-000000"_s;
    QCOMPARE(m_call->post("/api/db/export", pathBody(good)).status, 204);
    for (int i = 1; i <= 4; ++i) {
        QFile damaged(f->path() + u".bak-2021010%1-000000"_s.arg(i));
        QVERIFY(damaged.open(QIODevice::WriteOnly));
        damaged.write(QByteArray(8192, 'x'));
    }
    Backup::prune(f->path(), Backup::Kind::Replaced, 2);
    QCOMPARE(Backup::listOf(f->path(), Backup::Kind::Replaced),
             QStringList({f->path() + u".bak-20210104-000000"_s, f->path() + u".bak-20210103-000000"_s, good}));
    QCOMPARE(Backup::newestGood(f->path()), good);
}

void TestDatabaseFiles::aMoveTakesAlongWhatIsWrittenUntilTheNextStart()
{
    const QString target = at(u"new/place/moved.db"_s), config = at(u"config.json"_s);
    QCOMPARE(m_call->post("/api/db/path", pathBody(target)).status, 204);
    QVERIFY(!(QFile::permissions(config) & kOthers));
    QVERIFY(!(QFile::permissions(target) & kOthers));
    QCOMPARE(QJsonDocument::fromJson(content(config))[u"db_path"].toString(), target);
    QCOMPARE(valueIn(target, kMark).toString(), u"live"_s);
    mark(u"written later"_s); // the open database stays the one in use
    f->close();
    const auto finished = DatabaseMove::finish(inputs());
    QVERIFY(finished.stayAt.isEmpty());
    const DatabaseLocation location = DatabaseLocation::resolve(inputs());
    QCOMPARE(location.path, target);
    QVERIFY(location.warning.isEmpty());
    QCOMPARE(valueIn(target, kMark).toString(), u"written later"_s);
    QCOMPARE(valueIn(f->path(), kMark).toString(), u"written later"_s); // the old one stays
    QVERIFY(!content(config).contains("moved_from"));
    f->open();
}

void TestDatabaseFiles::aMoveKeepsTheDatabaseThatWasThere()
{
    const QString target = at(u"other.db"_s);
    {
        VaultFixture other(target);
        other.execute(u"INSERT INTO settings (key, value) VALUES ('mark', 'other')"_s);
    }
    QCOMPARE(m_call->post("/api/db/path", pathBody(target)).status, 204);
    const QStringList kept = Backup::listOf(target, Backup::Kind::Replaced);
    QCOMPARE(kept.size(), 1);
    QCOMPARE(valueIn(kept.first(), kMark).toString(), u"other"_s);
    QCOMPARE(valueIn(target, kMark).toString(), u"live"_s);
}

void TestDatabaseFiles::aMoveToADriveThatIsGoneStays()
{
    const QString target = at(u"drive/moved.db"_s);
    QCOMPARE(m_call->post("/api/db/path", pathBody(target)).status, 204);
    QVERIFY(QFile::remove(target));
    const auto finished = DatabaseMove::finish(inputs());
    QCOMPARE(finished.stayAt, f->path());
    QVERIFY2(finished.warning.contains(target), qPrintable(finished.warning));
    QVERIFY(!QFile::exists(target));
}

void TestDatabaseFiles::aCopyThatWasUsedMeanwhileIsNotOverwritten()
{
    const QString target = at(u"moved.db"_s);
    QCOMPARE(m_call->post("/api/db/path", pathBody(target)).status, 204);
    f->close();
    {
        VaultFixture moved(target);
        moved.execute(u"UPDATE settings SET value = 'used there' WHERE key = 'mark'"_s);
    }
    QFile file(target);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.setFileTime(QDateTime::currentDateTimeUtc().addSecs(60), QFileDevice::FileModificationTime));
    file.close();
    QVERIFY(DatabaseMove::finish(inputs()).warning.isEmpty());
    QCOMPARE(valueIn(target, kMark).toString(), u"used there"_s);
    f->open();
}

void TestDatabaseFiles::anImportThatWaitsGoesAlongWithAMove()
{
    const QString target = at(u"moved.db"_s), other = at(u"other.db"_s);
    {
        VaultFixture source(other);
        source.execute(u"INSERT INTO settings (key, value) VALUES ('mark', 'imported')"_s);
    }
    QCOMPARE(m_call->post("/api/db/path", pathBody(target)).status, 204);
    QCOMPARE(m_call->post("/api/db/import", pathBody(other)).status, 204);
    f->close();
    QVERIFY(DatabaseMove::finish(inputs()).stayAt.isEmpty());
    QCOMPARE(valueIn(target, kMark).toString(), u"imported"_s);
    f->open();
}

void TestDatabaseFiles::forgettingAMoveIsFineWithoutOne()
{
    QCOMPARE(m_call->remove("/api/db/path").status, 204);
    QCOMPARE(m_call->post("/api/db/path", pathBody(at(u"moved.db"_s))).status, 204);
    QVERIFY(QFile::exists(at(u"config.json"_s)));
    QCOMPARE(m_call->remove("/api/db/path").status, 204);
    QVERIFY(!QFile::exists(at(u"config.json"_s)));
    QVERIFY(QDir(f->folder()).mkpath(u"config.json/x"_s)); // cannot be removed as a file
    const Answer refused = m_call->remove("/api/db/path");
    QCOMPARE(refused.status, 500);
    QCOMPARE(refused.code(), u"CONFIG_ERROR"_s);
}

void TestDatabaseFiles::bodiesOfTheWrongShapeAreNamed()
{
    for (const char *target : {"/api/db/export", "/api/db/import", "/api/db/path"}) {
        QCOMPARE(m_call->post(target, "{}").status, 422);
        QCOMPARE(m_call->post(target, "{\"path\":7}").status, 422);
        QCOMPARE(m_call->post(target, "nonsense").status, 400);
    }
    QCOMPARE(m_call->post("/api/db/export", pathBody(at(u"c.db"_s), ",\"include_vault\":\"yes\"")).status, 422);
}

QTEST_GUILESS_MAIN(TestDatabaseFiles)
#include "tst_databasefiles.moc"
