#include "tst_enrichment.h"

#include "apibench.h"
#include "enrichment/enrichment.h"
#include "enrichment/enrichmentroutes.h"
#include "lookups/lookups.h"

#include <QTcpServer>
#include <QTcpSocket>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace agent::test {

/// An inventory: answers by target, and counts what it is asked.
class Inventory
{
public:
    struct Reply
    {
        int status = 200;
        QByteArray body;
    };

    Inventory()
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("cannot listen");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *peer = m_server.nextPendingConnection();
            QObject::connect(peer, &QTcpSocket::readyRead, peer, [this, peer] {
                const QByteArray head = peer->readAll();
                const QByteArray target = head.split(' ').value(1);
                targets.append(target);
                const Reply reply = replies.value(target, {404, "{}"});
                peer->write("HTTP/1.1 " + QByteArray::number(reply.status) + " X\r\nContent-Length: " +
                            QByteArray::number(reply.body.size()) + "\r\nConnection: close\r\n\r\n" + reply.body);
                peer->disconnectFromHost();
            });
        });
    }
    [[nodiscard]] QByteArray url() const { return "http://127.0.0.1:" + QByteArray::number(m_server.serverPort()); }

    QHash<QByteArray, Reply> replies;
    QByteArrayList targets;

private:
    QTcpServer m_server;
};

} // namespace agent::test

EnrichmentTest::EnrichmentTest() = default;
EnrichmentTest::~EnrichmentTest() = default;

RouteCaller &EnrichmentTest::call() { return m_api->call; }

namespace {

const QByteArray kNetboxIp =
    R"({"count":1,"results":[{"address":"10.1.2.3/24","status":{"value":"active","label":"Active"},)"
    R"("vrf":{"name":"mgmt"},"assigned_object":{"device":{"name":"core-1"}}}]})";

} // namespace

Answer EnrichmentTest::ask(const QByteArray &source, const QByteArray &token, const QByteArray &session)
{
    return call().post("/api/enrich/source", object({{"token", token}, {"source", source}, {"session_id", session}}));
}

void EnrichmentTest::bind(const QByteArray &source, const QByteArray &more)
{
    QCOMPARE(call()
                 .put("/api/enrichment-sources/" + source, R"({"api_resource_id":")" + m_resource + '"' + more + '}')
                 .status,
             204);
}

void EnrichmentTest::init()
{
    m_api = std::make_unique<ApiBench>();
    m_inventory = std::make_unique<Inventory>();
    m_lookups = std::make_unique<Lookups>(m_api->bench.database);
    m_enrichment = std::make_unique<Enrichment>(m_api->bench.database, *m_lookups, m_api->api, m_api->pool);
    registerEnrichmentRoutes(m_api->bench.router, m_api->bench.database, *m_enrichment, m_api->pool);
    registerEnrichRoutes(m_api->bench.router, *m_enrichment);
    m_resource = m_api->bench.make("/api/api-resources", R"({"name":"r","base_url":")" + m_inventory->url() +
                                                             R"(","auth_type":"bearer_token","auth_token":"t0ken"})");
}

void EnrichmentTest::cleanup()
{
    m_api.reset();
    m_enrichment.reset();
    m_lookups.reset();
    m_inventory.reset();
}

void EnrichmentTest::onlyMatchersWithSomebodyToAskAreActive()
{
    const auto active = [this] {
        QStringList names;
        const Answer answer = call().get("/api/enrich/active-matchers");
        for (const JsonValue &matcher : answer.json()["matchers"].GetArray())
            names.append(QString::fromUtf8(matcher["name"].GetString()));
        return names;
    };
    QCOMPARE(active(), (QStringList{u"ipv4"_s, u"mac_cisco"_s, u"mac_colon"_s})); // DNS and vendors are built in
    bind("builtin-crawler-port");
    QVERIFY(active().contains(u"cisco_interface"_s));
    const Answer answer = call().get("/api/enrich/active-matchers");
    QVERIFY(answer.json()["crawler_available"].GetBool() && !answer.json()["netbox_available"].GetBool());
}

void EnrichmentTest::wordsFindTheirMatcher()
{
    const Answer hit = call().post("/api/enrich/match", R"({"token":"[10.1.2.3]"})");
    QCOMPARE(hit.body, R"({"token":"[10.1.2.3]","token_normalized":"10.1.2.3",)"
                       R"("matcher_name":"ipv4","source_names":["dns_ptr"]})");
    bind("builtin-netbox-ip");
    QCOMPARE(call().post("/api/enrich/match", R"({"token":"10.1.2.3"})").json()["source_names"].Size(), 2u);
    QCOMPARE(call().post("/api/enrich/match", R"({"token":"hello"})").body,
             R"({"token":"hello","token_normalized":"hello","matcher_name":null,"source_names":[]})");
    QCOMPARE(call().post("/api/enrich/match", R"({"token":")" + QByteArray(100'000, '1') + R"("})").status, 200);
    QCOMPARE(call().post("/api/enrich/match", R"({"session_id":"x"})").status, 422);
}

void EnrichmentTest::theFlavorOfTheSessionCounts()
{
    const QByteArray profile = m_api->bench.makeProfile("p");
    const QByteArray junos = m_api->bench.makeSession("j", profile, R"(,"cli_flavor":"juniper")");
    const auto matcherOf = [this](const QByteArray &body) {
        return call().post("/api/enrich/match", body).text("matcher_name");
    };
    QCOMPARE(matcherOf(R"({"token":"ge-0/0/1.0","session_id":")" + junos + R"("})"), u"junos_interface"_s);
    QCOMPARE(matcherOf(R"({"token":"ge-0/0/1.0"})"), QString());
    QCOMPARE(matcherOf(R"({"token":"Gi0/1","session_id":")" + junos + R"("})"), QString());
    QCOMPARE(matcherOf(R"({"token":"Gi0/1","session_id":")" + junos + R"(","cli_flavor":"cisco-ios"})"),
             u"cisco_interface"_s);
    QCOMPARE(matcherOf(R"({"token":"10.0.0.1","session_id":"nope"})"), u"ipv4"_s);
}

void EnrichmentTest::aNetboxSectionIsShown()
{
    bind("builtin-netbox-ip");
    m_inventory->replies.insert("/api/ipam/ip-addresses/?address=10.1.2.3", {200, kNetboxIp});
    const Answer answer = ask("netbox_ip", "10.1.2.3");
    QVERIFY(answer.json()["error"].IsNull());
    const JsonValue &data = answer.json()["data"];
    QCOMPARE(QByteArray(data["assigned_object.device.name"].GetString()), "core-1");
    QCOMPARE(QByteArray(data["vrf.name"].GetString()), "mgmt");
    QCOMPARE(QByteArray(data["status.label"].GetString()), "Active");
    QCOMPARE(data["_meta"]["fields"].Size(), 3u);
    QCOMPARE(QByteArray(data["_raw"]["address"].GetString()), "10.1.2.3/24");
    // Unknown to the inventory, and an empty list: nothing to show.
    m_inventory->replies.insert("/api/ipam/ip-addresses/?address=10.9.9.9", {200, R"({"results":[]})"});
    for (const QByteArray &token : {"10.8.8.8"_ba, "10.9.9.9"_ba})
        QCOMPARE(ask("netbox_ip", token).body, R"({"source":"netbox_ip","data":null,"error":null})");
}

void EnrichmentTest::answersAreKept()
{
    bind("builtin-netbox-ip");
    m_inventory->replies.insert("/api/ipam/ip-addresses/?address=10.1.2.3", {200, kNetboxIp});
    for (int i = 0; i < 3; ++i)
        QVERIFY(ask("netbox_ip", "10.1.2.3").json()["data"].IsObject());
    QCOMPARE(m_inventory->targets.size(), 1);
    QCOMPARE(call().post("/api/enrichment/reload").status, 200);
    QVERIFY(ask("netbox_ip", "10.1.2.3").json()["data"].IsObject());
    QCOMPARE(m_inventory->targets.size(), 2);
    // A source that was edited answers anew.
    bind("builtin-netbox-ip", R"(,"response_unwrap":"count")");
    QCOMPARE(ask("netbox_ip", "10.1.2.3").json()["data"]["_raw"].GetInt(), 1);
    QCOMPARE(m_inventory->targets.size(), 3);
}

void EnrichmentTest::failuresAreErrorsAndTriedAgain()
{
    bind("builtin-netbox-ip");
    const QByteArray target = "/api/ipam/ip-addresses/?address=10.1.2.3";
    m_inventory->replies.insert(target, {500, "oops"});
    QCOMPARE(ask("netbox_ip", "10.1.2.3").text("error"), u"HTTP 500"_s);
    m_inventory->replies.insert(target, {200, kNetboxIp});
    QVERIFY(ask("netbox_ip", "10.1.2.3").json()["data"].IsObject());
    m_inventory->replies.insert("/api/ipam/ip-addresses/?address=10.1.2.4", {200, "<html>"});
    QVERIFY(ask("netbox_ip", "10.1.2.4").text("error").contains(u"no JSON"_s));
    m_inventory.reset();
    QVERIFY(ask("netbox_ip", "10.1.2.5").text("error").startsWith(u"Request failed"_s));
}

void EnrichmentTest::aSourceIsAskedOnlyAboutItsWords()
{
    bind("builtin-netbox-ip");
    QVERIFY(!ask("netbox_ip", "../../users").text("error").isEmpty());
    QVERIFY(ask("nobody", "10.1.2.3").text("error").contains(u"nobody"_s));
    QVERIFY(ask("netbox_interface", "10.1.2.3").json()["data"].IsNull());
    QVERIFY(m_inventory->targets.isEmpty());
    QVERIFY(ask("crawler_device", "10.1.2.3").text("error").contains(u"no API resource"_s));
}

void EnrichmentTest::builtInSourcesSpeak()
{
    const Answer vendor = ask("oui_vendor", "00:00:0c:12:34:56");
    QCOMPARE(QByteArray(vendor.json()["data"]["vendor"].GetString()), "Cisco Systems, Inc");
    QCOMPARE(QByteArray(vendor.json()["data"]["_meta"]["fields"][0]["label"].GetString()), "Vendor");
    const Answer type = ask("mac_address_type", "0242.ac11.0002");
    QCOMPARE(QByteArray(type.json()["data"]["type"].GetString()), "Docker Virtual");
    QCOMPARE(QByteArray(type.json()["data"]["_raw"]["scope"].GetString()), "virtual");
    QVERIFY(ask("oui_vendor", "0242.ac11.0002").json()["data"].IsNull()); // nobody's block
    QVERIFY(ask("mac_address_type", "00:00:0c:12:34:56").json()["data"].IsNull());
}

void EnrichmentTest::allSourcesAtOnce()
{
    bind("builtin-crawler-mac");
    m_inventory->replies.insert("/api/v1/search/node?q=00%3A00%3A0c%3A12%3A34%3A56", {503, ""});
    const QByteArray body = R"({"token":"00:00:0c:12:34:56"})";
    const Answer first = call().post("/api/enrich", body);
    QCOMPARE(first.status, 200);
    QCOMPARE(first.text("matcher_name"), u"mac_colon"_s);
    QVERIFY(first.json()["sources"]["mac_address_type"].IsNull());
    QCOMPARE(QByteArray(first.json()["sources"]["oui_vendor"]["vendor"].GetString()), "Cisco Systems, Inc");
    QCOMPARE(QByteArray(first.json()["errors"]["crawler_mac"].GetString()), "HTTP 503");
    QVERIFY(!first.json()["cached"].GetBool());
    m_inventory->replies.insert("/api/v1/search/node?q=00%3A00%3A0c%3A12%3A34%3A56",
                                {200, R"([{"switch":"sw1","port":"7"}])"});
    QVERIFY(!call().post("/api/enrich", body).json()["cached"].GetBool());
    const Answer third = call().post("/api/enrich", body);
    QVERIFY(third.json()["cached"].GetBool());
    QCOMPARE(QByteArray(third.json()["sources"]["crawler_mac"]["switch"].GetString()), "sw1");
    QVERIFY(!third.json().HasMember("errors"));
    const Answer nothing = call().post("/api/enrich", R"({"token":"hello"})");
    QVERIFY(nothing.json()["matcher_name"].IsNull());
    QCOMPARE(nothing.json()["sources"].MemberCount(), 0u);
}

void EnrichmentTest::theSessionIsInThePath()
{
    const QByteArray session =
        m_api->bench.make("/api/sessions", R"({"name":"edge 1","host":"localhost","profile_id":")" +
                                               m_api->bench.makeProfile("p") + R"(","cli_flavor":"cisco-ios"})");
    bind("builtin-crawler-port",
         R"(,"path_template":"/d/{session_host}/{session_host_ip}/{session_name}?i={token_url}")");
    const Answer answer = ask("crawler_port", "Gi0/1", session);
    QVERIFY2(answer.json()["error"].IsNull(), answer.body.constData());
    QCOMPARE(m_inventory->targets.size(), 1);
    QVERIFY2(m_inventory->targets.first().startsWith("/d/localhost/127.0.0.1/edge%201?i=Gi0%2F1"),
             m_inventory->targets.first().constData());
}

void EnrichmentTest::aLockedVaultIsSaid()
{
    bind("builtin-netbox-ip");
    QCOMPARE(call().post("/api/vault/lock").status, 204);
    QVERIFY(ask("netbox_ip", "10.1.2.3").text("error").contains(u"Vault is locked"_s));
    QVERIFY(m_inventory->targets.isEmpty());
    QCOMPARE(call().post("/api/vault/unlock", R"({"password":"correct horse"})").status, 204);
    m_inventory->replies.insert("/api/ipam/ip-addresses/?address=10.1.2.3", {200, kNetboxIp});
    QVERIFY(ask("netbox_ip", "10.1.2.3").json()["data"].IsObject()); // the refusal was not kept
}

void EnrichmentTest::aSourceIsTried()
{
    m_inventory->replies.insert("/x?q=10.1.2.3", {200, kNetboxIp});
    const QByteArray body =
        R"({"api_resource_id":")" + m_resource +
        R"(","path_template":"/x?q={token}","response_unwrap":"results.0","sample_token":"10.1.2.3"})";
    const Answer good = call().post("/api/enrichment-sources/test", body);
    QVERIFY(good.json()["success"].GetBool());
    QCOMPARE(good.json()["status_code"].GetInt(), 200);
    QCOMPARE(good.text("url").toLatin1(), m_inventory->url() + "/x?q=10.1.2.3");
    QCOMPARE(QByteArray(good.json()["unwrapped"]["address"].GetString()), "10.1.2.3/24");
    QStringList keys;
    for (const JsonValue &key : good.json()["flattened_keys"].GetArray())
        keys.append(QString::fromUtf8(key.GetString()));
    QVERIFY(keys.contains(u"assigned_object.device.name"_s));
    m_inventory->replies.insert("/x?q=10.1.2.3", {403, "denied"});
    const Answer denied = call().post("/api/enrichment-sources/test", body);
    QVERIFY(!denied.json()["success"].GetBool() && denied.json()["error"].IsNull());
    QCOMPARE(denied.json()["status_code"].GetInt(), 403);
    QCOMPARE(denied.text("raw_text"), u"denied"_s);
    const Answer nobody = call().post("/api/enrichment-sources/test", R"({"path_template":"/x","sample_token":"a"})");
    QVERIFY(!nobody.json()["success"].GetBool() && nobody.json()["error"].IsString() &&
            nobody.json()["status_code"].IsNull());
    QCOMPARE(call()
                 .post("/api/enrichment-sources/test",
                       R"({"api_resource_id":"nope","path_template":"/x","sample_token":"a"})")
                 .status,
             400);
    m_inventory.reset();
    const Answer gone = call().post("/api/enrichment-sources/test", body);
    QVERIFY(gone.json()["status_code"].IsNull() && gone.json()["error"].IsString());
}

QTEST_GUILESS_MAIN(EnrichmentTest)
