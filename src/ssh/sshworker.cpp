#include "ssh/sshworker.h"

#include "backend/keypriority.h"
#include "backend/tcpconnect.h"
#include "backend/workerthreads.h"
#include "ssh/jumplink.h"
#include "ssh/sshauthenticator.h"
#include "ssh/sshlog.h"

#include <algorithm>
#include <iterator>

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
    std::optional<Error> closedFor;
    {
        const std::scoped_lock lock(m_mutex);
        closedFor = m_closedFor;
        if (!closedFor)
            m_channels.push_back(std::move(channel));
    }
    if (closedFor)
        channel->transportFailed(*closedFor);
}

std::vector<std::unique_ptr<SshChannel>> SshChannelQueue::takeAll()
{
    const std::scoped_lock lock(m_mutex);
    return std::exchange(m_channels, {});
}

std::vector<std::unique_ptr<SshChannel>> SshChannelQueue::close(const Error &reason)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_closedFor)
        m_closedFor = reason;
    return std::exchange(m_channels, {});
}

bool SshChannelQueue::isClosed() const
{
    const std::scoped_lock lock(m_mutex);
    return m_closedFor.has_value();
}

SshWorker::SshWorker(SshContext context, SshTarget target, std::shared_ptr<AuthPrompter> prompter,
                     std::shared_ptr<StopSignal> stop, std::shared_ptr<SshChannelQueue> queue)
    : m_context(std::move(context))
    , m_target(std::move(target))
    , m_prompter(std::move(prompter))
    , m_stop(std::move(stop))
    , m_queue(std::move(queue))
{
}

SshWorker::~SshWorker() = default;

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
    m_takers.clear();
    m_channels.clear();
    // Whoever still gave us a channel meanwhile hears of the end like the others.
    failChannels(Error{ErrorCode::ConnectionFailed, u"the connection is closed"_s});
    if (m_session)
        m_session->disconnect();
}

bool SshWorker::canWrite() const
{
    const bool isFree = !isWritePending();
    m_isWriteAwaited = m_isWriteAwaited || !isFree;
    return isFree;
}

bool SshWorker::isWritePending() const { return (ssh_get_poll_flags(m_session->handle()) & SSH_WRITE_PENDING) != 0; }

bool SshWorker::hasNewsForSteps() const
{
    return m_isWakeTaken || m_session->bytesReceived() != m_bytesBeforeStep || (m_isWriteAwaited && !isWritePending());
}

void SshWorker::watch(SocketHandle socket, short events)
{
    if (!m_event)
        return;
    if (m_watched.erase(socket) != 0)
        ssh_event_remove_fd(m_event.get(), socket);
    if (events != 0 && ssh_event_add_fd(m_event.get(), socket, events, onSocket, this) == SSH_OK)
        m_watched.insert(socket);
}

short SshWorker::ready(SocketHandle socket) const
{
    const auto entry = m_ready.find(socket);
    return entry == m_ready.end() ? short(0) : entry->second;
}

bool SshWorker::claimGlobalRequest(const SshChannel *claimant)
{
    if (m_requester != claimant && (m_requester || !m_session->isGlobalRequestFree()))
        return false;
    m_requester = claimant;
    return true;
}

Status SshWorker::establish()
{
    auto deadline = Clock::now() + m_target.connectTimeout;
    auto set = m_target.legacy ? AlgorithmSet::Legacy : AlgorithmSet::Modern;
    Status exchanged = exchangeKeys(set, deadline);
    if (!exchanged && set == AlgorithmSet::Modern && m_session && m_session->hadNoCommonAlgorithm()) {
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
    return authenticate({*m_session, m_target.host, m_target.connectTimeout, m_stop, m_prompter.get()}, m_target.login);
}

Result<UniqueSocket> SshWorker::dial(Clock::time_point &deadline)
{
    if (!m_target.via && !m_jump)
        return connectTcp(m_target.host, m_target.port, deadline, m_stop, *m_context.threads);
    if (!m_jump)
        m_jump = std::make_unique<JumpLink>(m_context, std::exchange(m_target.via, {}), m_prompter);
    auto stream = m_jump->dial(m_target.host, m_target.port, m_target.connectTimeout, m_stop);
    deadline = Clock::now() + m_target.connectTimeout; // the jump's log-in is not this server's time
    return stream;
}

Status SshWorker::exchangeKeys(AlgorithmSet set, Clock::time_point &deadline)
{
    m_session.reset();
    auto trust = m_context.knownHosts->trustFor(m_target.host, m_target.port);
    if (!trust)
        return std::move(trust).error();
    auto socket = dial(deadline);
    if (!socket)
        return std::move(socket).error();
    m_session = std::make_unique<SshSession>(
        std::move(*socket), m_target.host, m_target.login.username,
        algorithmsFor(set, typesOf(*trust), m_target.isForBulk ? CipherOrder::Bulk : CipherOrder::Usual), m_stop);
    m_callbacks.userdata = this;
    m_callbacks.channel_open_request_forwarded_tcpip_function = onForwarded;
    ssh_callbacks_init(&m_callbacks);
    ssh_set_callbacks(m_session->handle(), &m_callbacks);
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
    m_event.reset(ssh_event_new());
    if (!m_event || ssh_event_add_session(m_event.get(), m_session->handle()) != SSH_OK ||
        ssh_event_add_fd(m_event.get(), m_stop->wakeup()->descriptor(), POLLIN, onWake, this) != SSH_OK)
        return failChannels(Error{ErrorCode::Internal, u"out of memory"_s});
    if (m_target.keepalive > 0ms)
        m_nextProbe = Clock::now() + m_target.keepalive;
    m_bytesHeard = m_session->bytesReceived();

    const auto dropEvent = [this] { // freeing it does not free what watches its sockets
        for (const SocketHandle socket : std::exchange(m_watched, {}))
            ssh_event_remove_fd(m_event.get(), socket);
        ssh_event_remove_fd(m_event.get(), m_stop->wakeup()->descriptor());
        m_event.reset();
    };
    bool isAlive = true, isFlooding = false;
    while (isAlive && !isFlooding && m_session->isConnected()) {
        // Channels let libssh poll too, by writing or opening: what it takes or sends from here on may be the business
        // of a channel that has had its step, and keeps the turn from waiting.
        m_isWakeTaken = false;
        m_isWriteAwaited = false;
        m_bytesBeforeStep = m_session->bytesReceived();
        if (m_stop->isStopped())
            break;
        takeNewChannels();
        const auto wakeAt = stepChannels();
        isAlive = isPeerAlive();
        if (!isAlive)
            break;
        letFloodGather();
        turn(std::min(wakeAt, m_nextProbe));
        isFlooding = m_session->isPeerFlooding();
    }
    dropEvent();
    if (m_stop->isStopped())
        return;
    const QString why = isFlooding ? u"the remote host asks without end and reads no answer"_s
                        : isAlive  ? lossReason()
                                   : u"the remote host no longer answers"_s;
    loseChannels(u"the connection was lost: "_s + why);
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

QString SshWorker::lossReason() const
{
    const QString jumpReason = m_jump ? m_jump->lossReason() : QString();
    return jumpReason.isEmpty() ? m_session->errorText() : jumpReason;
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
        if (const auto wait = channel->step(*this))
            wakeAt = std::min(wakeAt, Clock::now() + *wait);
    }
    m_ready.clear();
    std::erase_if(m_channels, [](const auto &channel) { return channel->isOver(); });
    if (!m_added.empty()) {
        std::ranges::move(std::exchange(m_added, {}), std::back_inserter(m_channels));
        wakeAt = Clock::now(); // they have not been stepped yet
    }
    return wakeAt;
}

void SshWorker::turn(Clock::time_point wakeAt)
{
    int timeout = -1;
    if (hasNewsForSteps()) {
        timeout = 0;
    } else if (wakeAt != Clock::time_point::max()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wakeAt - Clock::now());
        timeout = int(std::clamp<qint64>(wait.count(), 0, 3'600'000));
    }
    m_woken = false;
    int rc = ssh_event_dopoll(m_event.get(), timeout);
    for (int turns = 1; rc != SSH_AGAIN && rc != SSH_ERROR && !m_woken && turns < kTurnsPerRound; ++turns)
        rc = ssh_event_dopoll(m_event.get(), 0);
    m_isDrained = rc == SSH_AGAIN;
}

void SshWorker::letFloodGather()
{
    const bool isDrained = std::exchange(m_isDrained, false);
    const auto keys = std::chrono::ceil<std::chrono::milliseconds>(KeyPriority::ofProcess().left(Clock::now()));
    const auto isFlooded = [](const auto &channel) { return channel->isFlooded(); };
    if ((!isDrained && keys == 0ms) || m_channels.empty() || !std::ranges::all_of(m_channels, isFlooded) ||
        isWritePending())
        return;
    PollEntry entry{m_stop->wakeup()->descriptor(), POLLIN, 0};
    pollSockets(&entry, 1, isDrained ? kGatherMs : int(keys.count())); // input or a reader that caught up ends it
}

bool SshWorker::isPeerAlive()
{
    if (m_target.keepalive <= 0ms)
        return true;
    const auto now = Clock::now();
    const quint64 received = m_session->bytesReceived();
    if (std::exchange(m_bytesHeard, received) != received) { // the silence starts anew
        m_unansweredProbes = 0;
        m_nextProbe = now + m_target.keepalive;
    }
    if (now < m_nextProbe)
        return true;
    if (m_unansweredProbes == kProbesUntilLost)
        return false;
    ++m_unansweredProbes;
    if (!m_requester) // else a request is waiting for an answer already, which is as good a probe
        m_session->sendKeepalive();
    // By default all three probes fit into three intervals of silence: the first after one, the others every two
    // thirds.
    m_nextProbe = now + m_target.answerLimit.value_or(2 * m_target.keepalive) / kProbesUntilLost;
    return true;
}

void SshWorker::failChannels(const Error &error)
{
    std::ranges::move(m_queue->close(error), std::back_inserter(m_channels));
    for (const auto &channel : m_channels)
        channel->transportFailed(error);
    m_channels.clear();
}

void SshWorker::loseChannels(const QString &reason)
{
    auto late = m_queue->close(Error{ErrorCode::ConnectionFailed, reason});
    for (const auto &channel : m_channels)
        channel->transportLost(reason);
    for (const auto &channel : late)
        channel->transportFailed(Error{ErrorCode::ConnectionFailed, reason});
}

int SshWorker::onWake(socket_t, int, void *self)
{
    auto *worker = static_cast<SshWorker *>(self);
    worker->m_stop->wakeup()->clear();
    worker->m_woken = true;
    worker->m_isWakeTaken = true;
    return 0;
}

int SshWorker::onSocket(socket_t socket, int events, void *self)
{
    auto *worker = static_cast<SshWorker *>(self);
    worker->m_woken = true;
    worker->m_ready[socket] |= short(events);
    return 0;
}

ssh_channel SshWorker::onForwarded(ssh_session session, const char *address, int port, const char *, int, void *self)
{
    auto *worker = static_cast<SshWorker *>(self);
    worker->m_woken = true;
    using Match = ForwardedTaker::Match;
    const auto matchOf = [&](const ForwardedTaker *taker) { return taker->match(address, port); };
    const auto best = std::ranges::max_element(worker->m_takers, {}, matchOf);
    if (best == worker->m_takers.end() || matchOf(*best) == Match::None)
        return nullptr; // which refuses it: nobody has asked for it
    ssh_channel channel = ssh_channel_new(session);
    if (channel)
        (*best)->take(channel);
    return channel;
}

} // namespace agent
