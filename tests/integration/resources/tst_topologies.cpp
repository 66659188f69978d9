#include "resourcebench.h"
#include "topologies/topologyroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kPath = "/api/topologies", kNobody = "00000000-0000-4000-8000-000000000000";

struct Call
{
    Method method;
    QByteArray path, body;
};

/// The members of an object that are there, in order.
QByteArrayList membersOf(const JsonValue &object)
{
    QByteArrayList names;
    for (const auto &member : object.GetObject())
        names.append(member.name.GetString());
    return names;
}

} // namespace

/// Contract 05 section 5.
class TopologiesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerTopologyRoutes(bench->router, bench->database);
    }
    void cleanup() { bench.reset(); }

    void createAnswersEveryField();
    void listsByPlaceThenName();
    void sessionsBecomeDevicesSideBySide();
    void renamesSharesAndMoves();
    void badBodiesNameTheirField();
    void unknownTopologiesAreNotFound();
    void deletingTakesEverythingAlong();
    void bulkDeleteSkipsUnknownIds();
    void foldersAreOfTheirOwnTree();
    void deletingAFolderFreesItsTopologies();
    void manyDropsBetweenTwoFoldersKeepTheirOrder();
    void devicesHaveTheirDefaults();
    void devicesWithoutAPlaceHideNobody();
    void aDeviceOfASessionTakesWhatIsNotGiven();
    void theEditDialogAndTheAssistantCanChangeDevices();
    void nullKeepsWhatADeviceHas();
    void deletedSessionsAndProfilesLeaveTheDevice();
    void devicesMoveAndChangeTheirType();
    void connectionsNeedTwoDevicesOfTheirTopology();
    void connectionsKeepWhatTheyAreGiven();
    void nullClearsWhatAConnectionHas();
    void waypointsAreJson();
    void annotationsMergeWhatChanged();
    void linesMoveAsAWhole();
    void elementDataHoldsNothingOfTheRow();
    void annotationsAreReordered();
    void aPartBelongsToItsTopology();
    void everyChangeBumpsTheTopology();
    void longTextsAreRefused();

private:
    QByteArray makeTopology(const QByteArray &name = "Lab") { return bench->make(kPath, object("name", name)); }
    QByteArray makeDevice(const QByteArray &topology, const QByteArray &name)
    {
        return bench->make(kPath + '/' + topology + "/devices", object("name", name));
    }
    QByteArray makeConnection(const QByteArray &topology, const QByteArray &more = {})
    {
        const QByteArray a = makeDevice(topology, "a"), b = makeDevice(topology, "b");
        return bench->make(kPath + '/' + topology + "/connections",
                           R"({"source_device_id":")" + a + R"(","target_device_id":")" + b + '"' + more + '}');
    }
    /// A device, connection or annotation as the detail or the list shows it.
    QByteArray shown(const QByteArray &topology, const char *list, const QByteArray &id)
    {
        const bool isAnnotation = qstrcmp(list, "annotations") == 0;
        const Answer answer = bench->call.get(kPath + '/' + topology + (isAnnotation ? "/annotations" : ""));
        const JsonValue &all = isAnnotation ? answer.json() : answer.json()[list];
        for (const JsonValue &one : all.GetArray()) {
            if (id == one["id"].GetString())
                return toJsonText(one);
        }
        return {};
    }

    std::unique_ptr<ResourceBench> bench;
};

void TopologiesTest::createAnswersEveryField()
{
    const Answer made = bench->call.post(kPath, R"({"name":"Lab","x_unknown":{}})");
    QCOMPARE(made.status, 201);
    QByteArray rest = made.body;
    for (const char *varying : {"id", "created_at", "updated_at"})
        rest.replace(made.text(varying).toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"Lab","folder_id":null,"sort_order":0.0,"shared":false,)"
                   R"("created_at":"*","updated_at":"*"})");
    const Answer detail = bench->call.get(kPath + '/' + made.text("id").toLatin1());
    rest = detail.body;
    for (const char *varying : {"id", "created_at", "updated_at"})
        rest.replace(made.text(varying).toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"Lab","folder_id":null,"sort_order":0.0,"devices":[],"connections":[],)"
                   R"("created_at":"*","updated_at":"*"})");
}

void TopologiesTest::listsByPlaceThenName()
{
    const QByteArray b = makeTopology("b"), a = makeTopology("a"), last = makeTopology("0");
    QCOMPARE(bench->call.put(kPath + '/' + last + "/move", R"({"folder_id":null,"sort_order":0.5})").status, 200);
    QCOMPARE(bench->names(kPath + "?shared=true&owner=x"), (QStringList{u"a"_s, u"b"_s, u"0"_s}));
}

void TopologiesTest::sessionsBecomeDevicesSideBySide()
{
    const QByteArray profile = bench->makeProfile("p");
    const QByteArray one = bench->makeSession("one", profile), two = bench->makeSession("two", profile);
    const QByteArray id =
        bench->make(kPath, R"({"name":"t","session_ids":[")" + one + R"(","nobody",")" + two + R"("]})");
    const Answer detail = bench->call.get(kPath + '/' + id);
    const JsonValue &devices = detail.json()["devices"];
    QCOMPARE(devices.Size(), 2u);
    QCOMPARE(devices[0]["name"].GetString(), "one");
    QCOMPARE(devices[0]["host"].GetString(), "10.0.0.1");
    QCOMPARE(devices[0]["session_id"].GetString(), one);
    QCOMPARE(devices[0]["profile_id"].GetString(), profile);
    QCOMPARE(devices[0]["device_type"].GetString(), "unknown");
    QVERIFY(devices[0]["x"] != devices[1]["x"] || devices[0]["y"] != devices[1]["y"]);
}

void TopologiesTest::renamesSharesAndMoves()
{
    const QByteArray item = kPath + '/' + makeTopology();
    const QByteArray folder = bench->make(kPath + "/folders", R"({"name":"f"})");
    for (const auto &[path, body] : {std::pair<QByteArray, QByteArray>{"", R"({"name":""})"},
                                     {"/share", R"({"shared":true})"},
                                     {"/move", R"({"sort_order":1.25,"folder_id":")" + folder + R"("})"}}) {
        const Answer answer = bench->call.put(item + path, body);
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, "");
    }
    const Answer list = bench->call.get(kPath);
    const JsonValue &listed = list.json()[0];
    QCOMPARE(listed["name"].GetString(), "");
    QVERIFY(listed["shared"].GetBool());
    QCOMPARE(listed["folder_id"].GetString(), folder);
    QCOMPARE(listed["sort_order"].GetDouble(), 1.25);
    QCOMPARE(bench->call.put(item + "/move", R"({"sort_order":2})").status, 200); // no folder is the root
    QVERIFY(bench->call.get(item).json()["folder_id"].IsNull());
}

void TopologiesTest::badBodiesNameTheirField()
{
    const QByteArray item = kPath + '/' + makeTopology();
    const QByteArray sessionFolder = bench->makeFolder("s");
    struct Case
    {
        Method method;
        QByteArray path, body;
        int status;
        QString field;
    };
    for (const Case &one : {
             Case{Method::Post, kPath, R"({})", 422, u"name"_s},
             Case{Method::Post, kPath, R"({"name":7})", 422, u"name"_s},
             Case{Method::Post, kPath, R"({"name":"x","session_ids":["a",1]})", 422, u"session_ids[1]"_s},
             Case{Method::Put, item, R"({})", 422, u"name"_s},
             Case{Method::Put, item, R"({"name":"a\nb"})", 400, u"name"_s},
             Case{Method::Put, item + "/share", R"({"shared":1})", 422, u"shared"_s},
             Case{Method::Put, item + "/move", R"({"folder_id":null})", 422, u"sort_order"_s},
             Case{Method::Put, item + "/move", R"({"sort_order":0,"folder_id":"nope"})", 400, u"folder_id"_s},
             Case{Method::Put, item + "/move", R"({"sort_order":0,"folder_id":")" + sessionFolder + R"("})", 400,
                  u"folder_id"_s},
             Case{Method::Post, kPath + "/bulk-delete", R"({})", 422, u"ids"_s},
             Case{Method::Post, item + "/devices", R"({"host":"h"})", 400, u"name"_s},
             Case{Method::Post, item + "/devices", R"({"name":"n","x":"1"})", 422, u"x"_s},
             Case{Method::Post, item + "/annotations", R"({"element_data":{}})", 422, u"annotation_type"_s},
             Case{Method::Post, item + "/annotations", R"({"annotation_type":"cloud","element_data":{}})", 422,
                  u"annotation_type"_s},
             Case{Method::Post, item + "/annotations", R"({"annotation_type":"text","element_data":[]})", 422,
                  u"element_data"_s},
             Case{Method::Post, item + "/annotations/reorder", R"({"id_order":"x"})", 422, u"id_order"_s},
         }) {
        const Answer answer = bench->call.call(one.method, one.path, one.body);
        QVERIFY2(answer.status == one.status && answer.text("field") == one.field,
                 qPrintable(QString::fromUtf8(one.path + ' ' + one.body + ": " + answer.body)));
        QCOMPARE(answer.code(), u"VALIDATION"_s);
    }
    QCOMPARE(bench->call.get(kPath).json().Size(), 1u);
    QCOMPARE(bench->call.get(item).json()["devices"].Size(), 0u);
}

void TopologiesTest::unknownTopologiesAreNotFound()
{
    const QByteArray known = makeTopology();
    const QByteArray before = bench->call.get(kPath).body;
    for (const Call &one : {
             Call{Method::Get, "", ""},
             Call{Method::Put, "", R"({"name":"x"})"},
             Call{Method::Delete, "", ""},
             Call{Method::Put, "/share", R"({"shared":true})"},
             Call{Method::Put, "/move", R"({"sort_order":1})"},
             Call{Method::Post, "/devices", R"({"name":"x"})"},
             Call{Method::Put, "/devices/d/position", R"({"x":1,"y":1})"},
             Call{Method::Put, "/devices/d/type", R"({"device_type":"router"})"},
             Call{Method::Put, "/devices/d/details", R"({})"},
             Call{Method::Delete, "/devices/d", ""},
             Call{Method::Post, "/connections", R"({"source_device_id":"a","target_device_id":"b"})"},
             Call{Method::Put, "/connections/c", R"({})"},
             Call{Method::Delete, "/connections/c", ""},
             Call{Method::Post, "/annotations", R"({"annotation_type":"text","element_data":{}})"},
             Call{Method::Put, "/annotations/a", R"({})"},
             Call{Method::Delete, "/annotations/a", ""},
             Call{Method::Post, "/annotations/reorder", R"({"id_order":[]})"},
         }) {
        const Answer answer = bench->call.call(one.method, kPath + '/' + kNobody + one.path, one.body);
        QVERIFY2(answer.status == 404 && answer.code() == u"NOT_FOUND"_s, one.path.constData());
        // The part is unknown in a topology that exists, too.
        if (one.path.count('/') > 1 && !one.path.endsWith("reorder"))
            QCOMPARE(bench->call.call(one.method, kPath + '/' + known + one.path, one.body).status, 404);
    }
    QCOMPARE(bench->call.get(kPath).body, before);
}

void TopologiesTest::deletingTakesEverythingAlong()
{
    const QByteArray id = makeTopology(), other = makeTopology("other");
    makeConnection(id);
    makeConnection(other);
    bench->make(kPath + '/' + id + "/annotations", R"({"annotation_type":"text","element_data":{}})");
    QCOMPARE(bench->call.remove(kPath + '/' + id).status, 204);
    QCOMPARE(bench->call.remove(kPath + '/' + id).status, 404);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM topology_devices"_s).toInt(), 2);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM topology_connections"_s).toInt(), 1);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM topology_annotations"_s).toInt(), 0);
    // A device takes its connections along.
    const Answer detail = bench->call.get(kPath + '/' + other);
    const QByteArray device = detail.json()["devices"][0]["id"].GetString();
    QCOMPARE(bench->call.remove(kPath + '/' + other + "/devices/" + device).status, 204);
    QCOMPARE(bench->call.get(kPath + '/' + other).json()["connections"].Size(), 0u);
}

void TopologiesTest::bulkDeleteSkipsUnknownIds()
{
    const QByteArray a = makeTopology("a"), b = makeTopology("b");
    makeTopology("c");
    const Answer answer = bench->call.post(kPath + "/bulk-delete", R"({"ids":[")" + a + R"(","nope",")" + b + R"("]})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, R"({"deleted":2,"failed":0})");
    QCOMPARE(bench->names(kPath), QStringList{u"c"_s});
}

void TopologiesTest::foldersAreOfTheirOwnTree()
{
    const QByteArray path = kPath + "/folders", sessions = bench->makeFolder("of sessions");
    const Answer made = bench->call.post(path, R"({"name":"maps","scope":"session"})");
    QCOMPARE(made.status, 201);
    QCOMPARE(made.text("scope"), u"topology"_s);
    QVERIFY(made.json()["parent_id"].IsNull());
    const QByteArray maps = made.text("id").toLatin1();
    QCOMPARE(bench->names(path), QStringList{u"maps"_s});
    QCOMPARE(bench->call.get(path + '/' + maps).body, made.body);
    QCOMPARE(bench->call.get(path + '/' + sessions).status, 404);
    QCOMPARE(bench->call.put(path + '/' + sessions, R"({"name":"x"})").status, 404);
    QCOMPARE(bench->call.put(path + '/' + sessions + "/move", R"({"sort_order":1})").status, 404);
    QCOMPARE(bench->call.remove(path + '/' + sessions).status, 404);
    QCOMPARE(bench->call.post(path, object({{"name", "x"}, {"parent_id", sessions}})).text("field"), u"parent_id"_s);

    const QByteArray inner = bench->make(path, object({{"name", "inner"}, {"parent_id", maps}}));
    // Null keeps the parent, a move to the root does not.
    QCOMPARE(bench->call.put(path + '/' + inner, R"({"name":"renamed","parent_id":null})").text("parent_id").toLatin1(),
             maps);
    QCOMPARE(bench->call.put(path + '/' + maps + "/move", R"({"sort_order":1,"parent_id":")" + inner + R"("})").status,
             400);
    QVERIFY(bench->call.put(path + '/' + inner + "/move", R"({"sort_order":7.9,"parent_id":null})")
                .json()["parent_id"]
                .IsNull());
    QCOMPARE(bench->call.get(path + '/' + inner).json()["sort_order"].GetInt(), 7);
}

void TopologiesTest::deletingAFolderFreesItsTopologies()
{
    const QByteArray path = kPath + "/folders";
    const QByteArray outer = bench->make(path, R"({"name":"o"})");
    const QByteArray inner = bench->make(path, object({{"name", "i"}, {"parent_id", outer}}));
    const QByteArray id = makeTopology();
    bench->call.put(kPath + '/' + id + "/move", R"({"sort_order":1,"folder_id":")" + inner + R"("})");
    QCOMPARE(bench->call.remove(path + '/' + outer).status, 204);
    QCOMPARE(bench->call.get(path + '/' + inner).status, 404);
    QVERIFY(bench->call.get(kPath + '/' + id).json()["folder_id"].IsNull());
}

void TopologiesTest::manyDropsBetweenTwoFoldersKeepTheirOrder()
{
    const QByteArray path = kPath + "/folders";
    QList<QByteArray> ids;
    for (const char *name : {"a", "b", "c"})
        ids.append(bench->make(path, object("name", name)));
    for (int i = 0; i < 3; ++i)
        bench->call.put(path + '/' + ids[i] + "/move", R"({"sort_order":)" + QByteArray::number(i + 1) + '}');
    // Between a (1) and b (2) there is no integer.
    QCOMPARE(bench->call.put(path + '/' + ids[2] + "/move", R"({"sort_order":1.5})").status, 200);
    QCOMPARE(bench->names(path), (QStringList{u"a"_s, u"c"_s, u"b"_s}));
}

void TopologiesTest::devicesHaveTheirDefaults()
{
    const QByteArray path = kPath + '/' + makeTopology() + "/devices";
    const Answer made = bench->call.post(path, R"({"name":"edge1"})");
    QCOMPARE(made.status, 201);
    QCOMPARE(membersOf(made.json()), (QByteArrayList{"id", "topology_id", "session_id", "x", "y", "device_type", "name",
                                                     "host", "created_at", "updated_at"}));
    QVERIFY(made.json()["session_id"].IsNull());
    QCOMPARE(made.json()["x"].GetDouble(), 500.0);
    QCOMPARE(made.json()["y"].GetDouble(), 300.0);
    QCOMPARE(made.text("device_type"), u"unknown"_s);
    QCOMPARE(made.text("host"), u""_s);

    const QByteArray profile = bench->makeProfile("p");
    const Answer full = bench->call.post(
        path, R"({"name":"n","host":"h","device_type":"router","x":1.5,"y":-2,"site":"s","role":"r","status":"online",)"
              R"("snmp_profile_id":"nobody","profile_id":")" +
                  profile + R"("})");
    QCOMPARE(full.status, 201);
    QCOMPARE(full.json()["x"].GetDouble(), 1.5);
    QCOMPARE(full.text("site") + full.text("role") + full.text("status"), u"sronline"_s);
    QCOMPARE(full.text("profile_id").toLatin1(), profile);
    QVERIFY(!full.json().HasMember("snmp_profile_id")); // dangling: none
}

void TopologiesTest::devicesWithoutAPlaceHideNobody()
{
    const QByteArray id = makeTopology();
    for (int i = 0; i < 60; ++i)
        makeDevice(id, QByteArray::number(i));
    QSet<std::pair<double, double>> places;
    const Answer detail = bench->call.get(kPath + '/' + id);
    for (const JsonValue &device : detail.json()["devices"].GetArray())
        places.insert({device["x"].GetDouble(), device["y"].GetDouble()});
    QCOMPARE(places.size(), 60);
}

void TopologiesTest::aDeviceOfASessionTakesWhatIsNotGiven()
{
    const QByteArray path = kPath + '/' + makeTopology() + "/devices", profile = bench->makeProfile("p");
    const QByteArray session = bench->makeSession("core", profile);
    const Answer plain = bench->call.post(path, object("session_id", session));
    QCOMPARE(plain.status, 201);
    QCOMPARE(plain.text("name"), u"core"_s);
    QCOMPARE(plain.text("host"), u"10.0.0.1"_s);
    QCOMPARE(plain.text("profile_id").toLatin1(), profile);
    QCOMPARE(plain.json()["y"].GetDouble(), 500.0);
    const Answer own = bench->call.post(path, R"({"name":"mine","host":"other","x":7,"y":8,"device_type":"switch",)"
                                              R"("session_id":")" +
                                                  session + R"("})");
    QCOMPARE(own.text("name"), u"mine"_s);
    QCOMPARE(own.text("host"), u"10.0.0.1"_s);
    QCOMPARE(own.text("device_type"), u"switch"_s);
    QCOMPARE(own.json()["x"].GetDouble(), 7.0);
    QCOMPARE(bench->call.post(path, object("session_id", kNobody)).status, 404);
}

void TopologiesTest::theEditDialogAndTheAssistantCanChangeDevices()
{
    const QByteArray id = makeTopology(), device = makeDevice(id, "old");
    const QByteArray profile = bench->makeProfile("p");
    const QByteArray details = kPath + '/' + id + "/devices/" + device + "/details";
    QCOMPARE(
        bench->call.put(details, R"({"name":"new","type":"router","status":"online","site":"s","role":"r"})").status,
        200);
    QCOMPARE(bench->call
                 .put(details, R"({"primaryIp":"10.1.1.1","notes":"","lastSeen":[1],"profileId":")" + profile + R"("})")
                 .status,
             200);
    const Answer detail = bench->call.get(kPath + '/' + id);
    const JsonValue &stored = detail.json()["devices"][0];
    QCOMPARE(stored["name"].GetString(), "new");
    QCOMPARE(stored["device_type"].GetString(), "router");
    QCOMPARE(stored["primary_ip"].GetString(), "10.1.1.1");
    QCOMPARE(stored["profile_id"].GetString(), profile);
    QCOMPARE(stored["notes"].GetString(), ""); // marks a neighbour as seen
    // The field's own name wins.
    bench->call.put(details, R"({"type":"switch","device_type":"firewall"})");
    QVERIFY(shown(id, "devices", device).contains("\"firewall\""));
}

void TopologiesTest::nullKeepsWhatADeviceHas()
{
    const QByteArray id = makeTopology(), device = makeDevice(id, "d"), profile = bench->makeProfile("p");
    const QByteArray details = kPath + '/' + id + "/devices/" + device + "/details";
    bench->call.put(details, R"({"platform":"IOS","notes":"n","x":3,"profile_id":")" + profile + R"("})");
    const QByteArray before = shown(id, "devices", device);
    QCOMPARE(bench->call.put(details, R"({})").status, 200);
    QCOMPARE(
        bench->call.put(details, R"({"platform":null,"notes":null,"x":null,"name":null,"profile_id":null})").status,
        200);
    QCOMPARE(shown(id, "devices", device), before);
    QCOMPARE(bench->call.put(details, R"({"platform":7})").text("field"), u"platform"_s);
    bench->call.put(details, R"({"profile_id":""})");
    QVERIFY(!shown(id, "devices", device).contains("profile_id"));
}

void TopologiesTest::deletedSessionsAndProfilesLeaveTheDevice()
{
    const QByteArray id = makeTopology(), used = bench->makeProfile("used"), snmp = bench->makeProfile("snmp");
    const QByteArray session = bench->makeSession("core", used);
    const QByteArray device =
        bench->make(kPath + '/' + id + "/devices", object({{"session_id", session}, {"snmp_profile_id", snmp}}));
    QVERIFY(shown(id, "devices", device).contains("snmp_profile_id"));
    QCOMPARE(bench->call.remove("/api/sessions/" + session).status, 204);
    QCOMPARE(bench->call.remove("/api/profiles/" + snmp).status, 204);
    const QByteArray left = shown(id, "devices", device);
    QVERIFY(left.contains(R"("session_id":null)"));
    QVERIFY(left.contains(R"("name":"core","host":"10.0.0.1")"));
    QVERIFY(!left.contains("snmp_profile_id"));
}

void TopologiesTest::devicesMoveAndChangeTheirType()
{
    const QByteArray id = makeTopology(), item = kPath + '/' + id + "/devices/" + makeDevice(id, "d");
    const Answer moved = bench->call.put(item + "/position", R"({"x":12.5,"y":0})");
    QCOMPARE(moved.status, 200);
    QCOMPARE(moved.body, "");
    QCOMPARE(bench->call.put(item + "/type", R"({"device_type":"cloud"})").status, 200);
    const Answer detail = bench->call.get(kPath + '/' + id);
    const JsonValue &stored = detail.json()["devices"][0];
    QCOMPARE(stored["x"].GetDouble(), 12.5);
    QCOMPARE(stored["device_type"].GetString(), "cloud");
    QCOMPARE(bench->call.put(item + "/position", R"({"x":1})").text("field"), u"y"_s);
    QCOMPARE(bench->call.put(item + "/type", R"({})").text("field"), u"device_type"_s);
}

void TopologiesTest::connectionsNeedTwoDevicesOfTheirTopology()
{
    const QByteArray id = makeTopology(), other = makeTopology("other");
    const QByteArray a = makeDevice(id, "a"), b = makeDevice(id, "b"), foreign = makeDevice(other, "c");
    const QByteArray path = kPath + '/' + id + "/connections";
    const auto joined = [](const QByteArray &from, const QByteArray &to) {
        return object({{"source_device_id", from}, {"target_device_id", to}});
    };
    QCOMPARE(bench->call.post(path, joined(a, foreign)).text("field"), u"target_device_id"_s);
    QCOMPARE(bench->call.post(path, joined(kNobody, b)).text("field"), u"source_device_id"_s);
    QCOMPARE(bench->call.post(path, joined(a, a)).status, 400);
    QCOMPARE(bench->call.post(path, object("source_device_id", a)).status, 422);
    QCOMPARE(bench->call.get(kPath + '/' + id).json()["connections"].Size(), 0u);
    // Parallel lines are kept, in the order of their making.
    const QByteArray first = bench->make(path, joined(a, b)), second = bench->make(path, joined(a, b));
    const Answer detail = bench->call.get(kPath + '/' + id);
    QCOMPARE(detail.json()["connections"][0]["id"].GetString(), first);
    QCOMPARE(detail.json()["connections"][1]["id"].GetString(), second);
}

void TopologiesTest::connectionsKeepWhatTheyAreGiven()
{
    const QByteArray id = makeTopology(), bare = makeConnection(id);
    const auto document = JsonDocument::parse(shown(id, "connections", bare));
    QCOMPARE(membersOf(document->root()),
             (QByteArrayList{"id", "topology_id", "source_device_id", "target_device_id", "source_interface",
                             "target_interface", "protocol", "label", "created_at"}));
    QCOMPARE(document->root()["protocol"].GetString(), "manual");
    QVERIFY(document->root()["label"].IsNull());

    const QByteArray item = kPath + '/' + id + "/connections/" + bare;
    const Answer changed = bench->call.put(
        item, R"({"sourceInterface":"Gi0/1","target_interface":"Gi0/2","curveStyle":"curved","lineStyle":"dashed",)"
              R"("lineWidth":4,"bundleId":"po1","bundleIndex":0,"status":{"odd":1},"label":"x","color":"red",)"
              R"("notes":"a b","protocol":"lldp","source_device_id":"nobody"})");
    QCOMPARE(changed.status, 200);
    for (const auto &[name, value] :
         {std::pair{"source_interface", "\"Gi0/1\""}, std::pair{"target_interface", "\"Gi0/2\""},
          std::pair{"curve_style", "\"curved\""}, std::pair{"line_style", "\"dashed\""}, std::pair{"line_width", "4"},
          std::pair{"bundle_id", "\"po1\""}, std::pair{"bundle_index", "0"}, std::pair{"notes", "\"a b\""},
          std::pair{"protocol", "\"manual\""}})
        QCOMPARE(toJsonText(changed.json()[name]), value);
    QCOMPARE(changed.body, shown(id, "connections", bare));
    QCOMPARE(bench->call.put(item, R"({"line_width":"4"})").text("field"), u"line_width"_s);
    QCOMPARE(bench->call.remove(item).status, 204);
    QCOMPARE(bench->call.remove(item).status, 404);
}

void TopologiesTest::nullClearsWhatAConnectionHas()
{
    const QByteArray id = makeTopology();
    const QByteArray item =
        kPath + '/' + id + "/connections/" + makeConnection(id, R"(,"label":"l","color":"red","line_width":3)");
    const Answer kept = bench->call.put(item, R"({})");
    QCOMPARE(kept.text("label"), u"l"_s);
    const Answer cleared = bench->call.put(item, R"({"label":null,"color":null})");
    QVERIFY(cleared.json()["label"].IsNull());
    QVERIFY(!cleared.json().HasMember("color"));
    QCOMPARE(cleared.json()["line_width"].GetInt(), 3);
}

void TopologiesTest::waypointsAreJson()
{
    const QByteArray id = makeTopology();
    const QByteArray item = kPath + '/' + id + "/connections/" + makeConnection(id);
    const QByteArray verbatim = "[ {\"x\": 1.50, \"y\":2} ]";
    QCOMPARE(bench->call.put(item, object("waypoints", verbatim)).text("waypoints").toUtf8(), verbatim);
    QCOMPARE(bench->call.put(item, object("waypoints", "[{\"x\":")).text("field"), u"waypoints"_s);
    QCOMPARE(bench->call.get(kPath + '/' + id).json()["connections"][0]["waypoints"].GetString(), verbatim);
    const QByteArray points = "[{\"x\":1,\"y\":2}]";
    QCOMPARE(bench->call.put(item, "{\"waypoints\":" + points + '}').text("waypoints").toUtf8(), points);
}

void TopologiesTest::annotationsMergeWhatChanged()
{
    const QByteArray id = makeTopology(), path = kPath + '/' + id + "/annotations";
    const QByteArray text = bench->make(
        path,
        R"({"annotation_type":"text","element_data":{"position":{"x":1,"y":2},"content":"hello","color":"red"}})");
    const QByteArray item = path + '/' + text;
    const Answer moved = bench->call.put(item, R"({"element_data":{"position":{"x":5,"y":6}}})");
    QCOMPARE(moved.status, 204);
    QCOMPARE(moved.body, "");
    QCOMPARE(bench->call.put(item, R"({"element_data":{"color":null,"fontSize":12}})").status, 204);
    QCOMPARE(bench->call.put(item, R"({"z_index":4})").status, 204);
    QCOMPARE(bench->call.put(item, R"({"annotation_type":"shape","element_data":null})").status, 204);
    const Answer listed = bench->call.get(path);
    const JsonValue &stored = listed.json()[0];
    QCOMPARE(toJsonText(stored["element_data"]), R"({"position":{"x":5,"y":6},"content":"hello","fontSize":12})");
    QCOMPARE(stored["z_index"].GetInt(), 4);
    QCOMPARE(stored["annotation_type"].GetString(), "text");
    QCOMPARE(stored["topology_id"].GetString(), id);
    QCOMPARE(bench->call.put(item, R"({"element_data":["x"]})").text("field"), u"element_data"_s);
    QCOMPARE(bench->call.remove(item).status, 204);
    QCOMPARE(bench->call.remove(item).status, 404);
    QCOMPARE(bench->call.get(kPath + '/' + kNobody + "/annotations").body, "[]");
}

void TopologiesTest::linesMoveAsAWhole()
{
    const QByteArray id = makeTopology(), path = kPath + '/' + id + "/annotations";
    const QByteArray line = bench->make(
        path,
        R"({"annotation_type":"line","element_data":{"points":[{"x":10,"y":10},{"x":20,"y":5.5}],"color":"red"}})");
    QCOMPARE(bench->call.put(path + '/' + line, R"({"element_data":{"position":{"x":110,"y":9}}})").status, 204);
    const auto stored = JsonDocument::parse(shown(id, "annotations", line));
    const JsonValue &data = stored->root()["element_data"];
    QVERIFY(!data.HasMember("position"));
    QCOMPARE(data["color"].GetString(), "red");
    QCOMPARE(data["points"][0]["x"].GetDouble(), 110.0);
    QCOMPARE(data["points"][0]["y"].GetDouble(), 9.0);
    QCOMPARE(data["points"][1]["x"].GetDouble(), 120.0);
    QCOMPARE(data["points"][1]["y"].GetDouble(), 4.5);
}

void TopologiesTest::elementDataHoldsNothingOfTheRow()
{
    const QByteArray id = makeTopology(), path = kPath + '/' + id + "/annotations";
    const QByteArray shape = bench->make(
        path, R"({"annotation_type":"shape","element_data":{"id":"x","type":"y","zIndex":9,"shapeType":"circle"}})");
    QVERIFY(shown(id, "annotations", shape).contains(R"("element_data":{"shapeType":"circle"})"));
    bench->call.put(path + '/' + shape,
                    R"({"element_data":{"topologyId":"x","createdAt":1,"updatedAt":2,"label":"l"}})");
    QVERIFY(shown(id, "annotations", shape).contains(R"("element_data":{"shapeType":"circle","label":"l"})"));
}

void TopologiesTest::annotationsAreReordered()
{
    const QByteArray id = makeTopology(), other = makeTopology("other");
    const auto make = [&](const QByteArray &topology, int z) {
        return bench->make(kPath + '/' + topology + "/annotations",
                           R"({"annotation_type":"text","element_data":{},"z_index":)" + QByteArray::number(z) + '}');
    };
    const QByteArray a = make(id, 5), b = make(id, 6), c = make(id, 7), foreign = make(other, 3);
    QCOMPARE(bench->call
                 .post(kPath + '/' + id + "/annotations/reorder",
                       R"({"id_order":[")" + b + R"(",")" + foreign + R"(",")" + a + R"("]})")
                 .status,
             204);
    QStringList order;
    const Answer listed = bench->call.get(kPath + '/' + id + "/annotations");
    for (const JsonValue &one : listed.json().GetArray())
        order.append(u"%1:%2"_s.arg(QLatin1StringView(one["id"].GetString())).arg(one["z_index"].GetInt()));
    QCOMPARE(order, (QStringList{QString::fromLatin1(b + ":0"), QString::fromLatin1(a + ":2"),
                                 QString::fromLatin1(c + ":7")}));
    QVERIFY(shown(other, "annotations", foreign).contains("\"z_index\":3"));
}

void TopologiesTest::aPartBelongsToItsTopology()
{
    const QByteArray mine = makeTopology("mine"), other = makeTopology("other");
    const QByteArray device = makeDevice(mine, "d"), connection = makeConnection(mine);
    const QByteArray annotation =
        bench->make(kPath + '/' + mine + "/annotations", R"({"annotation_type":"text","element_data":{}})");
    const QByteArray before = shown(mine, "devices", device) + shown(mine, "connections", connection) +
                              shown(mine, "annotations", annotation);
    for (const Call &one : {
             Call{Method::Put, "/devices/" + device + "/position", R"({"x":1,"y":1})"},
             Call{Method::Put, "/devices/" + device + "/type", R"({"device_type":"x"})"},
             Call{Method::Put, "/devices/" + device + "/details", R"({"name":"taken over"})"},
             Call{Method::Delete, "/devices/" + device, ""},
             Call{Method::Put, "/connections/" + connection, R"({"label":"taken over"})"},
             Call{Method::Delete, "/connections/" + connection, ""},
             Call{Method::Put, "/annotations/" + annotation, R"({"z_index":9})"},
             Call{Method::Delete, "/annotations/" + annotation, ""},
         })
        QCOMPARE(bench->call.call(one.method, kPath + '/' + other + one.path, one.body).status, 404);
    QCOMPARE(shown(mine, "devices", device) + shown(mine, "connections", connection) +
                 shown(mine, "annotations", annotation),
             before);
}

void TopologiesTest::everyChangeBumpsTheTopology()
{
    const QByteArray id = makeTopology(), item = kPath + '/' + id;
    const QByteArray connection = makeConnection(id), device = makeDevice(id, "d");
    const QByteArray annotation = bench->make(item + "/annotations", R"({"annotation_type":"text","element_data":{}})");
    for (const Call &change : {
             Call{Method::Put, "", R"({"name":"n"})"},
             Call{Method::Put, "/move", R"({"sort_order":1})"},
             Call{Method::Put, "/share", R"({"shared":true})"},
             Call{Method::Post, "/devices", R"({"name":"n"})"},
             Call{Method::Put, "/devices/" + device + "/position", R"({"x":1,"y":1})"},
             Call{Method::Put, "/devices/" + device + "/type", R"({"device_type":"router"})"},
             Call{Method::Put, "/devices/" + device + "/details", R"({"site":"s"})"},
             Call{Method::Delete, "/devices/" + device, ""},
             Call{Method::Put, "/connections/" + connection, R"({"label":"l"})"},
             Call{Method::Delete, "/connections/" + connection, ""},
             Call{Method::Post, "/annotations", R"({"annotation_type":"text","element_data":{}})"},
             Call{Method::Put, "/annotations/" + annotation, R"({"z_index":2})"},
             Call{Method::Post, "/annotations/reorder", R"({"id_order":[]})"},
             Call{Method::Delete, "/annotations/" + annotation, ""},
         }) {
        bench->sql(u"UPDATE topologies SET updated_at = '2020-01-01 00:00:00' RETURNING 1"_s);
        const Answer answer = bench->call.call(change.method, item + change.path, change.body);
        QVERIFY2(answer.status < 300, qPrintable(QString::fromUtf8(change.path + ": " + answer.body)));
        QVERIFY2(bench->call.get(item).text("updated_at") > u"2021"_s, change.path.constData());
    }
}

void TopologiesTest::longTextsAreRefused()
{
    const QByteArray id = makeTopology(), item = kPath + '/' + id;
    const QByteArray connection = makeConnection(id), device = makeDevice(id, "d");
    const auto longer = [](const char *field, qsizetype size) { return object(field, QByteArray(size + 1, 'x')); };
    QCOMPARE(bench->call.post(kPath, longer("name", 1024)).text("field"), u"name"_s);
    for (const auto &[field, size] :
         {std::pair{"name", 1024}, std::pair{"host", 1024}, std::pair{"version", 4096}, std::pair{"notes", 64 * 1024}})
        QCOMPARE(bench->call.put(item + "/devices/" + device + "/details", longer(field, size)).text("field"),
                 QLatin1StringView(field));
    for (const auto &[field, size] : {std::pair{"label", 4096}, std::pair{"waypoints", 64 * 1024}})
        QCOMPARE(bench->call.put(item + "/connections/" + connection, longer(field, size)).text("field"),
                 QLatin1StringView(field));
    const Answer heavy =
        bench->call.post(item + "/annotations", R"({"annotation_type":"text","element_data":{"content":")" +
                                                    QByteArray(256 * 1024, 'x') + R"("}})");
    QCOMPARE(heavy.status, 400);
    QCOMPARE(heavy.text("field"), u"element_data"_s);
}

QTEST_GUILESS_MAIN(TopologiesTest)
#include "tst_topologies.moc"
