#include "storage/stagedimport.h"

#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/databaseschema.h"
#include "storage/files.h"
#include "storage/soundness.h"
#include "storage/storagelog.h"

#include <QFile>
#include <QFileInfo>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

StagedImport refused(const QString &why)
{
    return {StagedImport::Outcome::Refused, {}, u"the staged import was not applied: "_s + why};
}

StagedImport refusedForGood(const QString &incoming, const QString &why)
{
    const QString kept = incoming + u"-refused"_s;
    StagedImport answer = refused(why);
    if (Status moved = replaceFile(incoming, kept); moved)
        answer.message += u" (it is kept as '%1')"_s.arg(kept);
    return answer;
}

/// Checks the file and folds its write-ahead log, if it came with one, into it: only the main file is moved.
Status checkIncoming(const QString &incoming)
{
    Connection connection;
    if (Status opened = connection.open(incoming); !opened)
        return opened;
    if (Status importable = checkImportable(connection); !importable)
        return importable;
    const auto mode = connection.value(u"PRAGMA journal_mode = DELETE"_s);
    return mode ? Status() : Status(mode.error());
}

void removeCompanions(const QString &path)
{
    for (const QString &suffix : {u"-wal"_s, u"-shm"_s, u"-journal"_s})
        QFile::remove(path + suffix);
}

/// A staged file before it has its name.
constexpr auto kFresh = ".incoming-fresh"_L1;

Status putInPlace(const QString &fresh, const QString &path)
{
    const QString incoming = path + u".incoming"_s;
    if (QFileInfo(incoming).isDir())
        return Error{ErrorCode::Database, u"'%1' is in the way: it is a folder"_s.arg(incoming)};
    removeCompanions(incoming); // of an earlier one: they would be taken for this one's
    return replaceFile(fresh, incoming);
}

} // namespace

StagedImport applyStagedImport(const QString &path)
{
    const QString incoming = path + u".incoming"_s;
    const QFileInfo info(incoming);
    if (!info.exists() && !info.isSymbolicLink())
        return {};
    if (info.isSymbolicLink() || !info.isFile())
        return refused(u"'%1' is not a plain file"_s.arg(incoming));
    const bool isReset = info.size() == 0;
    makeFilePrivate(incoming);
    if (!isReset) {
        if (Status sound = checkIncoming(incoming); !sound) {
            const bool diskFull = sound.error().code == ErrorCode::StorageFull;
            return diskFull ? refused(sound.error().message) : refusedForGood(incoming, sound.error().message);
        }
    }
    StagedImport done{isReset ? StagedImport::Outcome::Reset : StagedImport::Outcome::Applied, {}, {}};
    if (QFileInfo(path).size() > 0) {
        // Closing its connection, the backup leaves everything in the main file, so losing the log loses nothing.
        auto backup = Backup::ofFile(path);
        if (!backup)
            return refused(backup.error().message);
        done.backup = *std::move(backup);
    }
    removeCompanions(path);
    if (Status moved = replaceFile(incoming, path); !moved)
        return refused(moved.error().message);
    removeCompanions(incoming);
    qCInfo(lcStorage).noquote() << (isReset ? "database reset; the old one is"
                                            : "staged import applied; the old one is")
                                << (done.backup.isEmpty() ? u"absent"_s : done.backup);
    return done;
}

Status stageImport(const QString &source, const QString &path)
{
    const QFileInfo info(source);
    const auto refuse = [&source](const QString &why) {
        return Error{ErrorCode::Validation, u"'%1' cannot be imported: %2"_s.arg(source, why)};
    };
    if (!info.exists())
        return refuse(u"there is no such file"_s);
    if (!info.isFile())
        return refuse(u"it is not a file"_s);
    Connection connection;
    if (Status opened = connection.open(source, Connection::Access::ReadOnly); !opened)
        return refuse(opened.error().message);
    if (Status importable = checkImportable(connection); !importable)
        return refuse(importable.error().message);
    const QString fresh = path + kFresh;
    if (Status copied = Backup::copyOver(connection, fresh); !copied)
        return copied;
    return putInPlace(fresh, path);
}

Status stageReset(const QString &path)
{
    const QString fresh = path + kFresh;
    QFile::remove(fresh);
    if (Status created = createPrivateFile(fresh); !created)
        return created;
    return putInPlace(fresh, path);
}

Status checkImportable(Connection &connection)
{
    const auto fault = structuralFault(connection);
    if (!fault)
        return fault.error();
    if (!fault->isEmpty())
        return Error{ErrorCode::Validation, u"the database is damaged: "_s + *fault};
    for (const QString &table : {u"settings"_s, u"credential_profiles"_s, u"sessions"_s}) {
        if (!connection.hasTable(table))
            return Error{ErrorCode::Validation, u"not a NetStacks database: it has no table '%1'"_s.arg(table)};
    }
    if (!connection.hasTable(u"nsx_schema"_s))
        return {};
    const auto generation = connection.value(u"SELECT generation FROM nsx_schema WHERE id = 1"_s);
    if (!generation)
        return generation.error();
    if (generation->toInt() > kSchemaGeneration)
        return Error{ErrorCode::Validation,
                     u"the database was written by a newer release; update this program first"_s};
    return {};
}

} // namespace agent
