#pragma once

#include "core/result.h"

#include <QHostAddress>

namespace agent {

class HttpUrl;

/// Where requests of ours never go, whoever asks (contract 06 section 14.1 item 10, 07 section 1.3): addresses of a
/// machine's own link, cloud metadata services, the unspecified address, and this agent. Private networks and loopback
/// are allowed: that is where the user's servers are. A value; any thread.
class AddressGuard
{
public:
    /// The agent's own listener, in whatever form it may be named.
    void setOwnEndpoint(const QHostAddress &address, quint16 port);

    /// What the text of a URL tells: its scheme (http, https), host name or address, and port.
    [[nodiscard]] Status judge(const HttpUrl &url) const;
    /// An address as it is about to be connected to. @return InvalidUrl
    [[nodiscard]] Status judge(const QHostAddress &address, quint16 port) const;

    /// The same for a base URL that is to be stored. @return Validation naming `field`
    [[nodiscard]] Status judgeText(const QString &url, QLatin1StringView field) const;

private:
    QHostAddress m_ownAddress;
    quint16 m_ownPort = 0;
};

} // namespace agent
