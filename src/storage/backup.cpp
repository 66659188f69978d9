#include "storage/backup.h"

#include "storage/connection.h"
#include "storage/files.h"
#include "storage/storagelog.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTimeZone>

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

} // namespace

Status copyTo(Connection &connection, const QString &target)
{
    if (QFileInfo::exists(target))
        return Error{ErrorCode::Conflict, u"'%1' exists already"_s.arg(target)};
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

Result<QString> besideOriginal(Connection &connection, Timestamp now)
{
    const QString target = freeName(connection.path(), now);
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
    const QStringList leftovers = info.dir().entryList(
        {info.fileName() + u".bak-*"_s + kPartial, info.fileName() + u".bak-*"_s + kPartial + u"-*"_s}, QDir::Files);
    for (const QString &name : leftovers)
        QFile::remove(info.dir().filePath(name));
}

QString freeName(const QString &path, Timestamp now)
{
    const QString stamp =
        QDateTime::fromSecsSinceEpoch(now.secondsSinceEpoch(), QTimeZone::UTC).toString(u"yyyyMMdd-HHmmss"_s);
    const QString name = path + u".bak-"_s + stamp;
    QString candidate = name;
    for (int i = 1; QFileInfo::exists(candidate); ++i)
        candidate = name + u'-' + QString::number(i);
    return candidate;
}

Status verify(const QString &path)
{
    Connection connection;
    if (Status opened = connection.open(path, Connection::Access::ReadOnly); !opened)
        return opened;
    const auto answer = connection.value(u"PRAGMA quick_check(1)"_s);
    if (!answer)
        return answer.error();
    if (answer->toString() != "ok"_L1)
        return Error{ErrorCode::Database, u"'%1' is damaged: %2"_s.arg(path, answer->toString())};
    return {};
}

} // namespace agent::Backup
