#include "api/weburl.h"

#include <QHostAddress>
#include <QUrl>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

bool isRefusedHost(const QString &host)
{
    if (host == "metadata.google.internal"_L1 || host == "metadata.goog"_L1 || host.startsWith("169.254."_L1))
        return true;
    QHostAddress address(host);
    if (address.isNull())
        return false;
    bool isIpv4 = false;
    if (const quint32 ipv4 = address.toIPv4Address(&isIpv4); isIpv4) // mapped forms, too
        address = QHostAddress(ipv4);
    return address.isLinkLocal() || address.isMulticast() || address.isBroadcast() ||
           address == QHostAddress(QHostAddress::AnyIPv4) || address == QHostAddress(QHostAddress::AnyIPv6) ||
           address == QHostAddress(u"fd00:ec2::254"_s);
}

} // namespace

Status checkWebUrl(const QString &text, QLatin1StringView field)
{
    const auto refuse = [&](const QString &what) {
        return Error{ErrorCode::Validation, u"field '%1' %2"_s.arg(field, what), field};
    };
    const QUrl url(text.trimmed(), QUrl::StrictMode);
    if (!url.isValid() || (url.scheme() != "http"_L1 && url.scheme() != "https"_L1) || url.host().isEmpty())
        return refuse(u"must be an http or https URL"_s);
    if (!url.userInfo().isEmpty())
        return refuse(u"must not have a user name or password in the URL"_s);
    if (isRefusedHost(url.host()))
        return refuse(u"leads to an address that is not allowed"_s);
    return {};
}

} // namespace agent
