#pragma once

#include "tlsconnection.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A WebSocket client (RFC 6455), blocking, text frames only, as far as a terminal of the agent needs it.
class WebSocket
{
public:
    /// `query` is what stands behind `/ws/terminal?`, without the token.
    WebSocket(const Target &target, const std::string &query);

    void sendText(std::string_view text);
    /// `{"type":"Input","data":<text>}`
    void type(std::string_view text);
    /// The next text message; valid until the next call. Pings are answered on the way. Throws at the end.
    std::string_view receive();

private:
    void sendFrame(int opcode, std::string_view payload);
    void need(std::size_t bytes);

    TlsConnection m_connection;
    std::vector<char> m_buffer;
    std::size_t m_begin = 0, m_end = 0;
    std::string m_message;
};

/// The terminal output inside a message: how many bytes it is long, and its raw JSON text.
struct Output
{
    std::string_view json;
    std::size_t bytes = 0;
};
/// Empty for other messages; throws the text of an Error message.
Output outputOf(std::string_view message);

} // namespace bench
