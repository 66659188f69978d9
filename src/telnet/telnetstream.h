#pragma once

#include "platform/terminalsize.h"

#include <QByteArray>
#include <QByteArrayView>

#include <memory>

struct telnet_t;
union telnet_event_t;

namespace agent {

/// The client's side of the Telnet protocol, between a socket and a terminal (RFC 854, 855, 1143; contract 03
/// section 8). Pure: bytes in, bytes out, cut anywhere. Never offers anything by itself, so that a raw TCP console
/// sees no negotiation.
///
/// Agreed to, when the peer asks: ECHO and SUPPRESS-GO-AHEAD of the peer; SUPPRESS-GO-AHEAD, TERMINAL-TYPE, NAWS of
/// ours; BINARY (RFC 856) both ways. Everything else is refused. The environment is never told.
class TelnetStream
{
public:
    explicit TelnetStream(TerminalSize size);
    ~TelnetStream();
    TelnetStream(const TelnetStream &) = delete;
    TelnetStream &operator=(const TelnetStream &) = delete;

    /// Takes what the peer sent. @return what of it is the terminal's output; answers are added to `outgoing`
    [[nodiscard]] QByteArray receive(QByteArrayView bytes);
    /// The protocol cannot go on, for example because the peer compresses without being asked. Nothing more is read.
    [[nodiscard]] bool isBroken() const { return m_isBroken; }

    /// Typed bytes. A carriage return alone is sent as the Enter key of RFC 854, CR NUL; in BINARY as it is.
    void send(QByteArrayView typed);
    /// A whole line and its end: CR LF, or the bare CR of BINARY, where CR LF would be two line ends.
    void sendLine(QByteArrayView text);
    /// Tells the peer, if it wants to know (RFC 1073).
    void resize(TerminalSize size);

    /// Bytes for the socket that have not been taken.
    [[nodiscard]] QByteArrayView outgoing() const { return QByteArrayView(m_outgoing).sliced(m_taken); }
    void take(qsizetype count);

private:
    struct Free
    {
        void operator()(telnet_t *telnet) const;
    };

    static void onEvent(telnet_t *telnet, telnet_event_t *event, void *self);
    void handle(const telnet_event_t &event);
    void takeData(QByteArrayView data);
    void agreed(unsigned char option, bool us, bool isOn);
    void sendSize();

    std::unique_ptr<telnet_t, Free> m_telnet;
    TerminalSize m_size;
    QByteArray m_received; ///< output of the call of `receive` that is running
    QByteArray m_outgoing;
    qsizetype m_taken = 0;
    bool m_isAfterIac = false;
    bool m_isAfterCr = false;
    bool m_isPeerBinary = false;
    bool m_isOurBinary = false;
    bool m_tellsSize = false;
    bool m_tellsType = false;
    bool m_isBroken = false;
};

} // namespace agent
