#include "ssh/streamchannel.h"

#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kPiece = 64 * 1024;
/// Pieces taken from one socket in one step: others wait behind it.
constexpr int kPiecesPerStep = 4;

} // namespace

StreamChannel::StreamChannel(Destination destination, UniqueSocket socket, std::unique_ptr<StreamObserver> observer,
                             std::shared_ptr<StreamGroup> group, QByteArray early)
    : m_destination(std::move(destination))
    , m_socket(std::move(socket))
    , m_observer(observer ? std::move(observer) : std::make_unique<StreamObserver>())
    , m_seat(std::move(group))
    , m_unsent(std::move(early))
{
}

StreamChannel::StreamChannel(ssh_channel channel, UniqueSocket socket, std::shared_ptr<StreamGroup> group)
    : StreamChannel(Destination{}, std::move(socket), nullptr, std::move(group))
{
    m_channel = channel;
    listenToChannel();
    m_backlog = true; // what came before is told by nobody
    m_stage = Stage::Running;
}

StreamChannel::~StreamChannel()
{
    if (m_channel)
        ssh_channel_free(m_channel);
    if (m_stage == Stage::Opening)
        fail(Error{ErrorCode::Cancelled, u"the connection was closed"_s});
    else if (m_stage == Stage::Running)
        m_observer->closed(u"the connection was closed"_s);
}

std::optional<StreamChannel::Clock::duration> StreamChannel::step(SshChannelHost &host)
{
    if (m_seat.group().isStopped)
        stop(host);
    else if (m_stage == Stage::Opening)
        open(host);
    if (m_stage != Stage::Running)
        return std::nullopt;
    if (host.ready(m_socket.get()) != 0)
        m_mayRead = true;
    sendOn(host);
    passOn();
    const bool isFlushed = m_pending.isEmpty() && !m_backlog;
    if ((m_farClosed && isFlushed) || (m_eofSent && (m_socketShut || m_socketBroken)))
        finish(host);
    else
        watchSocket(host);
    return std::nullopt;
}

void StreamChannel::transportFailed(const Error &error)
{
    if (m_stage != Stage::Over)
        fail(error);
}

void StreamChannel::transportLost(const QString &reason)
{
    m_channel = nullptr; // goes with its session
    if (m_stage == Stage::Opening)
        fail(Error{ErrorCode::ConnectionFailed, reason});
    else if (std::exchange(m_stage, Stage::Over) == Stage::Running)
        m_observer->closed(reason);
}

void StreamChannel::listenToChannel()
{
    m_callbacks.userdata = this;
    m_callbacks.channel_data_function = onData;
    m_callbacks.channel_eof_function = onEof;
    m_callbacks.channel_close_function = onClose;
    m_callbacks.channel_open_response_function = onOpenAnswer;
    ssh_callbacks_init(&m_callbacks);
    ssh_set_channel_callbacks(m_channel, &m_callbacks);
}

void StreamChannel::open(SshChannelHost &host)
{
    if (!m_channel) {
        m_channel = ssh_channel_new(host.session());
        if (!m_channel)
            return fail(Error{ErrorCode::Internal, u"out of memory"_s});
        listenToChannel();
        m_observer->transportReady();
        const int rc = ssh_channel_open_forward(m_channel, m_destination.host.toUtf8().constData(), m_destination.port,
                                                m_destination.originHost.constData(), m_destination.originPort);
        if (rc == SSH_ERROR && !m_openAnswer)
            m_openAnswer = Error{ErrorCode::ChannelError, sshErrorText(host.session())};
    }
    // The state of the channel is no answer: it may have been opened, used and closed again since.
    if (!m_openAnswer)
        return;
    if (!*m_openAnswer)
        return fail(m_openAnswer->error());
    m_stage = Stage::Running;
    m_observer->opened();
}

void StreamChannel::sendOn(SshChannelHost &host)
{
    for (int pieces = 0; pieces < kPiecesPerStep && !m_eofSent && !m_farClosed; ++pieces) {
        if (!host.canWrite())
            return;
        if (!m_unsent.isEmpty()) {
            const int written = ssh_channel_write(m_channel, m_unsent.constData(), quint32(m_unsent.size()));
            if (written <= 0)
                return; // the window is full, or the channel has ended: either shows as an event
            m_seat.group().sent += quint64(written);
            m_unsent.remove(0, written);
            if (!m_unsent.isEmpty())
                return;
        }
        if (m_socketEnded) {
            ssh_channel_send_eof(m_channel);
            m_eofSent = true;
            return;
        }
        if (!readSocket())
            return;
    }
}

bool StreamChannel::readSocket()
{
    if (!m_mayRead)
        return false;
    std::array<char, kPiece> piece;
    const auto count = ::recv(m_socket.get(), piece.data(), piece.size(), 0);
    if (count > 0) {
        m_unsent = QByteArray(piece.data(), qsizetype(count));
        return true;
    }
    if (count < 0 && isTryAgain(lastSocketError())) {
        m_mayRead = false;
        return false;
    }
    m_socketEnded = true;
    m_socketBroken = m_socketBroken || count < 0;
    return true;
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
        if (count > 0) {
            m_pending = QByteArray(piece.data(), count);
            m_seat.group().received += quint64(count);
            continue;
        }
        m_backlog = false;
        // Of a channel that was taken over, these may have come before anybody listened.
        m_farEof = m_farEof || ssh_channel_is_eof(m_channel) != 0;
        m_farClosed = m_farClosed || ssh_channel_is_closed(m_channel) != 0;
    }
    if (m_farEof && !std::exchange(m_socketShut, true))
        ::shutdown(m_socket.get(), kShutWrite);
}

void StreamChannel::watchSocket(SshChannelHost &host)
{
    short wanted = 0;
    if (!m_socketEnded && m_unsent.isEmpty() && host.canWrite())
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
            m_socketBroken = !isTryAgain(lastSocketError());
            break;
        }
        done += std::size_t(count);
    }
    return m_socketBroken ? size : done;
}

/// An open that is under way is waited for: libssh cannot take it back, and the server would keep the stream.
void StreamChannel::stop(SshChannelHost &host)
{
    if (m_stage == Stage::Running)
        return finish(host);
    if (m_stage == Stage::Opening && (!m_channel || m_openAnswer))
        return fail(Error{ErrorCode::Cancelled, u"the forward was stopped"_s});
    ::shutdown(m_socket.get(), kShutBoth);
}

void StreamChannel::finish(SshChannelHost &host)
{
    if (m_watched != 0)
        host.watch(m_socket.get(), 0);
    m_stage = Stage::Over;
    m_observer->closed({});
}

void StreamChannel::fail(const Error &error)
{
    m_stage = Stage::Over;
    const QByteArray lastWords = m_observer->refusal(error);
    writeToSocket(lastWords.constData(), std::size_t(lastWords.size()));
    m_observer->failed(error);
}

int StreamChannel::onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int, void *self)
{
    auto *stream = static_cast<StreamChannel *>(self);
    if (stream->m_backlog || !stream->m_pending.isEmpty()) {
        stream->m_backlog = true;
        return 0;
    }
    const std::size_t taken = stream->writeToSocket(static_cast<const char *>(data), size);
    // A piece of what is left makes the step wait for room in the socket.
    const std::size_t kept = std::min(size - taken, kPiece);
    stream->m_pending = QByteArray(static_cast<const char *>(data) + taken, qsizetype(kept));
    stream->m_backlog = taken + kept < size;
    stream->m_seat.group().received += taken + kept;
    return int(taken + kept);
}

void StreamChannel::onEof(ssh_session, ssh_channel, void *self) { static_cast<StreamChannel *>(self)->m_farEof = true; }

void StreamChannel::onClose(ssh_session, ssh_channel, void *self)
{
    auto *stream = static_cast<StreamChannel *>(self);
    stream->m_farEof = true;
    stream->m_farClosed = true;
}

void StreamChannel::onOpenAnswer(ssh_session session, ssh_channel, bool isOpen, void *self)
{
    auto *stream = static_cast<StreamChannel *>(self);
    if (isOpen) {
        stream->m_openAnswer = Status();
        stream->m_pending = stream->m_observer->greeting(); // before anything of the far side
    } else {
        stream->m_openAnswer = Error{ErrorCode::ChannelError, sshErrorText(session)}; // the next failure overwrites it
    }
}

} // namespace agent
