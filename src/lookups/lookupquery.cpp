#include "lookups/lookupquery.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxName = 253;
constexpr qsizetype kMaxLabel = 63;

bool isLabel(QStringView label)
{
    const auto allowed = [](QChar c) {
        const char16_t u = c.unicode();
        return (u >= u'a' && u <= u'z') || (u >= u'A' && u <= u'Z') || (u >= u'0' && u <= u'9') || u == u'-' ||
               u == u'_';
    };
    return !label.isEmpty() && label.size() <= kMaxLabel && std::ranges::all_of(label, allowed) &&
           label.front() != u'-' && label.back() != u'-';
}

} // namespace

std::optional<LookupQuery> LookupQuery::of(const QString &text)
{
    if (text.isEmpty() || text.size() > kMaxName + 1)
        return {};
    // Not what inet_aton takes ("1", "0x7f.1"), nor an address with a scope.
    const QHostAddress address(text);
    const bool isDottedQuad = text.count(u'.') == 3 && address.protocol() == QAbstractSocket::IPv4Protocol;
    if (isDottedQuad || (address.protocol() == QAbstractSocket::IPv6Protocol && address.scopeId().isEmpty()))
        return LookupQuery{address.toString(), address};
    const QString name = text.endsWith(u'.') ? text.chopped(1) : text;
    if (name.size() > kMaxName || !std::ranges::all_of(name.split(u'.'), isLabel))
        return {};
    return LookupQuery{name, {}};
}

bool isLocalAddress(const QHostAddress &address)
{
    static const QList<QPair<QHostAddress, int>> kLocal = [] {
        QList<QPair<QHostAddress, int>> subnets;
        for (const char16_t *subnet :
             {u"0.0.0.0/8", u"10.0.0.0/8", u"100.64.0.0/10", u"127.0.0.0/8", u"169.254.0.0/16", u"172.16.0.0/12",
              u"192.168.0.0/16", u"224.0.0.0/4", u"240.0.0.0/4", u"::/127", u"fc00::/7", u"fe80::/10", u"ff00::/8"})
            subnets.append(QHostAddress::parseSubnet(QString::fromUtf16(subnet)));
        return subnets;
    }();
    bool isMapped = false;
    const quint32 v4 = address.toIPv4Address(&isMapped);
    const QHostAddress judged = isMapped ? QHostAddress(v4) : address;
    return std::ranges::any_of(kLocal, [&](const auto &subnet) { return judged.isInSubnet(subnet); });
}

} // namespace agent
