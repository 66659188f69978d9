#include "lookups/whoistext.h"

#include <QHostAddress>
#include <QStringDecoder>

#include <algorithm>
#include <bit>
#include <initializer_list>

namespace agent::whoistext {

using namespace Qt::StringLiterals;

namespace {

struct Line
{
    QStringView label;
    QStringView value;
};
using Block = QList<Line>;

/// The paragraphs of labelled lines; comments and prose are left out.
QList<Block> blocksOf(QStringView text)
{
    QList<Block> blocks;
    bool isOpen = false;
    for (QStringView line : text.split(u'\n')) {
        if (line.endsWith(u'\r'))
            line.chop(1);
        if (line.trimmed().isEmpty()) {
            isOpen = false;
            continue;
        }
        const qsizetype colon = line.indexOf(u':');
        if (colon <= 0 || line.front() == u'%' || line.front() == u'#')
            continue;
        if (!std::exchange(isOpen, true))
            blocks.emplaceBack();
        blocks.last().append({line.first(colon).trimmed(), line.sliced(colon + 1).trimmed()});
    }
    return blocks;
}

using Labels = std::initializer_list<QLatin1StringView>;

bool isOneOf(QStringView label, Labels labels)
{
    return std::ranges::any_of(labels,
                               [&](QLatin1StringView known) { return label.compare(known, Qt::CaseInsensitive) == 0; });
}

std::optional<QString> valueIn(const Block &block, Labels labels)
{
    for (const auto &[label, value] : block) {
        if (!value.isEmpty() && isOneOf(label, labels))
            return value.toString();
    }
    return {};
}

std::optional<QString> valueIn(const QList<Block> &blocks, Labels labels)
{
    for (const Block &block : blocks) {
        if (auto value = valueIn(block, labels))
            return value;
    }
    return {};
}

constexpr Labels kRanges{"cidr"_L1, "inetnum"_L1, "inet6num"_L1, "netrange"_L1, "route"_L1, "route6"_L1};

/// How many bits of an address a range fixes, IPv4 counted as mapped into IPv6; -1 when it is none.
int prefixLength(QStringView range)
{
    const QStringView first = range.split(u',').first().trimmed();
    if (const qsizetype dash = first.indexOf(u'-'); dash > 0) {
        const QHostAddress from(first.first(dash).trimmed().toString()),
            to(first.sliced(dash + 1).trimmed().toString());
        if (from.protocol() == QAbstractSocket::IPv4Protocol && to.protocol() == from.protocol())
            return 96 + std::countl_zero(from.toIPv4Address() ^ to.toIPv4Address());
        if (from.isNull() || to.protocol() != from.protocol())
            return -1;
        const Q_IPV6ADDR a = from.toIPv6Address(), b = to.toIPv6Address();
        for (int i = 0; i < 16; ++i) {
            if (a[i] != b[i])
                return 8 * i + std::countl_zero(quint8(a[i] ^ b[i]));
        }
        return 128;
    }
    const auto [address, length] = QHostAddress::parseSubnet(first.toString());
    if (length < 0)
        return -1;
    return address.protocol() == QAbstractSocket::IPv4Protocol ? 96 + length : length;
}

int prefixLength(const Block &block)
{
    int longest = -1;
    for (const auto &[label, value] : block) {
        if (isOneOf(label, kRanges))
            longest = std::max(longest, prefixLength(value));
    }
    return longest;
}

std::optional<quint32> asNumber(QStringView text)
{
    if (text.startsWith("AS"_L1, Qt::CaseInsensitive))
        text = text.sliced(2);
    qsizetype digits = 0;
    while (digits < text.size() && text[digits].isDigit())
        ++digits;
    bool ok = false;
    const quint32 number = text.first(digits).toUInt(&ok);
    return ok ? std::optional(number) : std::nullopt;
}

} // namespace

QString decoded(const QByteArray &bytes)
{
    QStringDecoder utf8(QStringDecoder::Utf8);
    QString text = utf8(bytes);
    return utf8.hasError() ? QString::fromLatin1(bytes) : text;
}

WhoisSummary summaryOf(QStringView text)
{
    QList<Block> blocks = blocksOf(text);
    std::ranges::stable_sort(blocks, std::ranges::greater(), [](const Block &block) { return prefixLength(block); });
    return {
        .organization =
            valueIn(blocks, {"OrgName"_L1, "org-name"_L1, "organization"_L1, "organisation"_L1, "owner"_L1}),
        .country = valueIn(blocks, {"country"_L1}),
        .networkName = valueIn(blocks, {"netname"_L1}),
        .cidr = valueIn(blocks, {"cidr"_L1, "inet6num"_L1, "inetnum"_L1, "route"_L1, "route6"_L1}),
        .description = valueIn(blocks, {"descr"_L1}),
    };
}

AsnAnswer systemOf(quint32 number, QStringView text)
{
    const QList<Block> blocks = blocksOf(text);
    auto name = valueIn(blocks, {"as-name"_L1, "ASName"_L1});
    if (!name)
        name = valueIn(blocks, {"OrgName"_L1, "org-name"_L1, "owner"_L1});
    return {.asn = u"AS"_s + QString::number(number),
            .name = name,
            .description = valueIn(blocks, {"descr"_L1, "OrgName"_L1, "org-name"_L1}),
            .country = valueIn(blocks, {"country"_L1})};
}

std::optional<quint32> originOf(QStringView text)
{
    QList<Block> blocks = blocksOf(text);
    std::ranges::stable_sort(blocks, std::ranges::greater(), [](const Block &block) { return prefixLength(block); });
    const auto origin = valueIn(blocks, {"origin"_L1, "OriginAS"_L1, "aut-num"_L1});
    return origin ? asNumber(*origin) : std::nullopt;
}

std::optional<AsnAnswer> cymruOriginOf(QStringView text)
{
    for (const QStringView line : text.split(u'\n')) {
        const QList<QStringView> parts = line.split(u'|');
        if (parts.size() < 3)
            continue;
        const QStringView first = parts.first().trimmed();
        if (first.isEmpty() || !first.front().isDigit())
            continue;
        const auto number = asNumber(first);
        if (!number)
            continue;
        AsnAnswer answer{.asn = u"AS"_s + QString::number(*number)};
        const QStringView holder = parts.last().trimmed();
        const qsizetype comma = holder.lastIndexOf(u',');
        answer.name = (comma < 0 ? holder : holder.first(comma)).trimmed().toString();
        if (comma >= 0)
            answer.country = holder.sliced(comma + 1).trimmed().toString();
        return answer;
    }
    return {};
}

std::optional<Referral> referralOf(QStringView text)
{
    const QList<Block> blocks = blocksOf(text);
    for (const Labels &labels :
         {Labels{"refer"_L1}, Labels{"ReferralServer"_L1}, Labels{"whois"_L1}, Labels{"Registrar WHOIS Server"_L1}}) {
        const auto found = valueIn(blocks, labels);
        if (!found)
            continue;
        QStringView server = *found;
        if (server.startsWith("whois://"_L1))
            server = server.sliced(8);
        else if (server.contains("://"_L1))
            continue; // rwhois and http are other protocols
        while (server.endsWith(u'/'))
            server.chop(1);
        Referral referral{.host = server.toString()};
        if (const qsizetype colon = server.indexOf(u':'); colon >= 0) {
            bool ok = false;
            referral.port = server.sliced(colon + 1).toUShort(&ok);
            if (!ok || referral.port == 0)
                continue;
            referral.host = server.first(colon).toString();
        }
        if (!referral.host.isEmpty())
            return referral;
    }
    return {};
}

} // namespace agent::whoistext
