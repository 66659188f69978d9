#include "lookups/dnsresolver.h"

#include "core/async.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QDnsLookup>
#include <QHostInfo>
#include <QTimer>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// The name under which the DNS keeps an address' pointers (RFC 1035 3.5, RFC 3596 2.5).
QString reverseName(const QHostAddress &address)
{
    QStringList labels;
    if (address.protocol() == QAbstractSocket::IPv4Protocol) {
        labels = address.toString().split(u'.');
        std::ranges::reverse(labels);
        return labels.join(u'.') + ".in-addr.arpa"_L1;
    }
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    for (int i = 15; i >= 0; --i)
        labels << QString::number(bytes[i] & 0xf, 16) << QString::number(bytes[i] >> 4, 16);
    return labels.join(u'.') + ".ip6.arpa"_L1;
}

Error noAnswer() { return {ErrorCode::ConnectionFailed, u"DNS error: no answer in time"_s}; }

Task<Result<QStringList>> askPointers(DnsResolver::Options options, QHostAddress address)
{
    const auto lookup = std::make_unique<QDnsLookup>(QDnsLookup::PTR, reverseName(address));
    if (options.server)
        lookup->setNameserver(QDnsLookup::Standard, *options.server, options.port);
    lookup->lookup();
    if (!lookup->isFinished() && !co_await qCoro(lookup.get(), &QDnsLookup::finished, options.limit)) {
        lookup->abort();
        co_return noAnswer();
    }
    if (lookup->error() == QDnsLookup::NotFoundError)
        co_return QStringList();
    if (lookup->error() != QDnsLookup::NoError)
        co_return Error{ErrorCode::ConnectionFailed, u"DNS error: "_s + lookup->errorString()};
    QStringList names;
    for (const QDnsDomainNameRecord &record : lookup->pointerRecords()) {
        const QString name = record.value();
        names.append(name.endsWith(u'.') ? name.chopped(1) : name);
    }
    names.removeDuplicates();
    co_return names;
}

Task<Result<QStringList>> askAddresses(std::chrono::milliseconds limit, QString name)
{
    Delivery<std::optional<QHostInfo>> delivery;
    const auto answer = [deliver = delivery.deliverer(),
                         answered = std::make_shared<bool>(false)](std::optional<QHostInfo> info) {
        if (!std::exchange(*answered, true))
            deliver(std::move(info));
    };
    const int id = QHostInfo::lookupHost(name, qApp, [answer](const QHostInfo &info) { answer(info); });
    QTimer::singleShot(limit, qApp, [answer, id] {
        QHostInfo::abortHostLookup(id);
        answer({});
    });
    const std::optional<QHostInfo> info = co_await delivery;
    if (!info)
        co_return noAnswer();
    if (info->error() == QHostInfo::HostNotFound)
        co_return QStringList();
    if (info->error() != QHostInfo::NoError)
        co_return Error{ErrorCode::ConnectionFailed, u"DNS error: "_s + info->errorString()};
    QStringList addresses;
    for (const QHostAddress &address : info->addresses())
        addresses.append(address.toString());
    addresses.removeDuplicates();
    co_return addresses;
}

} // namespace

DnsResolver::DnsResolver(Options options)
    : m_options(std::move(options))
{
}

Task<Result<QStringList>> DnsResolver::namesOf(QHostAddress address) const
{
    return askPointers(m_options, std::move(address));
}

Task<Result<QStringList>> DnsResolver::addressesOf(QString name) const
{
    return askAddresses(m_options.limit, std::move(name));
}

} // namespace agent
