#include "telnet/logindialogue.h"

#include "backend/prompt.h"

#include <algorithm>

namespace agent {

namespace {

/// Room for the 256 characters that matter and for the escape sequences between them.
constexpr qsizetype kMaxSeen = 1024;

} // namespace

LoginDialogue::LoginDialogue(Known known, Clock::time_point now)
    : m_unsent(known)
    , m_until(now + kLimit)
    , m_isOver(!known.username && !known.password)
{
}

void LoginDialogue::observe(QByteArrayView output, Clock::time_point now)
{
    if (m_isOver || output.isEmpty())
        return;
    m_seen += output.last(std::min(output.size(), kMaxSeen));
    if (m_seen.size() > kMaxSeen)
        m_seen = m_seen.last(kMaxSeen);
    m_settledAt = now + kSettleTime;
}

std::optional<LoginDialogue::Answer> LoginDialogue::takeDue(Clock::time_point now)
{
    if (!m_isOver && now >= m_until)
        stop();
    if (m_isOver || !m_settledAt || now < *m_settledAt)
        return std::nullopt;
    m_settledAt.reset();
    // Latin-1: prompts are ASCII, and a character that is cut in two stays as long as it is.
    const LoginPrompt prompt = loginPromptAt(QString::fromLatin1(m_seen));
    std::optional<Answer> answer;
    if (prompt == LoginPrompt::Username && std::exchange(m_unsent.username, false))
        answer = Answer::Username;
    else if (prompt == LoginPrompt::Password && std::exchange(m_unsent.password, false))
        answer = Answer::Password;
    if (!answer)
        return std::nullopt;
    m_seen.clear();
    m_isOver = answer == Answer::Password || !m_unsent.password;
    return answer;
}

std::optional<LoginDialogue::Clock::time_point> LoginDialogue::dueAt() const
{
    if (m_isOver)
        return std::nullopt;
    return m_settledAt ? std::min(*m_settledAt, m_until) : m_until;
}

void LoginDialogue::stop()
{
    m_isOver = true;
    m_settledAt.reset();
    m_seen.clear();
}

} // namespace agent
