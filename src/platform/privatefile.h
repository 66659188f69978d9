#pragma once

#include "core/result.h"

#include <QByteArrayView>
#include <QString>

namespace agent {

enum class Durable { No, Yes };

/// Replaces `path` by a file with these bytes and mode 0600, at once or not at all: a new file beside it, private
/// from its first moment, then renamed over. With Durable::Yes the bytes are on the disk before the rename.
/// Error Io or StorageFull naming the path; nothing is left behind then. Blocks on the disk.
[[nodiscard]] Status writePrivateFile(const QString &path, QByteArrayView bytes, Durable durable);

/// The whole file, at most `limit` bytes. Error NotFound, TooLarge or Io naming the path. Blocks on the disk.
[[nodiscard]] Result<QByteArray> readSmallFile(const QString &path, qint64 limit);

} // namespace agent
