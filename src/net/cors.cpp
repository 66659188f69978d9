#include "net/cors.h"

#include <algorithm>

namespace agent {

bool isAllowedOrigin(QByteArrayView origin)
{
    for (QByteArrayView window : {"tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"}) {
        if (origin == window)
            return true;
    }
    for (QByteArrayView loopback : {"http://localhost", "https://localhost", "http://127.0.0.1", "https://127.0.0.1"}) {
        if (!origin.startsWith(loopback))
            continue;
        const QByteArrayView port = origin.sliced(loopback.size());
        if (port.isEmpty())
            return true;
        const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
        if (port.size() > 1 && port[0] == ':' && std::ranges::all_of(port.sliced(1), isDigit))
            return true;
    }
    return false;
}

Response preflightResponse()
{
    // Max-age: every API call carries Authorization, so without it every call is preflighted.
    return Response::empty(200)
        .withHeader("Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS")
        .withHeader("Access-Control-Allow-Headers", "authorization,content-type,accept,x-netstacks-ai-origin")
        .withHeader("Access-Control-Max-Age", "7200");
}

void appendCorsLines(QByteArray &head, QByteArrayView origin)
{
    if (isAllowedOrigin(origin)) {
        head += "Access-Control-Allow-Origin: ";
        head += origin;
        head += "\r\n";
    }
    head += "Vary: origin, access-control-request-method, access-control-request-headers\r\n";
}

} // namespace agent
