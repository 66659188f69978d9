#include "ssh/hostkeyprompts.h"

#include "core/timestamp.h"
#include "core/uuid.h"

#include <algorithm>
#include <list>
#include <mutex>

namespace agent {

struct HostKeyPrompts::State
{
    struct Open
    {
        Prompt prompt;
        std::function<void(bool)> answer;
    };

    std::mutex mutex; ///< held while an answer is given, so that it never comes after its ticket is gone
    std::list<Open> open;
};

class HostKeyPrompts::Withdrawal final : public HostKeyPrompter::Ticket
{
public:
    Withdrawal(std::shared_ptr<State> state, QString id)
        : m_state(std::move(state))
        , m_id(std::move(id))
    {
    }
    ~Withdrawal() override
    {
        const std::scoped_lock lock(m_state->mutex);
        m_state->open.remove_if([this](const State::Open &open) { return open.prompt.id == m_id; });
    }

private:
    const std::shared_ptr<State> m_state;
    const QString m_id;
};

HostKeyPrompts::HostKeyPrompts()
    : m_state(std::make_shared<State>())
{
}

HostKeyPrompts::~HostKeyPrompts() = default;

std::unique_ptr<HostKeyPrompter::Ticket> HostKeyPrompts::ask(HostKeyQuestion question, std::function<void(bool)> answer)
{
    Prompt prompt{newUuid(), std::move(question), preciseNowWithOffset()};
    auto ticket = std::make_unique<Withdrawal>(m_state, prompt.id);
    const std::scoped_lock lock(m_state->mutex);
    m_state->open.push_back({std::move(prompt), std::move(answer)});
    return ticket;
}

QList<HostKeyPrompts::Prompt> HostKeyPrompts::pending() const
{
    const std::scoped_lock lock(m_state->mutex);
    QList<Prompt> prompts;
    for (const State::Open &open : m_state->open)
        prompts.append(open.prompt);
    return prompts;
}

bool HostKeyPrompts::answer(const QString &id, bool approved)
{
    const std::scoped_lock lock(m_state->mutex);
    const auto open = std::ranges::find_if(m_state->open, [&](const auto &entry) { return entry.prompt.id == id; });
    if (open == m_state->open.end())
        return false;
    open->answer(approved);
    m_state->open.erase(open);
    return true;
}

} // namespace agent
