#include "lookups/lookupquery.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// What may become a DNS or WHOIS question: contract 05 section 6.
class LookupQueryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesAndAddressesAreTaken_data();
    void namesAndAddressesAreTaken();
    void anythingElseIsRefused_data();
    void anythingElseIsRefused();
    void localAddressesAreKnown();
};

void LookupQueryTest::namesAndAddressesAreTaken_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("asked");
    QTest::addColumn<bool>("isAddress");
    QTest::newRow("v4") << u"8.8.8.8"_s << u"8.8.8.8"_s << true;
    QTest::newRow("v6") << u"2001:DB8::1"_s << u"2001:db8::1"_s << true;
    QTest::newRow("name") << u"core-1.example.net"_s << u"core-1.example.net"_s << false;
    QTest::newRow("last dot") << u"example.net."_s << u"example.net"_s << false;
    QTest::newRow("underscore") << u"_ldap._tcp.example.net"_s << u"_ldap._tcp.example.net"_s << false;
    QTest::newRow("one label") << u"router"_s << u"router"_s << false;
    QTest::newRow("digits first") << u"3com.example"_s << u"3com.example"_s << false;
    QTest::newRow("longest label") << QString(63, u'a') + u".b"_s << QString(63, u'a') + u".b"_s << false;
}

void LookupQueryTest::namesAndAddressesAreTaken()
{
    QFETCH(QString, text);
    const auto query = LookupQuery::of(text);
    QVERIFY(query);
    QTEST(query->text, "asked");
    QTEST(query->address.has_value(), "isAddress");
}

void LookupQueryTest::anythingElseIsRefused_data()
{
    QTest::addColumn<QString>("text");
    for (const QString &text : QStringList{
             u""_s, u"."_s, u"-h"_s, u"--help"_s, u"a..b"_s, u"a b"_s, u"a\r\nb"_s, u"-a.example"_s, u"a-.example"_s,
             u"a/24"_s, u"10.0.0.0/8"_s, u"exämple.net"_s, u"fe80::1%eth0"_s, u"$(id)"_s, u"a;b"_s, u"a\0b"_s,
             QString(64, u'a'), QString(254, u'a'), QString(u"a."_s.repeated(127) + u"b"_s)})
        QTest::addRow("%lld %s", qlonglong(text.size()), qPrintable(text.simplified().left(30))) << text;
}

void LookupQueryTest::anythingElseIsRefused()
{
    QFETCH(QString, text);
    QVERIFY(!LookupQuery::of(text));
}

void LookupQueryTest::localAddressesAreKnown()
{
    for (const QString &local : {u"10.1.2.3"_s, u"172.16.0.1"_s, u"172.31.255.255"_s, u"192.168.1.1"_s, u"127.0.0.1"_s,
                                 u"169.254.1.1"_s, u"100.64.0.1"_s, u"224.0.0.5"_s, u"0.0.0.0"_s, u"255.255.255.255"_s,
                                 u"::1"_s, u"::"_s, u"fe80::1"_s, u"fd00::1"_s, u"ff02::1"_s, u"::ffff:10.0.0.1"_s})
        QVERIFY2(isLocalAddress(QHostAddress(local)), qPrintable(local));
    for (const QString &known :
         {u"8.8.8.8"_s, u"172.32.0.1"_s, u"100.128.0.1"_s, u"2001:4860:4860::8888"_s, u"::ffff:8.8.8.8"_s})
        QVERIFY2(!isLocalAddress(QHostAddress(known)), qPrintable(known));
}

QTEST_GUILESS_MAIN(LookupQueryTest)
#include "tst_lookupquery.moc"
