#include "httpclient/addressguard.h"

#include "httpclient/httpurl.h"

#include <QNetworkInterface>

#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Error refused(const QString &what)
{
    return Error{ErrorCode::InvalidUrl, u"requests to %1 are not allowed"_s.arg(what)};
}

/// Names under which clouds serve a machine's own credentials to whoever asks from it.
constexpr std::array kMetadataNames = {"metadata.google.internal"_L1, "metadata.goog"_L1};

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), compatible, NAT64 (RFC 6052), 6to4 (RFC 3056).
QHostAddress withoutWrapping(const QHostAddress &address)
{
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return address;
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    const auto ipv4At = [&](int at) {
        return QHostAddress(quint32(bytes[at]) << 24 | quint32(bytes[at + 1]) << 16 | quint32(bytes[at + 2]) << 8 |
                            quint32(bytes[at + 3]));
    };
    static const std::array<QHostAddress, 3> kPrefixes = {QHostAddress(u"::ffff:0:0"_s), QHostAddress(u"::"_s),
                                                          QHostAddress(u"64:ff9b::"_s)};
    constexpr int kPrefixBits = 96;
    for (const QHostAddress &prefix : kPrefixes) {
        const QHostAddress inner = ipv4At(12);
        // ::1 and its neighbours are no IPv4 addresses.
        if (address.isInSubnet(prefix, kPrefixBits) && (prefix != kPrefixes[1] || inner.toIPv4Address() > 0xffff))
            return inner;
    }
    return bytes[0] == 0x20 && bytes[1] == 0x02 ? ipv4At(2) : address;
}

bool isLinkLocal(const QHostAddress &address)
{
    static const QHostAddress kIpv4(u"169.254.0.0"_s), kIpv6(u"fe80::"_s);
    return address.isInSubnet(kIpv4, 16) || address.isInSubnet(kIpv6, 10);
}

bool isMetadata(const QHostAddress &address)
{
    static const QHostAddress kAmazon(u"fd00:ec2::254"_s);
    return address.isEqual(kAmazon, QHostAddress::StrictConversion);
}

bool isUnspecified(const QHostAddress &address)
{
    static const QHostAddress kThisNetwork(u"0.0.0.0"_s);
    return address.isInSubnet(kThisNetwork, 8) || address == QHostAddress(QHostAddress::AnyIPv6);
}

} // namespace

void AddressGuard::setOwnEndpoint(const QHostAddress &address, quint16 port)
{
    m_ownAddress = withoutWrapping(address);
    m_ownPort = port;
}

Status AddressGuard::judge(const HttpUrl &url) const
{
    if (url.hostIsAddress())
        return judge(QHostAddress(url.host()), url.port());
    for (const QLatin1StringView name : kMetadataNames) {
        if (url.host() == name || url.host().endsWith(u'.' + QString(name)))
            return refused(u"a cloud's metadata service"_s);
    }
    return {};
}

Status AddressGuard::judge(const QHostAddress &given, quint16 port) const
{
    if (given.isNull())
        return refused(u"a host without an address"_s);
    const QHostAddress address = withoutWrapping(given);
    if (isLinkLocal(address))
        return refused(u"link-local addresses"_s);
    if (isMetadata(address))
        return refused(u"a cloud's metadata service"_s);
    if (isUnspecified(address))
        return refused(u"the unspecified address"_s);
    if (port == m_ownPort && m_ownPort != 0) {
        const bool listensEverywhere = m_ownAddress == QHostAddress(QHostAddress::AnyIPv4) ||
                                       m_ownAddress == QHostAddress(QHostAddress::AnyIPv6) ||
                                       m_ownAddress == QHostAddress(QHostAddress::Any);
        if (address == m_ownAddress || address.isLoopback() ||
            (listensEverywhere && QNetworkInterface::allAddresses().contains(address)))
            return refused(u"this agent"_s);
    }
    return {};
}

Status AddressGuard::judgeText(const QString &text, QLatin1StringView field) const
{
    const auto asValidation = [&](const Error &error) {
        return Error{ErrorCode::Validation, u"field '%1': %2"_s.arg(field, error.message), field};
    };
    const auto url = HttpUrl::parse(encodedForUrl(Secret(QByteArrayView(text.toUtf8()))));
    if (!url)
        return asValidation(url.error());
    const Status judged = judge(*url);
    return judged ? judged : Status(asValidation(judged.error()));
}

} // namespace agent
