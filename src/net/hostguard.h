#pragma once

#include <QByteArrayView>
#include <QHostAddress>
#include <QStringList>

namespace agent {

/// Refuses requests that name another host than ours: a page of a hostile name that resolves to loopback (DNS
/// rebinding) is same-origin for the browser, so only the Host field gives it away.
class HostGuard
{
public:
    enum class Mode {
        Check,
        AcceptAny, ///< remote mode: the client dials names that the agent cannot know
    };

    /// Loopback names and addresses are always ours; `names` are DNS names or IP addresses, without port.
    HostGuard(Mode mode, QStringList names);

    /// `authority` is the Host field: a name or address, with or without port.
    [[nodiscard]] bool accepts(QByteArrayView authority) const;

private:
    Mode m_mode;
    QStringList m_names;
    QList<QHostAddress> m_addresses;
};

} // namespace agent
