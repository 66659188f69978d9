#include "doorfixture.h"

#include <QCoroTimer>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

Task<Response> echo(Request request) { co_return Response::bytes(request.body, "application/octet-stream"); }

Task<Response> describe(Request request)
{
    QByteArray text = methodName(request.method).toByteArray() + ' ' + request.path.toUtf8();
    for (const auto &[name, value] : request.params)
        text += ' ' + name + '=' + value.toUtf8();
    for (const auto &[name, value] : request.query)
        text += ' ' + name.toUtf8() + '~' + value.toUtf8();
    if (request.headers.contains(QHttpHeaders::WellKnownHeader::Authorization))
        text += " leaked";
    co_return Response::text(text);
}

Task<Response> nothing(Request) { co_return Response::empty(); }

Task<Response> throwing(Request)
{
    throw std::runtime_error("secret detail");
    co_return Response::empty();
}

Task<Response> slow(Request request)
{
    co_await QCoro::sleepFor(50ms);
    co_return Response::text("slow " + request.path.toUtf8());
}

} // namespace

class TestFrontHttp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_door = std::make_unique<Door>();
        m_door->router.get("/api/things", describe);
        m_door->router.post("/api/things", echo);
        m_door->router.get("/api/things/:id", describe);
        m_door->router.remove("/api/things/:id", nothing);
        m_door->router.get("/api/throw", throwing);
        m_door->router.get("/api/slow/:n", slow);
        m_door->router.get("/api/long", answerLong);
        m_door->router.add(Method::Get, "/lsp/progress", Access::QueryToken, describe);
        registerRouteListing(m_door->router);
        m_door->open({.linger = 50ms});
    }
    void cleanup() { m_door.reset(); }

    void healthAnswersWithoutToken()
    {
        const Answer answer = ask("GET", "/api/health", "Authorization: none\r\n");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, "ok");
        QCOMPARE(answer.field("content-type"), "text/plain; charset=utf-8");
    }

    void onlyTheExactHealthPathIsExempt_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<int>("status");
        QTest::newRow("suffix") << QByteArray("/api/things/health") << 401;
        QTest::newRow("trailing slash") << QByteArray("/api/health/") << 404;
        QTest::newRow("double slash") << QByteArray("/api//health") << 404;
        QTest::newRow("encoded letter") << QByteArray("/api/he%61lth") << 404;
    }
    void onlyTheExactHealthPathIsExempt()
    {
        QFETCH(QByteArray, path);
        QTEST(ask("GET", path, "Authorization: none\r\n").status, "status");
    }

    void onlyRequestsWithTheTokenAreTold()
    {
        ask("GET", "/api/health");
        ask("GET", "/api/things", "Authorization: none\r\n");
        ask("GET", "/api/nothing");
        QVERIFY(m_door->authorized.isEmpty());
        ask("GET", "/api/things/7");
        ask("HEAD", "/api/things");
        QCOMPARE(m_door->authorized, QByteArrayList({"/api/things/:id", "/api/things"}));
    }

    void wrongTokensAreRefusedAsJson_data()
    {
        QTest::addColumn<QByteArray>("fields");
        const QByteArray token = kToken.toByteArray();
        QTest::newRow("none") << QByteArray("Authorization:\r\n");
        QTest::newRow("lower-case scheme") << QByteArray("Authorization: bearer " + token + "\r\n");
        QTest::newRow("two spaces") << QByteArray("Authorization: Bearer  " + token + "\r\n");
        QTest::newRow("a byte more") << QByteArray("Authorization: Bearer " + token + "0\r\n");
        QTest::newRow("a byte less") << QByteArray("Authorization: Bearer " + token.chopped(1) + "\r\n");
        QTest::newRow("another byte") << QByteArray("Authorization: Bearer " + token.chopped(1) + "0\r\n");
        QTest::newRow("another scheme") << QByteArray("Authorization: Basic " + token + "\r\n");
        QTest::newRow("twice") << QByteArray("Authorization: Bearer " + token + "\r\nAuthorization: Bearer " + token +
                                             "\r\n");
    }
    void wrongTokensAreRefusedAsJson()
    {
        QFETCH(QByteArray, fields);
        const Answer answer = ask("GET", "/api/things", fields + "Origin: tauri://localhost\r\n");
        QCOMPARE(answer.status, 401);
        QCOMPARE(answer.body, R"({"error":"unauthorized"})");
        QCOMPARE(answer.field("content-type"), "application/json");
        QCOMPARE(answer.field("access-control-allow-origin"), "tauri://localhost");
    }

    void theTokenAndTheDecodedRequestReachTheHandlerButNotTheCredential()
    {
        QCOMPARE(ask("GET", "/api/things/a%20b%2Fc?x=1+2&y=%C3%A9").body,
                 QByteArray("GET /api/things/a b/c id=a b/c x~1 2 y~\xc3\xa9"));
    }

    void queryTokenRoutesAnswerInPlainText()
    {
        const Answer refused = ask("GET", "/lsp/progress?token=wrong");
        QCOMPARE(refused.status, 401);
        QCOMPARE(refused.body, "unauthorized");
        QCOMPARE(refused.field("content-type"), "text/plain; charset=utf-8");
        QCOMPARE(ask("GET", "/lsp/progress").status, 401);
        QCOMPARE(ask("GET", "/lsp/progress?token=" + kToken.toByteArray() + "&a=b").body, "GET /lsp/progress a~b");
        QCOMPARE(ask("GET", "/lsp/progress?token=%zz").status, 400);
    }

    void unknownPathsAreStaticFilesAndWrongMethodsSayWhichAreRight()
    {
        QCOMPARE(ask("GET", "/api/nowhere", "Authorization: none\r\n").status, 404);
        const Answer notStatic = ask("POST", "/api/nowhere", "Authorization: none\r\n");
        QCOMPARE(notStatic.status, 405);
        QCOMPARE(notStatic.field("allow"), "GET,HEAD");
        const Answer wrongMethod = ask("PATCH", "/api/things/1");
        QCOMPARE(wrongMethod.status, 405);
        QCOMPARE(wrongMethod.field("allow"), "GET,HEAD,DELETE");
        QVERIFY(wrongMethod.body.isEmpty());
        QCOMPARE(ask("PATCH", "/api/things/1", "Authorization: none\r\n").status, 401);
        QCOMPARE(ask("PROPFIND", "/api/things/1").status, 405);
        QCOMPARE(ask("GET", "/api/things/").status, 404);
    }

    void headAnswersAsGetWithoutABody()
    {
        RawClient client(m_door->port);
        const Answer head = client.ask(request("HEAD", "/api/things"), true);
        QCOMPARE(head.status, 200);
        QCOMPARE(head.field("content-length"), "16");
        QCOMPARE(client.ask(request("GET", "/api/health")).body, "ok"); // nothing was left between the two
    }

    void noContentHasNoLength()
    {
        const Answer answer = ask("DELETE", "/api/things/1");
        QCOMPARE(answer.status, 204);
        QVERIFY(answer.field("content-length").isEmpty());
    }

    void everyOptionsRequestIsAPreflight()
    {
        for (const char *path : {"/api/things", "/nowhere", "*"}) {
            const Answer answer = ask("OPTIONS", path, "Authorization: none\r\nOrigin: http://localhost:5173\r\n");
            QCOMPARE(answer.status, 200);
            QVERIFY(answer.body.isEmpty());
            QCOMPARE(answer.field("access-control-allow-origin"), "http://localhost:5173");
            QCOMPARE(answer.field("access-control-allow-methods"), "GET,POST,PUT,DELETE,OPTIONS");
            QVERIFY(answer.field("access-control-allow-headers").contains("x-netstacks-ai-origin"));
            QCOMPARE(answer.field("access-control-max-age"), "7200");
            QCOMPARE(answer.field("vary"), "origin, access-control-request-method, access-control-request-headers");
        }
    }

    void refusalsCarryCorsFields_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("status");
        const QByteArray origin = "Origin: https://tauri.localhost\r\n";
        QTest::newRow("404") << request("GET", "/nowhere", origin) << 404;
        QTest::newRow("405") << request("PUT", "/api/things", origin) << 405;
        QTest::newRow("413") << request("POST", "/api/things", origin + "Content-Length: 67108865\r\n") << 413;
        QTest::newRow("413 before 401") << request("POST", "/api/things",
                                                   origin + "Authorization: no\r\nContent-Length: 67108865\r\n")
                                        << 413;
        QTest::newRow("500") << request("GET", "/api/throw", origin) << 500;
        QTest::newRow("200") << request("GET", "/api/things", origin) << 200;
    }
    void refusalsCarryCorsFields()
    {
        QFETCH(QByteArray, bytes);
        RawClient client(m_door->port);
        const Answer answer = client.ask(bytes);
        QTEST(answer.status, "status");
        QCOMPARE(answer.field("access-control-allow-origin"), "https://tauri.localhost");
    }

    void aTooLargeBodyIsNamed()
    {
        const Answer answer = ask("POST", "/api/things", "Content-Length: 67108865\r\n");
        QCOMPARE(answer.status, 413);
        QCOMPARE(answer.body, "length limit exceeded");
        QCOMPARE(answer.field("content-type"), "text/plain");
    }

    void aThrowingHandlerAnswersWithoutDetails()
    {
        const Answer answer = ask("GET", "/api/throw");
        QCOMPARE(answer.status, 500);
        QCOMPARE(answer.body, R"({"error":"internal error","code":"INTERNAL_ERROR"})");
    }

    void hostileHostNamesAreRefused()
    {
        QCOMPARE(ask("GET", "/api/health", "Host: evil.example\r\n").status, 403);
        QCOMPARE(ask("GET", "/api/health", "Host: localhost:1234\r\n").status, 200);
        QCOMPARE(ask("GET", "/api/health", "Host: [::1]:80\r\n").status, 200);
        QCOMPARE(ask("GET", "/api/health", "Host: localhost.evil.example\r\n").status, 403);
    }

    void connectionsAreKeptAliveUntilAskedToClose()
    {
        RawClient client(m_door->port);
        for (int i = 0; i < 50; ++i)
            QCOMPARE(client.ask(request("POST", "/api/things", {}, QByteArray(i + 1, 'x'))).body,
                     QByteArray(i + 1, 'x'));
        QCOMPARE(m_door->front->connectionCount(), 1);
        const Answer last = client.ask(request("GET", "/api/health", "Connection: close\r\n"));
        QCOMPARE(last.body, "ok");
        QCOMPARE(last.field("connection"), "close");
        QVERIFY(client.waitForClose());
    }

    void oldClientsAreAnsweredAndClosed()
    {
        RawClient client(m_door->port);
        QCOMPARE(client.ask("GET /api/health HTTP/1.0\r\n\r\n").body, "ok");
        QVERIFY(client.waitForClose());
    }

    void pipelinedRequestsAreAnsweredInOrder()
    {
        RawClient client(m_door->port);
        client.send(request("GET", "/api/slow/1") + request("GET", "/api/slow/2") + request("GET", "/api/things/3") +
                    request("POST", "/api/things", {}, "four"));
        QCOMPARE(client.answer().body, "slow /api/slow/1");
        QCOMPARE(client.answer().body, "slow /api/slow/2");
        QCOMPARE(client.answer().body, "GET /api/things/3 id=3");
        QCOMPARE(client.answer().body, "four");
    }

    void aLongAnswerIsWholeAndTheNextRequestWaitsForItsEnd()
    {
        RawClient client(m_door->port);
        client.send(request("GET", "/api/long") + request("GET", "/api/things/3") +
                    request("GET", "/api/long", "Connection: close\r\n"));
        QVERIFY(client.answer().body == longText());
        QCOMPARE(client.answer().body, "GET /api/things/3 id=3");
        QVERIFY(client.answer().body == longText());
        QVERIFY(client.waitForClose());
    }

    void aLongAnswerDoesNotHoldUpOthers()
    {
        RawClient slowReader(m_door->port);
        slowReader.send(request("GET", "/api/long"));
        QVERIFY(slowReader.stallAfterFirstByte());
        RawClient other(m_door->port);
        QCOMPARE(other.ask(request("GET", "/api/things/3")).body, "GET /api/things/3 id=3");
        slowReader.goOn();
        QVERIFY(slowReader.answer().body == longText());
    }

    void thousandsOfPipelinedRequestsDoNotGrowTheStack()
    {
        RawClient client(m_door->port);
        QVERIFY(client.connectNow());
        QByteArray bytes;
        for (int i = 0; i < 5000; ++i)
            bytes += request("GET", "/api/health");
        client.send(bytes);
        for (int i = 0; i < 5000; ++i)
            QCOMPARE(client.answer().body, "ok");
    }

    void chunkedBodiesAreDecodedInAnyPieces()
    {
        const QByteArray bytes = request("POST", "/api/things", "Transfer-Encoding: chunked\r\n") +
                                 "5;name=value\r\nhello\r\nA\r\n, chunked \r\n6\r\nworld!\r\n0\r\nTrailer: x\r\n\r\n";
        RawClient client(m_door->port);
        QCOMPARE(client.ask(bytes).body, "hello, chunked world!");
        for (qsizetype i = 0; i < bytes.size(); ++i) {
            client.send(bytes.sliced(i, 1));
            QCoreApplication::processEvents();
        }
        QCOMPARE(client.answer().body, "hello, chunked world!");
    }

    void malformedChunksAreRefused()
    {
        RawClient client(m_door->port);
        const Answer answer = client.ask(request("POST", "/api/things", "Transfer-Encoding: chunked\r\n") + "5\nhello");
        QCOMPARE(answer.status, 400);
    }

    void continueIsSaidBeforeTheBody()
    {
        RawClient client(m_door->port);
        const QByteArray head = "Expect: 100-continue\r\nContent-Length: 4\r\n";
        QCOMPARE(client.ask(request("POST", "/api/things", head)).status, 100);
        QCOMPARE(client.ask("body").body, "body");
        RawClient stranger(m_door->port);
        QCOMPARE(stranger.ask(request("POST", "/api/things", "Authorization: no\r\n" + head)).status, 401);
        QCOMPARE(ask("POST", "/api/things", "Expect: miracles\r\n").status, 417);
    }

    void aPostWithoutABodyHasAnEmptyOne()
    {
        QCOMPARE(ask("POST", "/api/things").status, 200);
        QCOMPARE(ask("POST", "/api/things", "Content-Length: 0\r\n").status, 200);
    }

    void malformedHeadsAreRefusedAndTheConnectionEnds_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("status");
        QTest::newRow("no HTTP") << QByteArray("\x16\x03garbage\r\n\r\n") << 400;
        QTest::newRow("two lengths") << request("POST", "/api/things", "Content-Length: 1\r\nContent-Length: 1\r\n")
                                     << 400;
        QTest::newRow("length and chunks")
            << request("POST", "/api/things", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") << 400;
        QTest::newRow("64 KiB head") << request("GET", "/api/things", "X: " + QByteArray(65536, 'x') + "\r\n") << 431;
        QTest::newRow("no host") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
        QTest::newRow("HTTP/2 text") << QByteArray("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n") << 505;
    }
    void malformedHeadsAreRefusedAndTheConnectionEnds()
    {
        QFETCH(QByteArray, bytes);
        RawClient client(m_door->port);
        QTEST(client.ask(bytes).status, "status");
        QVERIFY(client.waitForClose());
    }

    void concurrentSlowHandlersDoNotDelayEachOther()
    {
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 20; ++i) {
            clients.push_back(std::make_unique<RawClient>(m_door->port));
            clients.back()->send(request("GET", "/api/slow/" + QByteArray::number(i)));
        }
        for (int i = 0; i < 20; ++i)
            QCOMPARE(clients[std::size_t(i)]->answer().body, "slow /api/slow/" + QByteArray::number(i));
    }

    void theRouteListingHasTheContractsShape()
    {
        QCOMPARE(ask("GET", "/api/dev/routes").body,
                 R"([{"path":"/api/dev/routes","methods":["GET"]},{"path":"/api/health","methods":["GET"]},)"
                 R"({"path":"/api/long","methods":["GET"]},)"
                 R"({"path":"/api/slow/:n","methods":["GET"]},{"path":"/api/things","methods":["GET","POST"]},)"
                 R"({"path":"/api/things/:id","methods":["GET","DELETE"]},{"path":"/api/throw","methods":["GET"]}])");
        QCOMPARE(ask("GET", "/api/dev/routes", "Authorization: no\r\n").status, 401);
    }

private:
    Answer ask(const QByteArray &method, const QByteArray &path, const QByteArray &fields = {})
    {
        RawClient client(m_door->port);
        return client.ask(request(method, path, fields), method == "HEAD");
    }

    std::unique_ptr<Door> m_door;
};

QTEST_GUILESS_MAIN(TestFrontHttp)
#include "tst_fronthttp.moc"
