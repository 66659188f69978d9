#include "net/httphead.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kCap = 16 * 1024;

struct Outcome
{
    int refusal = 0; ///< 0: accepted; -1: incomplete
    HttpHead head;
};

Outcome parse(const QByteArray &bytes)
{
    HttpHeadReader reader(kCap);
    reader.read(bytes);
    switch (reader.state()) {
    case HttpHeadReader::State::Incomplete:
        return {.refusal = -1, .head = {}};
    case HttpHeadReader::State::Refused:
        return {.refusal = reader.refusal(), .head = {}};
    case HttpHeadReader::State::Complete:
        return {.refusal = 0, .head = reader.takeHead()};
    }
    Q_UNREACHABLE_RETURN({});
}

QByteArray get(const QByteArray &fields) { return "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n"; }

QByteArray line(const QByteArray &requestLine) { return requestLine + "\r\nHost: localhost\r\n\r\n"; }

} // namespace

class TestHttpHead : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aHeadIsSplitIntoItsParts()
    {
        const auto [refusal, head] = parse("POST /api/a%20b?x=1?2 HTTP/1.1\r\nHost: localhost:80\r\n"
                                           "Content-Length:  12 \r\nAccept: a\r\naccept: b\r\n\r\n");
        QCOMPARE(refusal, 0);
        QCOMPARE(head.method, "POST");
        QCOMPARE(head.path, "/api/a%20b");
        QCOMPARE(head.query, "x=1?2");
        QCOMPARE(head.authority, "localhost:80");
        QCOMPARE(head.contentLength, std::optional<qint64>(12));
        QVERIFY(head.hasBody() && head.keepsAlive && !head.isChunked);
        QCOMPARE(head.headers.combinedValue("accept"), "a, b");
    }

    void piecesOfAnySizeGiveTheSameHead()
    {
        const QByteArray bytes = "\r\nPUT /x HTTP/1.1\r\nHost: localhost\r\nX-Long: " + QByteArray(300, 'y') +
                                 "\r\nContent-Length: 4\r\n\r\n";
        const QByteArray stream = bytes + "bodyGET";
        for (qsizetype split = 0; split <= stream.size(); ++split) {
            HttpHeadReader reader(kCap);
            qsizetype taken = reader.read(stream.first(split));
            taken += reader.read(stream.sliced(taken));
            QCOMPARE(reader.state(), HttpHeadReader::State::Complete);
            QCOMPARE(taken, bytes.size());
            QCOMPARE(reader.takeHead().contentLength, std::optional<qint64>(4));
        }
        HttpHeadReader single(kCap);
        for (qsizetype i = 0; i < bytes.size(); ++i) {
            QCOMPARE(single.state(), HttpHeadReader::State::Incomplete);
            QCOMPARE(single.read(bytes.sliced(i, 1)), 1);
        }
        QCOMPARE(single.state(), HttpHeadReader::State::Complete);
        QCOMPARE(single.takeHead().path, "/x");
        single.read(line("GET /next HTTP/1.1"));
        QCOMPARE(single.takeHead().path, "/next");
    }

    void headsAreJudgedStrictly_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("refusal");

        QTest::newRow("fine") << get("") << 0;
        QTest::newRow("unfinished") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\n") << -1;
        QTest::newRow("HTTP/1.0 without host") << QByteArray("GET / HTTP/1.0\r\n\r\n") << 0;
        QTest::newRow("absolute target") << line("GET http://localhost/x HTTP/1.1") << 0;
        QTest::newRow("asterisk") << line("OPTIONS * HTTP/1.1") << 0;
        QTest::newRow("unknown method is a token") << line("BREW / HTTP/1.1") << 0;
        QTest::newRow("obs-text in a value") << get("X: \xc3\xa9\r\n") << 0;

        QTest::newRow("bare LF after the request line") << QByteArray("GET / HTTP/1.1\nHost: x\r\n\r\n") << 400;
        QTest::newRow("bare LF at the end") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\n\n") << 400;
        QTest::newRow("bare CR in a value") << get("X: a\rb\r\n") << 400;
        QTest::newRow("CR before CRLF") << get("X: a\r\r\n") << 400;
        QTest::newRow("NUL in a value") << get(QByteArray("X: a\0b\r\n", 8)) << 400;
        QTest::newRow("folded line") << get("X: a\r\n b\r\n") << 400;
        QTest::newRow("fold by tab") << get("X: a\r\n\tb\r\n") << 400;
        QTest::newRow("space before the colon") << get("Content-Length : 1\r\n") << 400;
        QTest::newRow("no colon") << get("nonsense\r\n") << 400;
        QTest::newRow("empty name") << get(": a\r\n") << 400;
        QTest::newRow("bad name") << get("X(y): a\r\n") << 400;

        QTest::newRow("two spaces") << line("GET  / HTTP/1.1") << 400;
        QTest::newRow("space in the target") << line("GET /a b HTTP/1.1") << 400;
        QTest::newRow("tab between") << line("GET\t/ HTTP/1.1") << 400;
        QTest::newRow("no version") << line("GET /") << 400;
        QTest::newRow("lower-case version") << line("GET / http/1.1") << 400;
        QTest::newRow("version 1.2") << line("GET / HTTP/1.2") << 505;
        QTest::newRow("version 2.0") << line("PRI * HTTP/2.0") << 505;
        QTest::newRow("fragment") << line("GET /#a HTTP/1.1") << 400;
        QTest::newRow("raw UTF-8 in the target") << line("GET /\xc3\xa9 HTTP/1.1") << 400;
        QTest::newRow("authority target") << line("CONNECT localhost:80 HTTP/1.1") << 400;
        QTest::newRow("asterisk for GET") << line("GET * HTTP/1.1") << 400;
        QTest::newRow("other scheme") << line("GET ftp://localhost/ HTTP/1.1") << 400;

        QTest::newRow("no host") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
        QTest::newRow("two hosts") << get("Host: localhost\r\n") << 400;
        QTest::newRow("empty host") << QByteArray("GET / HTTP/1.1\r\nHost:\r\n\r\n") << 400;
        QTest::newRow("host with user") << QByteArray("GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n") << 400;

        QTest::newRow("two equal lengths") << get("Content-Length: 1\r\nContent-Length: 1\r\n") << 400;
        QTest::newRow("length list") << get("Content-Length: 1, 1\r\n") << 400;
        QTest::newRow("negative length") << get("Content-Length: -1\r\n") << 400;
        QTest::newRow("signed length") << get("Content-Length: +1\r\n") << 400;
        QTest::newRow("hexadecimal length") << get("Content-Length: 0x1\r\n") << 400;
        QTest::newRow("length beyond 64 bits") << get("Content-Length: 99999999999999999999\r\n") << 400;
        QTest::newRow("empty length") << get("Content-Length:\r\n") << 400;
        QTest::newRow("length and coding") << get("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") << 400;
        QTest::newRow("two codings") << get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") << 400;
        QTest::newRow("coding list") << get("Transfer-Encoding: gzip, chunked\r\n") << 501;
        QTest::newRow("hidden coding") << get("Transfer-Encoding: xchunked\r\n") << 501;
        QTest::newRow("vertical tab in the coding") << get("Transfer-Encoding: \x0b"
                                                           "chunked\r\n")
                                                    << 400;
        QTest::newRow("chunks in HTTP/1.0")
            << QByteArray("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") << 400;

        QTest::newRow("largest head") << get("X: " + QByteArray(kCap - get("X: \r\n").size(), 'x') + "\r\n") << 0;
        QTest::newRow("a byte larger") << get("X: " + QByteArray(kCap - get("X: \r\n").size() + 1, 'x') + "\r\n")
                                       << 431;
        QTest::newRow("endless line") << QByteArray(kCap + 1, 'x') << 431;
        QTest::newRow("endless empty lines") << QByteArray("\r\n").repeated(kCap) << 431;
        QTest::newRow("a hundred and two fields") << get(QByteArray("X: y\r\n").repeated(101)) << 431;
    }
    void headsAreJudgedStrictly()
    {
        QFETCH(QByteArray, bytes);
        QTEST(parse(bytes).refusal, "refusal");
    }

    void anAbsoluteTargetNamesTheHost()
    {
        const HttpHead head = parse("GET https://evil.example:1/x?y HTTP/1.1\r\nHost: localhost\r\n\r\n").head;
        QCOMPARE(head.authority, "evil.example:1");
        QCOMPARE(head.path, "/x");
        QCOMPARE(head.query, "y");
    }

    void connectionOptionsAreRead()
    {
        QVERIFY(!parse(get("Connection: foo, Close\r\n")).head.keepsAlive);
        QVERIFY(!parse("GET / HTTP/1.0\r\n\r\n").head.keepsAlive);
        QVERIFY(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").head.keepsAlive);
        QVERIFY(parse(get("Expect: 100-Continue\r\n")).head.expectsContinue);
        QVERIFY(parse(get("Expect: more\r\n")).head.hasUnknownExpectation);
        QVERIFY(parse(get("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n")).head.asksForWebSocket);
        QVERIFY(!parse(get("Upgrade: websocket\r\n")).head.asksForWebSocket);
    }
};

QTEST_APPLESS_MAIN(TestHttpHead)
#include "tst_httphead.moc"
