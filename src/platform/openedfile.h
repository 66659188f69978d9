#pragma once

#include "core/result.h"

#include <QByteArray>

namespace agent {

/// A regular file that was judged when it was opened (ConfinedFolder, GuardedFiles); closed when it goes. All of it
/// blocks on the disk.
class OpenedFile
{
public:
    virtual ~OpenedFile() = default;

    [[nodiscard]] virtual Result<qint64> size() const = 0;
    /// At most `length` bytes; fewer only at the end of the file.
    [[nodiscard]] virtual Result<QByteArray> read(qint64 offset, qint64 length) const = 0;
    /// Adds the bytes at the end, all of them or none: what of them was written before a failure is taken back. Two
    /// writers of one file must not call it at once. @return Io or StorageFull
    [[nodiscard]] virtual Status append(QByteArrayView bytes) = 0;
    [[nodiscard]] virtual Status truncate(qint64 size) = 0;
};

} // namespace agent
