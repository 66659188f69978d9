#pragma once

#include "core/async.h"
#include "core/error.h"
#include "core/task.h"

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QTimer>

#include <chrono>
#include <memory>
#include <optional>

namespace agent {

class ExecSink;
class SshConnection;

struct ExecRequest
{
    /// What a command may say on each of its two streams; the rest is read and dropped.
    static constexpr qint64 kMaxOutput = 8 * 1024 * 1024;

    QByteArray command;    ///< in UTF-8, as the far side's shell gets it
    QByteArray input = {}; ///< its standard input, which then ends
    /// From `run` to the end of the command, connecting included when the connection is not up yet.
    std::chrono::milliseconds timeout = std::chrono::seconds(30);
    qint64 maxOutput = kMaxOutput;
};

struct ExecResult
{
    enum class End {
        Exited,         ///< with an exit code
        Signalled,      ///< killed by the signal in `signal`
        Silent,         ///< the channel closed without saying how the command ended
        Refused,        ///< the server does not run the command
        ChannelRefused, ///< the server opens no (further) channel on this connection
        TimedOut,
        Failed,    ///< connecting or logging in failed: `error`
        Lost,      ///< the connection broke while the command ran: `error`
        Cancelled, ///< by the caller
    };

    End end = End::Cancelled;
    QByteArray output;  ///< standard output, as far as it came, whatever the end
    QByteArray errors;  ///< standard error
    bool isCut = false; ///< one of the two was longer than the limit
    std::optional<int> exitCode = {};
    QString signal = {};             ///< its name without "SIG"
    std::optional<Error> error = {}; ///< for every end but Exited and Cancelled
};

/// One command on an `exec` channel without a PTY (RFC 4254 section 6.5; contract 03 section 9.1), on a connection
/// that may carry others. Lives on the main thread; destroying it closes the channel, so the far side ends the
/// command as it sees fit.
class SshExec : public QObject
{
    Q_OBJECT

public:
    /// `connection` may be still connecting; it is kept until the end.
    SshExec(std::shared_ptr<SshConnection> connection, ExecRequest request);
    ~SshExec() override;

    /// Once only. The object must live until it has its result.
    [[nodiscard]] Task<ExecResult> run();
    /// Ends it at once; `run` gives what there is, with End::Cancelled.
    void cancel();

private:
    void endWith(ExecResult::End end, std::optional<Error> error);

    const std::shared_ptr<SshConnection> m_connection;
    ExecRequest m_request;
    QTimer m_limit;
    std::shared_ptr<ExecSink> m_sink;
};

} // namespace agent
