#include "vault/vaultjobs.h"

#include "storage/backup.h"
#include "storage/connection.h"
#include "vault/sealedcolumns.h"
#include "vault/vaultlog.h"
#include "vault/vaultstore.h"

#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

/// Runs `work() -> Status` in a transaction of its own, so that the caller knows when it is committed. For bare jobs.
template <typename F>
Status inTransaction(Connection &connection, F work)
{
    if (const auto begun = connection.execute(u"BEGIN IMMEDIATE"_s); !begun)
        return begun.error();
    Status done = work();
    if (done) {
        if (const auto committed = connection.execute(u"COMMIT"_s); !committed)
            done = committed.error();
    }
    if (!done)
        (void)connection.execute(u"ROLLBACK"_s); // SQLite may have rolled back on its own: then this fails, fine
    return done;
}

/// A complete copy beside the database. @return its path, which was free until now.
Result<QString> backUp(Connection &connection, const QString &stem)
{
    QString path = stem;
    for (int i = 1; QFileInfo::exists(path); ++i)
        path = stem + u'-' + QString::number(i);
    if (const Status copied = Backup::copyTo(connection, path); !copied) {
        return Error{ErrorCode::Internal,
                     QString(u"Nothing was deleted, because the backup failed: "_s + copied.error().message)};
    }
    return path;
}

} // namespace

void emptyLog(Connection &connection)
{
    if (const auto done = connection.value(u"PRAGMA wal_checkpoint(TRUNCATE)"_s); !done)
        qCWarning(lcVault).noquote() << "old secrets may still lie in the log:" << done.error().message;
}

Status changeVaultKey(Connection &connection, VaultKey &key, const SecretBox &from, SecretBox to,
                      const QByteArray &record)
{
    const auto backup = Backup::besideOriginal(connection, Timestamp::now(), Backup::Kind::VaultKey);
    if (!backup) {
        return Error{ErrorCode::Internal,
                     QString(u"Nothing was changed, because the backup failed: "_s + backup.error().message)};
    }
    const Status changed = inTransaction(connection, [&]() -> Status {
        VaultStore store(connection);
        if (Status done = store.resealAll(from, to); !done)
            return done;
        if (Status done = store.replaceVerificationRecord(record); !done)
            return done;
        return store.disableBiometric(); // it would hold the old password
    });
    if (!changed) {
        QFile::remove(*backup); // of a file that did not change
        return changed;
    }
    key.replace(from.salt(), std::move(to));
    emptyLog(connection);
    Backup::prune(connection.path(), Backup::Kind::VaultKey, Backup::keptCount(connection));
    return {};
}

Result<QString> removeSecrets(Connection &connection, VaultKey &key, const QString &backupPath)
{
    QString backup;
    if (!backupPath.isEmpty()) {
        auto saved = backUp(connection, backupPath);
        if (!saved)
            return saved;
        backup = *saved;
    }
    const Status wiped = inTransaction(connection, [&]() -> Status {
        VaultStore store(connection);
        if (Status done = store.wipe(); !done)
            return done;
        return store.disableBiometric();
    });
    if (!wiped)
        return wiped.error();
    key.clear();
    // Free pages are overwritten already (secure_delete); this also moves what lies between the rows.
    if (const auto done = connection.execute(u"VACUUM"_s); !done)
        qCWarning(lcVault).noquote() << "the database could not be compacted after a wipe:" << done.error().message;
    emptyLog(connection);
    if (!backup.isEmpty())
        Backup::prune(connection.path(), Backup::Kind::VaultReset, Backup::keptCount(connection));
    return backup;
}

Status stripSecrets(Connection &copy)
{
    const Status stripped = inTransaction(copy, [&]() -> Status {
        VaultStore store(copy);
        if (Status done = store.wipe(); !done)
            return done;
        for (const PlainSecretColumn &column : plainSecretColumns()) {
            const QString sql =
                u"UPDATE %1 SET %2 = %3 WHERE %2 <> ''"_s.arg(column.table, column.column, column.emptied);
            if (const auto done = copy.execute(sql); !done)
                return done.error();
        }
        return store.disableBiometric();
    });
    if (!stripped)
        return stripped;
    const auto compacted = copy.execute(u"VACUUM"_s);
    return compacted ? Status() : Status(compacted.error());
}

} // namespace agent
