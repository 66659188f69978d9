#pragma once

#include "net/chunkeddecoder.h"

#include <optional>

namespace agent {

struct HttpHead;

/// Finds the end of a request's body, whichever way its head framed it (RFC 9112 section 6.3): by length, in chunks,
/// or none at all, which is complete from the start.
class BodyDecoder
{
public:
    using State = ChunkedDecoder::State;

    BodyDecoder() = default;
    /// The head's length has been held against the cap already; chunks are counted as they come.
    BodyDecoder(const HttpHead &head, qint64 maxBodyBytes);

    /// Appends the body's bytes in `input` to `body`, and returns how many of `input` were taken.
    qsizetype decode(QByteArrayView input, QByteArray &body);
    [[nodiscard]] State state() const;
    /// What is still to come, as far as the head told.
    [[nodiscard]] qint64 expectedBytes() const { return m_left; }

private:
    qint64 m_left = 0;
    std::optional<ChunkedDecoder> m_chunks;
};

} // namespace agent
