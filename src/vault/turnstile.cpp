#include "vault/turnstile.h"

using namespace Qt::StringLiterals;

namespace agent {

Turnstile::Turn::~Turn()
{
    if (!m_state)
        return; // moved from
    if (m_state->waiting.empty()) {
        m_state->busy = false;
        return;
    }
    const auto letIn = std::move(m_state->waiting.front());
    m_state->waiting.pop_front();
    letIn(true); // through the event loop: the next one starts after this one has left
}

Task<Result<Turnstile::Turn>> Turnstile::enter()
{
    const auto state = m_state; // outlives the turnstile, should that go while we wait
    if (!std::exchange(state->busy, true))
        co_return Turn(state);
    if (state->waiting.size() >= m_maxWaiting) {
        Error error{ErrorCode::RateLimited, u"too many password attempts at once; try again in a moment"_s};
        error.retryAfter = std::chrono::seconds(1);
        co_return error;
    }
    Delivery<bool> turn;
    state->waiting.push_back(turn.deliverer());
    co_await turn;
    co_return Turn(state);
}

} // namespace agent
