#include "ssh/authprompter.h"

#include "backend/backendport.h"
#include "platform/sockets.h"

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype kMaxQuestion = 2000;
constexpr qsizetype kMaxAnswer = 1024;
/// Keys wake the connection of the terminal; a jump host asks from a thread of its own, which looks this often.
constexpr auto kLookAgain = 50ms;

/// What a server says before anyone is logged in may hold lines, and no control characters.
QByteArray cleaned(const QString &text)
{
    QString clean;
    for (const QChar c : text.first(qMin(text.size(), kMaxQuestion))) {
        if (c == u'\n')
            clean += "\r\n"_L1;
        else if (c.isPrint() || c == u'\t' || c.isSurrogate())
            clean += c;
    }
    return clean.toUtf8();
}

enum class Typed { More, Done, GivenUp };

/// Takes one key into the line that is being typed.
Typed takeKey(char key, QByteArray &line)
{
    switch (key) {
    case '\r':
    case '\n':
        return Typed::Done;
    case '\x03':
    case '\x04':
        return Typed::GivenUp;
    case '\x15': // Ctrl-U
        line.clear();
        return Typed::More;
    case '\x7f':
    case '\b':
        while (!line.isEmpty() && (line.back() & 0xc0) == 0x80)
            line.chop(1);
        line.chop(1);
        return Typed::More;
    default:
        if (line.size() < kMaxAnswer)
            line += key;
        return Typed::More;
    }
}

} // namespace

AuthPrompter::AuthPrompter(std::shared_ptr<BackendPort> port)
    : m_port(std::move(port))
{
}

std::optional<Secret> AuthPrompter::ask(const QString &question, bool isEchoed, const std::shared_ptr<StopSignal> &stop)
{
    m_port->reportAsking();
    m_port->speak(cleaned(question));
    QByteArray line;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!stop->isStopped() && !m_port->isLeft() && std::chrono::steady_clock::now() < until) {
        auto item = m_port->inputForWorker().take();
        if (!item) {
            PollEntry entry{stop->wakeup()->descriptor(), POLLIN, 0};
            pollSockets(&entry, 1, int(std::chrono::milliseconds(kLookAgain).count()));
            stop->wakeup()->clear();
            continue;
        }
        auto *bytes = std::get_if<QByteArray>(&*item);
        if (!bytes)
            continue; // a size: the shell gets the last one when it is there
        for (qsizetype i = 0; i < bytes->size(); ++i) {
            const QByteArray before = line;
            const Typed typed = takeKey((*bytes)[i], line);
            if (typed == Typed::More) {
                if (isEchoed && line.size() > before.size())
                    m_port->speak(line.last(1));
                else if (isEchoed && line.size() < before.size())
                    m_port->speak(QByteArray("\b \b").repeated(before.size() - line.size()));
                continue;
            }
            m_port->inputForWorker().putBack(bytes->sliced(i + 1));
            m_port->speak("\r\n");
            if (typed == Typed::GivenUp)
                return std::nullopt;
            Secret answer{QByteArrayView(line)};
            wipe(line);
            return answer;
        }
        m_port->inputForWorker().putBack({});
    }
    return std::nullopt;
}

void AuthPrompter::tell(const QString &text)
{
    m_port->reportAsking();
    m_port->speak(cleaned(text));
}

} // namespace agent
