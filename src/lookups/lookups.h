#pragma once

#include "core/answercache.h"
#include "lookups/dnsresolver.h"
#include "lookups/lookupanswers.h"
#include "lookups/whoisclient.h"

namespace agent {

class Database;

/// What context menus, hovers and assistants look up about an address or a name (contract 05 section 6). Answers are
/// kept for a while, the same question asked twice at once is asked once. Nothing is fetched that was not asked for:
/// vendors come from the database and from the table built into the agent. Main thread.
class Lookups
{
public:
    struct Options
    {
        DnsResolver::Options dns = {};
        WhoisClient::Options whois = {};
    };
    Lookups(Database &database, Options options);
    explicit Lookups(Database &database)
        : Lookups(database, Options())
    {
    }

    [[nodiscard]] Task<OuiAnswer> oui(QString mac);
    [[nodiscard]] Task<DnsAnswer> dns(QString query);
    [[nodiscard]] Task<WhoisAnswer> whois(QString query);
    [[nodiscard]] Task<AsnAnswer> asn(QString query);

    /// The vendor of a MAC address given as hex digits (6 and more): the database's table, then the built-in one.
    [[nodiscard]] Task<Result<std::optional<QString>>> vendorOf(QByteArray digits);
    [[nodiscard]] const DnsResolver &resolver() const { return m_resolver; }

private:
    Database &m_database;
    DnsResolver m_resolver;
    WhoisClient m_whois;
    AnswerCache<DnsAnswer> m_dnsAnswers;
    AnswerCache<WhoisAnswer> m_whoisAnswers;
    AnswerCache<AsnAnswer> m_asnAnswers;
};

/// The hex digits of a MAC address in upper case, whatever separates them.
[[nodiscard]] QByteArray hexDigitsOf(QStringView text);
/// Whether the address says that nobody registered it (the local bit of its first octet). `digits`: two or more.
[[nodiscard]] bool isLocallyAdministered(QByteArrayView digits);

} // namespace agent
