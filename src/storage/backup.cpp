#include "storage/backup.h"

#include "storage/connection.h"
#include "storage/files.h"
#include "storage/soundness.h"
#include "storage/stagedimport.h"
#include "storage/storagelog.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTimeZone>

#include <algorithm>
#include <tuple>

namespace agent::Backup {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kPartial = ".partial"_L1;

Error inContext(const QString &path, const Error &error)
{
    return {error.code, u"backup '%1': %2"_s.arg(path, error.message)};
}

Status copyBytes(const QString &from, const QString &to)
{
    if (Status created = createPrivateFile(to); !created)
        return created;
    QFile source(from), target(to);
    if (!source.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot read '%1': %2"_s.arg(from, source.errorString())};
    if (!target.open(QIODevice::WriteOnly))
        return Error{ErrorCode::Io, u"cannot write '%1': %2"_s.arg(to, target.errorString())};
    constexpr qint64 kChunk = 1 << 20;
    while (!source.atEnd()) {
        const QByteArray chunk = source.read(kChunk);
        if (chunk.isEmpty())
            return Error{ErrorCode::Io, u"cannot read '%1': %2"_s.arg(from, source.errorString())};
        if (target.write(chunk) != chunk.size())
            return Error{ErrorCode::StorageFull, u"cannot write '%1': %2"_s.arg(to, target.errorString())};
    }
    if (!target.flush())
        return Error{ErrorCode::StorageFull, u"cannot write '%1': %2"_s.arg(to, target.errorString())};
    target.close();
    return syncToDisk(to);
}

QLatin1StringView wordOf(Kind kind)
{
    switch (kind) {
    case Kind::Replaced:
        return ""_L1;
    case Kind::VaultKey:
        return "vault-key-"_L1;
    case Kind::VaultReset:
        return "vault-reset-"_L1;
    }
    Q_UNREACHABLE_RETURN(""_L1);
}

struct Named
{
    QString path;
    QString stamp;
    int number = 0; ///< of several within one second

    friend bool operator<(const Named &a, const Named &b)
    {
        return std::tie(a.stamp, a.number) < std::tie(b.stamp, b.number);
    }
};

/// The backups of one kind, the youngest first.
QList<Named> namedBackups(const QString &path, Kind kind)
{
    const QFileInfo info(path);
    const QRegularExpression pattern(QRegularExpression::anchoredPattern(QRegularExpression::escape(info.fileName()) +
                                                                         uR"(\.bak-)"_s + wordOf(kind) +
                                                                         uR"((\d{8}-\d{6})(?:-(\d{1,6}))?)"_s));
    QList<Named> found;
    // Not by a glob of the file's name, which may have brackets in it.
    const QStringList names = info.dir().entryList(QDir::Files | QDir::NoSymLinks | QDir::Hidden);
    for (const QString &name : names) {
        if (const auto match = pattern.match(name); match.hasMatch())
            found.append({info.dir().filePath(name), match.captured(1), match.captured(2).toInt()});
    }
    std::ranges::sort(found, [](const Named &a, const Named &b) { return b < a; });
    return found;
}

/// Whether it can be put in the database's place.
bool isGood(const QString &backup)
{
    Connection connection;
    return connection.open(backup, Connection::Access::ReadOnly) && checkImportable(connection);
}

} // namespace

Status copyTo(Connection &connection, const QString &target)
{
    if (QFileInfo::exists(target))
        return Error{ErrorCode::Conflict, u"'%1' exists already"_s.arg(target)};
    return copyOver(connection, target);
}

Status copyOver(Connection &connection, const QString &target)
{
    // VACUUM reads over some kinds of damage and leaves out what it does not find: such a copy would look sound, and
    // in time push out the last one that is.
    const auto fault = structuralFault(connection);
    if (!fault)
        return inContext(target, fault.error());
    if (!fault->isEmpty())
        return inContext(target, {ErrorCode::DatabaseDamaged, u"the database is damaged: "_s + *fault});
    const QString partial = target + kPartial;
    QFile::remove(partial); // of a run that was killed
    const auto attempt = [&]() -> Status {
        // VACUUM INTO fills an empty file that is there already, and so keeps its mode.
        if (Status created = createPrivateFile(partial); !created)
            return created;
        if (auto copied = connection.execute(u"VACUUM INTO ?"_s, {partial}); !copied)
            return copied.error();
        if (Status verified = verify(partial); !verified)
            return verified;
        if (Status synced = syncToDisk(partial); !synced) // VACUUM INTO does not
            return synced;
        return replaceFile(partial, target);
    };
    Status done = attempt();
    if (!done) {
        QFile::remove(partial);
        return inContext(target, done.error());
    }
    return done;
}

Result<QString> besideOriginal(Connection &connection, Timestamp now, Kind kind)
{
    const QString target = freeName(connection.path(), now, kind);
    if (Status copied = copyTo(connection, target); !copied)
        return copied.error();
    qCInfo(lcStorage).noquote() << "backup of the database written:" << target;
    return target;
}

Result<QString> ofFile(const QString &path, Timestamp now)
{
    Error why;
    {
        Connection connection;
        if (Status opened = connection.open(path); !opened) {
            why = opened.error();
        } else {
            auto copied = besideOriginal(connection, now);
            if (copied || copied.error().code == ErrorCode::StorageFull)
                return copied;
            why = copied.error();
        }
    }
    qCWarning(lcStorage).noquote() << "SQLite cannot copy the database, keeping its files as they are:" << why.message;
    const QString target = freeName(path, now);
    for (const QString &suffix : {u""_s, u"-wal"_s, u"-journal"_s}) {
        if (!QFileInfo::exists(path + suffix))
            continue;
        if (Status copied = copyBytes(path + suffix, target + suffix); !copied)
            return inContext(target, copied.error());
    }
    return target;
}

void removeLeftovers(const QString &path)
{
    const QFileInfo info(path);
    const QString name = info.fileName();
    const QStringList leftovers =
        info.dir().entryList({name + u".bak-*"_s + kPartial, name + u".bak-*"_s + kPartial + u"-*"_s,
                              name + u".incoming-fresh*"_s, name + u".moving*"_s},
                             QDir::Files);
    for (const QString &name : leftovers)
        QFile::remove(info.dir().filePath(name));
}

QString freeName(const QString &path, Timestamp now, Kind kind)
{
    const QString stamp =
        QDateTime::fromSecsSinceEpoch(now.secondsSinceEpoch(), QTimeZone::UTC).toString(u"yyyyMMdd-HHmmss"_s);
    const QString name = path + u".bak-"_s + wordOf(kind) + stamp;
    QString candidate = name;
    for (int i = 1; QFileInfo::exists(candidate); ++i)
        candidate = name + u'-' + QString::number(i);
    return candidate;
}

QStringList listOf(const QString &path, Kind kind)
{
    QStringList paths;
    for (const Named &backup : namedBackups(path, kind))
        paths.append(backup.path);
    return paths;
}

QString newestGood(const QString &path)
{
    QList<Named> all;
    for (const Kind kind : {Kind::Replaced, Kind::VaultKey, Kind::VaultReset})
        all += namedBackups(path, kind);
    std::ranges::sort(all, [](const Named &a, const Named &b) { return b < a; });
    const auto good = std::ranges::find_if(all, [](const Named &backup) { return isGood(backup.path); });
    return good == all.end() ? QString() : good->path;
}

QString wayBack(const QString &path)
{
    const QString backup = newestGood(path);
    if (backup.isEmpty())
        return u"There is no good backup beside it."_s;
    return u"The newest good backup is '%1'. To go back to it, run\n  netstacks-agent --restore-backup '%1'\n"
           "and start again; the file is kept."_s.arg(backup);
}

int keptCount(Connection &connection)
{
    const auto stored = connection.value(u"SELECT value FROM settings WHERE key = 'database.backups_kept'"_s);
    if (!stored) // a file of an old generation has no settings yet
        return kDefaultKept;
    bool isNumber = false;
    const int kept = stored->toString().toInt(&isNumber);
    return isNumber && kept >= 1 && kept <= kMaxKept ? kept : kDefaultKept;
}

void prune(const QString &path, Kind kind, int kept)
{
    const QStringList backups = listOf(path, kind);
    if (backups.size() <= kept)
        return;
    const auto good = std::ranges::find_if(backups, isGood);
    for (auto backup = backups.begin() + kept; backup != backups.end(); ++backup) {
        if (backup == good)
            continue;
        if (!QFile::remove(*backup)) {
            qCWarning(lcStorage).noquote() << "cannot remove the old backup" << *backup;
            continue;
        }
        for (const QString &suffix : {u"-wal"_s, u"-journal"_s}) // of a copy that was made byte for byte
            QFile::remove(*backup + suffix);
        qCInfo(lcStorage).noquote() << "old backup removed:" << *backup;
    }
}

Status verify(const QString &path)
{
    Connection connection;
    if (Status opened = connection.open(path, Connection::Access::ReadOnly); !opened)
        return opened;
    const auto fault = structuralFault(connection);
    if (!fault)
        return fault.error();
    if (!fault->isEmpty())
        return Error{ErrorCode::DatabaseDamaged, u"'%1' is damaged: %2"_s.arg(path, *fault)};
    return {};
}

} // namespace agent::Backup
