#include "integrationbench.h"
#include "mcp/mcpserver.h"
#include "mcp/mcpserverstore.h"
#include "resourcechecks/plainresource.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kMcp = "/api/mcp/servers";

} // namespace

/// Contract 07: MCP servers and their tools.
class McpServersTest : public QObject, private IntegrationBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void mcpServersArePlain();
    void mcpServersNeedAWay();
    void theReferencesRowsCanBeRenamed();
    void mcpTokensAreSealed();
    void aChangedMcpServerIsDisconnected();
    void toolsAreShownAndAllowed();
    void plainMcpTokensAreSealedAtUnlock();
};

void McpServersTest::mcpServersArePlain()
{
    vault->lock(); // no token, no vault
    PlainResourceChecks<McpServer>(
        bench->call, {.path = kMcp,
                      .sample = R"({"name":"n","transport_type":"sse","command":"npx","args":["-y","x"],)"
                                R"("url":"https://tools.example.net/sse","auth_type":"bearer","server_type":"search"})",
                      .otherSample = R"({"name":"other","command":"uvx"})",
                      .bounds = {{"name", 1024}, {"command", 4096}, {"server_type", 1024}},
                      .hasItemGet = false})
        .run();
    const Answer made = bench->call.post(kMcp, R"({"name":"m","command":"npx"})");
    QByteArray rest = made.body;
    QCOMPARE(rest.replace(made.text("id").toLatin1(), "*"),
             R"({"id":"*","name":"m","transport_type":"stdio","command":"npx","args":[],"url":null,)"
             R"("auth_type":"none","server_type":"custom","enabled":false,"connected":false,"tools":[]})");
    bench->make(kMcp, R"({"name":"B","command":"npx"})");
    bench->make(kMcp, R"({"name":"a","command":"npx"})");
    QCOMPARE(bench->names(kMcp), (QStringList{u"B"_s, u"a"_s, u"m"_s}));
}

void McpServersTest::mcpServersNeedAWay()
{
    for (const auto &[body, field] : {
             std::pair<QByteArray, QString>{R"({"name":"n"})", u"command"_s},
             {R"({"name":"n","command":" "})", u"command"_s},
             {R"({"name":"n","transport_type":"sse","command":"npx"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"tools.example.net"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"file:///etc/passwd"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://x@169.254.169.254/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://169.254.169.254/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://metadata.google.internal/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://[::]/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://[fe80::1]/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://[::ffff:169.254.169.254]/"})", u"url"_s},
             {R"({"name":"n","command":"npx","args":["a\u0000b"]})", u"args"_s},
         }) {
        const Answer answer = bench->call.post(kMcp, body);
        QVERIFY2(answer.status == 400 && answer.text("field") == field,
                 qPrintable(QString::fromUtf8(body + " " + answer.body)));
    }
    for (const char *url : {"http://127.0.0.1:3000/sse", "http://10.0.0.5", "https://[fd00::1]:8443/mcp"})
        QCOMPARE(bench->call.post(kMcp, object({{"name", "n"}, {"transport_type", "sse"}, {"url", url}})).status, 201);
    const QByteArray item = kMcp + '/' + bench->make(kMcp, R"({"name":"n","command":"npx"})");
    QCOMPARE(bench->call.put(item, R"({"transport_type":"sse"})").text("field"), u"url"_s);
    QCOMPARE(bench->call.put(item, R"({"command":""})").text("field"), u"command"_s);
}

void McpServersTest::theReferencesRowsCanBeRenamed()
{
    bench->sql(u"INSERT INTO mcp_servers (id, name, command, args, transport_type, auth_type) VALUES "
               "('old', 'n', '', 'not json', 'carrier pigeon', 'odd') RETURNING 1"_s);
    const Answer answer = bench->call.put(kMcp + "/old", R"({"name":"renamed"})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("name") + answer.text("transport_type") + answer.text("auth_type"),
             u"renamedcarrier pigeonnone"_s);
    QCOMPARE(answer.json()["args"].Size(), 0u);
}

void McpServersTest::mcpTokensAreSealed()
{
    setPassword();
    const QByteArray remote = R"({"name":"n","transport_type":"sse","url":"https://x"})";
    const Answer made = bench->call.post(kMcp, with(remote, "auth_token", R"("S3cr3tSentinel")"));
    QCOMPARE(made.status, 201);
    const QByteArray item = kMcp + '/' + made.text("id").toLatin1();
    QVERIFY(!made.body.contains("S3cr3t") && !made.body.contains("auth_token"));
    QVERIFY(!bench->call.get(kMcp).body.contains("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
    const auto token = [&] {
        const QByteArray blob = bench->sql(u"SELECT auth_token_encrypted FROM mcp_servers"_s).toByteArray();
        auto opened = vault->key()->open(blob);
        return opened ? opened->reveal([](QByteArrayView bytes) { return bytes.toByteArray(); }) : QByteArray();
    };
    QCOMPARE(token(), "S3cr3tSentinel");
    QCOMPARE(bench->call.put(item, R"({"name":"m"})").status, 200);
    QCOMPARE(bench->call.put(item, R"({"auth_token":null})").status, 200);
    QCOMPARE(token(), "S3cr3tSentinel"); // absent and null keep
    QCOMPARE(bench->call.put(item, R"({"auth_token":"other"})").status, 200);
    QCOMPARE(token(), "other");
    QCOMPARE(bench->call
                 .put("/api/vault/password",
                      R"({"old_password":"correct horse battery","new_password":"battery horse correct"})")
                 .status,
             204);
    QCOMPARE(token(), "other");

    vault->lock();
    const QByteArray before = bench->call.get(kMcp).body;
    QVERIFY(isLocked(bench->call.post(kMcp, with(remote, "auth_token", "\"x\""))));
    QVERIFY(isLocked(bench->call.put(item, R"({"name":"not stored","auth_token":"x"})")));
    QCOMPARE(bench->call.get(kMcp).body, before);
    QCOMPARE(bench->call.post(kMcp, with(remote, "auth_token", "\"\"")).status, 201); // empty is none
    QCOMPARE(bench->call.put(item, R"({"auth_token":""})").status, 200);
    QVERIFY(bench->sql(u"SELECT max(auth_token_encrypted) IS NULL FROM mcp_servers"_s).toBool());
    QCOMPARE(bench->call.put(item, R"({"auth_token":7})").text("field"), u"auth_token"_s);
    QCOMPARE(bench->call.put(item, object("auth_token", QByteArray(64 * 1024 + 1, 'x'))).status, 400);
}

void McpServersTest::aChangedMcpServerIsDisconnected()
{
    const QByteArray item = kMcp + '/' + bench->make(kMcp, R"({"name":"n","command":"npx"})");
    const auto isEnabled = [&] { return bench->sql(u"SELECT enabled FROM mcp_servers"_s).toBool(); };
    bench->sql(u"UPDATE mcp_servers SET enabled = 1 RETURNING 1"_s);
    QVERIFY(bench->call.get(kMcp).json()[0]["enabled"].GetBool());
    QVERIFY(!bench->call.put(item, R"({"enabled":true})").json()["enabled"].GetBool());
    QVERIFY(!isEnabled());
    bench->sql(u"UPDATE mcp_servers SET enabled = 1 RETURNING 1"_s);
    QCOMPARE(bench->call.post(item + "/disconnect").status, 204);
    QVERIFY(!isEnabled());
    QCOMPARE(bench->call.post(kMcp + "/nobody/disconnect").status, 204);
}

void McpServersTest::toolsAreShownAndAllowed()
{
    const QByteArray server = bench->make(kMcp, R"({"name":"n","command":"npx"})");
    const auto add = [&](const QString &name, const QString &schema) {
        bench->sql(u"INSERT INTO mcp_tools (id, server_id, name, input_schema) VALUES ('%1:%2', '%1', '%2', '%3') "
                   "RETURNING 1"_s.arg(QString::fromLatin1(server), name, schema));
    };
    add(u"files/read me"_s, u"{\"type\": \"object\"}"_s);
    add(u"echo"_s, u"not json"_s);
    const Answer listed = bench->call.get(kMcp);
    QCOMPARE(toJsonText(listed.json()[0]["tools"]),
             R"([{"id":")" + server +
                 R"(:echo","name":"echo","description":null,"enabled":false,"input_schema":{}},)"
                 R"({"id":")" +
                 server +
                 R"(:files/read me","name":"files/read me","description":null,)"
                 R"("enabled":false,"input_schema":{"type":"object"}}])");
    for (const QByteArray &name :
         {QByteArray("echo"), QByteArray("files/read%20me"), QByteArray("files%2Fread%20me")}) {
        const QByteArray path = "/api/mcp/tools/" + server + ':' + name + "/enabled";
        for (const bool enabled : {true, false}) {
            QCOMPARE(bench->call.put(path, enabled ? R"({"enabled":true})" : R"({"enabled":false})").status, 204);
            QCOMPARE(bench->sql(u"SELECT count(*) FROM mcp_tools WHERE enabled = 1"_s).toInt(), enabled ? 1 : 0);
        }
    }
    QCOMPARE(bench->call.put("/api/mcp/tools/" + server + ":none/enabled", R"({"enabled":true})").status, 404);
    QCOMPARE(bench->call.put("/api/mcp/tools/" + server + ":echo/enabled", R"({})").text("field"), u"enabled"_s);
    // A change keeps them, deleting the server does not.
    QCOMPARE(bench->call.put(kMcp + '/' + server, R"({"name":"m"})").json()["tools"].Size(), 2u);
    QCOMPARE(bench->call.remove(kMcp + '/' + server).status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM mcp_tools"_s).toInt(), 0);
}

void McpServersTest::plainMcpTokensAreSealedAtUnlock()
{
    setPassword();
    bench->sql(u"INSERT INTO mcp_servers (id, name, command, auth_token) VALUES ('old', 'n', 'x', 'S3cr3tSentinel') "
               "RETURNING 1"_s);
    QVERIFY(isOnDisk("S3cr3tSentinel"));
    vault->lock();
    (void)QCoro::waitFor(mcp::sealPlainTokens(bench->database, vault->key()));
    QCOMPARE(bench->sql(u"SELECT auth_token FROM mcp_servers"_s).toString(), u"S3cr3tSentinel"_s);
    unlockAgain();
    QCoro::waitFor(mcp::sealPlainTokens(bench->database, vault->key()));
    QVERIFY(bench->sql(u"SELECT auth_token IS NULL FROM mcp_servers"_s).toBool());
    const auto opened = vault->key()->open(bench->sql(u"SELECT auth_token_encrypted FROM mcp_servers"_s).toByteArray());
    QVERIFY(opened && opened->equals("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
}

QTEST_GUILESS_MAIN(McpServersTest)
#include "tst_mcpservers.moc"
