#include "resourcebench.h"

#include "storage/connection.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

QByteArray movedUnder(const QByteArray &parent) { return R"({"sort_order":1,"parent_id":")" + parent + R"("})"; }

} // namespace

/// Contract 02 section 3.2.
class FoldersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { bench = std::make_unique<ResourceBench>(); }
    void cleanup() { bench.reset(); }

    void createAnswersEveryField();
    void namesNeedNotBeUnique();
    void listsOneTreeAtATime();
    void anUnknownParentIsRefused();
    void aParentOfAnotherTreeIsRefused();
    void cyclesAreRefusedOnBothRoutes();
    void aCycleInAnOldFileDoesNotHang();
    void deletingTakesSubFoldersAndFreesSessions();
    void moveAnswersTheFolder();
    void renameKeepsTheParent();

private:
    std::unique_ptr<ResourceBench> bench;
};

void FoldersTest::createAnswersEveryField()
{
    const Answer answer = bench->call.post("/api/folders", R"({"name":"core"})");
    QCOMPARE(answer.status, 201);
    QByteArray rest = answer.body;
    for (const char *varying : {"id", "created_at", "updated_at"})
        rest.replace(answer.text(varying).toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"core","parent_id":null,"scope":"session","sort_order":0,)"
                   R"("created_at":"*","updated_at":"*"})");
}

void FoldersTest::namesNeedNotBeUnique()
{
    bench->makeFolder("New Folder");
    bench->makeFolder("New Folder");
    QCOMPARE(bench->names("/api/folders").size(), 2);
}

void FoldersTest::listsOneTreeAtATime()
{
    bench->makeFolder("b");
    bench->makeFolder("a");
    bench->make("/api/folders", R"({"name":"maps","scope":"topology"})");
    QCOMPARE(bench->names("/api/folders"), (QStringList{u"a"_s, u"b"_s}));
    QCOMPARE(bench->names("/api/folders?scope=topology"), QStringList{u"maps"_s});
    QCOMPARE(bench->call.get("/api/folders?scope=galaxy").status, 400);
}

void FoldersTest::anUnknownParentIsRefused()
{
    const Answer answer = bench->call.post("/api/folders", R"({"name":"x","parent_id":"nope"})");
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.text("field"), u"parent_id"_s);
}

void FoldersTest::aParentOfAnotherTreeIsRefused()
{
    const QByteArray maps = bench->make("/api/folders", R"({"name":"maps","scope":"topology"})");
    QCOMPARE(bench->call.post("/api/folders", object({{"name", "x"}, {"parent_id", maps}})).status, 400);
}

void FoldersTest::cyclesAreRefusedOnBothRoutes()
{
    const QByteArray a = bench->makeFolder("a"), b = bench->makeFolder("b", a), c = bench->makeFolder("c", b);
    for (const QByteArray &target : {a, b, c}) {
        QCOMPARE(bench->call.put("/api/folders/" + a, object("parent_id", target)).status, 400);
        QCOMPARE(bench->call.put("/api/folders/" + a + "/move", movedUnder(target)).status, 400);
    }
    QVERIFY(bench->call.get("/api/folders/" + a).json()["parent_id"].IsNull());
}

void FoldersTest::aCycleInAnOldFileDoesNotHang()
{
    const QByteArray a = bench->makeFolder("a"), b = bench->makeFolder("b", a), c = bench->makeFolder("c");
    bench->sql(u"UPDATE folders SET parent_id = '%1' WHERE id = '%2' RETURNING 1"_s.arg(QString::fromLatin1(b),
                                                                                        QString::fromLatin1(a)));
    QCOMPARE(bench->call.put("/api/folders/" + c, object("parent_id", b)).status, 200);
}

void FoldersTest::deletingTakesSubFoldersAndFreesSessions()
{
    const QByteArray profile = bench->makeProfile("lab");
    const QByteArray a = bench->makeFolder("a"), b = bench->makeFolder("b", a);
    const QByteArray session = bench->makeSession("s", profile, R"(,"folder_id":")" + b + '"');
    QCOMPARE(bench->call.remove("/api/folders/" + a).status, 204);
    QCOMPARE(bench->call.get("/api/folders/" + b).status, 404);
    QVERIFY(bench->call.get("/api/sessions/" + session).json()["folder_id"].IsNull());
    QCOMPARE(bench->call.remove("/api/folders/" + b).status, 404);
}

void FoldersTest::moveAnswersTheFolder()
{
    const QByteArray a = bench->makeFolder("a"), b = bench->makeFolder("b");
    const Answer answer =
        bench->call.put("/api/folders/" + b + "/move", R"({"parent_id":")" + a + R"(","sort_order":12.7})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("parent_id").toLatin1(), a);
    QCOMPARE(answer.json()["sort_order"].GetInt(), 12);
    QVERIFY(bench->call.put("/api/folders/" + b + "/move", R"({"sort_order":1})").json()["parent_id"].IsNull());
}

void FoldersTest::renameKeepsTheParent()
{
    const QByteArray a = bench->makeFolder("a"), b = bench->makeFolder("b", a);
    const Answer answer = bench->call.put("/api/folders/" + b, R"({"name":"renamed"})");
    QCOMPARE(answer.text("name"), u"renamed"_s);
    QCOMPARE(answer.text("parent_id").toLatin1(), a);
}

QTEST_GUILESS_MAIN(FoldersTest)
#include "tst_folders.moc"
