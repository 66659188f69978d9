#include "lookups/lookups.h"

#include "lookups/lookupquery.h"
#include "lookups/ouitable.h"
#include "storage/connection.h"
#include "storage/database.h"

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype kMaxAnswers = 512;

template <typename Answer>
bool isGood(const Answer &answer)
{
    return !answer.error;
}

Error rejected(const QString &query)
{
    return {ErrorCode::Validation, u"'%1' is neither an IP address nor a host name"_s.arg(query.left(80))};
}

Task<DnsAnswer> askDns(DnsResolver resolver, LookupQuery query)
{
    DnsAnswer answer{.query = query.text};
    Result<QStringList> found = QStringList();
    if (query.address) {
        answer.queryType = u"PTR (reverse)"_s;
        found = co_await resolver.namesOf(*query.address);
    } else {
        answer.queryType = u"A/AAAA (forward)"_s;
        found = co_await resolver.addressesOf(query.text);
    }
    if (!found)
        answer.error = found.error().message;
    else if (found->isEmpty()) // the user interface knows these words
        answer.results = {query.address ? u"No PTR record found"_s : u"No records found"_s};
    else
        answer.results = *found;
    co_return answer;
}

Task<WhoisAnswer> askWhois(WhoisClient client, QString query)
{
    WhoisAnswer answer{.query = query};
    const Result<QString> text = co_await client.ask(query);
    if (text) {
        answer.summary = whoistext::summaryOf(*text);
        answer.raw = *text;
    } else {
        answer.error = text.error().message;
    }
    co_return answer;
}

Task<AsnAnswer> askSystem(WhoisClient client, quint32 number)
{
    const Result<QString> text = co_await client.ask(u"AS"_s + QString::number(number));
    if (!text)
        co_return AsnAnswer{.asn = u"AS"_s + QString::number(number), .error = text.error().message};
    co_return whoistext::systemOf(number, *text);
}

/// The AS that an address belongs to. The origin service knows at once; registries know where routes are registered.
Task<AsnAnswer> askOrigin(WhoisClient client, QString address)
{
    const auto origin = co_await client.originOf(address);
    if (origin && *origin) {
        AsnAnswer answer = **origin;
        co_return answer;
    }
    const Result<QString> text = co_await client.ask(address);
    if (!text)
        co_return AsnAnswer{.asn = address, .error = text.error().message};
    const auto number = whoistext::originOf(*text);
    if (!number)
        co_return AsnAnswer{.asn = address, .error = u"no AS is known to announce this address"_s};
    co_return co_await askSystem(client, *number);
}

} // namespace

Lookups::Lookups(Database &database, Options options)
    : m_database(database)
    , m_resolver(std::move(options.dns))
    , m_whois(std::move(options.whois))
    , m_dnsAnswers(kMaxAnswers, 60s, &isGood<DnsAnswer>)
    , m_whoisAnswers(kMaxAnswers, 1h, &isGood<WhoisAnswer>)
    , m_asnAnswers(kMaxAnswers, 1h, &isGood<AsnAnswer>)
{
}

Task<OuiAnswer> Lookups::oui(QString mac)
{
    OuiAnswer answer{.mac = mac};
    const QByteArray digits = hexDigitsOf(mac);
    if (digits.size() < 6) {
        answer.error = u"a MAC address needs at least 6 hex digits"_s;
        co_return answer;
    }
    if (isLocallyAdministered(digits)) {
        answer.vendor = u"Locally administered address (no vendor)"_s;
        co_return answer;
    }
    const auto vendor = co_await vendorOf(digits);
    if (!vendor)
        answer.error = vendor.error().message;
    else if (*vendor)
        answer.vendor = **vendor;
    else
        answer.vendor = u"Unknown vendor (OUI: %1:%2:%3)"_s.arg(QLatin1StringView(digits.first(2)),
                                                                QLatin1StringView(digits.sliced(2, 2)),
                                                                QLatin1StringView(digits.sliced(4, 2)));
    co_return answer;
}

Task<DnsAnswer> Lookups::dns(QString text)
{
    const auto query = LookupQuery::of(text);
    if (!query)
        co_return DnsAnswer{.query = text, .queryType = u"rejected"_s, .error = rejected(text).message};
    DnsAnswer answer = co_await m_dnsAnswers.get(
        query->text.toLower(), [resolver = m_resolver, query = *query] { return askDns(resolver, query); });
    answer.query = text;
    co_return answer;
}

Task<WhoisAnswer> Lookups::whois(QString text)
{
    const auto query = LookupQuery::of(text);
    if (!query)
        co_return WhoisAnswer{.query = text, .error = rejected(text).message};
    if (query->address && isLocalAddress(*query->address))
        co_return WhoisAnswer{.query = text, .error = u"%1 is not a public address"_s.arg(query->text)};
    WhoisAnswer answer = co_await m_whoisAnswers.get(
        query->text.toLower(), [client = m_whois, query = query->text] { return askWhois(client, query); });
    answer.query = text;
    co_return answer;
}

Task<AsnAnswer> Lookups::asn(QString text)
{
    const QString digits = text.startsWith("AS"_L1, Qt::CaseInsensitive) ? text.sliced(2) : text;
    bool isNumber = false;
    const quint32 number = digits.toUInt(&isNumber);
    if (isNumber && std::ranges::all_of(digits, [](QChar c) { return c >= u'0' && c <= u'9'; })) {
        co_return co_await m_asnAnswers.get(digits, [client = m_whois, number] { return askSystem(client, number); });
    }
    const auto query = LookupQuery::of(text);
    if (!query || !query->address) {
        co_return AsnAnswer{.asn = text,
                            .error = u"'%1' is neither an AS number nor an IP address"_s.arg(text.left(80))};
    }
    if (isLocalAddress(*query->address))
        co_return AsnAnswer{.asn = text, .error = u"%1 is not a public address"_s.arg(query->text)};
    co_return co_await m_asnAnswers.get(query->text,
                                        [client = m_whois, query = query->text] { return askOrigin(client, query); });
}

Task<Result<std::optional<QString>>> Lookups::vendorOf(QByteArray digits)
{
    auto stored = co_await m_database.read([prefix = QString::fromLatin1(digits.first(6))](Connection &connection) {
        return connection.value(u"SELECT vendor FROM oui_vendors WHERE prefix = ?"_s, {prefix});
    });
    if (!stored)
        co_return stored.error();
    if (!stored->isNull())
        co_return std::optional<QString>(stored->toString());
    co_return OuiTable::vendorOf(digits);
}

QByteArray hexDigitsOf(QStringView text)
{
    QByteArray digits;
    for (const QChar c : text) {
        const char16_t u = c.unicode();
        if ((u >= u'0' && u <= u'9') || (u >= u'A' && u <= u'F'))
            digits += char(u);
        else if (u >= u'a' && u <= u'f')
            digits += char(u - 0x20);
    }
    return digits;
}

bool isLocallyAdministered(QByteArrayView digits) { return (digits.first(2).toInt(nullptr, 16) & 0x02) != 0; }

} // namespace agent
