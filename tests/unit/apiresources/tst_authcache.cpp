#include "apiresources/authcache.h"
#include "httpclient/firstof.h"
#include "net/request.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A login that ends when the test says so.
struct PendingFlow
{
    int started = 0;
    std::shared_ptr<FirstOf<Result<Login>>> outcome;
    std::shared_ptr<ClientPresence> client;

    AuthCache::Flow flow()
    {
        return [this](std::shared_ptr<ClientPresence> given) {
            ++started;
            client = std::move(given);
            outcome = std::make_shared<FirstOf<Result<Login>>>();
            return outcome->value();
        };
    }
    void succeed() { outcome->set(Login(std::make_shared<FlowValues>())); }
    void fail() { outcome->set(Error{ErrorCode::AuthFlow, u"wrong password"_s}); }
};

struct Caller
{
    std::shared_ptr<ClientPresence> client = std::make_shared<ClientPresence>();
    std::optional<Result<Login>> got;
};

Task<> call(AuthCache &cache, std::shared_ptr<Caller> caller, AuthCache::Flow flow)
{
    caller->got = co_await cache.login(u"r"_s, std::move(flow), caller->client);
}

std::shared_ptr<Caller> ask(AuthCache &cache, PendingFlow &flow)
{
    auto caller = std::make_shared<Caller>();
    call(cache, caller, flow.flow());
    return caller;
}

} // namespace

class TestAuthCache : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneLoginServesEverybodyWhoWaits();
    void aLoginIsKeptForTenMinutes();
    void aFailureIsToldToAllAndNotKept();
    void aLoginEndsWhenAllWhoWaitAreGone();
    void whatIsForgottenMeanwhileIsNotKept();
    void onlyTheLoginThatWasUsedIsForgotten();
};

void TestAuthCache::oneLoginServesEverybodyWhoWaits()
{
    AuthCache cache;
    PendingFlow flow;
    const auto first = ask(cache, flow), second = ask(cache, flow), third = ask(cache, flow);
    QCOMPARE(flow.started, 1);
    QVERIFY(!first->got && !second->got && !third->got);
    flow.succeed();
    QVERIFY(first->got && first->got->ok());
    QVERIFY(second->got && second->got->ok());
    QCOMPARE(**second->got, **first->got);
    QVERIFY(third->got && third->got->ok());
    QVERIFY(ask(cache, flow)->got->ok());
    QCOMPARE(flow.started, 1);
}

void TestAuthCache::aLoginIsKeptForTenMinutes()
{
    std::chrono::steady_clock::time_point now;
    AuthCache cache([&now] { return now; });
    PendingFlow flow;
    const auto first = ask(cache, flow);
    flow.succeed();
    now += AuthCache::kKeptFor - 1s;
    QVERIFY(ask(cache, flow)->got);
    QCOMPARE(flow.started, 1);
    now += 1s;
    const auto later = ask(cache, flow);
    QCOMPARE(flow.started, 2);
    QVERIFY(!later->got);
    flow.succeed();
    QVERIFY(later->got->ok());
}

void TestAuthCache::aFailureIsToldToAllAndNotKept()
{
    AuthCache cache;
    PendingFlow flow;
    const auto first = ask(cache, flow), second = ask(cache, flow);
    flow.fail();
    QVERIFY(!*first->got && !*second->got);
    QCOMPARE(second->got->error().code, ErrorCode::AuthFlow);
    const auto third = ask(cache, flow);
    QCOMPARE(flow.started, 2);
    flow.succeed();
    QVERIFY(third->got->ok());
}

void TestAuthCache::aLoginEndsWhenAllWhoWaitAreGone()
{
    AuthCache cache;
    PendingFlow flow, next;
    const auto first = ask(cache, flow), second = ask(cache, flow);
    first->client->markGone();
    QCOMPARE(first->got->error().code, ErrorCode::Cancelled);
    QVERIFY(!flow.client->isGone());
    second->client->markGone();
    QVERIFY(flow.client->isGone());
    const auto third = ask(cache, next); // joins no login that is about to end
    QCOMPARE(next.started, 1);
    flow.outcome->set(Error{ErrorCode::Cancelled, u"gone"_s});
    QVERIFY(!third->got);
    next.succeed();
    QVERIFY(third->got->ok());
}

void TestAuthCache::whatIsForgottenMeanwhileIsNotKept()
{
    AuthCache cache;
    PendingFlow old, fresh;
    const auto first = ask(cache, old);
    cache.forget(u"r"_s); // the resource was changed
    const auto second = ask(cache, fresh);
    QCOMPARE(fresh.started, 1);
    old.succeed();
    QVERIFY(first->got->ok());
    QVERIFY(!second->got);
    fresh.succeed();
    QCOMPARE(**ask(cache, fresh)->got, **second->got);
    QVERIFY(**first->got != **second->got);
    cache.clear();
    const auto third = ask(cache, fresh);
    QCOMPARE(fresh.started, 2);
    fresh.succeed();
}

void TestAuthCache::onlyTheLoginThatWasUsedIsForgotten()
{
    AuthCache cache;
    PendingFlow flow;
    const auto first = ask(cache, flow);
    flow.succeed();
    cache.forget(u"r"_s, **first->got);
    const auto second = ask(cache, flow);
    QCOMPARE(flow.started, 2);
    flow.succeed();
    cache.forget(u"r"_s, **first->got); // somebody else finds out late
    QVERIFY(ask(cache, flow)->got);
    QCOMPARE(flow.started, 2);
}

QTEST_GUILESS_MAIN(TestAuthCache)
#include "tst_authcache.moc"
