#include "sessionimport/planner.h"

#include <QtTest>

using namespace agent;
using namespace agent::sessionimport;
using namespace Qt::StringLiterals;

namespace {

ParsedSession device(const QString &name, const QString &user = u"admin"_s, const QString &keyPath = {})
{
    return {.name = name, .host = name + u".example"_s, .login = {.user = user, .keyPath = keyPath}};
}

ParsedHop hop(const QString &host, const QString &sessionName = {})
{
    return {.sessionName = sessionName, .host = host, .login = {.user = u"admin"_s}};
}

QStringList profileNames(const ImportPlan &plan)
{
    QStringList names;
    for (const PlannedProfile &profile : plan.profiles)
        names.append(profile.name + (profile.exists ? u" exists"_s : QString()));
    return names;
}

} // namespace

class ImportPlannerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneProfileForEachDistinctLogin();
    void anEqualProfileIsReused();
    void defaultsFillWhatTheFileLeavesOpen();
    void aSecondImportFindsEverything();
    void takenNamesGetAnother();
    void aHopThatIsASessionIsAJumpBySession();
    void otherHopsAreJumpHosts();
    void aLongerWayKeepsItsChain();
    void aLostRouteIsSkippedUnlessChosen();
    void forwardsAreOurs();
    void unusableNamesAreLeftOut();
    void manyOfOneNameTakeNoTime();
};

void ImportPlannerTest::oneProfileForEachDistinctLogin()
{
    ParsedSession slow = device(u"r5"_s);
    slow.login.connectTimeout = 60;
    const ImportPlan plan = planImport({.sessions = {device(u"r1"_s), device(u"r2"_s), device(u"r3"_s, u"root"_s),
                                                     device(u"r4"_s, u"admin"_s, u"~/.ssh/id_lab"_s), slow}},
                                       {}, {});
    QCOMPARE(profileNames(plan), (QStringList{u"admin"_s, u"root"_s, u"admin (id_lab)"_s, u"admin (2)"_s}));
    QCOMPARE(plan.profiles[2].authType, AuthType::Key);
    QCOMPARE(plan.profiles[2].keyPath, u"~/.ssh/id_lab"_s);
    QCOMPARE(plan.profiles[3].connectionTimeout, 60u);
    QCOMPARE(plan.sessions[1].session.profileName, u"admin"_s);
    QCOMPARE(plan.sessions[4].session.profileName, u"admin (2)"_s);
}

void ImportPlannerTest::anEqualProfileIsReused()
{
    Existing existing;
    existing.profiles.insert(u"Lab"_s, {.id = u"1"_s, .name = u"Lab"_s, .username = u"admin"_s});
    existing.profiles.insert(u"root"_s, {.id = u"2"_s, .name = u"root"_s, .username = u"other"_s});
    // Would log in alike, but on another way.
    existing.profiles.insert(u"far"_s, {.id = u"3"_s, .name = u"far"_s, .username = u"far"_s, .jumpHostId = u"j"_s});
    const ImportPlan plan = planImport(
        {.sessions = {device(u"r1"_s), device(u"r2"_s, u"root"_s), device(u"r3"_s, u"far"_s)}}, existing, {});
    QCOMPARE(profileNames(plan), (QStringList{u"Lab exists"_s, u"root (2)"_s, u"far (2)"_s}));
    QCOMPARE(plan.sessions[0].session.profileName, u"Lab"_s);
}

void ImportPlannerTest::defaultsFillWhatTheFileLeavesOpen()
{
    ParsedSession telnet = device(u"t"_s, {});
    telnet.protocol = SessionProtocol::Telnet;
    ParsedSession inFolder = device(u"r1"_s, {}, u"~/.ssh/own"_s);
    inFolder.folderPath = {u"Site"_s};
    const ImportPlan plan = planImport({.sessions = {device(u"r0"_s, {}), inFolder, telnet}}, {},
                                       {.defaultUser = u"me"_s,
                                        .defaultKeyPath = u"~/.ssh/id"_s,
                                        .homeFolder = u"/home/me"_s,
                                        .folderPath = {u"Imported"_s}});
    QCOMPARE(profileNames(plan), (QStringList{u"me (id)"_s, u"me (own)"_s, u"me"_s}));
    QCOMPARE(plan.profiles[0].keyPath, u"/home/me/.ssh/id"_s);
    QCOMPARE(plan.profiles[2].authType, AuthType::Password); // Telnet has no keys
    QCOMPARE(plan.sessions[1].session.folderPath, (QStringList{u"Imported"_s, u"Site"_s}));
    QCOMPARE(plan.folders.size(), 2);
    QCOMPARE(plan.folders[1].path, (QStringList{u"Imported"_s, u"Site"_s}));
}

void ImportPlannerTest::aSecondImportFindsEverything()
{
    Existing existing;
    existing.sessions.insert(u"r1"_s, {.host = u"r1.example"_s, .canBeJump = true});
    existing.folders.insert({u"Site"_s});
    ParsedSession same = device(u"r1"_s), moved = device(u"r1"_s);
    moved.host = u"elsewhere"_s;
    same.folderPath = {u"Site"_s};
    const ImportPlan plan = planImport({.sessions = {same, moved}}, existing, {});
    QCOMPARE(plan.sessions[0].state, PlanState::Duplicate);
    QCOMPARE(plan.sessions[0].action, PlanAction::Skip);
    QVERIFY(plan.folders[0].exists);
    QCOMPARE(plan.sessions[1].state, PlanState::Renamed);
    QCOMPARE(plan.sessions[1].action, PlanAction::Create);
    QCOMPARE(plan.sessions[1].session.name, u"r1 (2)"_s);
    QCOMPARE(plan.sessions[1].sourceName, u"r1"_s);
}

void ImportPlannerTest::takenNamesGetAnother()
{
    ParsedSession a = device(u"r1"_s), b = device(u"r1"_s), c = device(u"r1"_s);
    a.folderPath = {u"A"_s};
    b.folderPath = {u"B"_s};
    const ImportPlan plan = planImport({.sessions = {a, b, c}}, {}, {});
    QCOMPARE(plan.sessions[0].session.name, u"r1"_s);
    QCOMPARE(plan.sessions[1].session.name, u"r1 (B)"_s);
    QCOMPARE(plan.sessions[2].session.name, u"r1 (2)"_s);
}

void ImportPlannerTest::aHopThatIsASessionIsAJumpBySession()
{
    ParsedSession r1 = device(u"r1"_s), again = device(u"r2"_s);
    r1.hops = {hop(u"gate.example"_s, u"gate"_s)};
    again.hops = r1.hops;
    ImportPlan plan = planImport({.sessions = {r1, device(u"gate"_s), again}}, {}, {});
    QCOMPARE(plan.sessions[0].session.jumpSessionName, u"gate"_s);
    QCOMPARE(plan.sessions[2].session.jumpSessionName, u"gate"_s);
    QVERIFY(plan.jumpHosts.isEmpty());
    // One that is there and has a jump of its own cannot serve; a jump host of the same machine can.
    Existing existing;
    existing.sessions.insert(u"gate"_s, {.host = u"gate.example"_s, .canBeJump = false});
    plan = planImport({.sessions = {r1, device(u"gate"_s)}}, existing, {});
    QVERIFY(!plan.sessions[0].session.jumpSessionName);
    QCOMPARE(plan.sessions[0].session.jumpHostName, u"gate"_s);
}

void ImportPlannerTest::otherHopsAreJumpHosts()
{
    ParsedSession r1 = device(u"r1"_s), r2 = device(u"r2"_s), r3 = device(u"r3"_s);
    r1.hops = {hop(u"gate"_s)};
    r2.hops = {hop(u"gate"_s)};
    r3.hops = {hop(u"gate"_s)};
    r3.hops[0].port = 2222;
    Existing existing;
    existing.profiles.insert(u"ops"_s, {.id = u"p"_s, .name = u"ops"_s, .username = u"admin"_s});
    existing.jumpHosts.insert(u"Gate"_s,
                              {.id = u"j"_s, .name = u"Gate"_s, .host = u"gate"_s, .port = 22, .profileId = u"p"_s});
    const ImportPlan plan = planImport({.sessions = {r1, r2, r3}}, existing, {});
    QCOMPARE(plan.jumpHosts.size(), 2);
    QVERIFY(plan.jumpHosts[0].exists);
    QCOMPARE(plan.sessions[1].session.jumpHostName, u"Gate"_s);
    QCOMPARE(plan.sessions[2].session.jumpHostName, u"gate"_s);
    QCOMPARE(plan.jumpHosts[1].profileName, u"ops"_s);
}

void ImportPlannerTest::aLongerWayKeepsItsChain()
{
    ParsedSession r1 = device(u"r1"_s);
    r1.hops = {hop(u"outer"_s), hop(u"middle"_s), hop(u"inner"_s)};
    const ImportPlan plan = planImport({.sessions = {r1}}, {}, {});
    QCOMPARE(plan.sessions[0].session.jumpChain, (QStringList{u"outer"_s, u"middle"_s}));
    QCOMPARE(plan.sessions[0].session.jumpHostName, u"inner"_s);
}

void ImportPlannerTest::aLostRouteIsSkippedUnlessChosen()
{
    ParsedSession r1 = device(u"r1"_s);
    r1.routeLost = true;
    const ImportPlan plan = planImport({.sessions = {r1}}, {}, {});
    QCOMPARE(plan.sessions[0].state, PlanState::New);
    QCOMPARE(plan.sessions[0].action, PlanAction::Skip);
}

void ImportPlannerTest::forwardsAreOurs()
{
    ParsedSession r1 = device(u"r1"_s);
    r1.forwards = {{ForwardType::Local, u"::1"_s, 8080, u"web"_s, 80},
                   {ForwardType::Local, u"*"_s, 8081, u"web"_s, 81},
                   {ForwardType::Dynamic, {}, 1080, {}, 0},
                   {ForwardType::Remote, {}, 9000, u"localhost"_s, 90},
                   {ForwardType::Remote, {}, 9001, u"other"_s, 91}};
    const ImportPlan plan = planImport({.sessions = {r1}}, {}, {});
    const QList<PortForward> &forwards = plan.sessions[0].session.portForwards;
    QCOMPARE(forwards.size(), 4);
    QCOMPARE(forwards[0].bindAddress, u"::1"_s);
    QCOMPARE(forwards[0].localPort, 8080);
    QCOMPARE(forwards[0].remoteHost, u"web"_s);
    QCOMPARE(forwards[0].remotePort, quint16(80));
    QVERIFY(!forwards[1].bindAddress); // never beyond this machine
    QCOMPARE(forwards[2].forwardType, ForwardType::Dynamic);
    // Listens over there on 9000, leads to 90 here.
    QCOMPARE(forwards[3].localPort, 90);
    QCOMPARE(forwards[3].remotePort, quint16(9000));
    QCOMPARE(plan.warnings.size(), 2);
}

void ImportPlannerTest::unusableNamesAreLeftOut()
{
    ParsedSession noHost = device(u"a"_s), longName = device(QString(2000, u'x')), badFolder = device(u"b"_s);
    noHost.host = u"h\nx"_s;
    badFolder.folderPath = {u""_s};
    const ImportPlan plan = planImport({.sessions = {noHost, longName, badFolder, device(u"ok"_s)}}, {}, {});
    QCOMPARE(plan.sessions.size(), 1);
    QCOMPARE(plan.warnings.size(), 3);
}

void ImportPlannerTest::manyOfOneNameTakeNoTime()
{
    // No clock: a quadratic search would run into the watchdog.
    ParsedImport parsed;
    for (int i = 0; i < kMaxSessions; ++i) {
        ParsedSession session = device(u"r"_s, u"u"_s);
        session.login.keepalive = i;
        session.hops = {hop(u"gate%1"_s.arg(i))};
        parsed.sessions.append(session);
    }
    const ImportPlan plan = planImport(std::move(parsed), {}, {});
    QSet<QString> names;
    for (const PlannedSession &planned : plan.sessions)
        names.insert(planned.session.name);
    QCOMPARE(names.size(), kMaxSessions);
    QCOMPARE(plan.profiles.size(), kMaxSessions + 1);
}

QTEST_GUILESS_MAIN(ImportPlannerTest)
#include "tst_importplanner.moc"
