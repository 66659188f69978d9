#include "net/slices.h"

#include "core/async.h"

#include <algorithm>

namespace agent {

namespace {

/// What one answer holds at a time.
constexpr qint64 kSlice = 256 * 1024;

} // namespace

Task<> sendSlices(std::shared_ptr<ResponseWriter> writer, QThreadPool *pool, ByteRange range, SliceReader read,
                  QByteArray tail)
{
    while (range.length > 0) {
        const ByteRange next{.first = range.first, .length = std::min(kSlice, range.length)};
        const QByteArray slice = co_await onWorker(*pool, [read, next] { return read(next); });
        if (slice.isEmpty())
            co_return; // cut short under our hands: the writer breaks the connection
        writer->write(slice);
        range.first += slice.size();
        range.length -= slice.size();
        if (!co_await untilDrained(writer))
            co_return;
    }
    if (!tail.isEmpty())
        writer->write(tail);
    writer->finish();
}

} // namespace agent
