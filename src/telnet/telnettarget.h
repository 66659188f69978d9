#pragma once

#include "core/secret.h"

#include <QString>

#include <chrono>

namespace agent {

/// Everything it takes to reach one Telnet server. Move-only: it holds a secret.
struct TelnetTarget
{
    QString host; ///< a name, an IPv4 or IPv6 address, also with a zone or in brackets
    quint16 port = 23;
    QString username; ///< empty: the question for it is left to the person
    Secret password;  ///< likewise
    /// The limit of look-up and TCP connect together.
    std::chrono::milliseconds connectTimeout = std::chrono::seconds(15);
    /// Silence after which TCP probes the peer; three unanswered probes are a loss. Zero: never.
    std::chrono::seconds keepalive = std::chrono::seconds(30);
};

} // namespace agent
