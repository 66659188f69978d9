#pragma once

#include <QHostAddress>
#include <QString>

#include <optional>

namespace agent {

/// What a person may look up in the DNS or in WHOIS: an IP literal, or a name of at most 253 characters whose labels
/// are letters, digits, `-` (not at an edge) and `_`, at most 63 each; one dot may end it. Nothing else gets into a
/// query.
struct LookupQuery
{
    QString text;                        ///< without the last dot
    std::optional<QHostAddress> address; ///< when it is a literal

    [[nodiscard]] static std::optional<LookupQuery> of(const QString &text);
};

/// Addresses that nobody outside knows: private, loopback, link-local, shared (RFC 6598), multicast, unspecified.
[[nodiscard]] bool isLocalAddress(const QHostAddress &address);

} // namespace agent
