#pragma once

#include "backend/flushpolicy.h"
#include "backend/inputqueue.h"
#include "platform/wakeup.h"

#include <QByteArray>
#include <QString>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

namespace agent {

class ThreadedBackend;

/// What a ThreadedBackend on the main thread and its worker share: input one way, output and the end the other way.
///
/// Output is coalesced here, on the worker, so that a flood costs the main loop one event per 64 KiB; the loop handles
/// one such piece a turn, so that no flood keeps it from another terminal's keys. And it is bounded:
/// above `kMaxInFlight` undelivered bytes the worker is asked to stop reading its source until the main thread has
/// caught up. Nothing is delivered once the backend has called `leave`.
class BackendPort
{
public:
    /// One piece being handled and some on their way: enough to keep both threads busy, small enough to forget.
    static constexpr qint64 kMaxInFlight = 4 * FlushPolicy::kFullPiece;

    BackendPort(ThreadedBackend *backend, std::shared_ptr<Wakeup> wakeup);

    // Main thread
    void leave(); ///< the backend goes: the worker hangs up, later news are dropped
    void setPaused(bool paused);
    void writeBytes(const QByteArray &bytes);
    void writeSize(TerminalSize size);
    [[nodiscard]] const InputQueue &input() const { return m_input; }
    /// The oldest piece of output; empty when there is none. When there are more, `ThreadedBackend::takeOutput` is
    /// called again in a later turn of the event loop.
    [[nodiscard]] QByteArray takePiece();
    void outputHandled(qint64 bytes);
    /// How long the oldest piece has to wait for another session's key (see KeyPriority); zero when it has not.
    [[nodiscard]] FlushPolicy::Clock::duration waitForKeys();

    // Worker
    [[nodiscard]] InputQueue &inputForWorker() { return m_input; }
    [[nodiscard]] bool isLeft() const { return m_left; }
    /// False while the source must wait.
    [[nodiscard]] bool wantsOutput() const;
    void addOutput(QByteArrayView bytes);
    /// Sends on what is due. @return how long the rest may wait; nothing when there is no rest.
    std::optional<FlushPolicy::Clock::duration> flushIfDue();
    /// More output than typing makes has come within the last moments.
    [[nodiscard]] bool isFlooded() const { return m_policy.isBusy(FlushPolicy::Clock::now()); }
    /// Waits a moment, or until there is input, if there is a flood here and a key on its way elsewhere.
    void letKeysPass();
    /// Bytes collected and not yet sent on.
    [[nodiscard]] qint64 bytesCollected() const { return m_collected.size(); }
    /// Text of our own before there is a shell, at once. Any thread.
    void speak(const QByteArray &text);
    /// A login wants answers from the person: what is typed is for it, until the news of the shell. Any thread.
    void reportAsking();
    void reportConnected();
    /// The three ends; each sends the rest of the output first and is the last thing delivered.
    void reportFailed(const QString &reason);
    void reportEnded();
    void reportLost(const QString &reason);

private:
    enum class News { Connected, Failed, Ended, Lost };

    void flush();
    void queuePiece(QByteArray piece); ///< under the mutex, with a backend
    void announceOutput();
    void deliver(News news, const QString &reason);
    template <typename F>
    void post(F &&call);

    const std::shared_ptr<Wakeup> m_wakeup;
    InputQueue m_input;
    std::atomic<bool> m_left = false;
    std::atomic<bool> m_paused = false;
    std::atomic<qint64> m_inFlight = 0;

    std::mutex m_backendMutex; ///< held while posting, so that the backend cannot go meanwhile
    ThreadedBackend *m_backend;
    std::deque<QByteArray> m_pieces; ///< on their way; at most kMaxInFlight bytes and what was read at once

    // Main thread only
    bool m_awaitsEcho = false; ///< the last key has not been answered

    // Worker only
    FlushPolicy m_policy;
    QByteArray m_collected;
    bool m_over = false;
};

} // namespace agent
