#include "net/router.h"

#include <QTest>
#include <QWebSocket>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

Task<Response> answer(Request) { co_return Response::empty(); }

} // namespace

class TestRouter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_router = std::make_unique<Router>();
        m_router->get("/api/sessions", answer);
        m_router->post("/api/sessions", answer);
        m_router->get("/api/sessions/:id", answer);
        m_router->put("/api/sessions/:id", answer);
        m_router->remove("/api/sessions/:session_id/keys/:key", answer);
        m_router->post("/api/sessions/bulk", answer);
        m_router->get("/api/:kind/fixed/end", answer);
        m_router->get("/api/tools/*id/enabled", answer);
        m_router->get("/api/tools/:id/enabled/now", answer);
        m_router->add(Method::Get, "/api/health", Access::Open, answer);
        m_router->addWebSocket("/ws/terminal", [](std::unique_ptr<QWebSocket>, Request) {});
    }

    void pathsFindTheirRoute_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("pattern"); // empty: none
        QTest::newRow("literal") << QByteArray("/api/sessions") << QByteArray("/api/sessions");
        QTest::newRow("parameter") << QByteArray("/api/sessions/7") << QByteArray("/api/sessions/:id");
        QTest::newRow("back to the parameter when the literal leads nowhere")
            << QByteArray("/api/sessions/fixed/end") << QByteArray("/api/:kind/fixed/end");
        QTest::newRow("parameter before literals")
            << QByteArray("/api/x/fixed/end") << QByteArray("/api/:kind/fixed/end");
        QTest::newRow("a run of one segment")
            << QByteArray("/api/tools/a/enabled") << QByteArray("/api/tools/*id/enabled");
        QTest::newRow("a run of several")
            << QByteArray("/api/tools/a/enabled/b/c/enabled") << QByteArray("/api/tools/*id/enabled");
        QTest::newRow("a run of none") << QByteArray("/api/tools/enabled") << QByteArray();
        QTest::newRow("a run that begins with nothing") << QByteArray("/api/tools//a/enabled") << QByteArray();
        QTest::newRow("one segment before a run")
            << QByteArray("/api/tools/a/enabled/now") << QByteArray("/api/tools/:id/enabled/now");
        QTest::newRow("trailing slash") << QByteArray("/api/sessions/") << QByteArray();
        QTest::newRow("trailing slash after a parameter") << QByteArray("/api/sessions/7/") << QByteArray();
        QTest::newRow("double slash") << QByteArray("/api//sessions") << QByteArray();
        QTest::newRow("empty segment is no parameter") << QByteArray("/api//fixed/end") << QByteArray();
        QTest::newRow("upper case") << QByteArray("/API/sessions") << QByteArray();
        QTest::newRow("encoded literal") << QByteArray("/api/session%73") << QByteArray();
        QTest::newRow("prefix") << QByteArray("/api") << QByteArray();
        QTest::newRow("root") << QByteArray("/") << QByteArray();
        QTest::newRow("no slash") << QByteArray("api/sessions") << QByteArray();
        QTest::newRow("asterisk") << QByteArray("*") << QByteArray();
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("very deep") << QByteArray("/a").repeated(10000) << QByteArray();
    }
    void pathsFindTheirRoute()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, pattern);
        const RouteMatch match = m_router->match(Method::Get, path);
        QCOMPARE(match.route != nullptr, !pattern.isEmpty());
        if (match.route)
            QCOMPARE(match.route->pattern, pattern);
    }

    void aLiteralBeatsAParameterWhateverTheMethod()
    {
        QCOMPARE(m_router->match(Method::Post, "/api/sessions/bulk").route->pattern, "/api/sessions/bulk");
        const RouteMatch get = m_router->match(Method::Get, "/api/sessions/bulk");
        QVERIFY(!get.route);
        QCOMPARE(get.allowed, "POST");
    }

    void parametersAreDecodedAndNamedByTheirRoute()
    {
        const RouteMatch run = m_router->match(Method::Get, "/api/tools/s:a/b%2Fc%20/d/enabled");
        QCOMPARE(run.params.size(), 1);
        QCOMPARE(run.params[0].first, "id");
        QCOMPARE(run.params[0].second, u"s:a/b/c /d"_s);
        const RouteMatch one = m_router->match(Method::Get, "/api/sessions/a%2Fb+c%C3%A9");
        QCOMPARE(one.params.size(), 1);
        QCOMPARE(one.params[0].first, "id");
        QCOMPARE(one.params[0].second, u"a/b+cé"_s);
        const RouteMatch two = m_router->match(Method::Delete, "/api/sessions/s/keys/k");
        QCOMPARE(two.params.size(), 2);
        QCOMPARE(two.params[0].first, "session_id");
        QCOMPARE(two.params[1].second, u"k"_s);
    }

    void malformedParametersMatchNothing()
    {
        for (const char *path : {"/api/sessions/%", "/api/sessions/%4", "/api/sessions/%zz", "/api/sessions/%00",
                                 "/api/sessions/%ff", "/api/sessions/%c3%28"}) {
            const RouteMatch match = m_router->match(Method::Get, path);
            QVERIFY2(!match.route && !match.pathKnown, path);
        }
    }

    void headIsAnsweredWhereGetIs()
    {
        QVERIFY(m_router->match(Method::Head, "/api/sessions/7").route);
        QVERIFY(!m_router->match(Method::Head, "/api/sessions/bulk").route);
    }

    void otherMethodsAreToldInAFixedOrder()
    {
        const RouteMatch match = m_router->match(Method::Patch, "/api/sessions/7");
        QVERIFY(match.pathKnown && !match.route && match.bearerOnPath);
        QCOMPARE(match.allowed, "GET,HEAD,PUT");
        QCOMPARE(m_router->match(std::nullopt, "/api/sessions").allowed, "GET,HEAD,POST");
        QVERIFY(!m_router->match(Method::Post, "/api/health").bearerOnPath);
        QVERIFY(!m_router->match(Method::Post, "/ws/terminal").bearerOnPath);
    }

    void webSocketsNeedTheQueryToken()
    {
        const RouteMatch match = m_router->match(Method::Get, "/ws/terminal");
        QCOMPARE(match.route->access, Access::QueryToken);
        QVERIFY(match.route->webSocketHandler);
    }

    void theListIsSortedByPatternThenMethod()
    {
        const auto routes = m_router->routes();
        QCOMPARE(routes.size(), 11);
        QVERIFY(std::ranges::is_sorted(routes, [](const Route *a, const Route *b) {
            return std::pair(a->pattern, a->method) < std::pair(b->pattern, b->method);
        }));
    }

    void queryIntegersAreStrict()
    {
        Request request;
        request.query = {{u"limit"_s, u"20"_s}, {u"minus"_s, u"-1"_s},
                         {u"empty"_s, u""_s},   {u"huge"_s, u"99999999999999999999"_s},
                         {u"plus"_s, u"+5"_s},  {u"arabic"_s, u"٣"_s}};
        QCOMPARE(request.queryInteger(u"limit", 1, 100).value(), std::optional<qint64>(20));
        QCOMPARE(request.queryInteger(u"absent", 1, 100).value(), std::nullopt);
        for (const QString &name : {u"minus"_s, u"empty"_s, u"huge"_s, u"plus"_s, u"arabic"_s}) {
            const auto refused = request.queryInteger(name, 0, 100);
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::BadRequest);
            QCOMPARE(refused.error().field, name);
        }
        QVERIFY(!request.queryInteger(u"limit", 1, 19));
    }

private:
    std::unique_ptr<Router> m_router;
};

QTEST_GUILESS_MAIN(TestRouter)
#include "tst_router.moc"
