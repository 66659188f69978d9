#include "apiresources/authcache.h"

#include "httpclient/firstof.h"
#include "net/request.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

using Waiter = FirstOf<Result<Login>>;

} // namespace

struct AuthCache::Flight
{
    std::shared_ptr<ClientPresence> client = std::make_shared<ClientPresence>();
    std::vector<std::shared_ptr<Waiter>> waiters;
};

struct AuthCache::State
{
    Clock clock;
    QHash<QString, Entry> entries;
    QHash<QString, std::shared_ptr<Flight>> flights;
};

AuthCache::AuthCache(Clock clock)
    : m_state(std::make_shared<State>())
{
    m_state->clock = std::move(clock);
}

Task<Result<Login>> AuthCache::login(QString resourceId, Flow flow, std::shared_ptr<ClientPresence> client)
{
    const auto state = m_state;
    if (const auto kept = state->entries.constFind(resourceId); kept != state->entries.constEnd()) {
        if (state->clock() < kept->until)
            co_return Login(kept->login);
        state->entries.erase(kept);
    }
    if (client->isGone())
        co_return Error{ErrorCode::Cancelled, u"the client is gone"_s};

    const auto waiter = std::make_shared<Waiter>();
    auto flight = state->flights.value(resourceId);
    const bool isFirst = !flight;
    if (isFirst) {
        flight = std::make_shared<Flight>();
        state->flights.insert(resourceId, flight);
    }
    flight->waiters.push_back(waiter);
    QObject::connect(client.get(), &ClientPresence::gone, waiter.get(),
                     [waiter = waiter.get(), state, weak = std::weak_ptr(flight), resourceId] {
                         if (const auto alive = weak.lock()) {
                             std::erase_if(alive->waiters, [&](const auto &one) { return one.get() == waiter; });
                             if (alive->waiters.empty()) {
                                 if (state->flights.value(resourceId) == alive)
                                     state->flights.remove(resourceId); // nobody joins what is about to end
                                 alive->client->markGone();
                             }
                         }
                         waiter->set(Error{ErrorCode::Cancelled, u"the client is gone"_s});
                     });
    if (isFirst)
        fly(state, flight, resourceId, std::move(flow));
    co_return co_await waiter->value();
}

Task<> AuthCache::fly(std::shared_ptr<State> state, std::shared_ptr<Flight> flight, QString resourceId, Flow flow)
{
    const Result<Login> outcome = co_await flow(flight->client);
    // Forgotten meanwhile: those who wait may use it, nobody else.
    if (state->flights.value(resourceId) == flight) {
        state->flights.remove(resourceId);
        if (outcome)
            state->entries.insert(resourceId, {*outcome, state->clock() + kKeptFor});
    }
    for (const auto &waiter : std::exchange(flight->waiters, {}))
        waiter->set(outcome);
}

void AuthCache::forget(const QString &resourceId)
{
    m_state->entries.remove(resourceId);
    m_state->flights.remove(resourceId);
}

void AuthCache::forget(const QString &resourceId, const Login &used)
{
    const auto kept = m_state->entries.constFind(resourceId);
    if (kept != m_state->entries.constEnd() && kept->login == used)
        m_state->entries.erase(kept);
}

void AuthCache::clear()
{
    m_state->entries.clear();
    m_state->flights.clear();
}

} // namespace agent
