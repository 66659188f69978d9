#include "core/async.h"
#include "core/task.h"

#include <QCoroTask>
#include <QtTest>

using namespace agent;

namespace {

Task<int> sumOfTwo(QThreadPool &pool, QThread *&resumedOn)
{
    const int first = co_await onWorker(pool, [] { return 40; });
    const int second = co_await onWorker(pool, [] { return 2; });
    resumedOn = QThread::currentThread();
    co_return first + second;
}

Task<bool> moveOnly(QThreadPool &pool)
{
    auto input = std::make_unique<int>(7);
    auto output = co_await onWorker(pool, [input = std::move(input)] { return std::make_unique<int>(*input + 1); });
    co_return *output == 8;
}

Task<int> awaitLate(Delivery<int> delivery) { co_return co_await delivery; }

} // namespace

class AsyncTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void workRunsElsewhereAndResumesHere();
    void moveOnlyValuesTravel();
    void aDeliveryThatCameBeforeTheAwaitIsNotLost();
    void manyDeliveriesKeepTheLoopRunning();
};

void AsyncTest::workRunsElsewhereAndResumesHere()
{
    QThreadPool pool;
    QThread *resumedOn = nullptr;
    int sum = 0;
    sumOfTwo(pool, resumedOn).then([&](int value) { sum = value; });
    QTRY_COMPARE(sum, 42);
    QCOMPARE(resumedOn, QThread::currentThread());
}

void AsyncTest::moveOnlyValuesTravel()
{
    QThreadPool pool;
    bool right = false;
    moveOnly(pool).then([&](bool value) { right = value; });
    QTRY_VERIFY(right);
}

void AsyncTest::aDeliveryThatCameBeforeTheAwaitIsNotLost()
{
    Delivery<int> delivery;
    delivery.deliverer()(5);
    QCoreApplication::processEvents();
    int value = 0;
    awaitLate(delivery).then([&](int v) { value = v; });
    QTRY_COMPARE(value, 5);
}

void AsyncTest::manyDeliveriesKeepTheLoopRunning()
{
    QThreadPool pool;
    int done = 0;
    QThread *thread = nullptr;
    for (int i = 0; i < 1000; ++i)
        sumOfTwo(pool, thread).then([&](int) { ++done; });
    QTRY_COMPARE(done, 1000);
}

QTEST_GUILESS_MAIN(AsyncTest)
#include "tst_async.moc"
