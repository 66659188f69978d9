#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace agent {

/// Takes the chunked transfer coding off a request body (RFC 9112 section 7.1), from bytes in any pieces. Chunk
/// extensions and trailers are read over, 16 KiB of them at most in all.
class ChunkedDecoder
{
public:
    enum class State { Reading, Complete, Malformed, TooLarge };

    explicit ChunkedDecoder(qint64 maxBodyBytes)
        : m_maxBodyBytes(maxBodyBytes)
    {
    }

    /// Appends decoded bytes to `body` and returns how many of `input` were taken: all of them while Reading,
    /// up to the end of the body when it became Complete.
    qsizetype decode(QByteArrayView input, QByteArray &body);
    [[nodiscard]] State state() const { return m_state; }

private:
    enum class Part {
        Size,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        TrailerStart,
        Trailer,
        TrailerLineFeed,
        EndLineFeed
    };

    void takeByte(char c);
    void endSizeLine();
    bool spendOverhead();

    qint64 m_maxBodyBytes;
    qint64 m_total = 0;
    qint64 m_chunkSize = 0;
    qint64 m_chunkLeft = 0;
    int m_sizeDigits = 0;
    int m_overhead = 0;
    Part m_part = Part::Size;
    State m_state = State::Reading;
};

} // namespace agent
