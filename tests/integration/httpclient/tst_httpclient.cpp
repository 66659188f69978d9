#include "httpclient/httpclient.h"
#include "net/request.h"
#include "webserver/webserver.h"

#include <QCoroTask>
#include <QJsonDocument>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Scheme = WebServer::Scheme;

namespace {

HttpRequest get(const QByteArray &url)
{
    HttpRequest request;
    request.url = Secret(QByteArrayView(url));
    request.verifyTls = false;
    return request;
}

HttpHeader header(const char *name, const char *value) { return {name, Secret(value)}; }

std::shared_ptr<ClientPresence> somebody() { return std::make_shared<ClientPresence>(); }

Result<HttpResponse> send(HttpClient &http, HttpRequest request, std::shared_ptr<ClientPresence> client = somebody())
{
    return QCoro::waitFor(http.send(std::move(request), std::move(client)));
}

/// What the server understood, of an answer of /echo.
QJsonObject echoed(const Result<HttpResponse> &response)
{
    if (!response) {
        QTest::qFail(qPrintable(response.error().message), __FILE__, __LINE__);
        return {};
    }
    return QJsonDocument::fromJson(response->body).object();
}

QByteArray asPath(const QByteArray &url) { return QByteArray(url).toPercentEncoding(); }

/// A name server that the test turns.
struct Names
{
    QHash<QString, HttpClient::Addresses> addresses;
    int asked = 0;
    bool isSilent = false;

    HttpClient::Resolver resolver()
    {
        return [this](const QString &host, std::function<void(HttpClient::Addresses)> done) {
            ++asked;
            if (!isSilent)
                QTimer::singleShot(0, qApp, [done, found = addresses.value(host)] { done(found); });
        };
    }
};

const QHostAddress kHome(QHostAddress::LocalHost);
const QHostAddress kMetadata(u"169.254.169.254"_s);

} // namespace

#define REFUSED(response, wanted)                                                                                      \
    do {                                                                                                               \
        const auto &outcome = (response);                                                                              \
        QVERIFY(!outcome);                                                                                             \
        QVERIFY2(outcome.error().code == (wanted), qPrintable(outcome.error().message));                               \
    } while (false)

class TestHttpClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void requestsArriveAsTheyAreMade();
    void answersAreReadWhole();
    void connectionsAreKeptPerTrust();
    void anUntrustedCertificateStopsEverything();
    void theConnectionGoesToTheJudgedAddress();
    void aNameThatChangesItsMindIsJudgedAgain();
    void oneBadAddressRefusesTheName();
    void namesWithoutAnswerEnd();
    void theAgentItselfIsNeverAsked();
    void redirectsKeepWhatBelongsToTheOrigin();
    void credentialsNeverFollowToAnotherOrigin();
    void bodiesNeverFollowToAnotherOrigin();
    void everyHopIsJudged();
    void redirectsEnd();
    void sizesAreBounded_data();
    void sizesAreBounded();
    void timesAreBounded_data();
    void timesAreBounded();
    void brokenAnswersAreErrors_data();
    void brokenAnswersAreErrors();
    void aPeerThatDiesIsAnError();
    void aClientThatGoesEndsTheTransfer();
    void stoppingEndsEverything();
    void aSlowReaderHoldsTheSenderUp();
    void streamsComeInPieces();
    void nothingAmbientIsUsed();
    void whatHttpDoesNotAllowIsRefused();
    void manyRequestsAtOnceAreAnswered();
};

void TestHttpClient::initTestCase()
{
    // Were they heeded, every request here would fail.
    for (const char *name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        qputenv(name, "http://127.0.0.1:1");
}

void TestHttpClient::requestsArriveAsTheyAreMade()
{
    WebServer server;
    HttpClient http;
    HttpRequest request = get(server.url("/echo/a%20b?x=1&y=%C3%A9"));
    request.method = "PATCH";
    request.headers.push_back(header("X-One", "1"));
    request.headers.push_back(header("X-Empty", ""));
    request.headers.push_back(header("Content-Type", "text/plain"));
    request.body = Secret("sent");
    QJsonObject seen = echoed(send(http, std::move(request)));
    QCOMPARE(seen["method"_L1].toString(), u"PATCH"_s);
    QCOMPARE(seen["path"_L1].toString(), u"/echo/a%20b?x=1&y=%C3%A9"_s);
    QCOMPARE(seen["body"_L1].toString(), u"sent"_s);
    QCOMPARE(seen["headers"_L1]["x-one"_L1].toString(), u"1"_s);
    QVERIFY(seen["headers"_L1].toObject().contains("x-empty"_L1));
    QCOMPARE(seen["headers"_L1]["content-type"_L1].toString(), u"text/plain"_s);
    QVERIFY(!seen["headers"_L1].toObject().contains("expect"_L1));

    request = get(server.url("/echo"));
    request.method = "POST"; // without a body
    seen = echoed(send(http, std::move(request)));
    QCOMPARE(seen["method"_L1].toString(), u"POST"_s);
    QCOMPARE(seen["headers"_L1]["content-length"_L1].toString(), u"0"_s);
    QVERIFY(!seen["headers"_L1].toObject().contains("content-type"_L1));

    request = get(server.url("/echo"));
    request.method = "PURGE";
    QCOMPARE(echoed(send(http, std::move(request)))["method"_L1].toString(), u"PURGE"_s);

    request = get(server.url("/echo"));
    request.method = "HEAD";
    const auto head = send(http, std::move(request));
    QVERIFY(head);
    QCOMPARE(head->head.status, 200);
    QVERIFY(head->body.isEmpty());
}

void TestHttpClient::answersAreReadWhole()
{
    WebServer server(Scheme::Https);
    HttpClient http;
    const auto zipped = send(http, get(server.url("/zipped")));
    QVERIFY(zipped);
    QCOMPARE(zipped->body, R"({"zipped": true})");
    QCOMPARE(zipped->head.header("content-type"), "application/json");
    const auto large = send(http, get(server.url("/big?bytes=3000000")));
    QVERIFY(large);
    QCOMPARE(large->body.size(), 3000000);
    const auto failed = send(http, get(server.url("/status?code=503")));
    QVERIFY(failed);
    QCOMPARE(failed->head.status, 503);
    QVERIFY(failed->body.contains("as asked"));
    const auto empty = send(http, get(server.url("/empty")));
    QVERIFY(empty && empty->body.isEmpty());
}

void TestHttpClient::connectionsAreKeptPerTrust()
{
    WebServer server(Scheme::Https);
    HttpClient http;
    QVERIFY(send(http, get(server.url("/echo?1"))));
    QVERIFY(send(http, get(server.url("/echo?2"))));
    const auto requests = server.requests();
    QCOMPARE(requests.size(), 2);
    QCOMPARE(requests[0]["client"_L1], requests[1]["client"_L1]);
    // The kept connection was made without looking at the certificate, so it is not good enough.
    HttpRequest request = get(server.url("/echo?3"));
    request.verifyTls = true;
    REFUSED(send(http, std::move(request)), ErrorCode::HttpClient);
    QCOMPARE(server.requests().size(), 2);
}

void TestHttpClient::anUntrustedCertificateStopsEverything()
{
    WebServer server(Scheme::Https);
    HttpClient http;
    HttpRequest request = get(server.url("/echo", "localhost"));
    request.verifyTls = true;
    request.headers.push_back(header("Authorization", "Bearer x"));
    const auto refused = send(http, std::move(request));
    REFUSED(refused, ErrorCode::HttpClient);
    QVERIFY2(refused.error().message.contains(u"certificate"_s), qPrintable(refused.error().message));
    QVERIFY(server.requests().isEmpty());
}

void TestHttpClient::theConnectionGoesToTheJudgedAddress()
{
    WebServer server;
    Names names{.addresses = {{u"netbox.test"_s, {kHome}}}};
    HttpClient http(names.resolver());
    const QJsonObject seen = echoed(send(http, get(server.url("/echo", "NetBox.TEST."))));
    QCOMPARE(names.asked, 1);
    QCOMPARE(seen["headers"_L1]["host"_L1].toString(), u"netbox.test:%1"_s.arg(server.port()));
}

void TestHttpClient::aNameThatChangesItsMindIsJudgedAgain()
{
    WebServer server;
    Names names{.addresses = {{u"rebind.test"_s, {kHome}}}};
    HttpClient http(names.resolver());
    QVERIFY(send(http, get(server.url("/echo", "rebind.test"))));
    names.addresses[u"rebind.test"_s] = {kMetadata};
    REFUSED(send(http, get(server.url("/echo", "rebind.test"))), ErrorCode::InvalidUrl);
    QCOMPARE(names.asked, 2);
    QCOMPARE(server.requests().size(), 1); // also not over the connection that is still open
}

void TestHttpClient::oneBadAddressRefusesTheName()
{
    WebServer server;
    Names names{.addresses = {{u"mixed.test"_s, {kHome, kMetadata}}, {u"six.test"_s, {QHostAddress(u"fe80::1"_s)}}}};
    HttpClient http(names.resolver());
    REFUSED(send(http, get(server.url("/echo", "mixed.test"))), ErrorCode::InvalidUrl);
    REFUSED(send(http, get(server.url("/echo", "six.test"))), ErrorCode::InvalidUrl);
    REFUSED(send(http, get(server.url("/echo", "metadata.google.internal"))), ErrorCode::InvalidUrl);
    REFUSED(send(http, get("http://169.254.169.254/latest")), ErrorCode::InvalidUrl);
    QVERIFY(server.requests().isEmpty());
}

void TestHttpClient::namesWithoutAnswerEnd()
{
    Names names;
    HttpClient http(names.resolver());
    const auto unknown = send(http, get("http://nowhere.test/"));
    REFUSED(unknown, ErrorCode::HttpClient);
    QVERIFY2(unknown.error().message.contains(u"nowhere.test"_s), qPrintable(unknown.error().message));

    names.isSilent = true;
    HttpRequest request = get("http://nowhere.test/");
    request.timeout = 100ms;
    REFUSED(send(http, std::move(request)), ErrorCode::HttpTimeout);

    const auto client = somebody();
    QTimer::singleShot(50ms, client.get(), &ClientPresence::markGone);
    REFUSED(send(http, get("http://nowhere.test/"), client), ErrorCode::Cancelled);
}

void TestHttpClient::theAgentItselfIsNeverAsked()
{
    WebServer server;
    WebServer door;
    Names names{.addresses = {{u"me.test"_s, {kHome}}}};
    HttpClient http(names.resolver());
    http.setOwnEndpoint(kHome, server.port());
    REFUSED(send(http, get(server.url("/echo"))), ErrorCode::InvalidUrl);
    REFUSED(send(http, get(server.url("/echo", "me.test"))), ErrorCode::InvalidUrl);
    REFUSED(send(http, get(server.url("/echo", "2130706433"))), ErrorCode::InvalidUrl);
    REFUSED(send(http, get(door.url("/redirect?to=" + asPath(server.url("/echo"))))), ErrorCode::InvalidUrl);
    QVERIFY(server.requests().isEmpty());
}

void TestHttpClient::redirectsKeepWhatBelongsToTheOrigin()
{
    WebServer server;
    HttpClient http;
    for (const auto &[code, method, expected, keepsBody] : {std::tuple{"301", "POST", "GET", false},
                                                            {"302", "POST", "GET", false},
                                                            {"303", "PUT", "GET", false},
                                                            {"307", "POST", "POST", true},
                                                            {"308", "PUT", "PUT", true},
                                                            {"302", "PUT", "PUT", true}}) {
        HttpRequest request = get(server.url("/redirect?code=" + QByteArray(code) + "&to=/echo"));
        request.method = method;
        request.headers.push_back(header("Authorization", "Bearer mine"));
        request.headers.push_back(header("Content-Type", "text/x"));
        request.body = Secret("payload");
        const QJsonObject seen = echoed(send(http, std::move(request)));
        QCOMPARE(seen["method"_L1].toString(), QString::fromLatin1(expected));
        QCOMPARE(seen["body"_L1].toString(), keepsBody ? u"payload"_s : u""_s);
        QCOMPARE(seen["headers"_L1].toObject().contains("content-type"_L1), keepsBody);
        QCOMPARE(seen["headers"_L1]["authorization"_L1].toString(), u"Bearer mine"_s);
    }
    HttpRequest request = get(server.url("/redirect?to=/echo"));
    request.maxRedirects = 0;
    const auto asItIs = send(http, std::move(request));
    QVERIFY(asItIs);
    QCOMPARE(asItIs->head.status, 302);
    QCOMPARE(asItIs->body, "moved");
}

void TestHttpClient::credentialsNeverFollowToAnotherOrigin()
{
    WebServer server, other;
    WebServer encrypted(Scheme::Https);
    Names names{.addresses = {{u"same-port.test"_s, {kHome}}}};
    HttpClient http(names.resolver());
    // Another port, another scheme, another name.
    for (const QByteArray &target :
         {other.url("/echo"), encrypted.url("/echo"), server.url("/echo", "same-port.test")}) {
        HttpRequest request = get(server.url("/redirect?to=" + asPath(target)));
        for (const char *name :
             {"Authorization", "X-API-Key", "Cookie", "X-Netbox-Secret", "X-Anything", "Proxy-Authorization"})
            request.headers.push_back(header(name, "mine"));
        request.headers.push_back(header("Accept", "application/json"));
        const QJsonObject seen = echoed(send(http, std::move(request)))["headers"_L1].toObject();
        QCOMPARE(seen["accept"_L1].toString(), u"application/json"_s);
        for (auto one = seen.constBegin(); one != seen.constEnd(); ++one)
            QVERIFY2(one.value().toString() != u"mine"_s, qPrintable(one.key()));
    }
    // Not even when it leads back to where it began.
    const QByteArray back = other.url("/redirect?to=" + asPath(server.url("/echo")));
    HttpRequest request = get(server.url("/redirect?to=" + asPath(back)));
    request.headers.push_back(header("Authorization", "Bearer mine"));
    QVERIFY(!echoed(send(http, std::move(request)))["headers"_L1].toObject().contains("authorization"_L1));
}

void TestHttpClient::bodiesNeverFollowToAnotherOrigin()
{
    WebServer server, other;
    HttpClient http;
    for (const QByteArray &code : {"307"_ba, "308"_ba}) {
        HttpRequest request = get(server.url("/redirect?code=" + code + "&to=" + asPath(other.url("/echo"))));
        request.method = "POST";
        request.body = Secret("password=mine");
        REFUSED(send(http, std::move(request)), ErrorCode::HttpClient);
    }
    QVERIFY(other.requests().isEmpty());
}

void TestHttpClient::everyHopIsJudged()
{
    WebServer server;
    Names names{.addresses = {{u"evil.test"_s, {kMetadata}}}};
    HttpClient http(names.resolver());
    for (const char *target : {"http://169.254.169.254/latest", "http://evil.test/", "http://[::ffff:169.254.169.254]/",
                               "http://0xa9fea9fe/", "http://metadata.goog/", "ftp://127.0.0.1/", "file:///etc/passwd",
                               "http://a:b@127.0.0.1/", "http://0.0.0.0/"}) {
        const auto refused = send(http, get(server.url("/redirect?to=" + asPath(target))));
        QVERIFY2(!refused, target);
        QVERIFY2(refused.error().code == ErrorCode::InvalidUrl, qPrintable(refused.error().message));
    }
    QCOMPARE(server.requests().size(), 9);
}

void TestHttpClient::redirectsEnd()
{
    WebServer server;
    HttpClient http;
    HttpRequest request = get(server.url("/loop"));
    request.maxRedirects = 5;
    REFUSED(send(http, std::move(request)), ErrorCode::HttpClient);
    QCOMPARE(server.requests().size(), 6);
}

void TestHttpClient::sizesAreBounded_data()
{
    QTest::addColumn<QByteArray>("path");
    for (const char *path : {"/big?bytes=70000", "/endless", "/bomb"})
        QTest::newRow(path) << QByteArray(path);
}

void TestHttpClient::sizesAreBounded()
{
    QFETCH(QByteArray, path);
    WebServer server;
    HttpClient http;
    HttpRequest request = get(server.url(path));
    request.maxBodyBytes = 65536;
    const auto refused = send(http, std::move(request));
    REFUSED(refused, ErrorCode::HttpClient);
    QVERIFY2(refused.error().message.contains(u"larger"_s), qPrintable(refused.error().message));
    request = get(server.url("/big?bytes=65536"));
    request.maxBodyBytes = 65536;
    QVERIFY(send(http, std::move(request)));
}

void TestHttpClient::timesAreBounded_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("limit"); // ms, of everything; 0: one second without a byte
    QTest::newRow("no answer") << "/slow"_ba << 300;
    QTest::newRow("an answer that does not end") << "/drip"_ba << 500;
    QTest::newRow("silence") << "/slow"_ba << 0;
}

void TestHttpClient::timesAreBounded()
{
    QFETCH(QByteArray, path);
    QFETCH(int, limit);
    WebServer server;
    HttpClient http;
    HttpRequest request = get(server.url(path));
    request.timeout = std::chrono::milliseconds(limit);
    request.idleTimeout = limit == 0 ? 1s : 0s;
    REFUSED(send(http, std::move(request)), ErrorCode::HttpTimeout);
    QTRY_COMPARE(server.ended().size(), 1); // and lets go of the server
}

void TestHttpClient::brokenAnswersAreErrors_data()
{
    QTest::addColumn<QByteArray>("answer");
    const auto add = [](const char *name, const QByteArray &answer) { QTest::newRow(name) << answer; };
    add("nothing", "");
    add("no HTTP", "SSH-2.0-OpenSSH_9.9\r\n\r\n");
    add("cut head", "HTTP/1.1 200 OK\r\nContent-");
    add("cut body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234");
    add("cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n1234");
    add("odd chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n1234\r\n");
    add("bad gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n1234");
    add("endless head", "HTTP/1.1 200 OK\r\n" + QByteArray("X: y\r\n").repeated(200000));
    add("endless line", "HTTP/1.1 200 OK\r\nX: " + QByteArray(2000000, 'y'));
}

void TestHttpClient::brokenAnswersAreErrors()
{
    QFETCH(QByteArray, answer);
    QTcpServer server;
    QVERIFY(server.listen(kHome));
    connect(&server, &QTcpServer::newConnection, this, [&server, answer] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket, answer] {
            if (!socket->readAll().contains("\r\n\r\n"))
                return;
            socket->write(answer);
            socket->disconnectFromHost();
        });
    });
    HttpClient http;
    const auto broken = send(http, get("http://127.0.0.1:" + QByteArray::number(server.serverPort()) + '/'));
    REFUSED(broken, ErrorCode::HttpClient);
    QVERIFY(broken.error().message.contains(u"127.0.0.1"_s));
}

void TestHttpClient::aPeerThatDiesIsAnError()
{
    WebServer server;
    HttpClient http;
    const auto stream = QCoro::waitFor(http.open(get(server.url("/drip")), somebody()));
    QVERIFY(stream);
    QCOMPARE((*stream)->head().status, 200);
    QVERIFY(QCoro::waitFor((*stream)->read()));
    server.kill();
    Result<QByteArray> last = QByteArray("more");
    while (last && !last->isEmpty())
        last = QCoro::waitFor((*stream)->read());
    REFUSED(last, ErrorCode::HttpClient);
    REFUSED(send(http, get(server.url("/echo"))), ErrorCode::HttpClient); // nobody listens there now
}

void TestHttpClient::aClientThatGoesEndsTheTransfer()
{
    WebServer server;
    HttpClient http;
    const auto client = somebody();
    QTimer::singleShot(200ms, client.get(), &ClientPresence::markGone);
    REFUSED(send(http, get(server.url("/slow")), client), ErrorCode::Cancelled);
    QTRY_COMPARE(server.ended().size(), 1);
    REFUSED(send(http, get(server.url("/echo")), client), ErrorCode::Cancelled);

    // Letting go of a stream ends it, too.
    {
        const auto stream = QCoro::waitFor(http.open(get(server.url("/endless")), somebody()));
        QVERIFY(stream);
    }
    QTRY_COMPARE(server.ended().size(), 2);
}

void TestHttpClient::stoppingEndsEverything()
{
    WebServer server;
    Names names{.isSilent = true};
    HttpClient http(names.resolver());
    QTimer::singleShot(200ms, this, [&http] { http.stop(); });
    auto waiting = http.send(get(server.url("/slow")), somebody());
    auto lookingUp = http.send(get("http://silent.test/"), somebody());
    REFUSED(QCoro::waitFor(std::move(waiting)), ErrorCode::Cancelled);
    REFUSED(QCoro::waitFor(std::move(lookingUp)), ErrorCode::Cancelled);
    REFUSED(send(http, get(server.url("/echo"))), ErrorCode::Cancelled);
}

void TestHttpClient::aSlowReaderHoldsTheSenderUp()
{
    WebServer server;
    HttpClient http;
    HttpRequest request = get(server.url("/endless"));
    request.maxBodyBytes = std::numeric_limits<qint64>::max();
    request.timeout = 0ms;
    const auto client = somebody();
    auto stream = QCoro::waitFor(http.open(std::move(request), client));
    QVERIFY(stream);
    QTest::qWait(1000); // long enough for gigabytes
    qint64 received = 0;
    for (int i = 0; i < 100; ++i) {
        const auto bytes = QCoro::waitFor((*stream)->read());
        QVERIFY(bytes);
        QVERIFY(bytes->count('x') == bytes->size());
        received += bytes->size();
    }
    client->markGone();
    QTRY_COMPARE(server.ended().size(), 1);
    // What waits in the sockets of both sides is a few megabytes at most.
    const qint64 sent = server.ended().first()["sent"_L1].toInteger();
    QVERIFY2(sent < received + 32_MiB, qPrintable(u"%1 sent, %2 received"_s.arg(sent).arg(received)));
}

void TestHttpClient::streamsComeInPieces()
{
    WebServer server(Scheme::Https);
    HttpClient http;
    HttpRequest request = get(server.url("/drip"));
    request.timeout = 0ms;
    const auto stream = QCoro::waitFor(http.open(std::move(request), somebody()));
    QVERIFY(stream);
    QCOMPARE((*stream)->head().header("content-type"), "application/octet-stream");
    for (int i = 0; i < 5; ++i) {
        const auto piece = QCoro::waitFor((*stream)->read());
        QVERIFY(piece);
        QVERIFY(piece->startsWith('.'));
    }
}

void TestHttpClient::nothingAmbientIsUsed()
{
    WebServer server;
    HttpClient http;
    QVERIFY(send(http, get(server.url("/cookie"))));
    const QJsonObject seen = echoed(send(http, get(server.url("/echo"))))["headers"_L1].toObject();
    QVERIFY(!seen.contains("cookie"_L1));
    QVERIFY(!seen.contains("authorization"_L1));
    QVERIFY(!seen.contains("referer"_L1));
}

void TestHttpClient::whatHttpDoesNotAllowIsRefused()
{
    WebServer server;
    HttpClient http;
    const auto refuse = [&](const QByteArray &method, const QByteArray &name, const QByteArray &value) {
        HttpRequest request = get(server.url("/echo"));
        request.method = method;
        request.headers.push_back({name, Secret(QByteArrayView(value))});
        REFUSED(send(http, std::move(request)), ErrorCode::Validation);
    };
    refuse("GET /x HTTP/1.1\r\nX:", "X", "1");
    refuse("", "X", "1");
    refuse("GET", "", "1");
    refuse("GET", "X Y", "1");
    refuse("GET", "X:", "1");
    refuse("GET", "X", "1\r\nInjected: 1");
    refuse("GET", "X", "1\nInjected: 1");
    refuse("GET", "X", QByteArray("a\0b", 3));
    refuse("POST", "Content-Length", "5");
    refuse("POST", "transfer-encoding", "chunked");
    refuse("GET", "Connection", "upgrade");
    QVERIFY(server.requests().isEmpty());
}

void TestHttpClient::manyRequestsAtOnceAreAnswered()
{
    WebServer server;
    HttpClient http;
    std::vector<Task<Result<HttpResponse>>> all;
    constexpr int kCount = 200;
    for (int i = 0; i < kCount; ++i)
        all.push_back(http.send(get(server.url("/echo?" + QByteArray::number(i))), somebody()));
    for (int i = 0; i < kCount; ++i) {
        const QJsonObject seen = echoed(QCoro::waitFor(std::move(all[std::size_t(i)])));
        QCOMPARE(seen["path"_L1].toString(), u"/echo?%1"_s.arg(i));
    }
}

QTEST_GUILESS_MAIN(TestHttpClient)
#include "tst_httpclient.moc"
