#include "net/authtoken.h"
#include "net/chunkeddecoder.h"
#include "net/cors.h"
#include "net/hostguard.h"
#include "net/percent.h"
#include "net/responsehead.h"
#include "net/sse.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// The small rules of the door, each without a socket.
class TestNetRules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyTheTerminalAndLoopbackPagesAreAllowedOrigins_data()
    {
        QTest::addColumn<QByteArray>("origin");
        QTest::addColumn<bool>("allowed");
        for (const char *origin : {"tauri://localhost", "http://tauri.localhost", "https://tauri.localhost",
                                   "http://localhost", "https://localhost", "http://127.0.0.1", "https://127.0.0.1",
                                   "http://localhost:5173", "https://127.0.0.1:1", "http://localhost:99999"}) {
            QTest::newRow(origin) << QByteArray(origin) << true;
        }
        for (const char *origin :
             {"", "null", "http://localhost.evil", "http://localhost:", "http://localhost:80/", "http://localhost:8x",
              "http://LOCALHOST", "http://evil.example", "http://127.0.0.1.evil.example", "http://127.0.0.10",
              "http://localhost@evil.example", "tauri://localhost:1", "https://tauri.localhost:443", "file://",
              "http://tauri.localhost.evil", "ftp://localhost", "http://localhost:80 http://evil", "http://[::1]",
              "http://localhost\xef\xbc\x9a"
              "80"}) {
            QTest::newRow(*origin ? origin : "empty") << QByteArray(origin) << false;
        }
    }
    void onlyTheTerminalAndLoopbackPagesAreAllowedOrigins()
    {
        QFETCH(QByteArray, origin);
        QTEST(isAllowedOrigin(origin), "allowed");
        const QByteArray head = serializeHead(Response::empty(), {.origin = origin}, 0);
        QCOMPARE(head.contains("Access-Control-Allow-Origin: "), isAllowedOrigin(origin));
        QVERIFY(head.contains("Vary: origin, access-control-request-method, access-control-request-headers\r\n"));
    }

    void theTokenIsComparedWhole()
    {
        const AuthToken token(Secret("secret"));
        QVERIFY(token.matchesHeader("Bearer secret"));
        for (const char *value : {"", "secret", "Bearer", "Bearer ", "bearer secret", "Bearer  secret", "Bearer secre",
                                  "Bearer secrets", "Bearer Secret", "Basic secret", "Bearer\tsecret"}) {
            QVERIFY2(!token.matchesHeader(value), value);
        }
        QVERIFY(!AuthToken(Secret()).matches("")); // no token: nobody
    }

    void hostsAreOursOrRefused()
    {
        const HostGuard guard(HostGuard::Mode::Check, {u"agent.lan"_s, u"192.168.1.5"_s, u"fd00::5"_s});
        for (const char *host : {"localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:443",
                                 "agent.lan:1", "192.168.1.5", "[fd00::5]:9"}) {
            QVERIFY2(guard.accepts(host), host);
        }
        for (const char *host : {"", "evil.example", "localhost.evil.example", "localhost:x", "[::1", "[::1]x",
                                 "192.168.1.6", "::1", "localhost:80:80", "xlocalhost", "0.0.0.0"}) {
            QVERIFY2(!guard.accepts(host), host);
        }
        QVERIFY(HostGuard(HostGuard::Mode::AcceptAny, {}).accepts("evil.example"));
    }

    void formsAreDecodedStrictly()
    {
        const auto pairs = parseForm("a=1+2&b=%C3%A9&c&=d&&e==");
        QVERIFY(pairs);
        const FormPairs expected{
            {u"a"_s, u"1 2"_s}, {u"b"_s, u"é"_s}, {u"c"_s, u""_s}, {u""_s, u"d"_s}, {u"e"_s, u"="_s}};
        QCOMPARE(*pairs, expected);
        for (const char *text : {"a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a=%ff"})
            QVERIFY2(!parseForm(text), text);
        QVERIFY(parseForm(QByteArray("a&").repeated(256)));
        QVERIFY(!parseForm(QByteArray("a&").repeated(257)));
    }

    void chunksComeOffInAnyPieces()
    {
        const QByteArray coded =
            "4\r\nWiki\r\n5;x=\"y\"\r\npedia\r\n00E\r\n in\r\n\r\nchunks.\r\n0\r\nA: b\r\nC: d\r\n\r\n";
        for (qsizetype split = 0; split <= coded.size(); ++split) {
            ChunkedDecoder decoder(100);
            QByteArray body;
            qsizetype taken = decoder.decode(coded.first(split), body);
            taken += decoder.decode(QByteArray(coded.sliced(split) + "next"), body);
            QCOMPARE(decoder.state(), ChunkedDecoder::State::Complete);
            QCOMPARE(taken, coded.size());
            QCOMPARE(body, "Wikipedia in\r\n\r\nchunks.");
        }
    }

    void badChunksAreRefused_data()
    {
        QTest::addColumn<QByteArray>("coded");
        QTest::addColumn<ChunkedDecoder::State>("state");
        const auto bad = ChunkedDecoder::State::Malformed;
        QTest::newRow("bare LF") << QByteArray("1\na\r\n0\r\n\r\n") << bad;
        QTest::newRow("no size") << QByteArray("\r\n") << bad;
        QTest::newRow("extension without size") << QByteArray(";a\r\n") << bad;
        QTest::newRow("sign") << QByteArray("+1\r\na\r\n") << bad;
        QTest::newRow("0x") << QByteArray("0x1\r\na\r\n") << bad;
        QTest::newRow("space") << QByteArray("1 \r\na\r\n") << bad;
        QTest::newRow("too much data") << QByteArray("1\r\nab\r\n") << bad;
        QTest::newRow("LF in an extension") << QByteArray("1;a\nb\r\n") << bad;
        QTest::newRow("endless extension") << QByteArray("1;" + QByteArray(20000, 'x')) << bad;
        QTest::newRow("endless trailer") << QByteArray("0\r\n" + QByteArray("a: b\r\n").repeated(5000)) << bad;
        QTest::newRow("endless zeroes") << QByteArray(100, '0') << bad;
        QTest::newRow("beyond the cap") << QByteArray("65\r\n") << ChunkedDecoder::State::TooLarge;
        QTest::newRow("beyond the cap in two")
            << QByteArray("64\r\n" + QByteArray(100, 'x') + "\r\n1\r\n") << ChunkedDecoder::State::TooLarge;
        QTest::newRow("overflow") << QByteArray("FFFFFFFFFFFFFFF\r\n") << ChunkedDecoder::State::TooLarge;
    }
    void badChunksAreRefused()
    {
        QFETCH(QByteArray, coded);
        ChunkedDecoder decoder(100);
        QByteArray body;
        decoder.decode(coded, body);
        QTEST(decoder.state(), "state");
        QVERIFY(body.size() <= 100);
    }

    void eventsKeepTheirLinesApart()
    {
        QCOMPARE(serializeEvent("delta", "a"), "event: delta\ndata: a\n\n");
        QCOMPARE(serializeEvent({}, "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
        QCOMPARE(serializeEvent("x\ndata: forged", ""), "event: x data: forged\ndata: \n\n");
        QCOMPARE(serializeEvent({}, "\n"), "data: \ndata: \n\n");
        QCOMPARE(serializeEvent("stdout", "  a\n", SseSpace::None), "event:stdout\ndata:  a\ndata:\n\n");
    }

    void answersCannotBeSplitByTheirFields()
    {
        const QByteArray head = serializeHead(Response::empty(200).withHeader("X", "a\r\nSet-Cookie: b"), {}, 0);
        QVERIFY(!head.contains("Set-Cookie"));
    }

    void answersTellTheLengthTheirKindHas()
    {
        const Response ok = Response::empty(200);
        QVERIFY(serializeHead(ok, {}, 5).contains("Content-Length: 5\r\n"));
        QVERIFY(serializeHead(ok, {}, {}).contains("Transfer-Encoding: chunked\r\n"));
        QVERIFY(!serializeHead(ok, {.minorVersion = 0}, {}).contains("chunked"));
        QVERIFY(!serializeHead(Response::empty(204), {}, 0).contains("Content-Length"));
        QVERIFY(!serializeHead(Response::empty(304), {}, 0).contains("Content-Length"));
        QVERIFY(serializeHead(ok, {.keepsAlive = false}, 0).contains("Connection: close\r\n"));
    }

    void errorsHaveTheContractsShape()
    {
        const Response plain = Response::error({.code = ErrorCode::NotFound, .message = u"no \"x\""_s});
        QCOMPARE(plain.status, 404);
        QCOMPARE(plain.contentType, "application/json");
        QCOMPARE(plain.body, "{\"error\":\"no \\\"x\\\"\",\"code\":\"NOT_FOUND\"}");
        const Response field =
            Response::error({.code = ErrorCode::Validation, .message = u"bad"_s, .field = u"port"_s});
        QCOMPARE(field.body, R"({"error":"bad","code":"VALIDATION","field":"port"})");
        const Response limited = Response::error(
            {.code = ErrorCode::RateLimited, .message = u"wait"_s, .retryAfter = std::chrono::seconds(7)});
        QCOMPARE(limited.status, 429);
        QVERIFY(limited.headers.contains(std::pair<QByteArray, QByteArray>("Retry-After", "7")));
    }
};

QTEST_APPLESS_MAIN(TestNetRules)
#include "tst_netrules.moc"
