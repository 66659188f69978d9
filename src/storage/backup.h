#pragma once

#include "core/result.h"
#include "core/timestamp.h"

#include <QString>
#include <QStringList>

namespace agent {

class Connection;

/// Complete copies of a database file: taken by SQLite itself, so that what is still in the write-ahead log is in
/// them, checked before they are called good, and readable by their owner only.
namespace Backup {

/// Why a backup was made. Each kind has its own names and is counted on its own.
enum class Kind {
    Replaced,   ///< `.bak-<stamp>`: before an upgrade, an import, a reset or a move
    VaultKey,   ///< `.bak-vault-key-<stamp>`: before every secret is sealed under a new key
    VaultReset, ///< `.bak-vault-reset-<stamp>`: before every secret is deleted
};

/// Copies the open database, which must be sound, to `target`, which must not exist. The copy is made under another
/// name beside it, verified, written through to the disk and then renamed: `target` is complete or absent. Outside a
/// transaction; on the thread of the connection.
[[nodiscard]] Status copyTo(Connection &connection, const QString &target);

/// Copies the open database to `<its path>.bak-YYYYMMDD-HHMMSS`, with `-1`, `-2`, … when that is taken (contract 02
/// section 1.7). @return the path of the copy.
[[nodiscard]] Result<QString> besideOriginal(Connection &connection, Timestamp now = Timestamp::now(),
                                             Kind kind = Kind::Replaced);

/// The same for a file that nobody has open. One that SQLite cannot read any more is kept byte for byte, together
/// with its log: the last thing to do with a damaged database is to lose it.
[[nodiscard]] Result<QString> ofFile(const QString &path, Timestamp now = Timestamp::now());

/// Removes what copies of `path` left behind that were cut off by a crash.
void removeLeftovers(const QString &path);

/// The first free name for a backup of `path`.
[[nodiscard]] QString freeName(const QString &path, Timestamp now, Kind kind = Kind::Replaced);

/// The backups of `path`, the youngest first by the time in their names. Files that anybody else named are no backups.
[[nodiscard]] QStringList listOf(const QString &path, Kind kind);

/// The youngest backup of any kind that SQLite finds sound and that is ours to open; empty when there is none.
[[nodiscard]] QString newestGood(const QString &path);

/// For a person whose database `path` is damaged: which backup there is, and the command that brings it back.
[[nodiscard]] QString wayBack(const QString &path);

/// How many backups of a kind stay: the setting `database.backups_kept`, from 1 to kMaxKept; kDefaultKept when it is
/// absent or no such number.
[[nodiscard]] int keptCount(Connection &connection);
constexpr int kDefaultKept = 5;
constexpr int kMaxKept = 1000;

/// Removes the oldest backups of a kind beyond `kept`, but never the youngest that is sound: copies of a damaged
/// database must not push out the last good one.
void prune(const QString &path, Kind kind, int kept);

/// The copy that a backup, an export or a staged import is made of, for callers that have more to do with it before
/// it gets its name: `target` is overwritten.
[[nodiscard]] Status copyOver(Connection &connection, const QString &target);

/// Opens `path` read-only and lets SQLite check its structure.
[[nodiscard]] Status verify(const QString &path);

} // namespace Backup

} // namespace agent
