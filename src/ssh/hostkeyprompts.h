#pragma once

#include "ssh/hostkeyverifier.h"

#include <QList>

namespace agent {

/// The questions about host keys that wait for a person (contract 03 section 6.3). Whoever asks sets the time limit,
/// and a question goes with its ticket, so none outlives its connection. Thread-safe.
class HostKeyPrompts final : public HostKeyPrompter
{
public:
    struct Prompt
    {
        QString id;
        HostKeyQuestion question;
        QString createdAt; ///< RFC 3339 with `+00:00`
    };

    HostKeyPrompts();
    ~HostKeyPrompts() override;

    std::unique_ptr<Ticket> ask(HostKeyQuestion question, std::function<void(bool approved)> answer) override;

    /// Oldest first.
    [[nodiscard]] QList<Prompt> pending() const;
    /// @return false when the question is gone: answered, timed out or withdrawn
    bool answer(const QString &id, bool approved);

private:
    struct State;
    class Withdrawal;
    const std::shared_ptr<State> m_state;
};

} // namespace agent
