#pragma once

#include "backend/backendport.h"
#include "backend/stopsignal.h"
#include "platform/sockets.h"
#include "telnet/logindialogue.h"
#include "telnet/telnetstream.h"
#include "telnet/telnettarget.h"

#include <memory>
#include <optional>

namespace agent {

class WorkerThreads;

/// The thread side of a TelnetTerminal: connects, then moves bytes between socket and port until one of them ends.
/// It reads nothing while its reader is behind or the peer does not take the answers; it writes at all times.
class TelnetWorker
{
public:
    TelnetWorker(TelnetTarget target, std::shared_ptr<BackendPort> port, std::shared_ptr<StopSignal> stop,
                 std::shared_ptr<WorkerThreads> threads);

    void run(TerminalSize size);

private:
    using Clock = LoginDialogue::Clock;

    void serve();
    void takeInput();
    void answerLogin();
    void writeSocket();
    void dropOutgoing(int error);
    /// Once the connection has ended: why, or an empty text for a clean end.
    std::optional<QString> readSocket();
    std::optional<QString> checkPeer();
    void waitForWork(std::optional<Clock::duration> flushWait);
    [[nodiscard]] bool wantsToRead() const;

    TelnetTarget m_target;
    const std::shared_ptr<BackendPort> m_port;
    const std::shared_ptr<StopSignal> m_stop;
    const std::shared_ptr<WorkerThreads> m_threads;

    UniqueSocket m_socket;
    std::unique_ptr<TelnetStream> m_stream;
    std::optional<LoginDialogue> m_login;
    std::optional<Clock::time_point> m_nextCheck; ///< of a peer that owes us an acknowledgement
    std::optional<QString> m_loss;                ///< an error that a write met
    bool m_isReadable = false;
    bool m_isHungUp = false; ///< nothing more will come but what the system still holds
};

} // namespace agent
