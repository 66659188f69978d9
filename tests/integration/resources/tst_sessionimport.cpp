#include "jumps/jumpchain.h"
#include "resourcebench.h"
#include "sessionimport/importroutes.h"
#include "sessions/exportroutes.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

using Files = QList<std::pair<QString, QByteArray>>;

const QByteArray kPreview = "/api/sessions/import/preview", kConfirm = "/api/sessions/import/confirm";

QByteArray toJson(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

QByteArray request(const Files &files, QJsonObject more = {})
{
    QJsonArray list;
    for (const auto &[name, bytes] : files)
        list.append(QJsonObject{{u"name"_s, name}, {u"content"_s, QString::fromLatin1(bytes.toBase64())}});
    more.insert(u"files"_s, list);
    if (!more.contains(u"default_user"_s))
        more.insert(u"default_user"_s, u"me"_s);
    return toJson(more);
}

class ImportBench : public ResourceBench
{
public:
    ImportBench()
    {
        registerSessionExportRoutes(router, database);
        registerForeignImportRoutes(router, database, m_pool);
    }
    ~ImportBench() { m_pool.waitForDone(); }

    QJsonObject preview(const Files &files, const QJsonObject &more = {})
    {
        const Answer answer = call.post(kPreview, request(files, more));
        if (answer.status != 200)
            qFatal("preview answered %d: %s", answer.status, answer.body.constData());
        return QJsonDocument::fromJson(answer.body).object();
    }
    /// Rows of everything an import can make.
    QString rows()
    {
        return sql(u"SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM folders) || ' ' || "
                   "(SELECT count(*) FROM credential_profiles) || ' ' || (SELECT count(*) FROM jump_hosts) || ' ' || "
                   "(SELECT count(*) FROM nsx_jump_chain)"_s)
            .toString();
    }

private:
    QThreadPool m_pool;
};

QJsonObject edited(QJsonObject plan, int session, const QString &member, const QJsonValue &value)
{
    QJsonArray sessions = plan["sessions"_L1].toArray();
    QJsonObject planned = sessions[session].toObject();
    if (member == "action"_L1) {
        planned.insert(member, value);
    } else {
        QJsonObject inner = planned["session"_L1].toObject();
        inner.insert(member, value);
        planned.insert(u"session"_s, inner);
    }
    sessions[session] = planned;
    plan.insert(u"sessions"_s, sessions);
    return plan;
}

const QByteArray kOpenSsh = "Host gate\n HostName 192.0.2.1\n User jump\n"
                            "Host r1\n HostName 10.0.0.1\n User admin\n ProxyJump gate\n LocalForward 8080 web:80\n"
                            "Host r2\n HostName 10.0.0.2\n User admin\n ProxyJump outer,inner\n"
                            " IdentityFile ~/.ssh/id_lab\n";

const QByteArray kSecureCrt =
    "<VanDyke version=\"3.0\"><key name=\"Sessions\"><key name=\"Site A\"><key name=\"r1\">"
    "<string name=\"Hostname\">10.0.0.1</string><string name=\"Protocol Name\">Telnet</string>"
    "<dword name=\"Port\">2323</dword></key></key></key></VanDyke>";

const QByteArray kPutty = "Windows Registry Editor Version 5.00\n"
                          "[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\lab%20r1]\n"
                          "\"HostName\"=\"10.0.0.1\"\n\"UserName\"=\"admin\"\n\"Password\"=\"planted-s3cr3t\"\n";

} // namespace

/// docs/session-import.md: preview, then confirm.
class SessionImportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { bench = std::make_unique<ImportBench>(); }
    void cleanup() { bench.reset(); }

    void aPreviewChangesNothing();
    void everyFormatComesThrough_data();
    void everyFormatComesThrough();
    void aConfirmedPlanIsWhatWasShown();
    void aSecondImportCreatesNothing();
    void aFailingConfirmLeavesNothingBehind_data();
    void aFailingConfirmLeavesNothingBehind();
    void whatChangedSinceThePreviewIsAConflict();
    void choicesCount();
    void aLongerWayIsStoredOutwards();
    void aChainGoesWithItsJumpHost();
    void aChainThatLostAHopIsNotShortened();
    void aJumpHostOfAChainIsNotDeleted();
    void anExportKeepsTheChain();
    void includesComeAsFiles();
    void storedPasswordsGoNowhere();
    void wrongRequestsAreNamed();
    void aPlanIsNotTrusted();

private:
    std::unique_ptr<ImportBench> bench;
};

void SessionImportTest::aPreviewChangesNothing()
{
    const QString before = bench->rows();
    const QJsonObject plan = bench->preview({{u"config"_s, kOpenSsh}});
    QCOMPARE(plan["sessions"_L1].toArray().size(), 3);
    QCOMPARE(bench->rows(), before);
}

void SessionImportTest::everyFormatComesThrough_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("sessions");
    QTest::newRow("OpenSSH") << u"openssh"_s << QByteArray("Host r1\n HostName 10.0.0.1\n Port 2022\n")
                             << QByteArray("r1|10.0.0.1|2022|ssh|me|");
    QTest::newRow("PuTTY registry") << u"putty-registry"_s << kPutty << QByteArray("lab r1|10.0.0.1|22|ssh|admin|");
    QTest::newRow("PuTTY files") << u"putty-files"_s << QByteArray("HostName=10.0.0.9\nProtocol=ssh\nPortNumber=23\n")
                                 << QByteArray("config|10.0.0.9|23|ssh|me|");
    QTest::newRow("SecureCRT") << u"securecrt"_s << kSecureCrt << QByteArray("r1|10.0.0.1|2323|telnet|me|Site A");
}

void SessionImportTest::everyFormatComesThrough()
{
    QFETCH(QString, format);
    QFETCH(QByteArray, bytes);
    const QJsonObject plan = bench->preview({{u"config"_s, bytes}});
    QCOMPARE(plan["format"_L1].toString(), format);
    const Answer confirmed = bench->call.post(kConfirm, toJson(plan));
    QCOMPARE(confirmed.status, 200);
    QTEST(bench
              ->sql(u"SELECT s.name || '|' || s.host || '|' || s.port || '|' || s.protocol || '|' || p.username || '|' "
                    "|| ifnull(f.name, '') FROM sessions s JOIN credential_profiles p ON p.id = s.profile_id "
                    "LEFT JOIN folders f ON f.id = s.folder_id"_s)
              .toByteArray(),
          "sessions");
}

void SessionImportTest::aConfirmedPlanIsWhatWasShown()
{
    const QJsonObject plan =
        bench->preview({{u"config"_s, kOpenSsh}}, {{u"folder_path"_s, QJsonArray{u"Imported"_s, u"ssh"_s}}});
    const Answer confirmed = bench->call.post(kConfirm, toJson(plan));
    QCOMPARE(confirmed.body, R"({"sessions_created":3,"sessions_skipped":0,"folders_created":2,)"
                             R"("profiles_created":4,"jump_hosts_created":2})");
    // What is exported now is what the plan said.
    const auto exported = QJsonDocument::fromJson(bench->call.get("/api/sessions/export").body).object();
    QJsonArray planned;
    for (const QJsonValue &session : plan["sessions"_L1].toArray()) {
        QJsonObject inner = session["session"_L1].toObject();
        inner.insert(u"icon"_s, u"server"_s); // the default
        planned.append(inner);
    }
    QCOMPARE(exported["sessions"_L1].toArray(), planned);
    QCOMPARE(bench->names("/api/profiles"), (QStringList{u"admin"_s, u"admin (id_lab)"_s, u"jump"_s, u"me"_s}));
    const Answer jumpHosts = bench->call.get("/api/jump-hosts");
    QCOMPARE(jumpHosts.json()[0]["host"].GetString(), "inner");
    QCOMPARE(
        bench->sql(u"SELECT key_path || auth_type FROM credential_profiles WHERE name = 'admin (id_lab)'"_s).toString(),
        u"~/.ssh/id_labkey"_s);
}

void SessionImportTest::aSecondImportCreatesNothing()
{
    QVERIFY(bench->call.post(kConfirm, toJson(bench->preview({{u"config"_s, kOpenSsh}}))).status == 200);
    const QString after = bench->rows();
    const QJsonObject plan = bench->preview({{u"config"_s, kOpenSsh}});
    for (const QJsonValue &session : plan["sessions"_L1].toArray()) {
        QCOMPARE(session["state"_L1].toString(), u"duplicate"_s);
        QCOMPARE(session["action"_L1].toString(), u"skip"_s);
    }
    const Answer confirmed = bench->call.post(kConfirm, toJson(plan));
    QCOMPARE(confirmed.json()["sessions_created"].GetInt(), 0);
    QCOMPARE(confirmed.json()["sessions_skipped"].GetInt(), 3);
    QCOMPARE(bench->rows(), after);
}

void SessionImportTest::aFailingConfirmLeavesNothingBehind_data()
{
    QTest::addColumn<QString>("member");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<int>("status");
    QTest::newRow("a name twice") << u"name"_s << QJsonValue(u"r1"_s) << 409;
    QTest::newRow("no host") << u"host"_s << QJsonValue(u""_s) << 400;
    QTest::newRow("no profile") << u"profile_name"_s << QJsonValue(u"gone"_s) << 400;
    QTest::newRow("no jump host") << u"jump_host_name"_s << QJsonValue(u"gone"_s) << 400;
    QTest::newRow("a chain into nothing") << u"jump_chain"_s << QJsonValue(QJsonArray{u"gone"_s}) << 400;
    QTest::newRow("a jump session that is none") << u"jump_session_name"_s << QJsonValue(u"gone"_s) << 400;
}

void SessionImportTest::aFailingConfirmLeavesNothingBehind()
{
    QFETCH(QString, member);
    QFETCH(QJsonValue, value);
    // The last of the sessions, when everything else has been made.
    QJsonObject plan =
        edited(bench->preview({{u"config"_s, kOpenSsh}}, {{u"folder_path"_s, QJsonArray{u"New"_s}}}), 2, member, value);
    if (member == "jump_session_name"_L1)
        plan = edited(edited(plan, 2, u"jump_host_name"_s, QJsonValue::Null), 2, u"jump_chain"_s, QJsonValue::Null);
    const QString before = bench->rows();
    const Answer refused = bench->call.post(kConfirm, toJson(plan));
    QTEST(refused.status, "status");
    QVERIFY(!refused.text("error").isEmpty());
    QCOMPARE(bench->rows(), before);
}

void SessionImportTest::whatChangedSinceThePreviewIsAConflict()
{
    const QByteArray profile = bench->makeProfile("ops"); // user admin
    const QJsonObject plan = bench->preview({{u"config"_s, kOpenSsh}});
    QCOMPARE(plan["profiles"_L1].toArray()[1]["name"_L1].toString(), u"ops"_s);
    QCOMPARE(plan["profiles"_L1].toArray()[1]["exists"_L1].toBool(), true);
    QString before = bench->rows();
    // The login it would be reused for is another one now.
    QCOMPARE(bench->call.put("/api/profiles/" + profile, R"({"username":"root"})").status, 200);
    Answer refused = bench->call.post(kConfirm, toJson(plan));
    QCOMPARE(refused.status, 409);
    QVERIFY2(refused.text("error").contains("'ops' has changed"_L1), qPrintable(refused.text("error")));
    QCOMPARE(bench->rows(), before);
    // A session took the name.
    const QJsonObject again = bench->preview({{u"config"_s, kOpenSsh}});
    bench->makeSession("r1", profile);
    before = bench->rows();
    refused = bench->call.post(kConfirm, toJson(again));
    QCOMPARE(refused.status, 409);
    QCOMPARE(bench->rows(), before);
}

void SessionImportTest::choicesCount()
{
    QJsonObject plan = bench->preview({{u"config"_s, kOpenSsh}});
    plan = edited(edited(plan, 2, u"action"_s, u"skip"_s), 1, u"name"_s, u"chosen"_s);
    QCOMPARE(bench->call.post(kConfirm, toJson(plan)).status, 200);
    QCOMPARE(bench->names("/api/sessions"), (QStringList{u"chosen"_s, u"gate"_s}));
    // Only what they need is made.
    QCOMPARE(bench->names("/api/profiles"), (QStringList{u"admin"_s, u"jump"_s}));
    QCOMPARE(bench->names("/api/jump-hosts"), QStringList());
    // A session whose jump is skipped would be dialled directly: refused.
    ImportBench other;
    const Answer refused =
        other.call.post(kConfirm, toJson(edited(other.preview({{u"config"_s, kOpenSsh}}), 0, u"action"_s, u"skip"_s)));
    QCOMPARE(refused.status, 400);
    QVERIFY(refused.text("error").contains("'gate' does not exist"_L1));
}

void SessionImportTest::aLongerWayIsStoredOutwards()
{
    const QByteArray config = "Host r1\n ProxyJump one,two,three\n";
    QCOMPARE(bench->call.post(kConfirm, toJson(bench->preview({{u"config"_s, config}}))).status, 200);
    QCOMPARE(bench
                 ->sql(u"SELECT group_concat(c.position || j.host, ' ') FROM (SELECT * FROM nsx_jump_chain ORDER BY "
                       "position) c JOIN jump_hosts j ON j.id = c.jump_host_id"_s)
                 .toString(),
             u"0one 1two"_s);
    QCOMPARE(bench->sql(u"SELECT j.host FROM sessions s JOIN jump_hosts j ON j.id = s.jump_host_id"_s).toString(),
             u"three"_s);
    const QByteArray id = bench->sql(u"SELECT id FROM sessions"_s).toByteArray();
    QCOMPARE(bench->call.remove("/api/sessions/" + id).status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM nsx_jump_chain"_s).toInt(), 0);
}

void SessionImportTest::aChainGoesWithItsJumpHost()
{
    const QByteArray config = "Host r1 r2\n ProxyJump one,two,three\n";
    QCOMPARE(bench->call.post(kConfirm, toJson(bench->preview({{u"config"_s, config}}))).status, 200);
    const QByteArray id = bench->sql(u"SELECT id FROM sessions WHERE name = 'r1'"_s).toByteArray();
    const auto rows = [&] { return bench->sql(u"SELECT count(*) FROM nsx_jump_chain"_s).toInt(); };
    QCOMPARE(rows(), 4);
    QCOMPARE(bench->call.put("/api/sessions/" + id, R"({"color":"red"})").status, 200);
    QCOMPARE(rows(), 4);
    QCOMPARE(bench->call.put("/api/sessions/" + id, R"({"jump_host_id":null})").status, 200);
    QCOMPARE(rows(), 2);
}

void SessionImportTest::aChainThatLostAHopIsNotShortened()
{
    const QByteArray config = "Host r1\n ProxyJump one,two,three\n";
    QCOMPARE(bench->call.post(kConfirm, toJson(bench->preview({{u"config"_s, config}}))).status, 200);
    const QString session = bench->sql(u"SELECT id FROM sessions"_s).toString();
    const auto chain = [&] {
        return bench->database.runBlocking([&](Connection &c) { return readJumpChain(c, session); });
    };
    QCOMPARE(chain().value().size(), 2);
    // As the reference agent deletes: it knows sessions only, and the rows follow by cascade.
    const auto run = [&](const QString &statement) {
        return bench->database.runBlocking([&](Connection &c) { return c.execute(statement); }).value();
    };
    QCOMPARE(run(u"DELETE FROM jump_hosts WHERE host = 'one'"_s), 1);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM nsx_jump_chain"_s).toInt(), 1);
    QCOMPARE(chain().error().code, ErrorCode::Validation);
    // Without a jump host there is no way that a chain could lead to.
    QCOMPARE(run(u"UPDATE sessions SET jump_host_id = NULL"_s), 1);
    QVERIFY(chain().value().isEmpty());
}

void SessionImportTest::aJumpHostOfAChainIsNotDeleted()
{
    const QByteArray config = "Host r1\n ProxyJump one,two\n";
    QCOMPARE(bench->call.post(kConfirm, toJson(bench->preview({{u"config"_s, config}}))).status, 200);
    const QByteArray id = bench->sql(u"SELECT id FROM jump_hosts WHERE host = 'one'"_s).toByteArray();
    const Answer refused = bench->call.remove("/api/jump-hosts/" + id);
    QCOMPARE(refused.status, 400);
    QVERIFY2(refused.text("error").contains("session 'r1'"_L1), qPrintable(refused.text("error")));
}

void SessionImportTest::anExportKeepsTheChain()
{
    const QByteArray config = "Host r1\n ProxyJump one,two\n";
    QCOMPARE(bench->call.post(kConfirm, toJson(bench->preview({{u"config"_s, config}}))).status, 200);
    const Answer exported = bench->call.get("/api/sessions/export");
    QCOMPARE(toJsonText(exported.json()["sessions"][0]["jump_chain"]), R"(["one"])");
    QCOMPARE(bench->call
                 .post("/api/sessions/bulk-delete",
                       "{\"ids\":[\"" + bench->sql(u"SELECT id FROM sessions"_s).toByteArray() + "\"]}")
                 .status,
             200);
    const Answer imported = bench->call.post("/api/sessions/import", exported.body);
    QCOMPARE(imported.body, R"({"sessions_created":1,"folders_created":0,"warnings":[]})");
    QCOMPARE(bench->sql(u"SELECT j.host FROM nsx_jump_chain c JOIN jump_hosts j ON j.id = c.jump_host_id"_s).toString(),
             u"one"_s);
    // Where a machine of the chain is missing, the rest of it leads nowhere.
    ImportBench other;
    const QByteArray profile = other.makeProfile("me");
    other.make("/api/jump-hosts", R"({"name":"two","host":"two","profile_id":")" + profile + R"("})");
    QCOMPARE(other.call.post("/api/sessions/import", exported.body).json()["warnings"].Size(), 1u);
    QVERIFY(!other.sql(u"SELECT jump_host_id FROM sessions"_s).isValid());
}

void SessionImportTest::includesComeAsFiles()
{
    const QByteArray config = "Include conf.d/* /etc/ssh/site\nHost r1\n";
    QJsonObject plan = bench->preview({{u"config"_s, config}});
    QCOMPARE(plan["missing_includes"_L1].toArray(), (QJsonArray{u"conf.d/*"_s, u"/etc/ssh/site"_s}));
    plan = bench->preview({{u"config"_s, config},
                           {u"conf.d/b"_s, "Host r2\n"},
                           {u"/etc/ssh/site"_s, "User site\n"},
                           {u"conf.d/a"_s, "Host r3\n"}});
    QCOMPARE(plan["missing_includes"_L1].toArray(), QJsonArray());
    QCOMPARE(plan["warnings"_L1].toArray(), QJsonArray());
    QStringList names;
    for (const QJsonValue &session : plan["sessions"_L1].toArray())
        names.append(session["session"_L1]["name"_L1].toString());
    QCOMPARE(names, (QStringList{u"r3"_s, u"r2"_s, u"r1"_s}));
    // What an included file says outside of its blocks holds where its Include stands.
    QCOMPARE(plan["profiles"_L1].toArray()[0]["username"_L1].toString(), u"site"_s);
}

void SessionImportTest::storedPasswordsGoNowhere()
{
    const Answer preview = bench->call.post(kPreview, request({{u"x.reg"_s, kPutty}}));
    QCOMPARE(preview.status, 200);
    QVERIFY(preview.body.contains("passwords are never imported"));
    QVERIFY(!preview.body.contains("planted-s3cr3t"));
    QCOMPARE(bench->call.post(kConfirm, preview.body).status, 200);
    for (const QString &name : {u"netstacks.db"_s, u"netstacks.db-wal"_s}) {
        QFile file(bench->folder.filePath(name));
        if (file.open(QIODevice::ReadOnly))
            QVERIFY2(!file.readAll().contains("planted-s3cr3t"), qPrintable(name));
    }
}

void SessionImportTest::wrongRequestsAreNamed()
{
    Answer refused = bench->call.post(kPreview, R"({"files":[{"name":"x","content":"no base64!"}]})");
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.text("field"), u"files[0].content"_s);
    refused = bench->call.post(kPreview, R"({"files":[]})");
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.text("field"), u"files"_s);
    refused = bench->call.post(kPreview, R"({})");
    QCOMPARE(refused.status, 422);
    refused = bench->call.post(kPreview, request({{u"x"_s, "Host a"}}, {{u"format"_s, u"mobaxterm"_s}}));
    QCOMPARE(refused.status, 422);
    QCOMPARE(refused.text("field"), u"format"_s);
    refused = bench->call.post(kPreview, request({{u"a.reg"_s, kPutty}, {u"b.reg"_s, kPutty}}));
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.text("field"), u"files"_s);
    refused = bench->call.post(kPreview, request({{u"x"_s, "<VanDyke>"}}));
    QCOMPARE(refused.status, 400);
    refused = bench->call.post(kPreview, request({{u"x"_s, QByteArray(9 * 1024 * 1024, 'x')}}));
    QCOMPARE(refused.status, 413);
    refused = bench->call.post(kConfirm, R"({"sessions":[{"session":{"name":"a"}}]})");
    QCOMPARE(refused.status, 422);
    QCOMPARE(refused.text("field"), u"sessions[0].session.host"_s);
}

void SessionImportTest::aPlanIsNotTrusted()
{
    // A plan may come from anywhere: the rules of single writes hold for it.
    const QByteArray chained = R"({"sessions":[{"session":{"name":"a","host":"h","profile_name":"p"%}}],)"
                               R"("profiles":[{"name":"p","username":"u"$}],"jump_hosts":[{"name":"j","host":"g",)"
                               R"("profile_name":"p"}]})";
    const auto plan = [&](const QByteArray &session, const QByteArray &profile = {}) {
        return QByteArray(chained).replace('%', session).replace('$', profile);
    };
    const QString before = bench->rows();
    for (const QByteArray &bad :
         {plan(R"(,"jump_chain":["j"])"), plan(R"(,"jump_host_name":"j","jump_session_name":"a")"),
          plan(R"(,"jump_host_name":"j","jump_chain":["j","j","j","j","j","j","j","j"])"),
          plan(R"(,"folder_path":[""])"), plan({}, R"(,"key_path":"a\nb")"), plan(R"(,"jump_session_name":"a")")}) {
        const Answer refused = bench->call.post(kConfirm, bad);
        QVERIFY2(refused.status == 400, QByteArray(bad + " -> " + refused.body).constData());
        QCOMPARE(bench->rows(), before);
    }
    QCOMPARE(bench->call.post(kConfirm, plan(R"(,"jump_host_name":"j")")).status, 200);
}

QTEST_GUILESS_MAIN(SessionImportTest)
#include "tst_sessionimport.moc"
