#pragma once

#include "core/result.h"
#include "core/task.h"
#include "ssh/sshpipe.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>

namespace agent {

class SshConnection;

/// A command at the far end that speaks the protocol of rcp, as `scp -f` and `scp -t` do: lines, bytes, and a zero byte
/// for each "go on". Main thread; one coroutine at a time.
class ScpStream : public QObject
{
    Q_OBJECT

public:
    static constexpr auto kSilenceLimit = std::chrono::seconds(20);

    ScpStream(std::shared_ptr<SshConnection> connection, QByteArray command);
    ~ScpStream() override;

    void send(QByteArray bytes);
    void goOn() { send(QByteArray(1, '\0')); }
    /// Waits until what was sent is on its way, or the far side has something to say.
    [[nodiscard]] Task<Status> untilDrained();
    /// Waits for the far side's "go on". @return its complaint
    [[nodiscard]] Task<Status> expectGoOn();
    /// A line, without its end; at most a few kilobytes.
    [[nodiscard]] Task<Result<QByteArray>> readLine();
    /// Between one byte and `most`.
    [[nodiscard]] Task<Result<QByteArray>> readSome(qint64 most);
    /// No more input for the far side; waits until it has ended.
    [[nodiscard]] Task<> end();

private:
    class News;
    enum class Until { Input, Drained };

    [[nodiscard]] News news();
    void wake();
    [[nodiscard]] Status endStatus() const;
    /// @return an error when the far side ends, or is silent for too long, before
    Task<Status> wait(Until until);

    const std::unique_ptr<SshPipe> m_pipe;
    QByteArray m_input;
    bool m_isDrained = false;
    bool m_hasTimedOut = false;
    std::optional<PipeEnd> m_end;
    std::coroutine_handle<> m_waiting;
    QTimer m_limit;
    bool m_hasNews = false;
};

/// What a program of the device complained about, with the code it stands for.
[[nodiscard]] Error deviceComplaint(QByteArrayView words);

} // namespace agent
