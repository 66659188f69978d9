#include "ssh/shellchannel.h"

#include "ssh/sessionchannel.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// libssh takes as much as the far window allows, up to 2 MiB, into a buffer of its own; smaller pieces keep that
/// buffer small and let a resize or a Ctrl-C behind a big paste go out in time.
constexpr qsizetype kWritePiece = 64 * 1024;
constexpr std::size_t kReadPiece = 32 * 1024;
constexpr unsigned char kNoModes[] = {0}; // TTY_OP_END (RFC 4254 section 8)

} // namespace

ShellChannel::ShellChannel(std::shared_ptr<BackendPort> port, TerminalSize size, Clock::duration limit)
    : m_port(std::move(port))
    , m_size(size)
    , m_limit(limit)
{
    m_callbacks.channel_data_function = onData;
    m_callbacks.channel_eof_function = onEnd;
    m_callbacks.channel_close_function = onEnd;
}

ShellChannel::~ShellChannel()
{
    if (m_channel)
        ssh_channel_free(m_channel); // sends EOF and close if the channel is open
}

std::optional<ShellChannel::Clock::duration> ShellChannel::step(SshChannelHost &host)
{
    if (m_port->isLeft())
        m_stage = Stage::Over;
    if (m_stage == Stage::Over)
        return std::nullopt;
    if (m_stage < Stage::Running) {
        if (const auto left = open(host.session()))
            return left; // no output before the news that there is a shell
    }
    if (m_stage == Stage::Running && m_farEnded)
        m_stage = Stage::Draining;
    if (m_stage == Stage::Running) {
        writeInput(host);
        if (m_backlog && m_port->wantsOutput())
            readBacklog();
    }
    if (m_stage == Stage::Draining)
        drain();
    const bool isUp = m_stage == Stage::Running || m_stage == Stage::Draining;
    return isUp ? m_port->flushIfDue() : std::nullopt;
}

void ShellChannel::transportFailed(const Error &error)
{
    m_stage = Stage::Over;
    m_port->reportFailed(error.message);
}

void ShellChannel::transportLost(const QString &reason)
{
    if (m_stage == Stage::Over)
        return;
    m_channel = nullptr; // goes with its session
    if (m_stage == Stage::Draining || (m_stage == Stage::Running && m_farEnded)) {
        m_stage = Stage::Draining;
        return;
    }
    if (m_stage == Stage::Running)
        m_port->reportLost(reason);
    else
        m_port->reportFailed(reason);
    m_stage = Stage::Over;
}

/// @return how long the server still has; nothing when it is settled whether there is a shell
std::optional<ShellChannel::Clock::duration> ShellChannel::open(ssh_session session)
{
    if (!m_openBy)
        m_openBy = Clock::now() + m_limit;
    proceed(session);
    if (m_stage >= Stage::Running)
        return std::nullopt;
    const auto left = *m_openBy - Clock::now();
    if (left > Clock::duration::zero())
        return left;
    m_stage = Stage::Over;
    m_port->reportFailed(u"channel error: the server did not start a shell in time"_s);
    return std::nullopt;
}

void ShellChannel::proceed(ssh_session session)
{
    if (m_stage == Stage::Opening) {
        const auto opened = openSessionChannel(session, {m_channel, m_callbacks, this});
        if (!opened)
            return;
        if (!*opened)
            return fail(opened->error());
        m_stage = Stage::RequestingPty;
    }
    if (m_stage == Stage::RequestingPty) {
        const int rc = ssh_channel_request_pty_size_modes(m_channel, "xterm-256color", m_size.columns, m_size.rows,
                                                          kNoModes, sizeof kNoModes);
        if (rc == SSH_AGAIN)
            return;
        m_stage = Stage::RequestingShell; // a refused PTY is no reason to give up: the shell works without
    }
    if (m_stage == Stage::RequestingShell) {
        const auto started = requestAnswer(session, ssh_channel_request_shell(m_channel), u"starts no shell"_s);
        if (!started)
            return;
        if (!*started)
            return fail(started->error());
        m_stage = Stage::Running;
        m_port->reportConnected();
    }
}

void ShellChannel::fail(const Error &error)
{
    m_stage = Stage::Over;
    m_port->reportFailed(error.message);
}

void ShellChannel::writeInput(SshChannelHost &host)
{
    InputQueue &input = m_port->inputForWorker();
    while (host.canWrite()) {
        auto item = input.take();
        if (!item)
            return;
        if (const auto *size = std::get_if<TerminalSize>(&*item)) {
            ssh_channel_change_pty_size(m_channel, size->columns, size->rows);
            continue;
        }
        QByteArray &bytes = std::get<QByteArray>(*item);
        const int written = ssh_channel_write(m_channel, bytes.constData(), quint32(qMin(bytes.size(), kWritePiece)));
        if (written < 0)
            return; // the channel or the transport has ended; that shows by itself
        input.putBack(bytes.sliced(written));
        if (written == 0)
            return; // the far window is full; its growth is an event
    }
}

void ShellChannel::readBacklog()
{
    std::array<char, kReadPiece> piece;
    m_backlog = false;
    for (const int isStderr : {0, 1}) {
        while (m_port->wantsOutput()) {
            const int count = ssh_channel_read_nonblocking(m_channel, piece.data(), piece.size(), isStderr);
            if (count <= 0)
                break;
            m_port->addOutput(QByteArrayView(piece.data(), count));
            m_port->flushIfDue();
        }
        m_backlog = m_backlog || !m_port->wantsOutput();
    }
}

void ShellChannel::drain()
{
    while (!m_rest.isEmpty() && m_port->wantsOutput()) {
        const qsizetype count = qMin(m_rest.size(), qsizetype(kReadPiece));
        m_port->addOutput(QByteArrayView(m_rest).first(count));
        m_rest.remove(0, count);
        m_port->flushIfDue();
    }
    if (!m_rest.isEmpty())
        return;
    m_stage = Stage::Over;
    m_port->reportEnded();
}

void ShellChannel::takeRest()
{
    std::array<char, kReadPiece> piece;
    for (const int isStderr : {0, 1}) {
        int count = 0;
        while ((count = ssh_channel_read_nonblocking(m_channel, piece.data(), piece.size(), isStderr)) > 0)
            m_rest.append(piece.data(), count);
    }
}

int ShellChannel::onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int, void *self)
{
    auto *channel = static_cast<ShellChannel *>(self);
    if (channel->m_stage != Stage::Running && channel->m_stage != Stage::RequestingShell)
        return int(size);
    if (!channel->m_port->wantsOutput()) {
        channel->m_backlog = true;
        return 0;
    }
    channel->m_port->addOutput(QByteArrayView(static_cast<const char *>(data), qsizetype(size)));
    if (channel->m_stage == Stage::Running) // else it goes out after the news that the shell is there
        channel->m_port->flushIfDue();
    return int(size);
}

void ShellChannel::onEnd(ssh_session, ssh_channel, void *self)
{
    auto *channel = static_cast<ShellChannel *>(self);
    channel->m_farEnded = true;
    if (channel->m_backlog)
        channel->takeRest();
}

} // namespace agent
