#pragma once

#include "core/result.h"
#include "core/timestamp.h"

#include <QString>

namespace agent {

class Connection;

/// Complete copies of a database file: taken by SQLite itself, so that what is still in the write-ahead log is in
/// them, checked before they are called good, and readable by their owner only.
namespace Backup {

/// Copies the open database to `target`, which must not exist. The copy is made under another name beside it,
/// verified, written through to the disk and then renamed: `target` is complete or absent.
/// Outside a transaction; on the thread of the connection.
[[nodiscard]] Status copyTo(Connection &connection, const QString &target);

/// Copies the open database to `<its path>.bak-YYYYMMDD-HHMMSS`, with `-1`, `-2`, … when that is taken (contract 02
/// section 1.7). @return the path of the copy.
[[nodiscard]] Result<QString> besideOriginal(Connection &connection, Timestamp now = Timestamp::now());

/// The same for a file that nobody has open. One that SQLite cannot read any more is kept byte for byte, together
/// with its log: the last thing to do with a damaged database is to lose it.
[[nodiscard]] Result<QString> ofFile(const QString &path, Timestamp now = Timestamp::now());

/// Removes what copies of `path` left behind that were cut off by a crash.
void removeLeftovers(const QString &path);

/// The first free name for a backup of `path`.
[[nodiscard]] QString freeName(const QString &path, Timestamp now);

/// Opens `path` read-only and lets SQLite check its structure.
[[nodiscard]] Status verify(const QString &path);

} // namespace Backup

} // namespace agent
