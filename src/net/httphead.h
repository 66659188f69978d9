#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QHttpHeaders>

#include <optional>

namespace agent {

/// The head of one request, split into its parts and checked (RFC 9112 sections 3 to 6).
struct HttpHead
{
    QByteArray method;
    QByteArray path;      ///< of the target, still percent-encoded; "*" for `OPTIONS *`
    QByteArray query;     ///< of the target, without the '?', still encoded; never to be logged
    QByteArray authority; ///< of the Host field or of an absolute target; empty only in HTTP/1.0
    int minorVersion = 1; ///< HTTP/1.0 or HTTP/1.1
    QHttpHeaders headers;

    std::optional<qint64> contentLength;
    bool isChunked = false;
    bool keepsAlive = true;
    bool expectsContinue = false;
    bool hasUnknownExpectation = false;
    bool asksForWebSocket = false; ///< `Connection: upgrade` and `Upgrade: websocket`

    [[nodiscard]] bool hasBody() const { return isChunked || contentLength.value_or(0) > 0; }
    /// The field's value when it is there exactly once, else empty.
    [[nodiscard]] QByteArrayView onlyValue(QHttpHeaders::WellKnownHeader name) const;
};

/// Collects a request head from bytes as they come, in any pieces, and parses it once its empty line is there.
///
/// Strict on purpose: what two parsers could read in two ways (bare LF, folded lines, two lengths, a length beside a
/// transfer coding, spaces before a colon, control characters) is refused, so that no request hides in another.
class HttpHeadReader
{
public:
    enum class State { Incomplete, Complete, Refused };

    explicit HttpHeadReader(qsizetype maxBytes)
        : m_maxBytes(maxBytes)
    {
    }

    /// Takes bytes up to the end of the head and returns how many; those after it are the caller's.
    qsizetype read(QByteArrayView bytes);

    [[nodiscard]] State state() const { return m_state; }
    /// When Refused: 400, 431, 501 or 505.
    [[nodiscard]] int refusal() const { return m_refusal; }
    /// When Complete. The reader is then ready for the next head.
    [[nodiscard]] HttpHead takeHead();

private:
    void refuse(int status);
    qsizetype finish();

    qsizetype m_maxBytes;
    QByteArray m_bytes;
    qsizetype m_scanned = 0;
    qsizetype m_lineStart = 0;
    bool m_hasLine = false;
    State m_state = State::Incomplete;
    int m_refusal = 0;
    HttpHead m_head;
};

} // namespace agent
