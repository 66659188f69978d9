#include "ssh/hostkeyverifier.h"

namespace agent {

using namespace Qt::StringLiterals;

HostKeyVerdict judge(const HostTrust &trust, const HostKey &offered)
{
    if (trust.revoked.contains(offered))
        return HostKeyVerdict::Revoked;
    if (trust.trusted.contains(offered))
        return HostKeyVerdict::Known;
    return trust.trusted.isEmpty() ? HostKeyVerdict::Unknown : HostKeyVerdict::Changed;
}

HostKey supersededBy(const HostTrust &trust, const HostKey &offered)
{
    for (const HostKey &key : trust.trusted) {
        if (key.type == offered.type)
            return key;
    }
    return trust.trusted.first();
}

Error changedKeyError(const QString &host, quint16 port, const HostKey &recorded, const HostKey &offered)
{
    return Error{
        ErrorCode::ConnectionFailed,
        u"the host key of %1 port %2 has changed: expected %3, the server shows %4. Someone may be listening in; "
        u"if the change is known to be right, remove the trusted key and connect again"_s.arg(host)
            .arg(port)
            .arg(QLatin1StringView(fingerprintOf(recorded)), QLatin1StringView(fingerprintOf(offered)))};
}

Error revokedKeyError(const QString &host, quint16 port, const HostKey &offered)
{
    return Error{ErrorCode::ConnectionFailed,
                 u"the host key of %1 port %2 (%3) is marked as revoked in known_hosts"_s.arg(host).arg(port).arg(
                     QLatin1StringView(fingerprintOf(offered)))};
}

} // namespace agent
