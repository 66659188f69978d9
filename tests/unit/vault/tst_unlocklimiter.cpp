#include "vault/turnstile.h"
#include "vault/unlocklimiter.h"

#include <QCoroTask>
#include <QTest>

using namespace agent;
using namespace std::chrono_literals;

class UnlockLimiterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_now = {}; }

    void fourFailuresCostNothing()
    {
        UnlockLimiter limiter = fresh();
        for (int i = 0; i < 4; ++i)
            limiter.recordFailure();
        QVERIFY(limiter.check().ok());
    }

    void theFifthFailureForbidsAttemptsForSixtySeconds()
    {
        UnlockLimiter limiter = failed(5);
        QCOMPARE(limiter.check().error().code, ErrorCode::RateLimited);
        QCOMPARE(limiter.check().error().retryAfter, 60s);
        m_now += 59500ms;
        QCOMPARE(limiter.check().error().retryAfter, 1s);
        m_now += 500ms;
        QVERIFY(limiter.check().ok());
    }

    void eachFurtherFailureStartsTheMinuteAnew()
    {
        UnlockLimiter limiter = failed(5);
        m_now += 60s;
        QVERIFY(limiter.check().ok());
        limiter.recordFailure();
        QCOMPARE(limiter.check().error().retryAfter, 60s);
    }

    void failuresDoNotExpire()
    {
        UnlockLimiter limiter = failed(4);
        m_now += 24h;
        limiter.recordFailure();
        QVERIFY(!limiter.check().ok());
    }

    void aSuccessForgetsTheFailures()
    {
        UnlockLimiter limiter = failed(4);
        limiter.reset();
        limiter.recordFailure();
        QVERIFY(limiter.check().ok());
    }

    void theTurnstileLetsOneThroughAtATimeInOrder()
    {
        Turnstile turnstile(8);
        QList<int> order;
        int inside = 0;
        int most = 0;
        for (int i = 0; i < 5; ++i)
            pass(turnstile, i, order, inside, most);
        QTRY_COMPARE(order.size(), 5);
        QCOMPARE(order, QList<int>({0, 1, 2, 3, 4}));
        QCOMPARE(most, 1);
    }

    void theTurnstileTurnsAwayWhoWouldWaitTooLong()
    {
        auto turnstile = std::make_unique<Turnstile>(2);
        std::optional<Result<Turnstile::Turn>> first, second, third, fourth;
        enter(*turnstile, first);
        enter(*turnstile, second);
        enter(*turnstile, third);
        enter(*turnstile, fourth);
        QVERIFY(first && first->ok());
        QVERIFY(!second && !third);
        QVERIFY(fourth && !fourth->ok());
        QCOMPARE(fourth->error().code, ErrorCode::RateLimited);
        turnstile.reset(); // those inside and waiting outlive it
        first.reset();
        QTRY_VERIFY(second.has_value());
        second.reset();
        QTRY_VERIFY(third.has_value());
    }

private:
    UnlockLimiter fresh()
    {
        return UnlockLimiter([this] { return m_now; });
    }
    UnlockLimiter failed(int times)
    {
        UnlockLimiter limiter = fresh();
        for (int i = 0; i < times; ++i)
            limiter.recordFailure();
        return limiter;
    }

    static Task<> pass(Turnstile &turnstile, int number, QList<int> &order, int &inside, int &most)
    {
        const auto turn = co_await turnstile.enter();
        most = std::max(most, ++inside);
        Delivery<int> pause;
        pause.deliverer()(0); // one round of the event loop
        co_await pause;
        order.append(number);
        --inside;
    }
    static Task<> enter(Turnstile &turnstile, std::optional<Result<Turnstile::Turn>> &out)
    {
        auto turn = co_await turnstile.enter();
        out.emplace(std::move(turn));
    }

    std::chrono::steady_clock::time_point m_now;
};

QTEST_GUILESS_MAIN(UnlockLimiterTest)
#include "tst_unlocklimiter.moc"
