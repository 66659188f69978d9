#include "topologybench.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

/// The members of an object that are there, in order.
QByteArrayList membersOf(const JsonValue &object)
{
    QByteArrayList names;
    for (const auto &member : object.GetObject())
        names.append(member.name.GetString());
    return names;
}

} // namespace

/// Contract 05 section 5: what is in a topology.
class TopologyPartsTest : public QObject, private TopologyBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

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
};

void TopologyPartsTest::devicesHaveTheirDefaults()
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

void TopologyPartsTest::devicesWithoutAPlaceHideNobody()
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

void TopologyPartsTest::aDeviceOfASessionTakesWhatIsNotGiven()
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

void TopologyPartsTest::theEditDialogAndTheAssistantCanChangeDevices()
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

void TopologyPartsTest::nullKeepsWhatADeviceHas()
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

void TopologyPartsTest::deletedSessionsAndProfilesLeaveTheDevice()
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

void TopologyPartsTest::devicesMoveAndChangeTheirType()
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

void TopologyPartsTest::connectionsNeedTwoDevicesOfTheirTopology()
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

void TopologyPartsTest::connectionsKeepWhatTheyAreGiven()
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

void TopologyPartsTest::nullClearsWhatAConnectionHas()
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

void TopologyPartsTest::waypointsAreJson()
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

void TopologyPartsTest::annotationsMergeWhatChanged()
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

void TopologyPartsTest::linesMoveAsAWhole()
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

void TopologyPartsTest::elementDataHoldsNothingOfTheRow()
{
    const QByteArray id = makeTopology(), path = kPath + '/' + id + "/annotations";
    const QByteArray shape = bench->make(
        path, R"({"annotation_type":"shape","element_data":{"id":"x","type":"y","zIndex":9,"shapeType":"circle"}})");
    QVERIFY(shown(id, "annotations", shape).contains(R"("element_data":{"shapeType":"circle"})"));
    bench->call.put(path + '/' + shape,
                    R"({"element_data":{"topologyId":"x","createdAt":1,"updatedAt":2,"label":"l"}})");
    QVERIFY(shown(id, "annotations", shape).contains(R"("element_data":{"shapeType":"circle","label":"l"})"));
}

void TopologyPartsTest::annotationsAreReordered()
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

void TopologyPartsTest::aPartBelongsToItsTopology()
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

QTEST_GUILESS_MAIN(TopologyPartsTest)
#include "tst_topologyparts.moc"
