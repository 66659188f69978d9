#include "websocket.h"

#include <cstring>
#include <stdexcept>

namespace bench {

namespace {

constexpr std::size_t kReadAtOnce = 256 * 1024;
constexpr int kText = 1, kClose = 8, kPing = 9, kPong = 10;

std::string quoted(std::string_view text)
{
    std::string json = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            json += '\\', json += c;
        else if (c == '\r')
            json += "\\r";
        else if (c == '\n')
            json += "\\n";
        else
            json += c;
    }
    return json + '"';
}

} // namespace

WebSocket::WebSocket(const Target &target, const std::string &query)
    : m_connection(target)
    , m_buffer(kReadAtOnce)
{
    m_connection.write("GET /ws/terminal?" + query + "&token=" + target.token +
                       " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(target.port) +
                       "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
    for (;;) {
        const std::string_view head(m_buffer.data(), m_end);
        if (const auto end = head.find("\r\n\r\n"); end != head.npos) {
            if (head.substr(0, 12) != "HTTP/1.1 101")
                throw std::runtime_error("no upgrade: " + std::string(head.substr(0, head.find('\r'))));
            m_begin = end + 4;
            return;
        }
        const std::size_t count = m_connection.read(m_buffer.data() + m_end, m_buffer.size() - m_end);
        if (count == 0)
            throw std::runtime_error("no answer to the upgrade");
        m_end += count;
    }
}

void WebSocket::need(std::size_t bytes)
{
    if (m_begin == m_end)
        m_begin = m_end = 0;
    if (m_begin + bytes > m_buffer.size()) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
        m_end -= m_begin;
        m_begin = 0;
        if (bytes > m_buffer.size())
            m_buffer.resize(bytes + kReadAtOnce);
    }
    while (m_end - m_begin < bytes) {
        const std::size_t count = m_connection.read(m_buffer.data() + m_end, m_buffer.size() - m_end);
        if (count == 0)
            throw std::runtime_error("the agent closed the terminal");
        m_end += count;
    }
}

std::string_view WebSocket::receive()
{
    m_message.clear();
    for (;;) {
        need(2);
        const auto byte = [this](std::size_t i) { return std::uint64_t(std::uint8_t(m_buffer[m_begin + i])); };
        const bool last = byte(0) & 0x80;
        const int opcode = int(byte(0) & 0x0f);
        std::uint64_t length = byte(1) & 0x7f;
        std::size_t head = 2;
        if (length >= 126) {
            const std::size_t digits = length == 126 ? 2 : 8;
            head += digits;
            need(head);
            length = 0;
            for (std::size_t i = 0; i < digits; ++i)
                length = length << 8 | byte(2 + i);
        }
        need(head + length);
        const std::string_view payload(m_buffer.data() + m_begin + head, length);
        m_begin += head + length;
        if (opcode == kClose)
            throw std::runtime_error("the agent closed the terminal");
        if (opcode == kPing) {
            sendFrame(kPong, payload);
        } else if (opcode <= 2) {
            if (last && m_message.empty())
                return payload; // the common case: no copy
            m_message.append(payload);
            if (last)
                return m_message;
        }
    }
}

void WebSocket::sendFrame(int opcode, std::string_view payload)
{
    std::string frame(1, char(0x80 | opcode));
    if (payload.size() < 126) {
        frame += char(0x80 | payload.size());
    } else {
        frame += char(0x80 | 126);
        frame += char(payload.size() >> 8);
        frame += char(payload.size());
    }
    frame.append(4, '\0'); // a mask of zeros leaves the payload as it is
    m_connection.write(frame.append(payload));
}

void WebSocket::sendText(std::string_view text) { sendFrame(kText, text); }

void WebSocket::type(std::string_view text) { sendText("{\"type\":\"Input\",\"data\":" + quoted(text) + '}'); }

Output outputOf(std::string_view message)
{
    static constexpr std::string_view key = "\"data\":\"";
    if (message.find("\"Error\"") < 16 || message.find("\"Disconnected\"") < 16)
        throw std::runtime_error(std::string(message));
    const auto at = message.find(key);
    if (at == message.npos || message.find("\"Output\"") > 16)
        return {};
    const auto end = message.rfind('"');
    Output output{.json = message.substr(at + key.size(), end - at - key.size())};
    output.bytes = output.json.size();
    for (const char *p = output.json.data(), *stop = p + output.json.size();
         (p = static_cast<const char *>(std::memchr(p, '\\', std::size_t(stop - p))));) {
        const int escape = p[1] == 'u' ? 6 : 2;
        output.bytes -= std::size_t(escape - 1);
        p += escape;
        if (p >= stop)
            break;
    }
    return output;
}

} // namespace bench
