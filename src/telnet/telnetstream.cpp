#include "telnet/telnetstream.h"

#include "core/secret.h"

#include <libtelnet.h>

#include <array>
#include <new>

namespace agent {

namespace {

constexpr char kTerminalType[] = "xterm-256color";

/// Option, what we do, what the peer may do.
constexpr telnet_telopt_t kOptions[] = {
    {TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO}, {TELNET_TELOPT_ECHO, TELNET_WONT, TELNET_DO},
    {TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},    {TELNET_TELOPT_TTYPE, TELNET_WILL, TELNET_DONT},
    {TELNET_TELOPT_NAWS, TELNET_WILL, TELNET_DONT}, {-1, 0, 0},
};

constexpr char kIac = char(TELNET_IAC);
/// Bytes that the socket has taken and that need no longer be kept for the sake of those behind them.
constexpr qsizetype kForgetAbove = 64 * 1024;

} // namespace

void TelnetStream::Free::operator()(telnet_t *telnet) const { telnet_free(telnet); }

TelnetStream::TelnetStream(TerminalSize size)
    : m_telnet(telnet_init(kOptions, onEvent, 0, this))
    , m_size(size)
{
    if (!m_telnet)
        throw std::bad_alloc();
}

TelnetStream::~TelnetStream() { wipe(m_outgoing); }

QByteArray TelnetStream::receive(QByteArrayView bytes)
{
    m_received.reserve(bytes.size());
    while (!bytes.isEmpty() && !m_isBroken) {
        // libtelnet inflates what follows a COMPRESS2 marker, agreed to or not, in the call that brings the marker.
        // Such a marker ends with the byte behind an IAC; fed up to there, nothing is left to inflate.
        qsizetype count = 1;
        if (!std::exchange(m_isAfterIac, false)) {
            const qsizetype iac = bytes.indexOf(kIac);
            m_isAfterIac = iac == bytes.size() - 1;
            count = iac < 0 || m_isAfterIac ? bytes.size() : iac + 2;
        }
        telnet_recv(m_telnet.get(), bytes.data(), std::size_t(count));
        bytes = bytes.sliced(count);
    }
    return std::exchange(m_received, {});
}

void TelnetStream::send(QByteArrayView typed)
{
    const auto write = [this](QByteArrayView part) {
        telnet_send(m_telnet.get(), part.data(), std::size_t(part.size())); // doubles every IAC
    };
    while (!m_isOurBinary && !typed.isEmpty()) {
        const qsizetype end = typed.indexOf('\r') + 1;
        if (end == 0)
            break;
        write(typed.first(end));
        typed = typed.sliced(end);
        if (!typed.startsWith('\n'))
            write(QByteArrayView("\0", 1));
    }
    write(typed);
}

void TelnetStream::sendLine(QByteArrayView text)
{
    send(text);
    send(m_isOurBinary ? QByteArrayView("\r") : QByteArrayView("\r\n"));
}

void TelnetStream::resize(TerminalSize size)
{
    m_size = size;
    if (m_tellsSize)
        sendSize();
}

void TelnetStream::take(qsizetype count)
{
    m_taken += count;
    if (m_taken == m_outgoing.size()) {
        wipe(m_outgoing); // a password may have been in it
        m_taken = 0;
    } else if (m_taken > kForgetAbove) {
        m_outgoing.remove(0, std::exchange(m_taken, 0));
    }
}

void TelnetStream::onEvent(telnet_t *, telnet_event_t *event, void *self)
{
    static_cast<TelnetStream *>(self)->handle(*event);
}

void TelnetStream::handle(const telnet_event_t &event)
{
    switch (event.type) {
    case TELNET_EV_DATA:
        takeData(QByteArrayView(event.data.buffer, qsizetype(event.data.size)));
        break;
    case TELNET_EV_SEND:
        m_outgoing.append(event.data.buffer, qsizetype(event.data.size));
        break;
    case TELNET_EV_WILL:
    case TELNET_EV_WONT:
        agreed(event.neg.telopt, false, event.type == TELNET_EV_WILL);
        break;
    case TELNET_EV_DO:
    case TELNET_EV_DONT:
        agreed(event.neg.telopt, true, event.type == TELNET_EV_DO);
        break;
    case TELNET_EV_TTYPE:
        if (m_tellsType && event.ttype.cmd == TELNET_TTYPE_SEND)
            telnet_ttype_is(m_telnet.get(), kTerminalType);
        break;
    case TELNET_EV_COMPRESS: // never agreed to
    case TELNET_EV_ERROR:
        m_isBroken = true;
        break;
    case TELNET_EV_IAC:
    case TELNET_EV_SUBNEGOTIATION:
    case TELNET_EV_ZMP:
    case TELNET_EV_ENVIRON:
    case TELNET_EV_MSSP:
    case TELNET_EV_WARNING: // nonsense of the peer, which libtelnet has skipped
        break;
    }
}

void TelnetStream::takeData(QByteArrayView data)
{
    if (data.isEmpty())
        return;
    if (m_isPeerBinary) {
        m_isAfterCr = false;
        m_received.append(data);
        return;
    }
    // CR NUL is a carriage return (RFC 854); any other NUL passes.
    bool isAfterCr = std::exchange(m_isAfterCr, data.back() == '\r');
    qsizetype from = 0;
    for (qsizetype nul = data.indexOf('\0'); nul >= 0; nul = data.indexOf('\0', nul + 1)) {
        if (nul == 0 ? isAfterCr : data[nul - 1] == '\r') {
            m_received.append(data.sliced(from, nul - from));
            from = nul + 1;
        }
    }
    m_received.append(data.sliced(from));
}

void TelnetStream::agreed(unsigned char option, bool us, bool isOn)
{
    if (option == TELNET_TELOPT_BINARY) {
        (us ? m_isOurBinary : m_isPeerBinary) = isOn;
    } else if (us && option == TELNET_TELOPT_TTYPE) {
        m_tellsType = isOn;
    } else if (us && option == TELNET_TELOPT_NAWS) {
        m_tellsSize = isOn;
        if (isOn)
            sendSize();
    }
}

void TelnetStream::sendSize()
{
    const auto high = [](int n) { return char(n >> 8 & 0xff); };
    const auto low = [](int n) { return char(n & 0xff); };
    const std::array<char, 4> size{high(m_size.columns), low(m_size.columns), high(m_size.rows), low(m_size.rows)};
    telnet_subnegotiation(m_telnet.get(), TELNET_TELOPT_NAWS, size.data(), size.size());
}

} // namespace agent
