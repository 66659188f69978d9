#include "httpclient/httpclient.h"
#include "lookups/lookuproutes.h"
#include "lookups/lookups.h"
#include "lookups/ouirefresh.h"
#include "resourcebench.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QUdpSocket>
#include <QtEndian>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A name server that knows the pointers of a few addresses.
class NameServer
{
public:
    enum Code : quint8 { NoError = 0, ServerFailure = 2, NameError = 3 };
    struct Reply
    {
        Code code = NoError;
        QStringList names = {};
        bool isSilent = false;
    };

    NameServer()
    {
        if (!m_socket.bind(QHostAddress::LocalHost))
            qFatal("cannot bind a name server");
        QObject::connect(&m_socket, &QUdpSocket::readyRead, &m_socket, [this] { answer(); });
    }
    [[nodiscard]] quint16 port() const { return m_socket.localPort(); }

    QHash<QString, Reply> replies; ///< by reverse name
    int questions = 0;

private:
    static QByteArray encoded(const QString &name)
    {
        QByteArray bytes;
        for (const QString &label : name.split(u'.'))
            bytes += char(label.size()) + label.toLatin1();
        return bytes + '\0';
    }

    void answer()
    {
        QByteArray question(512, '\0');
        QHostAddress client;
        quint16 port = 0;
        question.resize(m_socket.readDatagram(question.data(), question.size(), &client, &port));
        ++questions;
        QStringList labels;
        qsizetype at = 12;
        while (question[at] != 0) {
            labels += QString::fromLatin1(question.mid(at + 1, question[at]));
            at += question[at] + 1;
        }
        const Reply reply = replies.value(labels.join(u'.'), {.code = NameError});
        if (reply.isSilent)
            return;
        QByteArray head = question.first(2) + "\x81"_ba + char(0x80 | reply.code) + question.mid(4, 2);
        char count[2];
        qToBigEndian(quint16(reply.names.size()), count);
        head += QByteArray(count, 2) + QByteArray(4, '\0') + question.sliced(12, at + 5 - 12);
        for (const QString &name : reply.names) {
            const QByteArray data = encoded(name);
            qToBigEndian(quint16(data.size()), count);
            head += QByteArray("\xc0\x0c\0\x0c\0\x01\0\0\0\x3c", 10) + QByteArray(count, 2) + data;
        }
        m_socket.writeDatagram(head, client, port);
    }

    QUdpSocket m_socket;
};

/// A WHOIS server that answers by a table, and can be slow or endless.
class WhoisServer
{
public:
    WhoisServer()
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("cannot listen");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *peer = m_server.nextPendingConnection();
            QObject::connect(peer, &QTcpSocket::readyRead, peer, [this, peer] {
                const QByteArray query = peer->readAll().trimmed();
                queries.append(query);
                if (isSilent)
                    return;
                if (isEndless) {
                    const auto more = [peer] {
                        while (peer->bytesToWrite() < 100'000)
                            peer->write(QByteArray("netname: ENDLESS\n").repeated(1000));
                    };
                    QObject::connect(peer, &QTcpSocket::bytesWritten, peer, more);
                    return more();
                }
                peer->write(answers.value(query, "% nothing found\n"));
                peer->disconnectFromHost();
            });
        });
    }
    [[nodiscard]] quint16 port() const { return m_server.serverPort(); }
    [[nodiscard]] QByteArray referral() const
    {
        return "refer: whois://127.0.0.1:" + QByteArray::number(port()) + "\n";
    }

    QHash<QByteArray, QByteArray> answers;
    QByteArrayList queries;
    bool isSilent = false;
    bool isEndless = false;

private:
    QTcpServer m_server;
};

} // namespace

/// The IEEE's web server with its registry.
class Registry
{
public:
    Registry()
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("cannot listen");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *peer = m_server.nextPendingConnection();
            QObject::connect(peer, &QTcpSocket::readyRead, peer, [this, peer] {
                ++requests;
                peer->readAll();
                peer->write("HTTP/1.1 " + QByteArray::number(status) + " X\r\nContent-Length: " +
                            QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
                peer->disconnectFromHost();
            });
        });
    }
    [[nodiscard]] QByteArray url() const
    {
        return "http://127.0.0.1:" + QByteArray::number(m_server.serverPort()) + "/oui.csv";
    }

    int status = 200;
    int requests = 0;
    QByteArray body;

private:
    QTcpServer m_server;
};

/// `/api/lookup/*` against a name server and WHOIS servers on loopback: contract 05 section 6.
class LookupsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void vendorsComeFromTheDatabaseThenTheProgram();
    void oddMacAddressesAreAnswered();
    void pointersOfAddresses();
    void anAddressWithoutPointersSaysSo();
    void aFailingNameServerIsAnError();
    void aSilentNameServerDoesNotHoldAnybodyUp();
    void namesOfThisMachineAreFound();
    void whatIsNoNameIsNotAsked();
    void answersAreKeptAndAskedOnce();
    void whoisFollowsReferrals();
    void referralsMayNotLeadAnywhere();
    void whoisEndsWithinItsLimits();
    void localAddressesAreNotAskedAbout();
    void systemsByNumberAndByAddress();
    void vendorsAreRefreshedWhenAsked();
    void aRefreshThatFailsChangesNothing();

private:
    QString text(const QByteArray &path, const char *member) { return call().get(path).text(member); }
    RouteCaller &call() { return m_bench->call; }

    std::unique_ptr<ResourceBench> m_bench;
    std::unique_ptr<NameServer> m_names;
    std::unique_ptr<WhoisServer> m_root;
    std::unique_ptr<WhoisServer> m_registry;
    std::unique_ptr<Lookups> m_lookups;
    std::unique_ptr<Registry> m_registryOfVendors;
    std::unique_ptr<HttpClient> m_http;
    std::unique_ptr<OuiRefresh> m_refresh;
    QThreadPool m_pool;
};

void LookupsTest::init()
{
    m_bench = std::make_unique<ResourceBench>();
    m_names = std::make_unique<NameServer>();
    m_root = std::make_unique<WhoisServer>();
    m_registry = std::make_unique<WhoisServer>();
    Lookups::Options options;
    options.dns.server = QHostAddress(QHostAddress::LocalHost);
    options.dns.port = m_names->port();
    options.dns.limit = 1500ms;
    options.whois.root = u"127.0.0.1"_s;
    options.whois.origins = u"127.0.0.1"_s;
    options.whois.port = m_root->port();
    options.whois.stepLimit = 1500ms;
    options.whois.limit = 4s;
    options.whois.mayFollow = [port = m_registry->port()](const whoistext::Referral &next) {
        return next.port == port;
    };
    m_lookups = std::make_unique<Lookups>(m_bench->database, options);
    m_registryOfVendors = std::make_unique<Registry>();
    m_http = std::make_unique<HttpClient>();
    m_refresh = std::make_unique<OuiRefresh>(m_bench->database, *m_http, m_pool, m_registryOfVendors->url());
    registerLookupRoutes(m_bench->router, *m_lookups, *m_refresh);
}

void LookupsTest::cleanup()
{
    m_http->stop();
    m_refresh.reset();
    m_http.reset();
    m_lookups.reset();
    m_bench.reset();
}

void LookupsTest::vendorsComeFromTheDatabaseThenTheProgram()
{
    QCOMPARE(text("/api/lookup/oui/00:00:0c:01:02:03", "vendor"), u"Cisco Systems, Inc"_s);
    m_bench->sql(u"INSERT INTO oui_vendors (prefix, vendor, registry, updated_at) VALUES ('00000C', 'Ours', 'MA-L', "
                 "'2026-01-01 00:00:00') RETURNING 1"_s);
    QCOMPARE(call().get("/api/lookup/oui/0000.0c01.0203").body,
             R"({"mac":"0000.0c01.0203","vendor":"Ours","error":null})");
}

void LookupsTest::oddMacAddressesAreAnswered()
{
    QVERIFY(text("/api/lookup/oui/00%3A0", "error").contains(u"6 hex digits"_s));
    QCOMPARE(text("/api/lookup/oui/02-42-ac-11-00-02", "vendor"), u"Locally administered address (no vendor)"_s);
    QCOMPARE(text("/api/lookup/oui/FDFFFF", "vendor"), u"Unknown vendor (OUI: FD:FF:FF)"_s);
    QCOMPARE(call().get("/api/lookup/oui/%2F..%2F").status, 200);
}

void LookupsTest::pointersOfAddresses()
{
    m_names->replies.insert(u"1.2.0.192.in-addr.arpa"_s, {.names = {u"core.example.net"_s, u"lo0.example.net"_s}});
    const Answer answer = call().get("/api/lookup/dns/192.0.2.1");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("query_type"), u"PTR (reverse)"_s);
    QVERIFY(answer.json()["error"].IsNull());
    QStringList names;
    for (const JsonValue &name : answer.json()["results"].GetArray())
        names.append(QString::fromUtf8(name.GetString()));
    names.sort();
    QCOMPARE(names, (QStringList{u"core.example.net"_s, u"lo0.example.net"_s}));
    m_names->replies.insert(u"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"_s,
                            {.names = {u"six.example.net"_s}});
    QCOMPARE(QByteArray(call().get("/api/lookup/dns/2001:db8::1").json()["results"][0].GetString()), "six.example.net");
}

void LookupsTest::anAddressWithoutPointersSaysSo()
{
    m_names->replies.insert(u"2.2.0.192.in-addr.arpa"_s, {});
    for (const char *address : {"192.0.2.2", "192.0.2.3"}) { // no records; no such name
        const Answer answer = call().get(QByteArray("/api/lookup/dns/") + address);
        QVERIFY(answer.json()["error"].IsNull());
        QCOMPARE(QByteArray(answer.json()["results"][0].GetString()), "No PTR record found");
    }
}

void LookupsTest::aFailingNameServerIsAnError()
{
    m_names->replies.insert(u"4.2.0.192.in-addr.arpa"_s, {.code = NameServer::ServerFailure});
    const Answer answer = call().get("/api/lookup/dns/192.0.2.4");
    QVERIFY(answer.text("error").startsWith(u"DNS error"_s));
    QCOMPARE(answer.json()["results"].Size(), 0u);
}

void LookupsTest::aSilentNameServerDoesNotHoldAnybodyUp()
{
    m_names->replies.insert(u"5.2.0.192.in-addr.arpa"_s, {.isSilent = true});
    QCOMPARE(text("/api/lookup/dns/192.0.2.5", "error"), u"DNS error: no answer in time"_s);
    m_names->replies.insert(u"5.2.0.192.in-addr.arpa"_s, {.names = {u"back.example.net"_s}});
    QCOMPARE(call().get("/api/lookup/dns/192.0.2.5").json()["results"].Size(), 1u); // failures are not kept
}

void LookupsTest::namesOfThisMachineAreFound()
{
    const Answer answer = call().get("/api/lookup/dns/localhost");
    QCOMPARE(answer.text("query_type"), u"A/AAAA (forward)"_s);
    QVERIFY2(answer.body.contains("\"127.0.0.1\"") || answer.body.contains("\"::1\""), answer.body.constData());
}

void LookupsTest::whatIsNoNameIsNotAsked()
{
    for (const char *query : {"-h", "a%20b", "a%0d%0ab", "a..b"}) {
        const Answer dns = call().get(QByteArray("/api/lookup/dns/") + query);
        QCOMPARE(dns.status, 200);
        QCOMPARE(dns.text("query_type"), u"rejected"_s);
        QVERIFY(!dns.text("error").isEmpty());
        const Answer whois = call().get(QByteArray("/api/lookup/whois/") + query);
        QVERIFY(whois.json()["summary"].IsNull() && whois.json()["raw"].IsNull());
        QVERIFY(!whois.text("error").isEmpty());
        QVERIFY(!text(QByteArray("/api/lookup/asn/") + query, "error").isEmpty());
    }
    QCOMPARE(m_names->questions, 0);
    QVERIFY(m_root->queries.isEmpty());
}

void LookupsTest::answersAreKeptAndAskedOnce()
{
    m_names->replies.insert(u"6.2.0.192.in-addr.arpa"_s, {.names = {u"once.example.net"_s}});
    int answered = 0;
    for (int i = 0; i < 5; ++i)
        m_lookups->dns(u"192.0.2.6"_s).then([&answered](const DnsAnswer &answer) {
            answered += answer.results.size();
        });
    QTRY_COMPARE(answered, 5);
    QCOMPARE(call().get("/api/lookup/dns/192.0.2.6").json()["results"].Size(), 1u);
    QCOMPARE(m_names->questions, 1);
}

void LookupsTest::whoisFollowsReferrals()
{
    m_root->answers.insert("8.8.8.8", "% root\n" + m_registry->referral());
    m_registry->answers.insert("8.8.8.8", "CIDR: 8.8.8.0/24\nNetName: GOGL\nOrgName: Google\nCountry: US\n");
    const Answer answer = call().get("/api/lookup/whois/8.8.8.8");
    QVERIFY(answer.json()["error"].IsNull());
    const JsonValue &summary = answer.json()["summary"];
    QCOMPARE(QByteArray(summary["network_name"].GetString()), "GOGL");
    QCOMPARE(QByteArray(summary["organization"].GetString()), "Google");
    QCOMPARE(QByteArray(summary["cidr"].GetString()), "8.8.8.0/24");
    QVERIFY(summary["description"].IsNull());
    QVERIFY(answer.text("raw").startsWith(u"CIDR"_s));
    // A registry that is not there leaves what the server before it said.
    m_root->answers.insert("example.net", "domain: NET\n" + m_registry->referral());
    m_registry.reset();
    QVERIFY(text("/api/lookup/whois/example.net", "raw").startsWith(u"domain: NET"_s));
}

void LookupsTest::referralsMayNotLeadAnywhere()
{
    QVERIFY(WhoisClient::isPublicServer({u"whois.arin.net"_s, 43}));
    for (const auto &server : {whoistext::Referral{u"127.0.0.1"_s, 43}, whoistext::Referral{u"localhost"_s, 43},
                               whoistext::Referral{u"whois.arin.net"_s, 22}, whoistext::Referral{u"a b"_s, 43}})
        QVERIFY(!WhoisClient::isPublicServer(server));
    // Two servers that refer to each other, and one that refers to itself, come to an end.
    m_root->answers.insert("loop.example", m_registry->referral());
    m_registry->answers.insert("loop.example", m_registry->referral());
    QVERIFY(!text("/api/lookup/whois/loop.example", "raw").isEmpty());
    QCOMPARE(m_registry->queries.size(), 1);
}

void LookupsTest::whoisEndsWithinItsLimits()
{
    m_root->isSilent = true;
    QVERIFY(text("/api/lookup/whois/slow.example", "error").contains(u"no answer in time"_s));
    m_root->isSilent = false;
    m_root->isEndless = true;
    const Answer endless = call().get("/api/lookup/whois/endless.example");
    QCOMPARE(endless.text("raw").size(), 256 * 1024);
    QCOMPARE(QByteArray(endless.json()["summary"]["network_name"].GetString()), "ENDLESS");
    m_root.reset();
    QVERIFY(!text("/api/lookup/whois/nobody.example", "error").isEmpty());
}

void LookupsTest::localAddressesAreNotAskedAbout()
{
    for (const char *address : {"10.0.0.1", "127.0.0.1", "fe80::1", "192.168.0.1"}) {
        QVERIFY(text(QByteArray("/api/lookup/whois/") + address, "error").contains(u"not a public address"_s));
        QVERIFY(text(QByteArray("/api/lookup/asn/") + address, "error").contains(u"not a public address"_s));
    }
    QVERIFY(m_root->queries.isEmpty());
}

void LookupsTest::systemsByNumberAndByAddress()
{
    m_root->answers.insert("AS3333", "aut-num: AS3333\nas-name: RIPE-NCC-AS\ndescr: RIPE NCC\ncountry: NL\n");
    for (const char *query : {"AS3333", "as3333", "As3333", "3333"})
        QCOMPARE(text(QByteArray("/api/lookup/asn/") + query, "name"), u"RIPE-NCC-AS"_s);
    QCOMPARE(m_root->queries.size(), 1);
    QVERIFY(!text("/api/lookup/asn/AS12x", "error").isEmpty());
    QVERIFY(!text("/api/lookup/asn/AS4294967296", "error").isEmpty());
    // The origin service is the same server here.
    m_root->answers.insert("8.8.8.8", "AS | IP | AS Name\n15169 | 8.8.8.8 | GOOGLE, US\n");
    const Answer google = call().get("/api/lookup/asn/8.8.8.8");
    QCOMPARE(google.body, R"({"asn":"AS15169","name":"GOOGLE","description":null,"country":"US","error":null})");
    // Without it, the registry's route says it.
    m_root->answers.insert("193.0.0.1", "route: 193.0.0.0/21\norigin: AS3333\n");
    QCOMPARE(text("/api/lookup/asn/193.0.0.1", "asn"), u"AS3333"_s);
}

void LookupsTest::vendorsAreRefreshedWhenAsked()
{
    QCOMPARE(m_registryOfVendors->requests, 0); // nothing happened by itself
    QByteArray csv = "Registry,Assignment,Organization Name,Organization Address\r\n";
    for (int i = 0; i < 12'000; ++i)
        csv += "MA-L," + QByteArray::number(0xA00000 + i, 16).toUpper() + ",\"Vendor " + QByteArray::number(i) +
               ", Inc\",Street\r\n";
    m_registryOfVendors->body = csv + "MA-L,00000C,Cisco of tomorrow,x\r\nMA-L,short,x,x\r\nMA-L,B00000,,x\r\n";
    const Answer answer = call().post("/api/lookup/oui/refresh");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.json()["vendors"].GetInt(), 12'001);
    QCOMPARE(text("/api/lookup/oui/A0:00:07:00:00:01", "vendor"), u"Vendor 7, Inc"_s);
    QCOMPARE(text("/api/lookup/oui/00000C", "vendor"), u"Cisco of tomorrow"_s);
    QCOMPARE(m_bench->sql(u"SELECT value FROM settings WHERE key = 'oui.last_refreshed_at'"_s).toString(),
             u'"' + answer.text("refreshed_at") + u'"');
}

void LookupsTest::aRefreshThatFailsChangesNothing()
{
    m_registryOfVendors->body = "<html>welcome to the hotel's network</html>";
    QCOMPARE(call().post("/api/lookup/oui/refresh").status, 502);
    m_registryOfVendors->status = 503;
    QVERIFY(call().post("/api/lookup/oui/refresh").text("error").contains(u"503"_s));
    m_registryOfVendors.reset();
    QCOMPARE(call().post("/api/lookup/oui/refresh").status, 502);
    QCOMPARE(m_bench->sql(u"SELECT count(*) FROM oui_vendors"_s).toInt(), 0);
    QCOMPARE(m_bench->sql(u"SELECT count(*) FROM settings WHERE key LIKE 'oui.%'"_s).toInt(), 0);
}

QTEST_GUILESS_MAIN(LookupsTest)
#include "tst_lookups.moc"
