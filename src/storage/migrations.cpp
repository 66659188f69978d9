#include "storage/migrations.h"

#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/databaseschema.h"
#include "storage/migrationsteps.h"
#include "storage/storagelog.h"

#include <QFile>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// What the file says about itself.
struct Stamp
{
    int generation = 0;
    QByteArray fingerprint;
};

Result<Stamp> readStamp(Connection &connection)
{
    Stamp stamp;
    const auto exists = connection.value(u"SELECT 1 FROM sqlite_master WHERE name = 'nsx_schema'"_s);
    if (!exists)
        return exists.error();
    if (!exists->isValid())
        return stamp;
    const Status read = connection.forEach(u"SELECT generation, fingerprint FROM nsx_schema WHERE id = 1"_s, {},
                                           [&stamp](const QSqlQuery &row) {
                                               stamp.generation = row.value(0).toInt();
                                               stamp.fingerprint = row.value(1).toString().toLatin1();
                                           });
    if (!read)
        return read.error();
    return stamp;
}

Status refuseForeignFile(const Catalog &present, const QString &path)
{
    // The oldest known generation has both; a database of another program hardly has either.
    if (present.isEmpty() || present.has(u"sessions"_s) || present.has(u"settings"_s))
        return {};
    return Error{ErrorCode::Database,
                 u"'%1' is a database of another program, not of NetStacks; name another file"_s.arg(path)};
}

Result<qint64> brokenReferences(Connection &connection)
{
    const auto count = connection.value(u"SELECT count(*) FROM pragma_foreign_key_check"_s);
    if (!count)
        return count.error();
    return count->toLongLong();
}

Status runSteps(Migration &migration, QStringList &done)
{
    for (const MigrationStep &step : migrationSteps()) {
        if (!step.isDue(migration))
            continue;
        if (Status applied = step.apply(migration); !applied) {
            return Error{applied.error().code,
                         u"upgrade step %1 (%2): %3"_s.arg(QString::number(step.number), QString(step.name),
                                                           applied.error().message)};
        }
        done.append(QString(step.name));
    }
    return {};
}

Status writeStamp(Migration &migration)
{
    auto fingerprint = readFingerprint(migration.connection);
    if (!fingerprint)
        return fingerprint.error();
    const auto written = migration.connection.execute(
        u"INSERT OR REPLACE INTO nsx_schema (id, generation, fingerprint) VALUES (1, ?, ?)"_s,
        {kSchemaGeneration, QString::fromLatin1(*fingerprint)});
    return written ? Status() : Status(written.error());
}

/// The transaction: everything or nothing.
Status upgrade(Migration &migration, bool structural, QStringList &done)
{
    Connection &connection = migration.connection;
    if (auto begun = connection.execute(u"BEGIN IMMEDIATE"_s); !begun)
        return begun.error();
    const auto body = [&]() -> Status {
        qint64 brokenBefore = 0;
        if (structural) {
            const auto before = brokenReferences(connection);
            brokenBefore = before ? *before : 0; // an old file may refer to tables that do not exist
        }
        if (Status ran = runSteps(migration, done); !ran)
            return ran;
        if (structural) {
            const auto after = brokenReferences(connection);
            if (!after)
                return after.error();
            if (*after > brokenBefore) {
                return Error{ErrorCode::Internal,
                             u"the upgrade would break %1 references between rows"_s.arg(*after - brokenBefore)};
            }
        }
        if (Status written = writeStamp(migration); !written)
            return written;
        const auto committed = connection.execute(u"COMMIT"_s);
        return committed ? Status() : Status(committed.error());
    };
    Status finished = body();
    if (!finished)
        (void)connection.execute(u"ROLLBACK"_s); // fails when SQLite has rolled back on its own
    return finished;
}

Result<MigrationReport> migrate(const QString &path, int generation)
{
    MigrationReport report;
    const auto fresh = freshCatalog();
    if (!fresh)
        return fresh.error();
    // Of its own, because it runs with foreign keys off: a rebuilt table must not take its children along.
    Connection connection;
    if (Status opened = connection.open(path); !opened)
        return opened.error();
    if (auto off = connection.value(u"PRAGMA foreign_keys = OFF"_s); !off)
        return off.error();
    Migration migration{.connection = connection, .fresh = *fresh, .present = {}, .generation = generation};
    if (Status read = migration.refresh(); !read)
        return read.error();
    if (Status ours = refuseForeignFile(migration.present, path); !ours)
        return ours.error();
    report.created = migration.present.isEmpty();

    bool anyDue = false, structural = false;
    for (const MigrationStep &step : migrationSteps()) {
        if (!step.isDue(migration))
            continue;
        anyDue = true;
        structural = structural || step.kind == MigrationStep::Kind::Structural;
    }
    if (anyDue && !report.created) {
        auto backup = Backup::besideOriginal(connection);
        if (!backup)
            return backup.error();
        report.backup = *std::move(backup);
    }
    if (Status upgraded = upgrade(migration, structural, report.steps); !upgraded) {
        // The file is as it was, and so this copy of it is one too many; every start would add another.
        if (!report.backup.isEmpty())
            QFile::remove(report.backup);
        return upgraded.error();
    }
    return report;
}

} // namespace

Result<MigrationReport> bringUpToDate(Connection &connection)
{
    const auto stamp = readStamp(connection);
    if (!stamp)
        return stamp.error();
    if (stamp->generation > kSchemaGeneration) {
        return Error{ErrorCode::Database,
                     u"'%1' was written by a newer release (generation %2, this program knows %3): update it, or put a "
                     "backup in place"_s.arg(connection.path(), QString::number(stamp->generation),
                                             QString::number(kSchemaGeneration))};
    }
    if (stamp->generation == kSchemaGeneration) {
        const auto fingerprint = readFingerprint(connection);
        if (!fingerprint)
            return fingerprint.error();
        if (*fingerprint == stamp->fingerprint)
            return MigrationReport{};
    }
    auto report = migrate(connection.path(), stamp->generation);
    if (report && report->created)
        qCInfo(lcStorage) << "database created";
    else if (report && !report->steps.isEmpty())
        qCInfo(lcStorage).noquote() << "database upgraded:" << report->steps.join(u", "_s);
    return report;
}

} // namespace agent
