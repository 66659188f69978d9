#include "lookups/whoistext.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Answers in the words of each registry.
class WhoisTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void arinsSmallestBlockSpeaks();
    void ripesNetworkAndRoute();
    void lacnicsWords();
    void valuesKeepTheirColons();
    void commentsAndProseAreNothing();
    void systems();
    void origins();
    void referrals_data();
    void referrals();
    void textsThatAreNotUtf8();
};

namespace {

const QString kArin = uR"(
#
# ARIN WHOIS data and services are subject to the Terms of Use
#

NetRange:       8.0.0.0 - 8.127.255.255
CIDR:           8.0.0.0/9
NetName:        LVLT-ORG-8-8
Organization:   Level 3 Parent, LLC (LPL-141)
OriginAS:

OrgName:        Level 3 Parent, LLC
Country:        US

NetRange:       8.8.8.0 - 8.8.8.255
CIDR:           8.8.8.0/24
NetName:        GOGL
OriginAS:       AS15169
Organization:   Google LLC (GOGL)

OrgName:        Google LLC
Country:        US
)"_s;

const QString kRipe = uR"(% This is the RIPE Database query service.
% Abuse contact for '193.0.0.0 - 193.0.7.255' is 'abuse@ripe.net'

inetnum:        193.0.0.0 - 193.0.7.255
netname:        RIPE-NCC
descr:          RIPE Network Coordination Centre
descr:          Amsterdam, Netherlands
country:        NL

organisation:   ORG-RIEN1-RIPE
org-name:       Reseaux IP Europeens Network Coordination Centre (RIPE NCC)

route:          193.0.0.0/21
descr:          RIPE-NCC
origin:         AS3333
)"_s;

} // namespace

void WhoisTextTest::arinsSmallestBlockSpeaks()
{
    const WhoisSummary summary = whoistext::summaryOf(kArin);
    QCOMPARE(summary.networkName, u"GOGL"_s);
    QCOMPARE(summary.cidr, u"8.8.8.0/24"_s);
    QCOMPARE(summary.organization, u"Google LLC (GOGL)"_s);
    QCOMPARE(summary.country, u"US"_s);
    QCOMPARE(summary.description, std::nullopt);
}

void WhoisTextTest::ripesNetworkAndRoute()
{
    const WhoisSummary summary = whoistext::summaryOf(kRipe);
    QCOMPARE(summary.networkName, u"RIPE-NCC"_s);
    QCOMPARE(summary.cidr, u"193.0.0.0 - 193.0.7.255"_s);
    QCOMPARE(summary.description, u"RIPE Network Coordination Centre"_s);
    QCOMPARE(summary.country, u"NL"_s);
}

void WhoisTextTest::lacnicsWords()
{
    const WhoisSummary summary =
        whoistext::summaryOf(u"inetnum:     200.160.0.0/20\nowner:       Nucleo de Inf. e Coord.\ncountry:     BR\n");
    QCOMPARE(summary.organization, u"Nucleo de Inf. e Coord."_s);
    QCOMPARE(summary.cidr, u"200.160.0.0/20"_s);
}

void WhoisTextTest::valuesKeepTheirColons()
{
    const WhoisSummary summary = whoistext::summaryOf(
        u"inet6num:       2001:600::/23\nnetname: BIG\n\ninet6num:  2001:67c:2e8::/48\r\nnetname:  NET6\r\n");
    QCOMPARE(summary.cidr, u"2001:67c:2e8::/48"_s);
    QCOMPARE(summary.networkName, u"NET6"_s);
}

void WhoisTextTest::commentsAndProseAreNothing()
{
    QCOMPARE(whoistext::summaryOf(u"% country: XX\n# netname: Y\n:\n::\n\n\nno labels here\n"), WhoisSummary());
    QCOMPARE(whoistext::summaryOf(u""), WhoisSummary());
}

void WhoisTextTest::systems()
{
    const AsnAnswer arin =
        whoistext::systemOf(15169, u"ASNumber: 15169\nASName:  GOOGLE\n\nOrgName: Google LLC\nCountry: US\n");
    QCOMPARE(arin, (AsnAnswer{u"AS15169"_s, u"GOOGLE"_s, u"Google LLC"_s, u"US"_s, {}}));
    const AsnAnswer ripe = whoistext::systemOf(
        3333, u"aut-num: AS3333\nas-name: RIPE-NCC-AS\ndescr: RIPE NCC\ndescr: more\ncountry: NL\n");
    QCOMPARE(ripe, (AsnAnswer{u"AS3333"_s, u"RIPE-NCC-AS"_s, u"RIPE NCC"_s, u"NL"_s, {}}));
    QCOMPARE(whoistext::systemOf(1, u"% none"), (AsnAnswer{u"AS1"_s, {}, {}, {}, {}}));
}

void WhoisTextTest::origins()
{
    QCOMPARE(whoistext::originOf(kArin), 15169u);
    QCOMPARE(whoistext::originOf(kRipe), 3333u);
    QCOMPARE(whoistext::originOf(u"origin: none\n"), std::nullopt);
    const auto cymru =
        whoistext::cymruOriginOf(u"AS      | IP               | AS Name\n15169   | 8.8.8.8          | GOOGLE, US\n");
    QVERIFY(cymru);
    QCOMPARE(*cymru, (AsnAnswer{u"AS15169"_s, u"GOOGLE"_s, {}, u"US"_s, {}}));
    QVERIFY(!whoistext::cymruOriginOf(u"AS | IP | AS Name\nNA | 10.0.0.1 | NA\n"));
}

void WhoisTextTest::referrals_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::newRow("IANA") << u"% IANA\n\nrefer:        whois.arin.net\n\ninetnum: 8.0.0.0 - 8.255.255.255\n"_s
                          << u"whois.arin.net"_s << 43;
    QTest::newRow("ARIN") << u"ReferralServer:  whois://whois.ripe.net\n"_s << u"whois.ripe.net"_s << 43;
    QTest::newRow("port") << u"ReferralServer:  whois://whois.apnic.net:4343/\n"_s << u"whois.apnic.net"_s << 4343;
    QTest::newRow("rwhois") << u"ReferralServer: rwhois://rwhois.example:4321\n"_s << QString() << 0;
    QTest::newRow("registrar") << u"   Registrar WHOIS Server: whois.registrar.example\n"_s
                               << u"whois.registrar.example"_s << 43;
    QTest::newRow("bad port") << u"refer: whois.example:99999\n"_s << QString() << 0;
    QTest::newRow("none") << u"netname: X\n"_s << QString() << 0;
}

void WhoisTextTest::referrals()
{
    QFETCH(QString, text);
    QFETCH(QString, host);
    QFETCH(int, port);
    const auto referral = whoistext::referralOf(text);
    QCOMPARE(referral.has_value(), !host.isEmpty());
    if (referral) {
        QCOMPARE(referral->host, host);
        QCOMPARE(int(referral->port), port);
    }
}

void WhoisTextTest::textsThatAreNotUtf8()
{
    QCOMPARE(whoistext::decoded("owner: S\xe3o Paulo"), u"owner: São Paulo"_s);
    QCOMPARE(whoistext::decoded("owner: S\xc3\xa3o Paulo"), u"owner: São Paulo"_s);
}

QTEST_GUILESS_MAIN(WhoisTextTest)
#include "tst_whoistext.moc"
