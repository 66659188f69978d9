#include "ssh/sshworker.h"

#include "backend/tcpconnect.h"
#include "backend/workerthreads.h"
#include "ssh/sshauthenticator.h"
#include "ssh/sshlog.h"

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kHostKeyPromptTimeout = 120s; // contract 03 section 6.3
constexpr int kProbesUntilLost = 3;
/// Turns of libssh (4 KiB each) before the channels get to flush and write: enough to make their work cheap per
/// byte, short enough that a keystroke behind a flood is not held up.
constexpr int kTurnsPerRound = 16;
/// How long a flood may gather before it is read on. A far terminal writes a few lines at a time: without it, this
/// thread and the far side's would wake for every few of them, which costs more than handling them does.
constexpr int kGatherMs = 1;

QList<QByteArray> typesOf(const HostTrust &trust)
{
    QList<QByteArray> types;
    for (const HostKey &key : trust.trusted)
        types.append(key.type);
    return types;
}

} // namespace

void SshChannelQueue::push(std::unique_ptr<SshChannel> channel)
{
    const std::scoped_lock lock(m_mutex);
    m_channels.push_back(std::move(channel));
}

std::vector<std::unique_ptr<SshChannel>> SshChannelQueue::takeAll()
{
    const std::scoped_lock lock(m_mutex);
    return std::exchange(m_channels, {});
}

SshWorker::SshWorker(SshContext context, SshTarget target, UniqueSocket transport, std::shared_ptr<StopSignal> stop,
                     std::shared_ptr<SshChannelQueue> queue)
    : m_context(std::move(context))
    , m_target(std::move(target))
    , m_transport(std::move(transport))
    , m_hasGivenTransport(m_transport.isOpen())
    , m_stop(std::move(stop))
    , m_queue(std::move(queue))
{
}

void SshWorker::run()
{
    const Status established = establish();
    m_target.login = {}; // wiped: nothing after this needs it
    if (!established) {
        if (established.error().code != ErrorCode::Cancelled)
            qCInfo(lcSsh).noquote() << m_target.host << "port" << m_target.port
                                    << "not connected:" << wireCode(established.error().code);
        failChannels(established.error());
    } else {
        qCInfo(lcSsh).noquote() << m_target.host << "port" << m_target.port
                                << "connected:" << ssh_get_kex_algo(m_session->handle())
                                << ssh_get_cipher_in(m_session->handle());
        serve();
    }
    m_channels.clear();
    if (m_session)
        m_session->disconnect();
}

Status SshWorker::establish()
{
    auto deadline = Clock::now() + m_target.connectTimeout;
    auto set = m_target.legacy ? AlgorithmSet::Legacy : AlgorithmSet::Modern;
    Status exchanged = exchangeKeys(set, deadline);
    if (!exchanged && set == AlgorithmSet::Modern && m_session && m_session->hadNoCommonAlgorithm() &&
        !m_hasGivenTransport) {
        qCWarning(lcSsh).noquote() << m_target.host << "port" << m_target.port << "offers only legacy algorithms";
        exchanged = exchangeKeys(AlgorithmSet::Legacy, deadline);
    }
    if (!exchanged)
        return exchanged;
    auto trust = m_context.knownHosts->trustFor(m_target.host, m_target.port);
    if (!trust)
        return std::move(trust).error();
    if (auto checked = checkHostKey(*trust, deadline); !checked)
        return checked;
    return authenticate(*m_session, m_target.login, Clock::now() + m_target.connectTimeout);
}

Status SshWorker::exchangeKeys(AlgorithmSet set, Clock::time_point deadline)
{
    m_session.reset();
    auto trust = m_context.knownHosts->trustFor(m_target.host, m_target.port);
    if (!trust)
        return std::move(trust).error();
    UniqueSocket socket = std::move(m_transport);
    if (!socket.isOpen()) {
        auto connected = connectTcp(m_target.host, m_target.port, deadline, m_stop, *m_context.threads);
        if (!connected)
            return std::move(connected).error();
        socket = std::move(*connected);
    }
    m_session = std::make_unique<SshSession>(std::move(socket), m_target.host, m_target.login.username,
                                             algorithmsFor(set, typesOf(*trust)), m_stop);
    Status done = m_session->exchangeKeys(deadline);
    if (!done && done.error().code == ErrorCode::ConnectionFailed)
        return Error{
            ErrorCode::ConnectionFailed,
            u"cannot connect to %1 port %2: %3"_s.arg(m_target.host).arg(m_target.port).arg(done.error().message)};
    return done;
}

Status SshWorker::checkHostKey(const HostTrust &trust, Clock::time_point &deadline)
{
    auto offered = m_session->hostKey();
    if (!offered)
        return std::move(offered).error();
    const HostKeyPolicy &policy = m_context.hostKeys;
    HostKeyQuestion question{m_target.host, m_target.port, fingerprintOf(*offered), {}};
    Status stored;
    switch (judge(trust, *offered)) {
    case HostKeyVerdict::Known:
        return {};
    case HostKeyVerdict::Revoked:
        return revokedKeyError(m_target.host, m_target.port, *offered);
    case HostKeyVerdict::Unknown:
        if (policy.prompter && policy.askAboutUnknown) {
            auto approved = askPerson(std::move(question), deadline);
            if (!approved)
                return std::move(approved).error();
            if (!*approved)
                return Error{ErrorCode::ConnectionFailed, u"the host key of %1 was not approved"_s.arg(m_target.host)};
        }
        stored = m_context.knownHosts->pin(m_target.host, m_target.port, *offered);
        break;
    case HostKeyVerdict::Changed: {
        const HostKey recorded = supersededBy(trust, *offered);
        if (!policy.prompter)
            return changedKeyError(m_target.host, m_target.port, recorded, *offered);
        question.previousFingerprint = fingerprintOf(recorded);
        auto approved = askPerson(std::move(question), deadline);
        if (!approved)
            return std::move(approved).error();
        if (!*approved)
            return changedKeyError(m_target.host, m_target.port, recorded, *offered);
        stored = m_context.knownHosts->replace(m_target.host, m_target.port, *offered);
        break;
    }
    }
    // Not stored is asked or told again next time; a full disk is no reason to keep a person from a device.
    if (!stored)
        qCWarning(lcSsh).noquote() << "host key not stored:" << stored.error().message;
    return {};
}

Result<bool> SshWorker::askPerson(HostKeyQuestion question, Clock::time_point &deadline)
{
    enum { Open, Approved, Rejected };
    const auto answer = std::make_shared<std::atomic<int>>(Open);
    const auto ticket =
        m_context.hostKeys.prompter->ask(std::move(question), [answer, wakeup = m_stop->wakeup()](bool approved) {
            *answer = approved ? Approved : Rejected;
            wakeup->wake();
        });
    const auto until = Clock::now() + kHostKeyPromptTimeout;
    while (*answer == Open && !m_stop->isStopped() && Clock::now() < until) {
        PollEntry entry{m_stop->wakeup()->descriptor(), POLLIN, 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        pollSockets(&entry, 1, int(std::max<qint64>(left.count(), 0)));
        m_stop->wakeup()->clear();
    }
    if (m_stop->isStopped())
        return Error{ErrorCode::Cancelled, u"the connection was cancelled"_s};
    deadline = Clock::now() + m_target.connectTimeout; // a person's time is not the server's
    return *answer == Approved;
}

void SshWorker::serve()
{
    SshEventHandle event(ssh_event_new());
    if (!event || ssh_event_add_session(event.get(), m_session->handle()) != SSH_OK ||
        ssh_event_add_fd(event.get(), m_stop->wakeup()->descriptor(), POLLIN, onWake, this) != SSH_OK)
        return failChannels(Error{ErrorCode::Internal, u"out of memory"_s});
    if (m_target.keepalive > 0ms)
        m_nextProbe = Clock::now() + m_target.keepalive;
    m_bytesAtLastProbe = m_session->bytesReceived();

    const auto dropEvent = [this, &event] {
        if (event) // freeing it does not free what watches the wake-up
            ssh_event_remove_fd(event.get(), m_stop->wakeup()->descriptor());
        event.reset();
    };
    while (!m_stop->isStopped() && m_session->isConnected()) {
        takeNewChannels();
        const auto wakeAt = stepChannels();
        if (!isPeerAlive()) {
            dropEvent();
            loseChannels(u"the connection was lost: the remote host no longer answers"_s);
            break;
        }
        letFloodGather();
        turn(event, std::min(wakeAt, m_nextProbe));
    }
    dropEvent();
    if (!m_stop->isStopped() && !m_session->isConnected())
        loseChannels(u"the connection was lost: %1"_s.arg(m_session->errorText()));
    // What the far side said before it ended still goes to readers that are slow.
    while (!m_stop->isStopped()) {
        const auto wakeAt = stepChannels();
        if (m_channels.empty())
            return;
        PollEntry entry{m_stop->wakeup()->descriptor(), POLLIN, 0};
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wakeAt - Clock::now());
        pollSockets(&entry, 1, int(std::clamp<qint64>(wait.count(), 0, 60'000)));
        m_stop->wakeup()->clear();
    }
}

void SshWorker::takeNewChannels()
{
    for (auto &channel : m_queue->takeAll())
        m_channels.push_back(std::move(channel));
}

SshWorker::Clock::time_point SshWorker::stepChannels()
{
    auto wakeAt = Clock::time_point::max();
    for (const auto &channel : m_channels) {
        if (const auto wait = channel->step(m_session->handle()))
            wakeAt = std::min(wakeAt, Clock::now() + *wait);
    }
    std::erase_if(m_channels, [](const auto &channel) { return channel->isOver(); });
    return wakeAt;
}

void SshWorker::turn(SshEventHandle &event, Clock::time_point wakeAt)
{
    int timeout = -1;
    if (wakeAt != Clock::time_point::max()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wakeAt - Clock::now());
        timeout = int(std::clamp<qint64>(wait.count(), 0, 3'600'000));
    }
    m_woken = false;
    int rc = ssh_event_dopoll(event.get(), timeout);
    for (int turns = 1; rc != SSH_AGAIN && rc != SSH_ERROR && !m_woken && turns < kTurnsPerRound; ++turns)
        rc = ssh_event_dopoll(event.get(), 0);
    m_isDrained = rc == SSH_AGAIN;
}

void SshWorker::letFloodGather()
{
    const auto isFlooded = [](const auto &channel) { return channel->isFlooded(); };
    if (!std::exchange(m_isDrained, false) || m_channels.empty() || !std::ranges::all_of(m_channels, isFlooded) ||
        (ssh_get_poll_flags(m_session->handle()) & SSH_WRITE_PENDING) != 0)
        return;
    PollEntry entry{m_stop->wakeup()->descriptor(), POLLIN, 0};
    pollSockets(&entry, 1, kGatherMs); // input, or a reader that has caught up, ends it
}

bool SshWorker::isPeerAlive()
{
    const auto now = Clock::now();
    if (now < m_nextProbe)
        return true;
    const quint64 received = m_session->bytesReceived();
    if (std::exchange(m_bytesAtLastProbe, received) != received) {
        m_unansweredProbes = 0;
        m_nextProbe = now + m_target.keepalive;
        return true;
    }
    if (m_unansweredProbes == kProbesUntilLost)
        return false;
    ++m_unansweredProbes;
    m_session->sendKeepalive();
    // All three probes fit into three intervals of silence: the first after one, the others every two thirds.
    m_nextProbe = now + m_target.keepalive * 2 / 3;
    return true;
}

void SshWorker::failChannels(const Error &error)
{
    takeNewChannels();
    for (const auto &channel : m_channels)
        channel->transportFailed(error);
    m_channels.clear();
}

void SshWorker::loseChannels(const QString &reason)
{
    takeNewChannels();
    for (const auto &channel : m_channels)
        channel->transportLost(reason);
}

int SshWorker::onWake(socket_t, int, void *self)
{
    auto *worker = static_cast<SshWorker *>(self);
    worker->m_stop->wakeup()->clear();
    worker->m_woken = true;
    return 0;
}

} // namespace agent
