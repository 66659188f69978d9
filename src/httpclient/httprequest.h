#pragma once

#include "core/secret.h"

#include <QByteArray>
#include <QList>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace agent {

constexpr qint64 operator""_MiB(unsigned long long count) { return qint64(count) * 1024 * 1024; }

/// One header to send. Its value may hold a credential, so it lives in wiping memory.
struct HttpHeader
{
    QByteArray name;
    Secret value;
};

/// An outgoing request. Move-only: URL, header values and body may hold credentials.
struct HttpRequest
{
    QByteArray method = "GET";       ///< an HTTP token
    Secret url;                      ///< absolute, http or https, percent-encoded, without user info
    std::vector<HttpHeader> headers; ///< no two of the same name; Content-Length and Transfer-Encoding are the client's
    std::optional<Secret> body;
    bool verifyTls = true; ///< against the system's authorities; false takes any certificate
    /// For everything from the look-up to the last byte, redirects included; zero: no limit (streams).
    std::chrono::milliseconds timeout{30'000};
    /// Without one byte from the far side; zero: no limit of its own.
    std::chrono::seconds idleTimeout{0};
    qint64 maxBodyBytes = 10_MiB; ///< of the answer, decompressed
    int maxRedirects = 10;        ///< zero: a redirect is answered as it is
};

/// What comes before the body of an answer.
struct HttpAnswerHead
{
    int status = 0;
    QList<std::pair<QByteArray, QByteArray>> headers; ///< names in lower case

    /// The value of the first header `name` (lower case), or an empty one.
    [[nodiscard]] QByteArray header(QByteArrayView name) const;
};

/// A whole answer, its body decompressed.
struct HttpResponse
{
    HttpAnswerHead head;
    QByteArray body;
};

} // namespace agent
