#include "httpclient/addressguard.h"
#include "httpclient/httpurl.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

Result<HttpUrl> parse(QByteArrayView text) { return HttpUrl::parse(encodedForUrl(Secret(text))); }

} // namespace

class TestAddressGuard : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void urlsAreRefused_data();
    void urlsAreRefused();
    void urlsAreAllowed_data();
    void urlsAreAllowed();
    void addressesAreRefused_data();
    void addressesAreRefused();
    void theAgentItselfIsRefused();
    void anAgentThatListensEverywhereIsRefusedOnEveryAddress();
    void aHostHasOneSpelling();
    void redirectsMayBeRelative();
    void anOriginIsSchemeHostAndPort();
    void whatCannotStandInAUrlIsEncoded();
    void refusedTextsNameTheFieldAndNotTheUrl();
};

void TestAddressGuard::urlsAreRefused_data()
{
    QTest::addColumn<QByteArray>("url");
    const auto add = [](const char *url) { QTest::newRow(url) << QByteArray(url); };
    // Contract 07 section 12, item 7: what textual checks let through.
    add("http://169.254.169.254/latest/meta-data");
    add("http://169.254.0.1");
    add("http://x@169.254.169.254/");
    add("http://user:pw@10.0.0.1/");
    add("http://2852039166/"); // 169.254.169.254 as one number
    add("http://0xa9fea9fe/");
    add("http://0251.0376.0251.0376/");
    add("http://169.254.43518/");
    add("http://0/");
    add("http://0.0.0.0:8080/");
    add("http://0.1.2.3/");
    add("http://[::]/");
    add("http://[::0]/");
    add("http://[fe80::1]/");
    add("http://[fe80::1%25eth0]/");
    add("http://[febf::1]/");
    add("http://[fd00:ec2::254]/");
    add("http://[::ffff:169.254.169.254]/");
    add("http://[::ffff:0.0.0.0]/");
    add("http://[::169.254.169.254]/");
    add("http://[64:ff9b::169.254.169.254]/");
    add("http://[2002:a9fe:a9fe::1]/");
    add("http://metadata.google.internal/");
    add("http://METADATA.google.internal./computeMetadata");
    add("http://metadata.goog");
    add("http://sub.metadata.goog");
    add("ftp://10.0.0.1/");
    add("file:///etc/passwd");
    add("gopher://10.0.0.1/");
    add("javascript:alert(1)");
    add("10.0.0.1/");
    add("//10.0.0.1/");
    add("http:/10.0.0.1/");
    add("http://");
    add("http:///path");
    add("http://host:99999/");
    add("http://host:0/");
    add("http://ho st/");
    add("http://[::1/");
    add("");
    add(" ");
}

void TestAddressGuard::urlsAreRefused()
{
    QFETCH(QByteArray, url);
    const auto parsed = parse(url);
    const Status judged = parsed ? AddressGuard().judge(*parsed) : Status(parsed.error());
    QVERIFY(!judged);
    QCOMPARE(judged.error().code, ErrorCode::InvalidUrl);
}

void TestAddressGuard::urlsAreAllowed_data()
{
    QTest::addColumn<QByteArray>("url");
    for (const char *url :
         {"http://10.0.0.1", "https://192.168.1.10:8443/netbox/", "http://172.16.0.1/", "http://127.0.0.1:8000",
          "http://localhost/", "http://[::1]:8000/", "https://[fd12:3456::1]/", "HTTPS://NetBox.Example.COM/api",
          "http://100.64.0.1/", "http://169.253.0.1/", "http://netbox/", "https://m\xc3\xbcnchen.example/",
          "http://[fec0::1]/", "http://[::ffff:10.0.0.1]/"})
        QTest::newRow(url) << QByteArray(url);
}

void TestAddressGuard::urlsAreAllowed()
{
    QFETCH(QByteArray, url);
    const auto parsed = parse(url);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().message));
    const Status judged = AddressGuard().judge(*parsed);
    QVERIFY2(judged, judged ? "" : qPrintable(judged.error().message));
}

void TestAddressGuard::addressesAreRefused_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("allowed");
    const auto add = [](const char *address, bool allowed) {
        QTest::newRow(address) << QString::fromLatin1(address) << allowed;
    };
    add("169.254.169.254", false);
    add("::ffff:169.254.1.1", false);
    add("fe80::1", false);
    add("0.0.0.0", false);
    add("::", false);
    add("fd00:ec2::254", false);
    add("64:ff9b::a9fe:a9fe", false);
    add("127.0.0.1", true);
    add("::1", true);
    add("10.1.2.3", true);
    add("fd00:ec2::253", true);
    add("2001:db8::1", true);
    add("64:ff9b::a00:1", true);
}

void TestAddressGuard::addressesAreRefused()
{
    QFETCH(QString, address);
    QFETCH(bool, allowed);
    const QHostAddress parsed(address);
    QVERIFY(!parsed.isNull());
    QCOMPARE(AddressGuard().judge(parsed, 443).ok(), allowed);
}

void TestAddressGuard::theAgentItselfIsRefused()
{
    AddressGuard guard;
    guard.setOwnEndpoint(QHostAddress(QHostAddress::LocalHost), 4711);
    for (const char *own : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
        QVERIFY2(!guard.judge(QHostAddress(QString::fromLatin1(own)), 4711), own);
        QVERIFY2(guard.judge(QHostAddress(QString::fromLatin1(own)), 4712), own);
    }
    QVERIFY(guard.judge(QHostAddress(u"10.0.0.1"_s), 4711));
}

void TestAddressGuard::anAgentThatListensEverywhereIsRefusedOnEveryAddress()
{
    for (const auto any : {QHostAddress::AnyIPv4, QHostAddress::AnyIPv6, QHostAddress::Any}) {
        AddressGuard guard;
        guard.setOwnEndpoint(QHostAddress(any), 4711);
        QVERIFY(!guard.judge(QHostAddress(QHostAddress::LocalHost), 4711));
        QVERIFY(!guard.judge(QHostAddress(QHostAddress::LocalHostIPv6), 4711));
        QVERIFY(guard.judge(QHostAddress(u"192.0.2.77"_s), 4711));
    }
}

void TestAddressGuard::aHostHasOneSpelling()
{
    QCOMPARE(parse("http://0x7f.1/")->host(), u"127.0.0.1"_s);
    QCOMPARE(parse("http://NetBox.Example./x")->host(), u"netbox.example"_s);
    QCOMPARE(parse("https://m\xc3\xbcnchen.example/")->host(), u"xn--mnchen-3ya.example"_s);
    QCOMPARE(parse("http://[0:0::1]:81/")->host(), u"::1"_s);
    QCOMPARE(parse("http://h/")->port(), quint16(80));
    QCOMPARE(parse("https://h/")->port(), quint16(443));
    QCOMPARE(parse("https://h:8443/")->port(), quint16(8443));
}

void TestAddressGuard::redirectsMayBeRelative()
{
    const auto from = parse("https://netbox.example:8443/api/devices");
    QVERIFY(from);
    QCOMPARE(from->redirected("/login")->host(), u"netbox.example"_s);
    QCOMPARE(from->redirected("next")->port(), quint16(8443));
    QCOMPARE(from->redirected("//other.example/x")->host(), u"other.example"_s);
    QVERIFY(from->redirected("//other.example/x")->isEncrypted());
    QVERIFY(!from->redirected("http://netbox.example/")->isEncrypted());
    QVERIFY(!from->redirected("ftp://netbox.example/"));
    QVERIFY(!from->redirected("http://a:b@netbox.example/"));
}

void TestAddressGuard::anOriginIsSchemeHostAndPort()
{
    const auto url = parse("https://netbox.example/a");
    QVERIFY(parse("https://NETBOX.example:443/b")->hasOriginOf(*url));
    QVERIFY(!parse("http://netbox.example:443/a")->hasOriginOf(*url));
    QVERIFY(!parse("https://netbox.example:444/a")->hasOriginOf(*url));
    QVERIFY(!parse("https://www.netbox.example/a")->hasOriginOf(*url));
}

void TestAddressGuard::whatCannotStandInAUrlIsEncoded()
{
    const auto encoded = [](QByteArrayView text) {
        return encodedForUrl(Secret(text)).reveal([](QByteArrayView bytes) { return bytes.toByteArray(); });
    };
    QCOMPARE(encoded("http://h/a?b=c&d=%20e#f"), "http://h/a?b=c&d=%20e#f");
    QCOMPARE(encoded("a b\"<>\\^`{|}\x7f\xc3\xa9"), "a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%7F%C3%A9");
    QCOMPARE(encoded("a\r\nb"), "a%0D%0Ab");
    QCOMPARE(encoded(QByteArrayView("a\0b", 3)), "a%00b");
}

void TestAddressGuard::refusedTextsNameTheFieldAndNotTheUrl()
{
    const Status judged = AddressGuard().judgeText(u"http://admin:hunter2@netbox/"_s, "base_url"_L1);
    QVERIFY(!judged);
    QCOMPARE(judged.error().code, ErrorCode::Validation);
    QCOMPARE(judged.error().field, u"base_url"_s);
    QVERIFY(judged.error().message.contains(u"'base_url'"_s));
    QVERIFY(!judged.error().message.contains(u"hunter2"_s));
    QVERIFY(AddressGuard().judgeText(u"https://netbox.lan/prefix"_s, "base_url"_L1));
}

QTEST_GUILESS_MAIN(TestAddressGuard)
#include "tst_addressguard.moc"
