#pragma once

#include "backend/stopsignal.h"
#include "core/result.h"
#include "platform/sockets.h"
#include "ssh/algorithms.h"
#include "ssh/hostkey.h"
#include "ssh/sshhandle.h"

#include <chrono>
#include <memory>
#include <optional>

namespace agent {

/// One libssh session over a connected socket, never blocking inside the library: every wait is ours, and ends at its
/// deadline or at once when the connection is stopped. Stays on the thread that made it.
class SshSession
{
public:
    using Clock = std::chrono::steady_clock;

    /// Takes the socket over. `user` is sent with the login.
    SshSession(UniqueSocket socket, const QString &host, const QString &user, const AlgorithmLists &algorithms,
               std::shared_ptr<StopSignal> stop);
    ~SshSession();
    SshSession(const SshSession &) = delete;
    SshSession &operator=(const SshSession &) = delete;

    [[nodiscard]] ssh_session handle() const { return m_session; }

    /// Version exchange and key exchange, up to the point where the host key is known and nothing else is sent.
    Status exchangeKeys(Clock::time_point deadline);
    /// Whether `exchangeKeys` failed because the two sides had no algorithm in common.
    [[nodiscard]] bool hadNoCommonAlgorithm() const;
    [[nodiscard]] Result<HostKey> hostKey() const;

    /// Repeats a non-blocking call of libssh until it returns something else than `again`.
    /// @return that; Cancelled when stopped, ConnectionFailed at the deadline
    template <typename Call>
    Result<int> complete(int again, Clock::time_point deadline, Call call)
    {
        for (;;) {
            const int rc = call();
            if (rc != again)
                return rc;
            if (auto waited = waitForPeer(deadline); !waited)
                return std::move(waited).error();
        }
    }

    [[nodiscard]] QString errorText() const { return sshErrorText(m_session); }
    [[nodiscard]] bool isConnected() const { return ssh_is_connected(m_session) != 0; }
    /// Bytes that have come in so far: any of them is a sign of life.
    [[nodiscard]] quint64 bytesReceived() const { return m_socketCounter.in_bytes; }
    /// The peer makes us answer and does not read the answers, which libssh keeps: nothing honest does that for long.
    /// To be asked after each turn of the transport.
    [[nodiscard]] bool isPeerFlooding();
    /// Asks the peer for a sign of life (`keepalive@openssh.com`, with a reply wanted).
    void sendKeepalive();
    /// Whether no probe waits for its answer: libssh would take that answer for the one of another global request.
    [[nodiscard]] bool isGlobalRequestFree();
    /// Says good-bye ("disconnected by application") and closes the socket.
    void disconnect();

private:
    Status waitForPeer(Clock::time_point deadline);
    static int refuse(ssh_session, ssh_message, void *);

    const std::shared_ptr<StopSignal> m_stop;
    ssh_session m_session;
    ssh_counter_struct m_socketCounter{};
    ssh_counter_struct m_packetCounter{};
    bool m_isProbing = false;
    quint64 m_packetsTaken = 0; ///< sent when the socket last had taken all
};

} // namespace agent
