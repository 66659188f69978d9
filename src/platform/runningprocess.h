#pragma once

#include <QString>

#include <chrono>
#include <memory>

namespace agent {

/// Another process, found by its id and then held: what is asked and signalled later is that process and no
/// other, also when the system gives its id to a new one (where it offers such a handle: Linux 5.3, Windows).
class RunningProcess
{
public:
    virtual ~RunningProcess() = default;

    /// File name of its program, without folder. Empty when the system does not tell.
    [[nodiscard]] virtual QString programName() const = 0;
    [[nodiscard]] virtual bool belongsToThisUser() const = 0;
    /// Whether it has a TCP listener on that port, as far as the system lets us see: of a process that hides its
    /// descriptors (our own release builds do) we see only that the listener belongs to this user. In doubt false.
    [[nodiscard]] virtual bool listensOn(quint16 port) const = 0;

    /// SIGTERM; on Windows the same as kill(), which has no gentler word for a process without windows.
    virtual void requestStop() = 0;
    virtual void kill() = 0;
    /// Blocks until it is gone, at most `limit`. @return whether it is gone.
    [[nodiscard]] virtual bool waitForExit(std::chrono::milliseconds limit) = 0;
};

/// Null when there is no such process (a zombie counts as none).
[[nodiscard]] std::unique_ptr<RunningProcess> findProcess(qint64 pid);

} // namespace agent
