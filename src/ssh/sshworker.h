#pragma once

#include "core/result.h"
#include "ssh/hostkeyverifier.h"
#include "ssh/sshchannel.h"
#include "ssh/sshsession.h"
#include "ssh/sshtarget.h"

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace agent {

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

private:
    std::mutex m_mutex;
    std::vector<std::unique_ptr<SshChannel>> m_channels;
};

/// The thread side of an SshConnection: connects, checks the host key, logs in, then serves its channels until it is
/// stopped or the transport breaks. No authentication byte leaves before the verdict on the host key.
class SshWorker
{
public:
    SshWorker(SshContext context, SshTarget target, UniqueSocket transport, std::shared_ptr<StopSignal> stop,
              std::shared_ptr<SshChannelQueue> queue);

    void run();

private:
    using Clock = SshSession::Clock;

    Status establish();
    Status exchangeKeys(AlgorithmSet set, Clock::time_point deadline);
    Status checkHostKey(const HostTrust &trust, Clock::time_point &deadline);
    Result<bool> askPerson(HostKeyQuestion question, Clock::time_point &deadline);

    void serve();
    void takeNewChannels();
    Clock::time_point stepChannels();
    void turn(SshEventHandle &event, Clock::time_point wakeAt);
    void letFloodGather();
    bool isPeerAlive();
    void failChannels(const Error &error);
    void loseChannels(const QString &reason);
    static int onWake(socket_t, int, void *self);

    const SshContext m_context;
    SshTarget m_target;
    UniqueSocket m_transport; ///< given by the owner (a jump); closed: we connect ourselves
    const bool m_hasGivenTransport;
    const std::shared_ptr<StopSignal> m_stop;
    const std::shared_ptr<SshChannelQueue> m_queue;

    std::unique_ptr<SshSession> m_session;
    std::vector<std::unique_ptr<SshChannel>> m_channels; // before the session in destruction: they free through it
    bool m_woken = false;
    bool m_isDrained = false; ///< the last turn read all there was

    Clock::time_point m_nextProbe = Clock::time_point::max();
    quint64 m_bytesAtLastProbe = 0;
    int m_unansweredProbes = 0;
};

} // namespace agent
