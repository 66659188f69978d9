#pragma once

#include "core/result.h"
#include "ssh/hostkeyverifier.h"
#include "ssh/sshchannel.h"
#include "ssh/sshsession.h"
#include "ssh/sshtarget.h"

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace agent {

class JumpLink;
class AuthPrompter;
class WorkerThreads;

/// What every SSH connection of the process shares.
struct SshContext
{
    std::shared_ptr<WorkerThreads> threads;
    std::shared_ptr<KnownHosts> knownHosts;
    HostKeyPolicy hostKeys = {};
};

/// The channels that the owner of a connection hands to its worker. Thread-safe.
class SshChannelQueue
{
public:
    void push(std::unique_ptr<SshChannel> channel);
    [[nodiscard]] std::vector<std::unique_ptr<SshChannel>> takeAll();
    /// The connection is over for `reason`: what is pushed from now on is told so at once. @return what was waiting
    [[nodiscard]] std::vector<std::unique_ptr<SshChannel>> close(const Error &reason);
    [[nodiscard]] bool isClosed() const;

private:
    mutable std::mutex m_mutex;
    std::vector<std::unique_ptr<SshChannel>> m_channels;
    std::optional<Error> m_closedFor;
};

/// The thread side of an SshConnection: connects, checks the host key, logs in, then serves its channels until it is
/// stopped or the transport breaks. No authentication byte leaves before the verdict on the host key.
class SshWorker final : private SshChannelHost
{
public:
    SshWorker(SshContext context, SshTarget target, std::shared_ptr<AuthPrompter> prompter,
              std::shared_ptr<StopSignal> stop, std::shared_ptr<SshChannelQueue> queue);
    ~SshWorker();

    void run();

private:
    using Clock = SshSession::Clock;

    // SshChannelHost
    ssh_session session() const override { return m_session->handle(); }
    bool canWrite() const override;
    void watch(SocketHandle socket, short events) override;
    short ready(SocketHandle socket) const override;
    bool claimGlobalRequest(const SshChannel *claimant) override;
    void releaseGlobalRequest() override { m_requester = nullptr; }
    void addTaker(ForwardedTaker *taker) override { m_takers.push_back(taker); }
    void removeTaker(ForwardedTaker *taker) override { std::erase(m_takers, taker); }
    void add(std::unique_ptr<SshChannel> channel) override { m_added.push_back(std::move(channel)); }

    bool isWritePending() const;
    /// Something happened while the channels were stepped that one of them may have to hear of.
    bool hasNewsForSteps() const;
    Status establish();
    Result<UniqueSocket> dial(Clock::time_point &deadline);
    Status exchangeKeys(AlgorithmSet set, Clock::time_point &deadline);
    Status checkHostKey(const HostTrust &trust, Clock::time_point &deadline);
    Result<bool> askPerson(HostKeyQuestion question, Clock::time_point &deadline);

    void serve();
    void takeNewChannels();
    Clock::time_point stepChannels();
    void turn(Clock::time_point wakeAt);
    void letFloodGather();
    bool isPeerAlive();
    /// No transport from here on: tells every channel, and whoever still comes.
    void failChannels(const Error &error);
    void loseChannels(const QString &reason);
    QString lossReason() const;
    static int onWake(socket_t, int, void *self);
    static int onSocket(socket_t, int, void *self);
    static ssh_channel onForwarded(ssh_session session, const char *address, int port, const char *, int, void *self);

    const SshContext m_context;
    SshTarget m_target;
    const std::shared_ptr<AuthPrompter> m_prompter;
    const std::shared_ptr<StopSignal> m_stop;
    const std::shared_ptr<SshChannelQueue> m_queue;

    std::unique_ptr<JumpLink> m_jump; ///< outlives the session that runs through it
    std::unique_ptr<SshSession> m_session;
    SshEventHandle m_event; ///< while channels are served
    std::unordered_set<SocketHandle> m_watched;
    std::unordered_map<SocketHandle, short> m_ready; ///< since the channels were last stepped
    ssh_callbacks_struct m_callbacks{};
    std::vector<ForwardedTaker *> m_takers;              ///< channels of ours
    const SshChannel *m_requester = nullptr;             ///< whose global request is under way
    std::vector<std::unique_ptr<SshChannel>> m_added;    ///< by channels being stepped
    std::vector<std::unique_ptr<SshChannel>> m_channels; // before the session in destruction: they free through it
    bool m_woken = false;
    bool m_isWakeTaken = false;            ///< a wake-up was taken since the loop last looked what it may be about
    mutable bool m_isWriteAwaited = false; ///< a channel was told that it cannot write
    quint64 m_bytesBeforeStep = 0;
    bool m_isDrained = false; ///< the last turn read all there was

    Clock::time_point m_nextProbe = Clock::time_point::max();
    quint64 m_bytesHeard = 0;
    int m_unansweredProbes = 0;
};

} // namespace agent
