#include "app/singleinstance.h"

#include "app/healthprobe.h"
#include "platform/privatefile.h"
#include "platform/runningprocess.h"

#include <QCoreApplication>
#include <QFile>
#include <QLoggingCategory>

#include <charconv>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

Q_LOGGING_CATEGORY(lcInstance, "netstacks.instance")

constexpr qint64 kLockLimit = 64; // two numbers
constexpr auto kProbeLimit = 2s;
// An agent stops within two seconds of SIGTERM; one that did not even answer gets less, because the Terminal
// waits five seconds for our port in all.
constexpr auto kStopLimit = 2s;
constexpr auto kHungStopLimit = 500ms;
constexpr auto kKillLimit = 500ms;

template <typename Number>
std::optional<Number> parseNumber(std::string_view digits)
{
    Number number{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

} // namespace

std::optional<SingleInstance::Lock> SingleInstance::parse(QByteArrayView text)
{
    const QByteArrayView trimmed = text.trimmed();
    const qsizetype colon = trimmed.indexOf(':');
    if (colon < 0)
        return std::nullopt;
    const auto pid = parseNumber<qint64>(trimmed.first(colon));
    const auto port = parseNumber<quint16>(trimmed.sliced(colon + 1));
    return pid && port ? std::optional(Lock{*pid, *port}) : std::nullopt;
}

std::optional<SingleInstance::Lock> SingleInstance::read() const
{
    const auto bytes = readSmallFile(m_lockFile, kLockLimit);
    return bytes ? parse(*bytes) : std::nullopt;
}

void SingleInstance::evictPredecessor()
{
    const auto lock = read();
    if (!lock || lock->pid <= 1 || lock->pid == QCoreApplication::applicationPid())
        return;

    const auto process = findProcess(lock->pid);
    if (!process) {
        QFile::remove(m_lockFile); // its agent was killed, as the Terminal does at every exit
        return;
    }
    // The id in a stale lock may be anybody's by now, and so may the port.
    if (!process->programName().startsWith("netstacks-agent"_L1) || !process->belongsToThisUser() ||
        !process->listensOn(lock->port)) {
        qCWarning(lcInstance) << "the lock names process" << lock->pid << "which is no agent of ours; leaving it alone";
        return;
    }
    const Health health = probeHealth(lock->port, kProbeLimit);
    if (health == Health::Foreign) {
        qCWarning(lcInstance) << "process" << lock->pid << "does not answer like an agent; leaving it alone";
        return;
    }

    qCInfo(lcInstance) << "taking over from the agent with process id" << lock->pid;
    process->requestStop();
    if (!process->waitForExit(health == Health::Silent ? kHungStopLimit : kStopLimit)) {
        qCWarning(lcInstance) << "process" << lock->pid << "does not stop; killing it";
        process->kill();
        if (!process->waitForExit(kKillLimit))
            qCWarning(lcInstance) << "process" << lock->pid << "is still there";
    }
    if (read() == lock)
        QFile::remove(m_lockFile);
}

void SingleInstance::announce(quint16 port)
{
    const QByteArray text = QByteArray::number(QCoreApplication::applicationPid()) + ':' + QByteArray::number(port);
    const Status written = writePrivateFile(m_lockFile, text, Durable::No);
    if (!written)
        qCWarning(lcInstance).noquote() << written.error().message;
    m_announced = written.ok();
}

void SingleInstance::release()
{
    if (!std::exchange(m_announced, false))
        return;
    if (const auto lock = read(); lock && lock->pid == QCoreApplication::applicationPid())
        QFile::remove(m_lockFile);
}

} // namespace agent
