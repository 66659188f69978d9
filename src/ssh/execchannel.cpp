#include "ssh/execchannel.h"

#include "ssh/sessionchannel.h"

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// How long the exit status may come after the end of the output (contract 03 section 9.1).
constexpr auto kStatusGrace = 2s;
constexpr qsizetype kWritePiece = 64 * 1024;

} // namespace

void ExecSink::add(bool isErrors, QByteArrayView bytes)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_deliver)
        return;
    QByteArray &stream = isErrors ? m_result.errors : m_result.output;
    const qsizetype room = qsizetype(m_maxOutput) - stream.size();
    m_result.isCut = m_result.isCut || bytes.size() > room;
    stream.append(bytes.first(qMin(bytes.size(), room)));
}

void ExecSink::finish(ExecResult::End end, std::optional<Error> error, std::optional<int> exitCode,
                      const QString &signal)
{
    std::function<void(ExecResult)> deliver;
    ExecResult result;
    {
        const std::scoped_lock lock(m_mutex);
        deliver = std::exchange(m_deliver, {});
        result = std::exchange(m_result, {});
    }
    if (!deliver)
        return;
    result.end = end;
    result.error = std::move(error);
    result.exitCode = exitCode;
    result.signal = signal;
    deliver(std::move(result));
}

bool ExecSink::isFinished() const
{
    const std::scoped_lock lock(m_mutex);
    return !m_deliver;
}

ExecChannel::ExecChannel(std::shared_ptr<ExecSink> sink, QByteArray command, QByteArray input)
    : m_sink(std::move(sink))
    , m_command(std::move(command))
    , m_input(std::move(input))
{
    m_callbacks.channel_data_function = onData;
    m_callbacks.channel_eof_function = onEof;
    m_callbacks.channel_close_function = onClose;
    m_callbacks.channel_exit_status_function = onExitStatus;
    m_callbacks.channel_exit_signal_function = onExitSignal;
}

ExecChannel::~ExecChannel()
{
    if (m_channel) {
        // Without a terminal nothing else ends a command that nobody waits for any more.
        if (m_isStarted && !m_farClosed && !m_exitCode && m_signal.isEmpty())
            ssh_channel_request_send_signal(m_channel, "KILL");
        ssh_channel_free(m_channel);
    }
    m_sink->finish(ExecResult::End::Lost, Error{ErrorCode::ConnectionFailed, u"the connection was closed"_s});
}

std::optional<ExecChannel::Clock::duration> ExecChannel::step(SshChannelHost &host)
{
    if (m_sink->isFinished())
        m_stage = Stage::Over;
    if (m_stage < Stage::Running)
        open(host);
    if (m_stage != Stage::Running)
        return std::nullopt;
    writeInput(host);
    return finishIfEnded();
}

void ExecChannel::transportFailed(const Error &error)
{
    m_stage = Stage::Over;
    m_sink->finish(ExecResult::End::Failed, error);
}

void ExecChannel::transportLost(const QString &reason)
{
    m_channel = nullptr; // goes with its session
    if (std::exchange(m_stage, Stage::Over) == Stage::Running && (m_exitCode || !m_signal.isEmpty()))
        m_sink->finish(m_exitCode ? ExecResult::End::Exited : ExecResult::End::Signalled, {}, m_exitCode, m_signal);
    else
        m_sink->finish(ExecResult::End::Lost, Error{ErrorCode::ConnectionFailed, reason});
}

void ExecChannel::open(SshChannelHost &host)
{
    if (m_stage == Stage::Opening) {
        const auto opened = openSessionChannel(host.session(), {m_channel, m_callbacks, this});
        if (!opened)
            return;
        if (!*opened)
            return refuse(ExecResult::End::ChannelRefused, opened->error());
        m_stage = Stage::Requesting;
    }
    const auto started = requestAnswer(host.session(), ssh_channel_request_exec(m_channel, m_command.constData()),
                                       u"does not run the command"_s);
    if (!started)
        return;
    if (!*started)
        return refuse(ExecResult::End::Refused, started->error());
    m_stage = Stage::Running;
    m_isStarted = true;
}

void ExecChannel::refuse(ExecResult::End end, const Error &error)
{
    m_stage = Stage::Over;
    m_sink->finish(end, error);
}

void ExecChannel::writeInput(SshChannelHost &host)
{
    while (m_inputSent < m_input.size() && !m_farClosed && host.canWrite()) {
        const int written = ssh_channel_write(m_channel, m_input.constData() + m_inputSent,
                                              quint32(qMin(m_input.size() - m_inputSent, kWritePiece)));
        if (written <= 0)
            return;
        m_inputSent += written;
    }
    if (m_inputSent == m_input.size() && !std::exchange(m_inputEnded, true))
        ssh_channel_send_eof(m_channel);
}

std::optional<ExecChannel::Clock::duration> ExecChannel::finishIfEnded()
{
    if (!m_farClosed) {
        if (!m_eofAt)
            return std::nullopt;
        const bool hasStatus = m_exitCode || !m_signal.isEmpty();
        const auto left = *m_eofAt + kStatusGrace - Clock::now();
        if (!hasStatus && left > 0s)
            return left;
    }
    m_stage = Stage::Over;
    if (m_exitCode)
        m_sink->finish(ExecResult::End::Exited, {}, m_exitCode);
    else if (!m_signal.isEmpty())
        m_sink->finish(ExecResult::End::Signalled,
                       Error{ErrorCode::ChannelError, u"the command was killed by SIG%1"_s.arg(m_signal)}, {},
                       m_signal);
    else
        m_sink->finish(ExecResult::End::Silent,
                       Error{ErrorCode::ChannelError, u"the server did not say how the command ended"_s});
    return std::nullopt;
}

int ExecChannel::onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isStderr, void *self)
{
    static_cast<ExecChannel *>(self)->m_sink->add(isStderr != 0,
                                                  QByteArrayView(static_cast<const char *>(data), qsizetype(size)));
    return int(size);
}

void ExecChannel::onEof(ssh_session, ssh_channel, void *self)
{
    static_cast<ExecChannel *>(self)->m_eofAt = Clock::now();
}

void ExecChannel::onClose(ssh_session, ssh_channel, void *self)
{
    static_cast<ExecChannel *>(self)->m_farClosed = true;
}

void ExecChannel::onExitStatus(ssh_session, ssh_channel, int status, void *self)
{
    static_cast<ExecChannel *>(self)->m_exitCode = status;
}

void ExecChannel::onExitSignal(ssh_session, ssh_channel, const char *signal, int, const char *, const char *,
                               void *self)
{
    const QByteArrayView name(signal);
    static_cast<ExecChannel *>(self)->m_signal = QString::fromUtf8(name.first(qMin(name.size(), qsizetype(32))));
}

} // namespace agent
