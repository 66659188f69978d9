#pragma once

#include "core/error.h"

#include <QByteArray>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace agent {

/// Cuts what the far side sends into the pieces its user gets. On the connection's thread.
class PipeFramer
{
public:
    virtual ~PipeFramer() = default;
    /// Takes all of `bytes`, and adds the pieces that are complete. @return false when they cannot be what the far side
    /// should send: the pipe ends
    [[nodiscard]] virtual bool take(QByteArrayView bytes, std::vector<QByteArray> &pieces) = 0;
};

/// Passes everything on as it comes.
class PlainFramer final : public PipeFramer
{
public:
    bool take(QByteArrayView bytes, std::vector<QByteArray> &pieces) override
    {
        pieces.push_back(bytes.toByteArray());
        return true;
    }
};

/// How a pipe ended.
struct PipeEnd
{
    enum class How {
        Failed,         ///< connecting or logging in failed
        ChannelRefused, ///< the server opens no (further) channel on this connection
        Refused,        ///< the server does not run what was asked for
        Malformed,      ///< what came cannot be framed
        Lost,           ///< the connection broke
        Closed,         ///< the far side ended
    };

    How how = How::Lost;
    Error error;                      ///< for all of them
    std::optional<int> exitCode = {}; ///< when Closed, if it was told
    QByteArray errors = {};           ///< the beginning of what came on standard error
};

/// What has happened since it was last asked for.
struct PipeNews
{
    bool isOpen = false;    ///< the far side runs
    bool isDrained = false; ///< all that was sent is on its way (after `announceDrained`)
    std::vector<QByteArray> pieces;
    std::optional<PipeEnd> end; ///< the last news
};

/// What goes first when there is a choice; within a lane, order is kept.
enum class PipeLane { Urgent, Bulk };

/// What an SshPipe and its channel on the connection's thread share. Thread-safe.
///
/// Bounded towards the user: above `kMaxReceived` untaken bytes the channel reads nothing, and the far side waits.
/// What is sent is bounded by the sender, who is told how much is on its way.
class PipeLink
{
public:
    static constexpr qint64 kMaxReceived = 8 * 1024 * 1024;

    /// `announce` is called on any thread when there is news, once until it is taken.
    explicit PipeLink(std::function<void()> announce)
        : m_announce(std::move(announce))
    {
    }

    // The user's side
    void send(QByteArray bytes, PipeLane lane);
    /// After all that was sent, the far side's input ends.
    void endInput();
    [[nodiscard]] PipeNews take();
    /// Tells, once, when everything that was sent so far has been handed over to the SSH transport.
    void announceDrained();
    /// Nobody listens any more: the channel closes. No announcement comes after this.
    void abandon();
    /// Bytes handed over to the SSH transport so far.
    [[nodiscard]] quint64 bytesSent() const { return m_bytesSent; }

    // The channel's side
    struct Sending
    {
        QByteArray bytes;
        bool isLast = false; ///< nothing more comes, not even these
    };
    [[nodiscard]] std::optional<Sending> nextToSend();
    void noteSent(qint64 count) { m_bytesSent += quint64(count); }
    [[nodiscard]] bool wantsMore() const { return m_received < kMaxReceived; }
    [[nodiscard]] bool isAbandoned() const { return m_isAbandoned; }
    void reportOpen();
    void add(std::vector<QByteArray> pieces);
    /// Later reports do nothing.
    void reportEnd(PipeEnd end);

private:
    void announce(); ///< under the mutex, like the next one
    void noteDrained();

    std::atomic<bool> m_isAbandoned = false;
    std::atomic<qint64> m_received = 0;
    std::atomic<quint64> m_bytesSent = 0;
    std::mutex m_mutex;
    std::function<void()> m_announce;
    bool m_isAnnounced = false;
    bool m_hasEnded = false;
    bool m_inputEnds = false;
    bool m_wantsDrained = false;
    std::deque<QByteArray> m_urgent;
    std::deque<QByteArray> m_bulk;
    PipeNews m_news;
};

} // namespace agent
