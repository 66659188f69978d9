#include "net/hostguard.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

HostGuard::HostGuard(Mode mode, QStringList names)
    : m_mode(mode)
{
    m_names.append(u"localhost"_s);
    m_addresses.append(QHostAddress(QHostAddress::LocalHost));
    m_addresses.append(QHostAddress(QHostAddress::LocalHostIPv6));
    for (const QString &name : std::as_const(names)) {
        if (const QHostAddress address(name); !address.isNull())
            m_addresses.append(address);
        else
            m_names.append(name);
    }
}

bool HostGuard::accepts(QByteArrayView authority) const
{
    if (m_mode == Mode::AcceptAny)
        return true;
    QByteArrayView host = authority;
    QByteArrayView port;
    if (host.startsWith('[')) { // IPv6 literal
        const qsizetype end = host.indexOf(']');
        if (end < 0)
            return false;
        port = host.sliced(end + 1);
        host = host.sliced(1, end - 1);
    } else if (const qsizetype colon = host.indexOf(':'); colon >= 0) {
        port = host.sliced(colon);
        host = host.first(colon);
    }
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    if (!port.isEmpty() && (port[0] != ':' || !std::ranges::all_of(port.sliced(1), isDigit)))
        return false;
    const QString name = QString::fromLatin1(host);
    if (m_names.contains(name, Qt::CaseInsensitive))
        return true;
    const QHostAddress address(name);
    return !address.isNull() && m_addresses.contains(address);
}

} // namespace agent
