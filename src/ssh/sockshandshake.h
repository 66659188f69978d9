#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

namespace agent {

/// The server's side of a SOCKS handshake, byte by byte as it comes: version 5 (RFC 1928) without authentication, and
/// 4 and 4a; CONNECT only. Knows no socket. Bounded by the protocol's own length fields, and 255 bytes where it has
/// none.
class SocksHandshake
{
public:
    enum class Stage {
        Reading,  ///< more bytes are needed
        Complete, ///< `host` and `port` are known; the client waits for `reply`
        Refused,  ///< nothing more is read; what `takeOutput` holds is the last word
    };
    enum class Reply : quint8 {
        Granted = 0,
        Failed = 1,
        NotAllowed = 2,
        NetworkUnreachable = 3,
        HostUnreachable = 4,
        Refused = 5,
        BadCommand = 7,
        BadAddressType = 8,
    };

    /// Bytes beyond the handshake stay in `rest`. Nothing is taken once it is refused.
    void feed(QByteArrayView bytes);
    [[nodiscard]] Stage stage() const { return m_stage; }
    /// What the client has to hear now.
    [[nodiscard]] QByteArray takeOutput() { return std::exchange(m_output, {}); }

    // Once complete
    [[nodiscard]] const QString &host() const { return m_host; } ///< a name, unresolved, or an address
    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QByteArray takeRest() { return std::exchange(m_input, {}); }
    /// The answer to the request, in the version it came in.
    [[nodiscard]] QByteArray reply(Reply reply) const;

private:
    bool readGreeting();
    bool readRequest();
    bool readVersion4();
    void refuse(QByteArray lastWord = {});
    bool complete(const QByteArray &host, quint16 port, qsizetype used);
    [[nodiscard]] quint8 at(qsizetype index) const { return quint8(m_input[index]); }

    Stage m_stage = Stage::Reading;
    quint8 m_version = 0;
    bool m_isGreeted = false;
    QByteArray m_input;
    QByteArray m_output;
    QString m_host;
    quint16 m_port = 0;
};

} // namespace agent
