#include "ssh/pipechannel.h"

#include "ssh/sessionchannel.h"

#include <array>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// libssh copies what it is given into packets at once: small enough to keep its buffer small.
constexpr qsizetype kWritePiece = 64 * 1024;
constexpr std::size_t kReadPiece = 32 * 1024;
constexpr qsizetype kMaxErrors = 4 * 1024; ///< of standard error, to tell a person
constexpr auto kStatusGrace = 2s;          ///< between the end of the output and the exit status

} // namespace

PipeChannel::PipeChannel(std::shared_ptr<PipeLink> link, PipeProgram program, std::unique_ptr<PipeFramer> framer,
                         Clock::duration limit)
    : m_link(std::move(link))
    , m_program(std::move(program))
    , m_framer(std::move(framer))
    , m_limit(limit)
{
    m_callbacks.channel_data_function = onData;
    m_callbacks.channel_eof_function = onEof;
    m_callbacks.channel_close_function = onClose;
    m_callbacks.channel_exit_status_function = onExitStatus;
}

PipeChannel::~PipeChannel()
{
    if (m_channel)
        ssh_channel_free(m_channel);
    m_link->reportEnd({PipeEnd::How::Lost, Error{ErrorCode::ConnectionFailed, u"the connection was closed"_s}});
}

std::optional<PipeChannel::Clock::duration> PipeChannel::step(SshChannelHost &host)
{
    if (m_link->isAbandoned())
        m_stage = Stage::Over;
    if (m_stage < Stage::Running) {
        if (const auto left = open(host.session()))
            return left;
    }
    if (m_stage != Stage::Running)
        return std::nullopt;
    write(host);
    if (m_backlog && m_link->wantsMore())
        readBacklog();
    if (m_isMalformed) {
        end({PipeEnd::How::Malformed, Error{ErrorCode::ChannelError, u"the server sent what makes no sense"_s}});
        return std::nullopt;
    }
    return finishIfEnded();
}

void PipeChannel::transportFailed(const Error &error) { end({PipeEnd::How::Failed, error}); }

void PipeChannel::transportLost(const QString &reason)
{
    m_channel = nullptr; // goes with its session
    end({PipeEnd::How::Lost, Error{ErrorCode::ConnectionFailed, reason}});
}

/// @return how long the server still has; nothing when it is settled
std::optional<PipeChannel::Clock::duration> PipeChannel::open(ssh_session session)
{
    if (!m_openBy)
        m_openBy = Clock::now() + m_limit;
    proceed(session);
    if (m_stage >= Stage::Running)
        return std::nullopt;
    const auto left = *m_openBy - Clock::now();
    if (left > Clock::duration::zero())
        return left;
    end({PipeEnd::How::ChannelRefused,
         Error{ErrorCode::ChannelError, u"channel error: the server did not open a channel in time"_s}});
    return std::nullopt;
}

void PipeChannel::proceed(ssh_session session)
{
    if (m_stage == Stage::Opening) {
        const auto opened = openSessionChannel(session, {m_channel, m_callbacks, this});
        if (!opened)
            return;
        if (!*opened)
            return end({PipeEnd::How::ChannelRefused, opened->error()});
        m_stage = Stage::Requesting;
    }
    const bool isCommand = std::holds_alternative<PipeCommand>(m_program);
    const auto started =
        requestAnswer(session, request(), isCommand ? u"does not run the command"_s : u"has no such subsystem"_s);
    if (!started)
        return;
    if (!*started)
        return end({PipeEnd::How::Refused, started->error()});
    m_stage = Stage::Running;
    m_link->reportOpen();
}

int PipeChannel::request()
{
    if (const auto *command = std::get_if<PipeCommand>(&m_program))
        return ssh_channel_request_exec(m_channel, command->text.constData());
    return ssh_channel_request_subsystem(m_channel, std::get<PipeSubsystem>(m_program).name.constData());
}

void PipeChannel::write(SshChannelHost &host)
{
    while (!m_farClosed && host.canWrite()) {
        if (m_sent == m_unsent.size()) {
            auto next = m_link->nextToSend();
            if (!next)
                return;
            if (next->isLast) {
                ssh_channel_send_eof(m_channel);
                return;
            }
            m_unsent = std::move(next->bytes);
            m_sent = 0;
        }
        const int written = ssh_channel_write(m_channel, m_unsent.constData() + m_sent,
                                              quint32(qMin(m_unsent.size() - m_sent, kWritePiece)));
        if (written <= 0)
            return; // the window is full, or the channel has ended: either shows as an event
        m_sent += written;
        m_link->noteSent(written);
    }
}

void PipeChannel::readBacklog()
{
    std::array<char, kReadPiece> piece;
    m_backlog = false;
    while (m_link->wantsMore()) {
        const int count = ssh_channel_read_nonblocking(m_channel, piece.data(), piece.size(), 0);
        if (count <= 0)
            return;
        accept(QByteArrayView(piece.data(), count));
    }
    m_backlog = true;
}

void PipeChannel::accept(QByteArrayView bytes)
{
    if (m_isMalformed)
        return;
    std::vector<QByteArray> pieces;
    m_isMalformed = !m_framer->take(bytes, pieces);
    m_link->add(std::move(pieces));
}

std::optional<PipeChannel::Clock::duration> PipeChannel::finishIfEnded()
{
    if (m_backlog || (!m_farClosed && !m_eofAt))
        return std::nullopt;
    if (!m_farClosed && !m_exitCode) {
        const auto left = *m_eofAt + kStatusGrace - Clock::now();
        if (left > 0s)
            return left;
    }
    end({.how = PipeEnd::How::Closed,
         .error = Error{ErrorCode::ChannelError, u"the server closed the channel"_s},
         .exitCode = m_exitCode,
         .errors = m_errors});
    return std::nullopt;
}

void PipeChannel::end(PipeEnd end)
{
    m_stage = Stage::Over;
    m_link->reportEnd(std::move(end));
}

int PipeChannel::onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isStderr, void *self)
{
    auto *pipe = static_cast<PipeChannel *>(self);
    const QByteArrayView bytes(static_cast<const char *>(data), qsizetype(size));
    if (isStderr != 0) {
        pipe->m_errors += bytes.first(qMin(bytes.size(), kMaxErrors - pipe->m_errors.size()));
        return int(size);
    }
    if (pipe->m_backlog || !pipe->m_link->wantsMore()) {
        pipe->m_backlog = true;
        return 0;
    }
    pipe->accept(bytes);
    return int(size);
}

void PipeChannel::onEof(ssh_session, ssh_channel, void *self)
{
    static_cast<PipeChannel *>(self)->m_eofAt = Clock::now();
}

void PipeChannel::onClose(ssh_session, ssh_channel, void *self)
{
    static_cast<PipeChannel *>(self)->m_farClosed = true;
}

void PipeChannel::onExitStatus(ssh_session, ssh_channel, int status, void *self)
{
    static_cast<PipeChannel *>(self)->m_exitCode = status;
}

} // namespace agent
