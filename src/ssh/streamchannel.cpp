#include "ssh/streamchannel.h"

#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kPiece = 64 * 1024;
/// Pieces taken from one socket in one step: others wait behind it.
constexpr int kPiecesPerStep = 4;

#ifdef _WIN32
constexpr int kSendFlags = 0;
constexpr int kShutWrite = SD_SEND;
#else
constexpr int kSendFlags = MSG_NOSIGNAL;
constexpr int kShutWrite = SHUT_WR;
#endif

bool isMomentary(int error) { return wouldBlock(error) || isInterrupted(error); }

} // namespace

StreamChannel::StreamChannel(Destination destination, UniqueSocket socket, std::unique_ptr<StreamObserver> observer,
                             std::shared_ptr<StreamCounters> counters)
    : m_destination(std::move(destination))
    , m_socket(std::move(socket))
    , m_observer(std::move(observer))
    , m_counters(counters ? std::move(counters) : std::make_shared<StreamCounters>())
{
}

StreamChannel::StreamChannel(ssh_channel channel, UniqueSocket socket, std::unique_ptr<StreamObserver> observer,
                             std::shared_ptr<StreamCounters> counters)
    : StreamChannel(Destination{}, std::move(socket), std::move(observer), std::move(counters))
{
    m_channel = channel;
    listenToChannel();
    m_stage = Stage::Running;
}

StreamChannel::~StreamChannel()
{
    if (m_channel)
        ssh_channel_free(m_channel);
    if (m_stage == Stage::Over)
        return;
    if (m_stage == Stage::Opening)
        m_observer->failed(Error{ErrorCode::Cancelled, u"the connection was closed"_s});
    else
        m_observer->closed(u"the connection was closed"_s);
}

std::optional<StreamChannel::Clock::duration> StreamChannel::step(SshChannelHost &host)
{
    if (m_stage == Stage::Opening)
        open(host);
    if (m_stage != Stage::Running)
        return std::nullopt;
    sendOn(host);
    passOn();
    const bool isFlushed = m_pending.isEmpty() && !m_backlog;
    if (m_socketBroken || (m_farClosed && isFlushed) || (m_eofSent && m_socketShut))
        finish(host);
    else
        watchSocket(host);
    return std::nullopt;
}

void StreamChannel::transportFailed(const Error &error)
{
    if (std::exchange(m_stage, Stage::Over) != Stage::Over)
        m_observer->failed(error);
}

void StreamChannel::transportLost(const QString &reason)
{
    m_channel = nullptr; // goes with its session
    switch (std::exchange(m_stage, Stage::Over)) {
    case Stage::Opening:
        return m_observer->failed(Error{ErrorCode::ConnectionFailed, reason});
    case Stage::Running:
        return m_observer->closed(reason);
    case Stage::Over:
        return;
    }
}

void StreamChannel::listenToChannel()
{
    m_callbacks.userdata = this;
    m_callbacks.channel_data_function = onData;
    m_callbacks.channel_eof_function = onEof;
    m_callbacks.channel_close_function = onClose;
    ssh_callbacks_init(&m_callbacks);
    ssh_set_channel_callbacks(m_channel, &m_callbacks);
}

void StreamChannel::open(SshChannelHost &host)
{
    if (!m_channel) {
        m_channel = ssh_channel_new(host.session());
        if (!m_channel) {
            m_stage = Stage::Over;
            return m_observer->failed(Error{ErrorCode::Internal, u"out of memory"_s});
        }
        listenToChannel();
        m_observer->transportReady();
    }
    const QByteArray origin = m_destination.originHost.isEmpty() ? "127.0.0.1"_ba : m_destination.originHost.toUtf8();
    const int rc = ssh_channel_open_forward(m_channel, m_destination.host.toUtf8().constData(), m_destination.port,
                                            origin.constData(), m_destination.originPort);
    if (rc == SSH_AGAIN)
        return;
    if (rc != SSH_OK) {
        m_stage = Stage::Over;
        return m_observer->failed(Error{ErrorCode::ChannelError, sshErrorText(host.session())});
    }
    m_stage = Stage::Running;
    m_observer->opened();
}

void StreamChannel::sendOn(SshChannelHost &host)
{
    std::array<char, kPiece> piece;
    for (int pieces = 0; pieces < kPiecesPerStep && !m_eofSent && !m_farClosed; ++pieces) {
        if (!m_unsent.isEmpty()) {
            if (!host.canWrite())
                return;
            const int written = ssh_channel_write(m_channel, m_unsent.constData(), quint32(m_unsent.size()));
            if (written <= 0)
                return; // the window is full, or the channel has ended: either shows as an event
            m_counters->sent += quint64(written);
            m_unsent.remove(0, written);
            if (!m_unsent.isEmpty())
                return;
        }
        if (m_socketEnded) {
            ssh_channel_send_eof(m_channel);
            m_eofSent = true;
            return;
        }
        const auto count = ::recv(m_socket.get(), piece.data(), piece.size(), 0);
        if (count > 0) {
            m_unsent = QByteArray(piece.data(), qsizetype(count));
        } else if (count == 0) {
            m_socketEnded = true;
        } else {
            m_socketBroken = !isMomentary(lastSocketError());
            return;
        }
    }
}

void StreamChannel::passOn()
{
    std::array<char, kPiece> piece;
    for (;;) {
        m_pending.remove(0, qsizetype(writeToSocket(m_pending.constData(), std::size_t(m_pending.size()))));
        if (!m_pending.isEmpty())
            return;
        if (!m_backlog)
            break;
        const int count = ssh_channel_read_nonblocking(m_channel, piece.data(), quint32(piece.size()), 0);
        if (count > 0)
            m_pending = QByteArray(piece.data(), count);
        else
            m_backlog = false;
    }
    if (m_farEof && !std::exchange(m_socketShut, true))
        ::shutdown(m_socket.get(), kShutWrite);
}

void StreamChannel::watchSocket(SshChannelHost &host)
{
    short wanted = 0;
    if (!m_socketEnded && m_unsent.isEmpty())
        wanted |= POLLIN;
    if (!m_pending.isEmpty())
        wanted |= POLLOUT;
    if (std::exchange(m_watched, wanted) != wanted)
        host.watch(m_socket.get(), wanted);
}

std::size_t StreamChannel::writeToSocket(const char *data, std::size_t size)
{
    std::size_t done = 0;
    while (done < size && !m_socketBroken) {
        const auto count = ::send(m_socket.get(), data + done, size - done, kSendFlags);
        if (count < 0) {
            m_socketBroken = !isMomentary(lastSocketError());
            break;
        }
        done += std::size_t(count);
        m_counters->received += quint64(count);
    }
    return m_socketBroken ? size : done;
}

void StreamChannel::finish(SshChannelHost &host)
{
    if (m_watched != 0)
        host.watch(m_socket.get(), 0);
    m_stage = Stage::Over;
    m_observer->closed({});
}

int StreamChannel::onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int, void *self)
{
    auto *stream = static_cast<StreamChannel *>(self);
    if (stream->m_backlog || !stream->m_pending.isEmpty()) {
        stream->m_backlog = true;
        return 0;
    }
    const std::size_t taken = stream->writeToSocket(static_cast<const char *>(data), size);
    stream->m_backlog = taken < size;
    if (stream->m_backlog) { // a few bytes of it make the step wait for room in the socket
        const std::size_t kept = std::min(size - taken, kPiece);
        stream->m_pending = QByteArray(static_cast<const char *>(data) + taken, qsizetype(kept));
        stream->m_backlog = taken + kept < size;
        return int(taken + kept);
    }
    return int(size);
}

void StreamChannel::onEof(ssh_session, ssh_channel, void *self) { static_cast<StreamChannel *>(self)->m_farEof = true; }

void StreamChannel::onClose(ssh_session, ssh_channel, void *self)
{
    auto *stream = static_cast<StreamChannel *>(self);
    stream->m_farEof = true;
    stream->m_farClosed = true;
}

} // namespace agent
