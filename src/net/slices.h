#pragma once

#include "core/task.h"
#include "net/response.h"

#include <functional>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

/// A part of something that is sent, in bytes.
struct ByteRange
{
    qint64 first = 0;
    qint64 length = 0;
};

/// Reads on a worker; empty when there is nothing more or it cannot be read.
using SliceReader = std::function<QByteArray(ByteRange)>;

/// Sends the range slice by slice, no faster than the client takes it, then `tail`, and finishes. What cannot be read
/// cuts the answer short, so that the client notices. `pool` outlives the front door.
Task<> sendSlices(std::shared_ptr<ResponseWriter> writer, QThreadPool *pool, ByteRange range, SliceReader read,
                  QByteArray tail = {});

} // namespace agent
