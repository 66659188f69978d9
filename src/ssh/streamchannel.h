#pragma once

#include "ssh/sshchannel.h"

#include <QByteArray>

#include <atomic>
#include <memory>

namespace agent {

/// Bytes that streams have carried so far. Any thread.
struct StreamCounters
{
    std::atomic<quint64> sent = 0;     ///< from the socket to the far side
    std::atomic<quint64> received = 0; ///< from the far side to the socket
};

/// Follows one StreamChannel. Called on the connection's thread; exactly one of `failed` and `closed` is the last.
class StreamObserver
{
public:
    virtual ~StreamObserver() = default;

    virtual void transportReady() {} ///< the transport is up, the stream is asked for
    virtual void opened() {}
    virtual void failed(const Error &error) = 0; ///< never opened
    virtual void closed(const QString &reason) = 0;
};

/// A TCP stream over SSH (RFC 4254 section 7): a socket here, a `direct-tcpip` or `forwarded-tcpip` channel there, and
/// every byte and each half-close carried both ways. Back-pressure works through the SSH window one way and the
/// socket's buffer the other: nothing is read that the other side does not take.
class StreamChannel final : public SshChannel
{
public:
    struct Destination
    {
        QString host; ///< resolved by the server
        quint16 port = 0;
        QString originHost; ///< who asks; empty: 127.0.0.1
        quint16 originPort = 0;
    };

    /// Opens a `direct-tcpip` channel. `counters` may be null.
    StreamChannel(Destination destination, UniqueSocket socket, std::unique_ptr<StreamObserver> observer,
                  std::shared_ptr<StreamCounters> counters = nullptr);
    /// Takes over a `forwarded-tcpip` channel that the server has opened.
    StreamChannel(ssh_channel channel, UniqueSocket socket, std::unique_ptr<StreamObserver> observer,
                  std::shared_ptr<StreamCounters> counters = nullptr);
    ~StreamChannel() override;

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isOver() const override { return m_stage == Stage::Over; }
    void transportFailed(const Error &error) override;
    void transportLost(const QString &reason) override;

private:
    enum class Stage { Opening, Running, Over };

    void listenToChannel();
    void open(SshChannelHost &host);
    void sendOn(SshChannelHost &host); ///< from the socket to the far side
    void passOn();                     ///< from the far side to the socket
    void watchSocket(SshChannelHost &host);
    /// Writes what the socket takes. @return how much; all of it when the socket is broken, as nobody wants the rest
    std::size_t writeToSocket(const char *data, std::size_t size);
    void finish(SshChannelHost &host);
    static int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isStderr, void *self);
    static void onEof(ssh_session, ssh_channel, void *self);
    static void onClose(ssh_session, ssh_channel, void *self);

    const Destination m_destination;
    UniqueSocket m_socket;
    const std::unique_ptr<StreamObserver> m_observer;
    const std::shared_ptr<StreamCounters> m_counters;
    Stage m_stage = Stage::Opening;
    ssh_channel m_channel = nullptr;
    ssh_channel_callbacks_struct m_callbacks{};

    QByteArray m_unsent;        ///< read from the socket, not yet taken by the SSH window; one piece
    QByteArray m_pending;       ///< taken from the far side, not yet by the socket; one piece
    bool m_backlog = false;     ///< libssh holds more that the socket has no room for
    bool m_socketEnded = false; ///< EOF has come from the socket
    bool m_socketBroken = false;
    bool m_eofSent = false;
    bool m_farEof = false;
    bool m_farClosed = false;
    bool m_socketShut = false; ///< the far EOF was passed on
    short m_watched = 0;
};

} // namespace agent
