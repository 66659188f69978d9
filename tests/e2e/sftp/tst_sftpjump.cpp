#include "sftpbench.h"

#include "support/netns/networknamespace.h"

using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 section 7, item 3: a device that only the jump reaches. The agent, the jump and the device have networks
/// of their own.
class SftpJumpTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!SshdServer::isInstalled())
            QSKIP("sshd is not installed");
        if (const auto reason = enterOwnNetwork())
            QSKIP(qPrintable(*reason));
    }

    void aDeviceBehindAFirewallIsReachedThroughTheJump()
    {
        NetworkNamespace edge, inside;
        QVERIFY(edge.isUp() && inside.isUp());
        const auto edgeHost = edge.connectToTest(21), insideHost = edge.connectTo(inside, 22);
        QVERIFY(edgeHost && insideHost);
        SftpBench bench; // behind the network, which its agent inherits
        const QString failure = bench.open();
        QVERIFY2(failure.isEmpty(), qPrintable(failure));
        SshdServer jump, device;
        const QString jumpKey = jump.addClientKey({u"-t"_s, u"ed25519"_s});
        const QString deviceKey = device.addClientKey({u"-t"_s, u"ed25519"_s});
        jump.runIn(edge.prefix(), u"0.0.0.0"_s);
        device.runIn(inside.prefix(), u"0.0.0.0"_s);
        QVERIFY(jump.start() && device.start(SftpBench::withSftp()));

        const auto session = [&](QJsonObject way) {
            way.insert(u"host"_s, *insideHost);
            return bench.makeSession(device.port(), deviceKey, way);
        };
        const AgentReply direct = bench.connectTo(session({}));
        QCOMPARE(direct.status, 500);
        QCOMPARE(SftpBench::codeOf(direct), u"CONNECTION_FAILED"_s);

        const QString jumpSession = bench.makeSession(jump.port(), jumpKey, {{u"host"_s, *edgeHost}});
        const QString jumpHost = bench.make(u"/api/jump-hosts"_s, {{u"name"_s, u"edge"_s},
                                                                   {u"host"_s, *edgeHost},
                                                                   {u"port"_s, jump.port()},
                                                                   {u"profile_id"_s, bench.makeProfile(jumpKey)}});
        for (const QJsonObject &way :
             {QJsonObject{{u"jump_host_id"_s, jumpHost}}, QJsonObject{{u"jump_session_id"_s, jumpSession}}}) {
            bench.session = session(way);
            const AgentReply connected = bench.connectTo(bench.session);
            QVERIFY2(connected.status == 200, connected.body.constData());
            QCOMPARE(bench.upload(bench.at(u"config"_s), "from far").status, 201);
            QCOMPARE(bench.bytesOf(u"config"_s), "from far");
            QCOMPARE(bench.namesIn(bench.files.path()), QStringList(u"config"_s));
            QCOMPARE(bench.download(bench.at(u"config"_s)).body, "from far");
        }
        // The device has seen the jump, twice, and nobody else.
        QCOMPARE(device.log().count("Accepted publickey"), 2);
        QCOMPARE(device.log().count(" from 10.77.22.1 port"), device.log().count(" from 10."));
        QVERIFY(device.log().contains(" from 10.77.22.1 port"));
    }
};

QTEST_GUILESS_MAIN(SftpJumpTest)
#include "tst_sftpjump.moc"
