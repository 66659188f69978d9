#pragma once

#include "ssh/sshchannel.h"
#include "ssh/sshexec.h"

#include <functional>
#include <mutex>

namespace agent {

/// Where a command's output gathers and its result is decided: once, by whichever thread comes first. Thread-safe.
class ExecSink
{
public:
    ExecSink(qint64 maxOutput, std::function<void(ExecResult)> deliver)
        : m_maxOutput(maxOutput)
        , m_deliver(std::move(deliver))
    {
    }

    void add(bool isErrors, QByteArrayView bytes);
    /// Delivers the result with all that has gathered; later calls do nothing.
    void finish(ExecResult::End end, std::optional<Error> error = std::nullopt, std::optional<int> exitCode = {},
                const QString &signal = {});
    [[nodiscard]] bool isFinished() const;

private:
    const qint64 m_maxOutput;
    mutable std::mutex m_mutex;
    std::function<void(ExecResult)> m_deliver; ///< empty once it was called
    ExecResult m_result;
};

/// The channel of an SshExec.
class ExecChannel final : public SshChannel
{
public:
    ExecChannel(std::shared_ptr<ExecSink> sink, QByteArray command, QByteArray input);
    ~ExecChannel() override;

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isOver() const override { return m_stage == Stage::Over; }
    void transportFailed(const Error &error) override;
    void transportLost(const QString &reason) override;

private:
    enum class Stage { Opening, Requesting, Running, Over };

    void open(SshChannelHost &host);
    void refuse(ExecResult::End end, const Error &error);
    void writeInput(SshChannelHost &host);
    std::optional<Clock::duration> finishIfEnded();
    static int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isStderr, void *self);
    static void onEof(ssh_session, ssh_channel, void *self);
    static void onClose(ssh_session, ssh_channel, void *self);
    static void onExitStatus(ssh_session, ssh_channel, int status, void *self);
    static void onExitSignal(ssh_session, ssh_channel, const char *signal, int core, const char *message,
                             const char *language, void *self);

    const std::shared_ptr<ExecSink> m_sink;
    const QByteArray m_command;
    QByteArray m_input;
    qsizetype m_inputSent = 0;
    bool m_inputEnded = false;
    Stage m_stage = Stage::Opening;
    ssh_channel m_channel = nullptr;
    ssh_channel_callbacks_struct m_callbacks{};

    std::optional<int> m_exitCode;
    QString m_signal;
    std::optional<Clock::time_point> m_eofAt;
    bool m_isStarted = false; ///< the far side runs the command
    bool m_farClosed = false;
};

} // namespace agent
