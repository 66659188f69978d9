#include "backend/backendport.h"
#include "backend/flushpolicy.h"
#include "backend/inputqueue.h"
#include "backend/keypriority.h"
#include "backend/threadedbackend.h"
#include "backend/workerthreads.h"

#include <QSemaphore>
#include <QTest>

using namespace agent;
using namespace std::chrono_literals;

namespace {

class FloodedBackend final : public ThreadedBackend
{
public:
    FloodedBackend()
        : ThreadedBackend(std::make_shared<Wakeup>())
    {
    }
    void start(TerminalSize) override {}

    void flood(int pieces) const
    {
        for (int i = 0; i < pieces; ++i) {
            port()->addOutput(QByteArray(FlushPolicy::kFullPiece, 'x'));
            port()->flushIfDue();
        }
    }
    [[nodiscard]] BackendPort &worker() const { return *port(); }
};

} // namespace

class BackendTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aLoneEchoGoesAtOnce();
    void fastTypingGoesAtOnceToo();
    void aFloodIsCollected();
    void manySmallPiecesAreCollectedToo();
    void inputAndSizesKeepTheirOrder();
    void sizesThatFollowEachOtherAreOne();
    void whatCouldNotBeWrittenComesFirstAgain();
    void aTakenInputStillCountsUntilItIsWritten();
    void aFloodLetsOtherEventsInBetween();
    void aKeyHoldsFloodsBackForAMoment();
    void manyKeysLeaveFloodsHalfOfTheTime();
    void aFloodWaitsForAKeyAndIsWhole();
    void allOutputComesAfterTheStartAndBeforeTheEnd();
    void threadsAreWaitedForAtTheEnd();
};

void BackendTest::aLoneEchoGoesAtOnce()
{
    FlushPolicy policy;
    const auto now = FlushPolicy::Clock::now();
    QVERIFY(!policy.waitFor(1, now));
    policy.flushed(1, now);
    QVERIFY(!policy.waitFor(1, now + 1ms));
}

void BackendTest::fastTypingGoesAtOnceToo()
{
    FlushPolicy policy;
    auto now = FlushPolicy::Clock::now();
    for (int key = 0; key < 1000; ++key, now += 2ms) { // an echo every two milliseconds
        QVERIFY(!policy.waitFor(80, now));
        policy.flushed(80, now);
    }
}

void BackendTest::aFloodIsCollected()
{
    FlushPolicy policy;
    const auto now = FlushPolicy::Clock::now();
    policy.flushed(4096, now);
    QCOMPARE(policy.waitFor(4096, now + 3ms), std::optional<FlushPolicy::Clock::duration>(5ms));
    QVERIFY(!policy.waitFor(FlushPolicy::kFullPiece, now + 3ms));
    QVERIFY(!policy.waitFor(1, now + 8ms));
}

void BackendTest::manySmallPiecesAreCollectedToo()
{
    FlushPolicy policy;
    const auto now = FlushPolicy::Clock::now();
    for (int i = 0; i < FlushPolicy::kLightPieces; ++i)
        policy.flushed(1, now);
    QVERIFY(policy.waitFor(1, now));
}

void BackendTest::inputAndSizesKeepTheirOrder()
{
    InputQueue queue;
    queue.pushBytes("a");
    queue.pushBytes("b");
    queue.pushSize({100, 30});
    queue.pushBytes("c");
    QCOMPARE(queue.bytes(), 3);
    QCOMPARE(std::get<QByteArray>(*queue.take()), QByteArray("ab"));
    QCOMPARE(std::get<TerminalSize>(*queue.take()), (TerminalSize{100, 30}));
    QCOMPARE(std::get<QByteArray>(*queue.take()), QByteArray("c"));
    QVERIFY(!queue.take());
    QCOMPARE(queue.bytes(), 0);
}

void BackendTest::sizesThatFollowEachOtherAreOne()
{
    InputQueue queue;
    for (int columns = 80; columns <= 1000; ++columns)
        queue.pushSize({columns, 24});
    QCOMPARE(std::get<TerminalSize>(*queue.take()).columns, 1000);
    QVERIFY(queue.isEmpty());
}

void BackendTest::whatCouldNotBeWrittenComesFirstAgain()
{
    InputQueue queue;
    queue.pushBytes("hello");
    queue.pushSize({100, 30});
    auto item = queue.take();
    queue.putBack(std::get<QByteArray>(*item).sliced(2));
    QCOMPARE(queue.bytes(), 3);
    QCOMPARE(std::get<QByteArray>(*queue.take()), QByteArray("llo"));
}

void BackendTest::aTakenInputStillCountsUntilItIsWritten()
{
    InputQueue queue;
    queue.pushBytes(QByteArray(1000, 'x'));
    const auto item = queue.take();
    QCOMPARE(queue.bytes(), 1000);
    queue.putBack({});
    QCOMPARE(queue.bytes(), 0);
}

void BackendTest::aFloodLetsOtherEventsInBetween()
{
    FloodedBackend backend;
    QByteArray order;
    connect(&backend, &TerminalBackend::outputReceived, this, [&order] { order += 'o'; });
    backend.flood(3);
    QMetaObject::invokeMethod(this, [&order] { order += 'k'; }, Qt::QueuedConnection); // another terminal's key
    QTRY_COMPARE(order, "okoo");
    QVERIFY(backend.worker().wantsOutput());
}

void BackendTest::aKeyHoldsFloodsBackForAMoment()
{
    KeyPriority priority;
    const auto now = KeyPriority::Clock::now();
    QCOMPARE(priority.left(now), KeyPriority::Clock::duration::zero());
    priority.begin(now);
    QCOMPARE(priority.left(now), KeyPriority::Clock::duration(KeyPriority::kLongest));
    QCOMPARE(priority.left(now + KeyPriority::kLongest), KeyPriority::Clock::duration::zero());
    priority.end();
    QCOMPARE(priority.left(now), KeyPriority::Clock::duration::zero());
}

void BackendTest::manyKeysLeaveFloodsHalfOfTheTime()
{
    KeyPriority priority;
    const auto begin = KeyPriority::Clock::now();
    int held = 0;
    for (int tenths = 0; tenths < 1000; ++tenths) {
        const auto now = begin + tenths * 100us;
        priority.begin(now);
        held += priority.left(now) > 0us ? 1 : 0;
    }
    QCOMPARE_GT(held, 400);
    QCOMPARE_LE(held, 500);
}

void BackendTest::aFloodWaitsForAKeyAndIsWhole()
{
    FloodedBackend flooded, typed;
    QByteArray order;
    connect(&flooded, &TerminalBackend::outputReceived, this, [&order] { order += 'f'; });
    connect(&typed, &TerminalBackend::outputReceived, this, [&order] { order += 'e'; });
    flooded.flood(3);
    bool isHeld = false;
    for (int tries = 0; tries < 1000 && !isHeld; ++tries) { // a busy machine may let the moment pass unseen
        typed.write("k");
        isHeld = flooded.worker().waitForKeys() > 0us && typed.worker().waitForKeys() == 0us;
        QTest::qSleep(1);
    }
    QVERIFY(isHeld);
    typed.worker().addOutput("k");
    typed.worker().flushIfDue();
    QTRY_COMPARE(order.size(), 4);
    QCOMPARE(order.count('f'), 3);
    QCOMPARE(KeyPriority::ofProcess().left({}), KeyPriority::Clock::duration::zero()); // the echo has ended it
}

void BackendTest::allOutputComesAfterTheStartAndBeforeTheEnd()
{
    FloodedBackend backend;
    QByteArray order;
    connect(&backend, &TerminalBackend::outputReceived, this, [&order] { order += 'o'; });
    connect(&backend, &TerminalBackend::connected, this, [&order] { order += 'c'; });
    connect(&backend, &TerminalBackend::ended, this, [&order] { order += 'e'; });
    backend.worker().reportConnected();
    backend.flood(3);
    backend.worker().addOutput("rest");
    backend.worker().reportEnded();
    QTRY_COMPARE(order, "cooooe");
}

void BackendTest::threadsAreWaitedForAtTheEnd()
{
    QSemaphore go;
    const auto finished = std::make_shared<std::atomic<int>>(0);
    {
        WorkerThreads threads;
        for (int i = 0; i < 20; ++i)
            QVERIFY(threads.start([&go, finished] {
                go.acquire();
                ++*finished;
            }));
        QCOMPARE(threads.running(), 20);
        go.release(20);
    }
    QCOMPARE(finished->load(), 20);
}

QTEST_GUILESS_MAIN(BackendTest)
#include "tst_backend.moc"
