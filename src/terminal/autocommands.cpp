#include "terminal/autocommands.h"

#include "backend/prompt.h"

namespace agent {

namespace {

/// No prompt is longer, escape sequences included.
constexpr qsizetype kMaxSeen = 4096;

} // namespace

AutoCommands::AutoCommands(QStringList commands, StartAt start, QObject *parent)
    : QObject(parent)
    , m_commands(std::move(commands))
    , m_start(start)
{
    m_silence.setSingleShot(true);
    m_silence.setInterval(kSettleTime);
    connect(&m_silence, &QTimer::timeout, this, &AutoCommands::sendIfPrompted);
}

void AutoCommands::observe(QStringView output)
{
    if (isDone())
        return;
    m_seen += output.last(qMin(output.size(), kMaxSeen));
    if (m_seen.size() > kMaxSeen)
        m_seen = m_seen.last(kMaxSeen);
    m_silence.start();
}

void AutoCommands::sendIfPrompted()
{
    const bool isPrompted =
        m_start == StartAt::PromptAfterLogin ? endsInPromptAfterLogin(m_seen) : endsInPrompt(m_seen);
    if (isDone() || !isPrompted)
        return;
    m_start = StartAt::AnyPrompt;
    m_seen.clear();
    Q_EMIT commandDue(m_commands.takeFirst().toUtf8() + '\r');
}

} // namespace agent
