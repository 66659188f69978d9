#pragma once

#include "backend/stopsignal.h"
#include "core/secret.h"

#include <QString>

#include <chrono>
#include <memory>
#include <optional>

namespace agent {

class BackendPort;

/// Puts the questions of a server that no stored secret answers (a token's code) before the person at the terminal,
/// in the terminal itself, and reads the answer as it is typed. Used by one connection's thread at a time.
class AuthPrompter
{
public:
    /// A person's time for one answer.
    static constexpr auto kPatience = std::chrono::seconds(120);

    explicit AuthPrompter(std::shared_ptr<BackendPort> port);

    /// Shows `question` (cleaned and cut by this) and waits for a line.
    /// @return nothing when the person gave up (Ctrl-C, Ctrl-D), `stop` was set or the time is over
    [[nodiscard]] std::optional<Secret> ask(const QString &question, bool isEchoed,
                                            const std::shared_ptr<StopSignal> &stop);
    /// Shows a text without asking.
    void tell(const QString &text);

private:
    const std::shared_ptr<BackendPort> m_port;
};

} // namespace agent
