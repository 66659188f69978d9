// Any bytes as a WHOIS server's answer: read without harm, and what is taken from it is a part of it.

#include "lookups/whoistext.h"

#include <QList>

#include <cstdlib>

using namespace agent;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QString text = whoistext::decoded(QByteArray(reinterpret_cast<const char *>(data), qsizetype(size)));
    const WhoisSummary summary = whoistext::summaryOf(text);
    for (const auto &value :
         {summary.organization, summary.country, summary.networkName, summary.cidr, summary.description})
        require(!value || (!value->isEmpty() && text.contains(*value)));
    const AsnAnswer system = whoistext::systemOf(7, text);
    require(system.asn == QLatin1StringView("AS7") && (!system.name || text.contains(*system.name)));
    if (const auto referral = whoistext::referralOf(text))
        require(referral->port != 0 && !referral->host.isEmpty() && text.contains(referral->host));
    static_cast<void>(whoistext::originOf(text));
    static_cast<void>(whoistext::cymruOriginOf(text));
    return 0;
}
