#pragma once

#include "core/result.h"
#include "core/secret.h"

#include <QByteArray>
#include <QString>

#include <memory>

using CURLU = struct Curl_URL;

namespace agent {

/// An absolute http or https URL, read by the same parser that connects to it, so that what was judged is what is
/// dialled: IPv4 addresses in decimal, octal or hexadecimal forms are dotted quads here, host names lower-case ASCII
/// without a final dot. Movable; any thread, one at a time.
class HttpUrl
{
public:
    /// @return InvalidUrl; the text never repeats the URL. User info is refused (contract 06 section 14.1, item 10).
    [[nodiscard]] static Result<HttpUrl> parse(const Secret &text);
    /// Where a redirect from here leads; `location` may be relative.
    [[nodiscard]] Result<HttpUrl> redirected(QByteArrayView location) const;
    [[nodiscard]] HttpUrl clone() const;

    [[nodiscard]] const QString &host() const { return m_host; } ///< an IPv6 address without brackets
    [[nodiscard]] bool hostIsAddress() const { return m_hostIsAddress; }
    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] bool isEncrypted() const { return m_isEncrypted; }
    /// Same scheme, host and port.
    [[nodiscard]] bool hasOriginOf(const HttpUrl &other) const;

    /// For curl, which only reads it.
    [[nodiscard]] CURLU *handle() const { return m_handle.get(); }

private:
    struct Free
    {
        void operator()(CURLU *handle) const;
    };
    using Handle = std::unique_ptr<CURLU, Free>;

    static Result<HttpUrl> read(Handle handle);

    Handle m_handle;
    QString m_host;
    quint16 m_port = 0;
    bool m_hostIsAddress = false;
    bool m_isEncrypted = false;
};

/// `text` with every byte that cannot stand in a URL percent-encoded; what is encoded already, and what separates the
/// parts of a URL, stays.
[[nodiscard]] Secret encodedForUrl(const Secret &text);

} // namespace agent
