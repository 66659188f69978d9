#pragma once

#include "core/result.h"
#include "ssh/sshchannel.h"

#include <QByteArray>

#include <atomic>
#include <memory>
#include <optional>

namespace agent {

/// What the streams of one forward share. Any thread.
struct StreamGroup
{
    std::atomic<quint64> sent = 0;       ///< bytes from sockets to the far side
    std::atomic<quint64> received = 0;   ///< bytes from the far side to sockets
    std::atomic<int> seats = 0;          ///< connections that are being served
    std::atomic<bool> isStopped = false; ///< the forward is over, and every stream with it
};

/// One connection's place in its group, for as long as it lives.
class StreamSeat
{
public:
    explicit StreamSeat(std::shared_ptr<StreamGroup> group)
        : m_group(group ? std::move(group) : std::make_shared<StreamGroup>())
    {
        ++m_group->seats;
    }
    ~StreamSeat() { --m_group->seats; }
    StreamSeat(const StreamSeat &) = delete;
    StreamSeat &operator=(const StreamSeat &) = delete;

    [[nodiscard]] StreamGroup &group() const { return *m_group; }
    [[nodiscard]] const std::shared_ptr<StreamGroup> &shared() const { return m_group; }

private:
    const std::shared_ptr<StreamGroup> m_group;
};

/// Follows one StreamChannel. Called on the connection's thread; exactly one of `failed` and `closed` is the last.
class StreamObserver
{
public:
    virtual ~StreamObserver() = default;

    virtual void transportReady() {} ///< the transport is up, the stream is asked for
    virtual void opened() {}
    virtual void failed(const Error &) {} ///< never opened
    virtual void closed(const QString &) {}

    /// What the socket gets before the first byte of the far side, and what it gets when the stream does not open.
    [[nodiscard]] virtual QByteArray greeting() { return {}; }
    [[nodiscard]] virtual QByteArray refusal(const Error &) { return {}; }
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
        QByteArray originHost = QByteArrayLiteral("127.0.0.1"); ///< who asks
        quint16 originPort = 0;
    };

    /// Opens a `direct-tcpip` channel. `early` has come from the socket already. `group` may be null.
    StreamChannel(Destination destination, UniqueSocket socket, std::unique_ptr<StreamObserver> observer,
                  std::shared_ptr<StreamGroup> group = nullptr, QByteArray early = {});
    /// Takes over an open channel, with whatever has come through it before.
    StreamChannel(ssh_channel channel, UniqueSocket socket, std::shared_ptr<StreamGroup> group);
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
    bool readSocket();                 ///< false when there is nothing for now
    void passOn();                     ///< from the far side to the socket
    void watchSocket(SshChannelHost &host);
    /// Writes what the socket takes. @return how much; all of it when the socket is broken, as nobody wants the rest
    std::size_t writeToSocket(const char *data, std::size_t size);
    void stop(SshChannelHost &host);
    void finish(SshChannelHost &host);
    void fail(const Error &error);
    static int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isStderr, void *self);
    static void onEof(ssh_session, ssh_channel, void *self);
    static void onClose(ssh_session, ssh_channel, void *self);
    static void onOpenAnswer(ssh_session session, ssh_channel, bool isOpen, void *self);

    const Destination m_destination;
    UniqueSocket m_socket;
    const std::unique_ptr<StreamObserver> m_observer;
    const StreamSeat m_seat;
    Stage m_stage = Stage::Opening;
    ssh_channel m_channel = nullptr;
    ssh_channel_callbacks_struct m_callbacks{};
    std::optional<Status> m_openAnswer; ///< of the server

    QByteArray m_unsent;         ///< read from the socket, not yet taken by the SSH window; one piece
    QByteArray m_pending;        ///< taken from the far side, not yet by the socket; one piece
    bool m_backlog = false;      ///< libssh holds more that the socket has no room for
    bool m_mayRead = true;       ///< the socket was not found empty since poll last spoke of it
    bool m_socketEnded = false;  ///< nothing more comes from the socket
    bool m_socketBroken = false; ///< nothing more goes into it
    bool m_eofSent = false;
    bool m_farEof = false;
    bool m_farClosed = false;
    bool m_socketShut = false; ///< the far EOF was passed on
    short m_watched = 0;
};

} // namespace agent
