#include "sshd/sshdserver.h"
#include "tcppeer/tcppeer.h"
#include "tunnelbench.h"

#include <QTcpServer>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30000; // sanitizers on a loaded machine

QByteArray number(int value) { return QByteArray::number(value); }

} // namespace

/// Tunnels over real servers, through their routes (contract 04 sections 2.2 to 2.6).
class TunnelLifeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aTunnelCarriesBytesAndCountsThem();
    void tunnelsToOneServerShareAConnection();
    void anotherJumpIsAnotherConnection();
    void aPortInUseFailsTheStartAndTheNextOneWorks();
    void aRunningTunnelIsNotStartedTwice();
    void aLostServerBringsTheTunnelBackByItsBackOff();
    void attemptsEndAndAStartWorksAgain();
    void stoppingEndsTheBackOffAtOnce();
    void withoutReconnectALossIsAFailure();
    void aRefusedLoginIsNotRetried();
    void reconnectIsAStopAndAStart();
    void changingStopsAndDeletingFreesThePort();
    void startAllStartsWhatIsMeantToAndLeavesTheRestAlone();
    void aSilentServerHoldsUpNobodyElse();
    void remoteAndDynamicTunnelsServe();
    void forwardsOfASessionLiveAsLongAsItsTerminal();
    void forwardsOfASessionTakeItsJumpAndItsRules();
    void aTerminalThatClosedMeanwhileStartsNothing();
    void shuttingDownEndsEverything();

private:
    QByteArray tunnel(const QByteArray &name, quint16 port, const QByteArray &more = {});
    QByteArray session(const QByteArray &forwards, const QByteArray &more = {});
    QByteArray forward(const QByteArray &id, quint16 port, const QByteArray &more = {});
    Answer act(const QByteArray &id, const QByteArray &action)
    {
        return bench->call.post("/api/tunnels/" + id + '/' + action);
    }
    static bool echoes(quint16 port)
    {
        TcpClient client(port);
        client.write("ping");
        static_cast<void>(QTest::qWaitFor([&] { return client.heard == "ping" || client.isGone(); }, kPatience));
        return client.heard == "ping";
    }
    /// Kills every login and the listener, as a machine that goes down does.
    void killServer()
    {
        m_sshd.signalAll(SIGKILL);
        m_sshd.stop();
    }

    std::unique_ptr<TunnelBench> bench;
    std::unique_ptr<TcpServer> server;
    QByteArray profile;
    SshdServer m_sshd;
    QString m_key;
};

// moc loses its way in the quotes of these, so they stand behind the class.

QByteArray TunnelLifeTest::tunnel(const QByteArray &name, quint16 port, const QByteArray &more)
{
    return bench->make("/api/tunnels",
                       R"({"name":")" + name + R"(","host":"127.0.0.1","port":)" + number(m_sshd.port()) +
                           R"(,"profile_id":")" + profile + R"(","local_port":)" + number(port) +
                           R"(,"remote_host":"127.0.0.1","remote_port":)" + number(server->serverPort()) + more + '}');
}

QByteArray TunnelLifeTest::session(const QByteArray &forwards, const QByteArray &more)
{
    return bench->make("/api/sessions", R"({"name":"r1","host":"127.0.0.1","port":)" + number(m_sshd.port()) +
                                            R"(,"profile_id":")" + profile + R"(","port_forwards":[)" + forwards + ']' +
                                            more + '}');
}

QByteArray TunnelLifeTest::forward(const QByteArray &id, quint16 port, const QByteArray &more)
{
    return R"({"id":")" + id + R"(","local_port":)" + number(port) + R"(,"remote_host":"127.0.0.1","remote_port":)" +
           number(server->serverPort()) + more + '}';
}

void TunnelLifeTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
}

void TunnelLifeTest::init()
{
    QVERIFY(m_sshd.start());
    bench = std::make_unique<TunnelBench>();
    server = std::make_unique<TcpServer>(Habit::Echo);
    profile = bench->make("/api/profiles", object({{"name", "lab"},
                                                   {"username", SshdServer::currentUser().toUtf8()},
                                                   {"auth_type", "key"},
                                                   {"key_path", m_key.toUtf8()}}));
}

void TunnelLifeTest::cleanup()
{
    if (!bench)
        return;
    const auto threads = bench->threads;
    bench.reset();
    server.reset();
    QTRY_COMPARE_WITH_TIMEOUT(threads->running(), 0, 10000);
    QCoreApplication::sendPostedEvents(); // the last news of tunnels that nobody waits for any more
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void TunnelLifeTest::aTunnelCarriesBytesAndCountsThem()
{
    const quint16 port = freePort();
    const QByteArray id = tunnel("db", port);
    const Answer started = act(id, "start");
    QVERIFY2(started.status == 200, started.body.constData());
    QCOMPARE(started.text("status"), u"started"_s);
    QCOMPARE(bench->state(id), u"connected"_s);
    QVERIFY(echoes(port));
    QCOMPARE(bench->state(id, "bytes_tx"), u"4"_s);
    QCOMPARE(bench->state(id, "bytes_rx"), u"4"_s);
    QVERIFY(!bench->state(id, "uptime_secs").isNull());
    QCOMPARE(act(id, "stop").text("status"), u"stopped"_s);
    QVERIFY(isPortFree(port));
    QCOMPARE(bench->state(id), u"disconnected"_s);
    QCOMPARE(bench->state(id, "bytes_tx"), u"0"_s);
    QVERIFY(bench->state(id, "uptime_secs").isNull());
    QTRY_COMPARE_WITH_TIMEOUT(bench->threads->running(), 0, kPatience); // the last tunnel takes its connection along
}

void TunnelLifeTest::tunnelsToOneServerShareAConnection()
{
    std::vector<quint16> ports;
    for (int i = 0; i < 5; ++i) {
        ports.push_back(freePort());
        tunnel("t" + number(i), ports.back(), R"(,"auto_start":true)");
    }
    QCOMPARE(bench->call.post("/api/tunnels/start-all").status, 200); // all at the same time
    for (const quint16 port : ports)
        QVERIFY(echoes(port));
    QCOMPARE(m_sshd.log().count("Accepted publickey"), 1);
    QCOMPARE(bench->threads->running(), 1);
}

void TunnelLifeTest::anotherJumpIsAnotherConnection()
{
    const QByteArray host =
        bench->make("/api/jump-hosts", R"({"name":"edge","host":"127.0.0.1","port":)" + number(m_sshd.port()) +
                                           R"(,"profile_id":")" + profile + R"("})");
    const quint16 direct = freePort(), jumping = freePort();
    const QByteArray one = tunnel("direct", direct),
                     two = tunnel("jumping", jumping, R"(,"jump_host_id":")" + host + '"');
    QCOMPARE(act(one, "start").status, 200);
    QCOMPARE(act(two, "start").status, 200);
    QVERIFY(echoes(direct));
    QVERIFY(echoes(jumping));
    QCOMPARE(m_sshd.log().count("Accepted publickey"), 3);
}

void TunnelLifeTest::aPortInUseFailsTheStartAndTheNextOneWorks()
{
    auto taken = std::make_unique<TcpServer>(Habit::Echo);
    const quint16 port = taken->serverPort();
    const QByteArray id = tunnel("db", port);
    const Answer answer = act(id, "start");
    QCOMPARE(answer.status, 500);
    QCOMPARE(answer.code(), u"TUNNEL_ERROR"_s);
    QVERIFY(answer.text("error").contains(QString::number(port)));
    QCOMPARE(bench->state(id), u"failed"_s);
    QCOMPARE(bench->state(id, "last_error"), answer.text("error"));
    taken.reset();
    QCOMPARE(act(id, "start").status, 200);
    QCOMPARE(bench->state(id), u"connected"_s);
    QVERIFY(bench->state(id, "last_error").isNull());
}

void TunnelLifeTest::aRunningTunnelIsNotStartedTwice()
{
    const quint16 port = freePort();
    const QByteArray id = tunnel("db", port);
    QCOMPARE(act(id, "start").status, 200);
    const Answer again = act(id, "start");
    QCOMPARE(again.status, 500);
    QCOMPARE(again.code(), u"TUNNEL_ERROR"_s);
    QCOMPARE(bench->state(id), u"connected"_s);
    QVERIFY(echoes(port));
}

void TunnelLifeTest::aLostServerBringsTheTunnelBackByItsBackOff()
{
    const quint16 port = freePort();
    const QByteArray id = tunnel("db", port, R"(,"max_retries":0)");
    QCOMPARE(act(id, "start").status, 200);
    QVERIFY(echoes(port));
    killServer();
    QTRY_COMPARE_WITH_TIMEOUT(bench->state(id), u"reconnecting"_s, kPatience);
    QCOMPARE(bench->state(id, "retry_count"), u"1"_s);
    QVERIFY(!bench->state(id, "last_error").isNull());
    QVERIFY(bench->state(id, "uptime_secs").isNull());
    QTRY_COMPARE_WITH_TIMEOUT(bench->state(id, "retry_count"), u"2"_s, kPatience); // the first attempt found nobody
    QVERIFY(m_sshd.resume());
    QTRY_COMPARE_WITH_TIMEOUT(bench->state(id), u"connected"_s, kPatience);
    QCOMPARE(bench->state(id, "retry_count"), u"0"_s);
    QVERIFY(bench->state(id, "last_error").isNull());
    QVERIFY(echoes(port)); // on the same port
}

void TunnelLifeTest::attemptsEndAndAStartWorksAgain()
{
    const quint16 port = freePort();
    const QByteArray id = tunnel("db", port, R"(,"max_retries":2)");
    QCOMPARE(act(id, "start").status, 200);
    killServer();
    QTRY_COMPARE_WITH_TIMEOUT(bench->state(id), u"failed"_s, kPatience);
    QVERIFY2(bench->state(id, "last_error").contains("after 2 attempts"_L1),
             qPrintable(bench->state(id, "last_error")));
    QCOMPARE(bench->state(id, "retry_count"), u"2"_s);
    QVERIFY(isPortFree(port));
    QVERIFY(m_sshd.resume());
    QCOMPARE(act(id, "start").status, 200);
    QVERIFY(echoes(port));
    // 1, 2, 4 ... 60 seconds
    QCOMPARE(TunnelRun::backOff(1).count(), 1);
    QCOMPARE(TunnelRun::backOff(2).count(), 2);
    QCOMPARE(TunnelRun::backOff(6).count(), 32);
    QCOMPARE(TunnelRun::backOff(7).count(), 60);
    QCOMPARE(TunnelRun::backOff(4'000'000'000).count(), 60);
}

void TunnelLifeTest::stoppingEndsTheBackOffAtOnce()
{
    const QByteArray id = tunnel("db", freePort());
    QCOMPARE(act(id, "start").status, 200);
    killServer();
    QTRY_COMPARE_WITH_TIMEOUT(bench->state(id), u"reconnecting"_s, kPatience);
    QCOMPARE(act(id, "stop").status, 200);
    QCOMPARE(bench->state(id), u"disconnected"_s);
    QCOMPARE(bench->state(id, "retry_count"), u"0"_s);
    QVERIFY(m_sshd.resume());
    QTest::qWait(1500); // longer than the first back-off
    QCOMPARE(bench->state(id), u"disconnected"_s);
    QCOMPARE(m_sshd.log().count("Accepted publickey"), 0);
}

void TunnelLifeTest::withoutReconnectALossIsAFailure()
{
    const quint16 port = freePort();
    const QByteArray id = tunnel("db", port, R"(,"auto_reconnect":false)");
    QCOMPARE(act(id, "start").status, 200);
    killServer();
    QTRY_COMPARE_WITH_TIMEOUT(bench->state(id), u"failed"_s, kPatience);
    QVERIFY2(bench->state(id, "last_error").contains("connection was lost"_L1),
             qPrintable(bench->state(id, "last_error")));
    QVERIFY(isPortFree(port));
}

void TunnelLifeTest::aRefusedLoginIsNotRetried()
{
    const QByteArray id = tunnel("db", freePort());
    QCOMPARE(act(id, "start").status, 200);
    killServer();
    QVERIFY(m_sshd.resume({u"PubkeyAuthentication no"_s, u"PasswordAuthentication yes"_s}));
    QTRY_COMPARE_WITH_TIMEOUT(bench->state(id), u"failed"_s, kPatience);
    QCOMPARE(bench->state(id, "retry_count"), u"1"_s);
}

void TunnelLifeTest::reconnectIsAStopAndAStart()
{
    const quint16 port = freePort();
    const QByteArray id = tunnel("db", port);
    for (int i = 0; i < 3; ++i) {
        const Answer answer = act(id, "reconnect"); // of what does not run, too
        QVERIFY2(answer.status == 200, answer.body.constData());
        QCOMPARE(answer.text("status"), u"reconnected"_s);
        QVERIFY(echoes(port));
        QCOMPARE(bench->state(id, "bytes_tx"), u"4"_s);
    }
}

void TunnelLifeTest::changingStopsAndDeletingFreesThePort()
{
    const quint16 port = freePort(), other = freePort();
    const QByteArray id = tunnel("db", port), path = "/api/tunnels/" + id;
    QCOMPARE(act(id, "start").status, 200);
    QCOMPARE(bench->call.put(path, R"({"local_port":0})").status, 400);
    QCOMPARE(bench->state(id), u"connected"_s); // a change that is refused stops nothing
    QCOMPARE(bench->call.put(path, R"({"local_port":)" + number(other) + '}').status, 200);
    QCOMPARE(bench->state(id), u"disconnected"_s);
    QVERIFY(isPortFree(port));
    QCOMPARE(act(id, "start").status, 200);
    QVERIFY(echoes(other));
    QCOMPARE(bench->call.remove(path).status, 204);
    QVERIFY(isPortFree(other));
    QCOMPARE(bench->state(id), u"not listed"_s);
}

void TunnelLifeTest::startAllStartsWhatIsMeantToAndLeavesTheRestAlone()
{
    const quint16 port = freePort();
    const QByteArray running = tunnel("running", port, R"(,"auto_start":true)");
    const QByteArray automatic = tunnel("automatic", freePort(), R"(,"auto_start":true)");
    const QByteArray manual = tunnel("manual", freePort());
    const QByteArray disabled = tunnel("disabled", freePort(), R"(,"auto_start":true)");
    const QByteArray hopeless = tunnel("hopeless", port, R"(,"auto_start":true)"); // the same port
    QCOMPARE(bench->call.put("/api/tunnels/" + disabled, R"({"enabled":false})").status, 200);
    QCOMPARE(act(running, "start").status, 200);
    QVERIFY(echoes(port));
    const Answer answer = bench->call.post("/api/tunnels/start-all");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("status"), u"started"_s);
    QCOMPARE(bench->state(running), u"connected"_s);
    QCOMPARE(bench->state(running, "bytes_tx"), u"4"_s); // not started anew
    QCOMPARE(bench->state(automatic), u"connected"_s);
    QCOMPARE(bench->state(manual), u"disconnected"_s);
    QCOMPARE(bench->state(disabled), u"disconnected"_s);
    QCOMPARE(bench->state(hopeless), u"failed"_s);
    QCOMPARE(act(disabled, "start").status, 200); // by hand it starts all the same
    QCOMPARE(bench->call.post("/api/tunnels/stop-all").text("status"), u"stopped"_s);
    for (const QByteArray &id : {running, automatic, disabled, hopeless})
        QCOMPARE(bench->state(id), u"disconnected"_s);
    QVERIFY(isPortFree(port));
}

void TunnelLifeTest::aSilentServerHoldsUpNobodyElse()
{
    QTcpServer silent; // accepts, and never says a word
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    const quint16 port = freePort();
    const QByteArray slow = tunnel("slow", freePort(), R"(,"auto_start":true)");
    const QByteArray good = tunnel("good", port, R"(,"auto_start":true)");
    QCOMPARE(bench->call.put("/api/tunnels/" + slow, R"({"port":)" + number(silent.serverPort()) + '}').status, 200);
    QCOMPARE(bench->call.post("/api/tunnels/start-all").status, 200); // within its few seconds
    QCOMPARE(bench->state(good), u"connected"_s);
    QVERIFY(echoes(port));
    QCOMPARE(bench->state(slow), u"connecting"_s);
    QCOMPARE(act(slow, "stop").status, 200);
    QCOMPARE(bench->state(slow), u"disconnected"_s);
}

void TunnelLifeTest::remoteAndDynamicTunnelsServe()
{
    const quint16 far = freePort(), socks = freePort();
    const QByteArray remote =
        tunnel("remote", server->serverPort(), R"(,"forward_type":"remote","auto_reconnect":true)");
    QCOMPARE(
        bench->call.put("/api/tunnels/" + remote, R"({"remote_host":null,"remote_port":)" + number(far) + '}').status,
        200);
    const Answer started = act(remote, "start");
    QVERIFY2(started.status == 200, started.body.constData());
    QVERIFY(echoes(far));
    QCOMPARE(bench->state(remote, "bytes_rx"), u"4"_s);
    QCOMPARE(act(remote, "stop").status, 200);
    QVERIFY(isPortFree(far));

    QCOMPARE(act(tunnel("dynamic", socks, R"(,"forward_type":"dynamic")"), "start").status, 200);
    TcpClient client(socks);
    const quint16 port = server->serverPort();
    client.write(QByteArray("\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01", 11) + char(port >> 8) + char(port & 0xff) +
                 "ping");
    QTRY_VERIFY_WITH_TIMEOUT(client.heard.endsWith("ping"), kPatience);
}

void TunnelLifeTest::forwardsOfASessionLiveAsLongAsItsTerminal()
{
    const quint16 port = freePort(), off = freePort();
    const QByteArray stored = tunnel("zzz", freePort());
    const QByteArray id = session(forward("one", port) + ',' + forward("off", off, R"(,"enabled":false)") + ',' +
                                  forward("wide", freePort(), R"(,"bind_address":"0.0.0.0")"));
    bench->service->openForwards(u"terminal-1"_s, QString::fromLatin1(id));
    QTRY_COMPARE_WITH_TIMEOUT(bench->state("session:terminal-1:one"), u"connected"_s, kPatience);
    QVERIFY(echoes(port));
    QVERIFY(isPortFree(off));
    QCOMPARE(bench->state("session:terminal-1:off"), u"not listed"_s);
    QCOMPARE(bench->state("session:terminal-1:wide"), u"failed"_s);
    QVERIFY(bench->state("session:terminal-1:wide", "last_error").contains("loopback"_L1));

    const Answer list = bench->call.get("/api/tunnels");
    QCOMPARE(list.json().Size(), 3u);
    QCOMPARE(QByteArray(list.json()[0]["id"].GetString()), stored);
    const JsonValue &row = list.json()[1];
    QCOMPARE(row.MemberCount(), 24u);
    QCOMPARE(QByteArray(row["id"].GetString()), QByteArray("session:terminal-1:one"));
    QCOMPARE(QByteArray(row["name"].GetString()), QByteArray("Session forward :" + number(port)));
    QCOMPARE(QByteArray(row["host"].GetString()), QByteArray("127.0.0.1"));
    QCOMPARE(QByteArray(row["profile_id"].GetString()), profile);
    QCOMPARE(QByteArray(row["bind_address"].GetString()), QByteArray("127.0.0.1"));
    QCOMPARE(QByteArray(row["created_at"].GetString()), QByteArray());
    QCOMPARE(QByteArray(row["updated_at"].GetString()), QByteArray());
    QVERIFY(!row["auto_start"].GetBool() && !row["auto_reconnect"].GetBool() && row["enabled"].GetBool());
    QCOMPARE(row["max_retries"].GetInt(), 0);

    const Answer start = act("session:terminal-1:one", "start");
    QCOMPARE(start.status, 500);
    QCOMPARE(start.code(), u"TUNNEL_ERROR"_s);
    QCOMPARE(bench->call.remove("/api/tunnels/session:terminal-1:one").status, 404);
    QCOMPARE(act("session:terminal-1:one", "stop").status, 200);
    QVERIFY(isPortFree(port));
    QCOMPARE(bench->state("session:terminal-1:one"), u"disconnected"_s);

    bench->service->closeForwards(u"terminal-1"_s);
    QCOMPARE(bench->call.get("/api/tunnels").json().Size(), 1u);
    QCOMPARE(bench->call.get("/api/tunnels/status").json().Size(), 1u);
    bench->service->openForwards(u"terminal-2"_s, QString::fromLatin1(id));
    QTRY_COMPARE_WITH_TIMEOUT(bench->state("session:terminal-2:one"), u"connected"_s, kPatience);
    bench->service->closeForwards(u"terminal-2"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isPortFree(port), kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(bench->threads->running(), 0, kPatience);
}

void TunnelLifeTest::forwardsOfASessionTakeItsJumpAndItsRules()
{
    const QByteArray host =
        bench->make("/api/jump-hosts", R"({"name":"edge","host":"127.0.0.1","port":)" + number(m_sshd.port()) +
                                           R"(,"profile_id":")" + profile + R"("})");
    const QByteArray jumping = bench->make("/api/profiles", object({{"name", "jumping"},
                                                                    {"username", SshdServer::currentUser().toUtf8()},
                                                                    {"auth_type", "key"},
                                                                    {"key_path", m_key.toUtf8()},
                                                                    {"jump_host_id", host}}));
    const quint16 port = freePort();
    profile = jumping;
    const QByteArray id = session(forward("one", port));
    bench->service->openForwards(u"t"_s, QString::fromLatin1(id));
    QTRY_COMPARE_WITH_TIMEOUT(bench->state("session:t:one"), u"connected"_s, kPatience);
    QVERIFY(echoes(port));
    const Answer list = bench->call.get("/api/tunnels");
    QCOMPARE(QByteArray(list.json()[0]["jump_host_id"].GetString()), host); // the effective one
    QCOMPARE(m_sshd.log().count("Accepted publickey"), 2);
    killServer();
    QTRY_COMPARE_WITH_TIMEOUT(bench->state("session:t:one"), u"failed"_s, kPatience); // until its terminal closes
}

void TunnelLifeTest::aTerminalThatClosedMeanwhileStartsNothing()
{
    const QByteArray id = session(forward("one", freePort()));
    bench->service->openForwards(u"t"_s, QString::fromLatin1(id));
    bench->service->closeForwards(u"t"_s);
    bench->service->openForwards(u"u"_s, u"no such session"_s);
    QVERIFY(bench->call.get("/api/tunnels").json().Empty());
    QTest::qWait(200);
    QCOMPARE(m_sshd.log().count("Accepted publickey"), 0);
}

void TunnelLifeTest::shuttingDownEndsEverything()
{
    const quint16 port = freePort();
    const QByteArray id = tunnel("db", port);
    QCOMPARE(act(id, "start").status, 200);
    bench->service->openForwards(u"t"_s, QString::fromLatin1(session(forward("one", freePort()))));
    QTRY_COMPARE_WITH_TIMEOUT(bench->state("session:t:one"), u"connected"_s, kPatience);
    bench->service->shutDown();
    QTRY_COMPARE_WITH_TIMEOUT(bench->threads->running(), 0, kPatience);
    QVERIFY(isPortFree(port));
    QCOMPARE(act(id, "start").status, 503);
}

QTEST_GUILESS_MAIN(TunnelLifeTest)
#include "tst_tunnellife.moc"
