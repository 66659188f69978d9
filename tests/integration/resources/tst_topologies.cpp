#include "topologybench.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 05 section 5: topologies, and the folders they are in.
class TopologiesTest : public QObject, private TopologyBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

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
    void everyChangeBumpsTheTopology();
    void longTextsAreRefused();
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
