#pragma once

#include "core/schema.h"

namespace agent {

// What `/api/lookup/*` answers (contract 05 section 6): always 200, a failure in `error`, every key present.

struct OuiAnswer
{
    QString mac;
    std::optional<QString> vendor;
    std::optional<QString> error;

    friend bool operator==(const OuiAnswer &, const OuiAnswer &) = default;
};
template <>
struct Schema<OuiAnswer>
{
    static constexpr const char *name = "OuiAnswer";
    static constexpr auto fields = std::tuple{
        field("mac", &OuiAnswer::mac),
        field("vendor", &OuiAnswer::vendor),
        field("error", &OuiAnswer::error),
    };
};

struct DnsAnswer
{
    QString query;
    QString queryType; ///< "PTR (reverse)", "A/AAAA (forward)" or "rejected"
    QStringList results;
    std::optional<QString> error;

    friend bool operator==(const DnsAnswer &, const DnsAnswer &) = default;
};
template <>
struct Schema<DnsAnswer>
{
    static constexpr const char *name = "DnsAnswer";
    static constexpr auto fields = std::tuple{
        field("query", &DnsAnswer::query),
        field("query_type", &DnsAnswer::queryType),
        field("results", &DnsAnswer::results),
        field("error", &DnsAnswer::error),
    };
};

struct WhoisSummary
{
    std::optional<QString> organization;
    std::optional<QString> country;
    std::optional<QString> networkName;
    std::optional<QString> cidr;
    std::optional<QString> description;

    friend bool operator==(const WhoisSummary &, const WhoisSummary &) = default;
};
template <>
struct Schema<WhoisSummary>
{
    static constexpr const char *name = "WhoisSummary";
    static constexpr auto fields = std::tuple{
        field("organization", &WhoisSummary::organization), field("country", &WhoisSummary::country),
        field("network_name", &WhoisSummary::networkName),  field("cidr", &WhoisSummary::cidr),
        field("description", &WhoisSummary::description),
    };
};

struct WhoisAnswer
{
    QString query;
    std::optional<WhoisSummary> summary;
    std::optional<QString> raw;
    std::optional<QString> error;

    friend bool operator==(const WhoisAnswer &, const WhoisAnswer &) = default;
};
template <>
struct Schema<WhoisAnswer>
{
    static constexpr const char *name = "WhoisAnswer";
    static constexpr auto fields = std::tuple{
        field("query", &WhoisAnswer::query),
        field("summary", &WhoisAnswer::summary),
        field("raw", &WhoisAnswer::raw),
        field("error", &WhoisAnswer::error),
    };
};

struct AsnAnswer
{
    QString asn; ///< "AS15169"; what was asked, where that was refused
    std::optional<QString> name;
    std::optional<QString> description;
    std::optional<QString> country;
    std::optional<QString> error;

    friend bool operator==(const AsnAnswer &, const AsnAnswer &) = default;
};
template <>
struct Schema<AsnAnswer>
{
    static constexpr const char *name = "AsnAnswer";
    static constexpr auto fields = std::tuple{
        field("asn", &AsnAnswer::asn),
        field("name", &AsnAnswer::name),
        field("description", &AsnAnswer::description),
        field("country", &AsnAnswer::country),
        field("error", &AsnAnswer::error),
    };
};

} // namespace agent
