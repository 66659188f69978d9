#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

using CURL = void;
using CURLM = void;

namespace agent {

class Transfer;

/// Where curl works: one thread for all transfers, started by the first one. After a minute without any it ends, and
/// with it go the kept connections and the loaded authorities. The functions are for the main thread.
class TransferThread
{
public:
    TransferThread() = default;
    ~TransferThread() { stop(); }
    TransferThread(const TransferThread &) = delete;
    TransferThread &operator=(const TransferThread &) = delete;

    /// Ends what runs, without news, and waits for the thread; nothing starts any more.
    void stop();
    void start(std::shared_ptr<Transfer> transfer);
    void resume(std::shared_ptr<Transfer> transfer);
    void cancel(std::shared_ptr<Transfer> transfer);

private:
    enum class Verb { Start, Resume, Cancel };
    struct Command
    {
        Verb verb;
        std::shared_ptr<Transfer> transfer;
    };

    void post(Command command);
    void run();
    void obey(const Command &command);
    void reap();
    void drop(Transfer *transfer);
    [[nodiscard]] std::vector<Command> takeCommands();
    /// Whether nobody wants anything any more; then no command gets in until a new thread runs.
    [[nodiscard]] bool retire();
    [[nodiscard]] bool isToStop();

    std::mutex m_mutex;
    std::vector<Command> m_commands;
    CURLM *m_wakeable = nullptr; ///< the thread's m_multi, while it listens
    bool m_isRunning = false;
    bool m_isStopping = false;

    // The thread's own
    struct Running
    {
        CURL *handle;
        std::shared_ptr<Transfer> transfer;
    };
    CURLM *m_multi = nullptr;
    std::unordered_map<Transfer *, Running> m_running; ///< what curl works on

    std::thread m_thread;
};

} // namespace agent
