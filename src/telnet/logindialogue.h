#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <chrono>
#include <optional>

namespace agent {

/// Decides when a server asks for the name and when for the password (contract 03 section 8). Each is answered once:
/// a login that failed is left to the person, and so is all that comes after the person has typed something or
/// `kLimit` has passed. A password alone is enough for devices that ask for nothing else. Pure; the caller brings the
/// clock and has the secrets.
class LoginDialogue
{
public:
    using Clock = std::chrono::steady_clock;

    static constexpr auto kLimit = std::chrono::seconds(60);
    /// A question is followed by silence; the words of a banner are not.
    static constexpr auto kSettleTime = std::chrono::milliseconds(100);

    enum class Answer { Username, Password };
    struct Known
    {
        bool username = false;
        bool password = false;
    };

    LoginDialogue(Known known, Clock::time_point now);

    /// Output of the server, cut anywhere.
    void observe(QByteArrayView output, Clock::time_point now);
    /// What the server has asked for by now, at most once each.
    [[nodiscard]] std::optional<Answer> takeDue(Clock::time_point now);
    /// When to ask `takeDue`, and so `isOver`, next.
    [[nodiscard]] std::optional<Clock::time_point> dueAt() const;

    void stop(); ///< the person types
    [[nodiscard]] bool isOver() const { return m_isOver; }

private:
    Known m_unsent; ///< known and not sent
    Clock::time_point m_until;
    std::optional<Clock::time_point> m_settledAt;
    QByteArray m_seen; ///< the end of what has come since the last answer, escape sequences included
    bool m_isOver;
};

} // namespace agent
