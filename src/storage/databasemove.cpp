#include "storage/databasemove.h"

#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/files.h"
#include "storage/stagedimport.h"
#include "storage/storagelog.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

namespace agent::DatabaseMove {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kPath = "db_path"_L1;
constexpr auto kMovedFrom = "nsx_moved_from"_L1;
constexpr qint64 kMaxConfigBytes = 64 * 1024; ///< it holds two paths

QString configFile(const QString &dataFolder) { return dataFolder + u"/config.json"_s; }

QJsonObject readConfig(const QString &dataFolder)
{
    QFile file(configFile(dataFolder));
    if (!file.open(QIODevice::ReadOnly) || file.size() > kMaxConfigBytes)
        return {};
    return QJsonDocument::fromJson(file.readAll()).object();
}

Status writeWhole(const QString &path, const QByteArray &bytes)
{
    QFile::remove(path);
    if (Status created = createPrivateFile(path); !created)
        return created;
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.flush())
        return Error{ErrorCode::Io, u"cannot write '%1': %2"_s.arg(path, file.errorString())};
    file.close();
    return syncToDisk(path);
}

/// At once or not at all, and readable by its owner only.
Status writeConfig(const QString &dataFolder, const QJsonObject &config)
{
    const auto attempt = [&]() -> Status {
        if (Status folder = createPrivateFolder(dataFolder); !folder)
            return folder;
        const QString path = configFile(dataFolder), fresh = path + u".fresh"_s;
        Status done = writeWhole(fresh, QJsonDocument(config).toJson(QJsonDocument::Compact));
        if (done)
            done = replaceFile(fresh, path);
        if (!done)
            QFile::remove(fresh);
        return done;
    };
    const Status done = attempt();
    return done ? done : Status(Error{ErrorCode::Config, done.error().message});
}

/// Puts a copy of the open database at `target`.
Status copyInto(Connection &from, const QString &target)
{
    const QString fresh = target + u".moving"_s;
    if (Status copied = Backup::copyOver(from, fresh); !copied)
        return copied;
    // A log that stays beside the new file would be taken for its own.
    for (const QString &suffix : {u"-wal"_s, u"-shm"_s, u"-journal"_s})
        QFile::remove(target + suffix);
    const Status placed = replaceFile(fresh, target);
    if (!placed)
        QFile::remove(fresh);
    return placed;
}

Status bringUpToDate(const QString &source, const QString &target)
{
    Connection connection;
    if (Status opened = connection.open(source); !opened)
        return opened;
    if (Status copied = copyInto(connection, target); !copied)
        return copied;
    connection.close();
    // Closing may have written the old file's log into it. The copy is the younger one all the same, and the rule
    // that guards against stale copies goes by the time.
    QFile file(target);
    if (file.open(QIODevice::ReadWrite))
        file.setFileTime(QDateTime::currentDateTimeUtc(), QFileDevice::FileModificationTime);
    return {};
}

} // namespace

Status begin(Connection &live, const QString &target, const QString &dataFolder)
{
    if (Status folder = createPrivateFolder(QFileInfo(target).absolutePath()); !folder)
        return folder;
    if (QFileInfo(target).size() > 0) {
        const auto kept = Backup::ofFile(target);
        if (!kept)
            return kept.error();
        qCInfo(lcStorage).noquote() << "what was at the database's new place is kept as" << *kept;
    }
    if (Status copied = copyInto(live, target); !copied)
        return copied;
    QJsonObject config = readConfig(dataFolder);
    config[kPath] = target;
    config[kMovedFrom] = live.path();
    return writeConfig(dataFolder, config);
}

Status forget(const QString &dataFolder)
{
    QFile file(configFile(dataFolder));
    if (!file.exists() || file.remove())
        return {};
    return Error{ErrorCode::Config, u"cannot remove '%1': %2"_s.arg(file.fileName(), file.errorString())};
}

Finished finish(const DatabaseLocation::Inputs &inputs)
{
    QJsonObject config = readConfig(inputs.dataFolder);
    const QString source = config.value(kMovedFrom).toString(), target = config.value(kPath).toString();
    if (source.isEmpty() || !QDir::isAbsolutePath(target) ||
        (!inputs.environmentPath.isEmpty() && inputs.environmentPath != target))
        return {};
    if (QFileInfo::exists(source)) {
        // It was there; a drive that is not, most likely. A copy on the disk below it would soon be hidden.
        if (!QFileInfo::exists(target)) {
            return {source, u"the database was to move to '%1', which is not there any more; it stays at '%2'"_s.arg(
                                target, source)};
        }
        if (const StagedImport staged = applyStagedImport(source); !staged.message.isEmpty())
            qCWarning(lcStorage).noquote() << staged.message;
        const bool usedMeanwhile = lastDatabaseChange(target) > lastDatabaseChange(source);
        if (!usedMeanwhile) {
            if (Status copied = bringUpToDate(source, target); !copied) {
                return {source, u"the database stays at '%1' until it can be moved to '%2': %3"_s.arg(
                                    source, target, copied.error().message)};
            }
            qCInfo(lcStorage).noquote() << "database moved from" << source << "to" << target;
        }
    }
    config.remove(kMovedFrom);
    if (Status written = writeConfig(inputs.dataFolder, config); !written)
        return {{}, written.error().message};
    return {};
}

} // namespace agent::DatabaseMove
