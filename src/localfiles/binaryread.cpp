#include "localfiles/binaryread.h"

#include "net/slices.h"

#include <QThreadPool>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

// Three bytes become four characters.
constexpr qint64 encodedSize(qint64 bytes) { return (bytes + 2) / 3 * 4; }

} // namespace

Result<BinaryRead> BinaryRead::of(std::shared_ptr<const OpenedFile> file, const QString &path, qint64 maxSize)
{
    const auto size = file->size();
    if (!size)
        return size.error();
    if (*size > maxSize)
        return Error{ErrorCode::TooLarge, u"'%1' has more than %2 bytes"_s.arg(path).arg(maxSize)};
    BinaryRead read;
    read.m_file = std::move(file);
    read.m_size = *size;
    return read;
}

Response BinaryRead::response(const QByteArray &answer, QThreadPool &readers) const
{
    const auto encoded = [file = m_file, size = m_size](ByteRange slice) {
        Q_ASSERT(slice.first % 4 == 0);
        const qint64 first = slice.first / 4 * 3;
        const qint64 length = std::min(slice.length / 4 * 3, size - first);
        const auto bytes = file->read(first, length);
        return bytes && bytes->size() == length ? bytes->toBase64() : QByteArray(); // it has become shorter
    };
    const qint64 length = encodedSize(m_size);
    const qsizetype within = answer.indexOf("\"\"") + 1;
    Q_ASSERT(within > 0);
    QThreadPool *const pool = &readers;
    return Response::stream(
        "application/json",
        [encoded, length, pool, answer, within](std::shared_ptr<ResponseWriter> writer) {
            writer->write(answer.first(within));
            sendSlices(std::move(writer), pool, {.first = 0, .length = length}, encoded, answer.sliced(within));
        },
        answer.size() + length);
}

} // namespace agent
