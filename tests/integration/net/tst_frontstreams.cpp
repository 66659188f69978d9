#include "doorfixture.h"

#include "net/bodystream.h"
#include "net/sse.h"

#include <QCoroTimer>
#include <QProcess>
#include <QSignalSpy>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qint64 kMiB = 1024 * 1024;

struct Upload
{
    qint64 bytes = 0;
    qsizetype largestRead = 0;
    std::optional<Error> error;
    bool ended = false;
};

/// Reads the body to its end; between reads it lets `pauses` turns of the event loop pass.
Task<Response> receive(Request request, std::shared_ptr<Upload> upload, int pauses)
{
    for (;;) {
        auto bytes = co_await request.bodyStream->read();
        if (!bytes) {
            upload->error = bytes.error();
            upload->ended = true;
            co_return Response::error(bytes.error());
        }
        if (bytes->isEmpty())
            break;
        upload->bytes += bytes->size();
        upload->largestRead = std::max(upload->largestRead, bytes->size());
        for (int i = 0; i < pauses; ++i)
            co_await QCoro::sleepFor(0ms);
    }
    upload->ended = true;
    co_return Response::text(QByteArray::number(upload->bytes));
}

Task<Response> refuseAtOnce(Request) { co_return Response::text("no room", 507); }

Task<Response> waitForGone(Request request, std::shared_ptr<bool> sawIt)
{
    while (!request.client->isGone())
        co_await QCoro::sleepFor(1ms);
    *sawIt = true;
    co_return Response::text("nobody reads this");
}

/// What curl prints for this command line, at once streamed `mebibytes` of zeroes when not zero.
struct Curl
{
    int status = 0;
    QByteArray body;
    int exitCode = 0;
};

Curl curl(const QString &arguments, quint16 port, int mebibytes = 0)
{
    const QString source = mebibytes ? u"head -c %1M /dev/zero | "_s.arg(mebibytes) : QString();
    const QString command = source + u"curl -sk -w '\\n%{http_code}' "_s + arguments;
    QProcess process;
    process.setProcessEnvironment([&] {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"URL"_s, u"https://127.0.0.1:%1"_s.arg(port));
        environment.insert(u"AUTH"_s, u"Authorization: Bearer "_s + QLatin1StringView(kToken));
        return environment;
    }());
    QSignalSpy finished(&process, &QProcess::finished);
    process.start(u"sh"_s, {u"-c"_s, command});
    if (!finished.wait(90'000))
        return {};
    QByteArray output = process.readAllStandardOutput();
    const qsizetype line = output.lastIndexOf('\n');
    return {.status = output.sliced(line + 1).toInt(), .body = output.first(line), .exitCode = process.exitCode()};
}

} // namespace

class TestFrontStreams : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_door = std::make_unique<Door>();
        m_upload = std::make_shared<Upload>();
        m_sawGone = std::make_shared<bool>(false);
        m_door->router
            .post("/api/upload", [this](Request request) { return receive(std::move(request), m_upload, m_pauses); })
            .streamsBody();
        m_door->router.post("/api/refusing", refuseAtOnce).streamsBody();
        m_door->router.post("/api/collected", [](Request request) -> Task<Response> {
            return [](Request r) -> Task<Response> {
                co_return Response::text(QByteArray::number(r.body.size()));
            }(std::move(request));
        });
        m_door->router.get("/api/patient",
                           [this](Request request) { return waitForGone(std::move(request), m_sawGone); });
        m_door->router.get("/api/events", [this](Request) -> Task<Response> {
            return makeTask(
                SseWriter::response([this](std::shared_ptr<SseWriter> sse) { m_sse = std::move(sse); }, m_keepAlive));
        });
        m_door->router.get("/api/flood", [this](Request) -> Task<Response> {
            return makeTask(
                Response::stream("application/octet-stream",
                                 [this](std::shared_ptr<ResponseWriter> writer) { m_flood = std::move(writer); }));
        });
        m_pauses = 0;
        m_keepAlive = SseWriter::kKeepAlive;
    }
    void cleanup()
    {
        m_sse.reset();
        m_flood.reset();
        m_door.reset();
    }

    void aStreamedUploadArrivesWhole()
    {
        m_door->open();
        RawClient client(m_door->port);
        QCOMPARE(client.ask(request("POST", "/api/upload", {}, QByteArray(3 * kMiB, 'x'))).body,
                 QByteArray::number(3 * kMiB));
        QCOMPARE(
            client.ask(request("POST", "/api/upload", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n").body,
            QByteArray::number(3 * kMiB + 3));
        QCOMPARE(client.ask(request("POST", "/api/upload", "Content-Length: 0\r\n")).status, 200);
    }

    void aSlowReaderSlowsTheClientAndMemoryStaysBounded()
    {
        m_pauses = 5;
        m_door->open();
        resetPeakMemory();
        const qint64 before = peakMemory();
        const Curl answer = curl(u"-T - -X POST -H \"$AUTH\" $URL/api/upload"_s, m_door->port, 200);
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, QByteArray::number(200 * kMiB));
        QVERIFY(m_upload->largestRead <= BodyStream::kHighMark + 64 * 1024);
        const qint64 growth = peakMemory() - before;
        QVERIFY2(!kMemoryIsMeasurable || growth < 30 * kMiB, qPrintable(u"grew by %1 MiB"_s.arg(growth / kMiB)));
    }

    void aLargeBodyWithoutTokenIsAnsweredEarlyAndKeptNowhere()
    {
        m_door->open();
        resetPeakMemory();
        const qint64 before = peakMemory();
        for (const QString &extra : {u""_s, u"-H 'Expect:'"_s}) {
            const Curl chunked = curl(u"-T - -X POST %1 $URL/api/collected"_s.arg(extra), m_door->port, 200);
            QCOMPARE(chunked.status, 401);
            QCOMPARE(chunked.body, R"({"error":"unauthorized"})");
        }
        const qint64 growth = peakMemory() - before;
        QVERIFY2(!kMemoryIsMeasurable || growth < 20 * kMiB, qPrintable(u"grew by %1 MiB"_s.arg(growth / kMiB)));
    }

    void sixtyFourMebibytesAreTheLimitOfABodyThatIsKept()
    {
        m_door->open();
        const QString post = u"-X POST -H \"$AUTH\" -H 'Expect:' -T - $URL"_s;
        QCOMPARE(curl(post + u"/api/collected"_s, m_door->port, 65).status, 413);
        QCOMPARE(curl(post + u"/api/collected"_s, m_door->port, 40).body, QByteArray::number(40 * kMiB));
        QCOMPARE(curl(post + u"/api/upload"_s, m_door->port, 65).body, QByteArray::number(65 * kMiB));
    }

    void anAnswerBeforeTheBodyEndsReachesTheClient()
    {
        m_door->open();
        const Curl answer = curl(u"-T - -X POST -H \"$AUTH\" $URL/api/refusing"_s, m_door->port, 60);
        QCOMPARE(answer.status, 507);
        QCOMPARE(answer.body, "no room");
    }

    void aClientThatGoesDuringItsUploadEndsTheStream()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.send(request("POST", "/api/upload", "Content-Length: 1000\r\n") + "part");
        QTRY_COMPARE(m_upload->bytes, 4);
        client.close();
        QTRY_VERIFY(m_upload->ended);
        QCOMPARE(m_upload->error->code, ErrorCode::Cancelled);
    }

    void aClientThatGoesIsSeenByItsHandler()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.send(request("GET", "/api/patient"));
        QTRY_COMPARE(m_door->front->connectionCount(), 1);
        QTest::qWait(0);
        client.close();
        QTRY_VERIFY(*m_sawGone);
        QTRY_COMPARE(m_door->front->connectionCount(), 0);
    }

    void eventsAreSentAtOnceAndEndCleanly()
    {
        m_door->open();
        RawClient client(m_door->port);
        const Answer head = client.ask(request("GET", "/api/events"), true);
        QCOMPARE(head.field("content-type"), "text/event-stream");
        QTRY_VERIFY(m_sse);
        m_sse->send("delta", R"({"text":"a"})");
        QTRY_VERIFY(client.input.contains("event: delta\ndata: {\"text\":\"a\"}\n\n"));
        m_sse->finish();
        QTRY_VERIFY(client.input.endsWith("\r\n0\r\n\r\n"));
        client.input.clear();
        QCOMPARE(client.ask(request("GET", "/api/health")).body, "ok"); // the connection goes on
    }

    void aSilentEventStreamIsKeptAlive()
    {
        m_keepAlive = 20ms;
        m_door->open();
        RawClient client(m_door->port);
        client.ask(request("GET", "/api/events"), true);
        QTRY_VERIFY(client.input.count("\n:\n\n") >= 2);
    }

    void anEventStreamSeesItsClientGo()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.ask(request("GET", "/api/events"), true);
        QTRY_VERIFY(m_sse);
        QSignalSpy closed(m_sse.get(), &SseWriter::closed);
        client.close();
        QTRY_COMPARE(closed.size(), 1);
        QVERIFY(!m_sse->isOpen());
        m_sse->send("late", "dropped");
    }

    void aDroppedStreamCutsTheConnectionInsteadOfLookingComplete()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.ask(request("GET", "/api/flood"), true);
        QTRY_VERIFY(m_flood);
        m_flood->write("part");
        m_flood.reset();
        QVERIFY(client.waitForClose());
        QVERIFY(!client.input.endsWith("0\r\n\r\n"));
    }

    void aStalledReaderIsToldToTheProducerAndClosedAtLast()
    {
        GateLimits limits;
        limits.write = 300ms;
        m_door->open(limits);
        RawClient client(m_door->port);
        client.socket.setReadBufferSize(4096);
        QVERIFY(client.connectNow());
        client.send(request("GET", "/api/flood"));
        QTRY_VERIFY(m_flood);
        client.socket.disconnect(&client.socket); // it reads no more
        QSignalSpy drained(m_flood.get(), &ResponseWriter::drained);
        QSignalSpy closed(m_flood.get(), &ResponseWriter::closed);
        m_flood->write(QByteArray(24 * kMiB, 'x'));
        QVERIFY(m_flood->bytesPending() > kDrainedBelow);
        QTRY_COMPARE(closed.size(), 1);
        QCOMPARE(drained.size(), 0);
    }

    void aPausedProducerGoesOnWhenTheClientReads()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.ask(request("GET", "/api/flood"), true);
        QTRY_VERIFY(m_flood);
        QSignalSpy drained(m_flood.get(), &ResponseWriter::drained);
        m_flood->write(QByteArray(24 * kMiB, 'x'));
        QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 20s);
    }

private:
    static Task<Response> makeTask(Response response) { co_return response; }

    std::unique_ptr<Door> m_door;
    std::shared_ptr<Upload> m_upload;
    std::shared_ptr<bool> m_sawGone;
    std::shared_ptr<SseWriter> m_sse;
    std::shared_ptr<ResponseWriter> m_flood;
    std::chrono::milliseconds m_keepAlive{};
    int m_pauses = 0;
};

QTEST_GUILESS_MAIN(TestFrontStreams)
#include "tst_frontstreams.moc"
