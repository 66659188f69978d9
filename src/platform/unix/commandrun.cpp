#include "platform/commandrun.h"

#include "platform/unix/childstart.h"
#include "platform/unix/descriptor.h"
#include "platform/wakeup.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <thread>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kDrain = 500ms;   ///< for what the dead left in the pipes; who escaped the group may hold them open
constexpr auto kPollStep = 20ms; ///< where the system cannot tell the end of a child through a descriptor
constexpr auto kNever = Clock::time_point::max();

Error startError(int error)
{
    return Error{ErrorCode::Io, u"the command could not be started: %1"_s.arg(qt_error_string(error))};
}

struct Stream
{
    OutputSink::Stream kind;
    Descriptor from;
    QByteArray *kept;
    qint64 *dropped;
};

/// Kills a process group when this process is gone, however it went: its input ends then. It is no member of the
/// group, so the command never meets it, and it is gone before the group's number may belong to somebody else.
class Guard
{
public:
    explicit Guard(pid_t group)
    {
        const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
        Descriptor input;
        if (!nothing || !openPipe(input, m_lifeline))
            return;
        const QByteArray script = "read x; kill -s KILL -- -" + QByteArray::number(group);
        m_child = startChild({.programs = {"/bin/sh"},
                              .arguments = {"-c", script},
                              .environment = {"PATH=/usr/bin:/bin"},
                              .folder = "/",
                              .input = input.get(),
                              .output = nothing.get(),
                              .error = nothing.get()});
    }
    Guard(const Guard &) = delete;
    Guard &operator=(const Guard &) = delete;
    ~Guard() { dismiss(); }

    [[nodiscard]] bool stands() const { return m_child.pid != 0 && m_child.error == 0; }
    void dismiss()
    {
        if (m_child.pid == 0)
            return;
        ::kill(m_child.pid, SIGKILL);
        while (::waitpid(m_child.pid, nullptr, 0) < 0 && errno == EINTR) {
        }
        m_child.pid = 0;
    }

private:
    Descriptor m_lifeline; ///< what the guard reads from
    StartedChild m_child;
};

class Run
{
public:
    Run(pid_t pid, std::array<Stream, 2> streams, const CommandRun &run, Wakeup &cancel)
        : m_pid(pid)
        , m_pidDescriptor(openPidDescriptor(pid))
        , m_guard(pid)
        , m_streams(std::move(streams))
        , m_run(run)
        , m_cancel(cancel)
    {
    }

    [[nodiscard]] bool isGuarded() const { return m_guard.stands(); }

    CommandOutcome::End waitForEnd(Clock::time_point deadline);
    /// Ends the whole group, takes what it still had to say, and reaps the leader. @return as waitpid(2)
    int finish(bool gently);

private:
    /// What is waited for besides the streams. The end of a child that has ended is news for good, so only who does
    /// not know it yet may wait for it.
    struct Interest
    {
        bool cancel = false;
        bool end = false;
    };
    /// @return whether the cancelling side has spoken
    bool waitOnce(Clock::time_point until, Interest interest);
    void readFrom(Stream &stream);
    /// Reads until the streams have ended, or nothing came for so long. The time of a full sink does not count.
    void drain(std::chrono::milliseconds patience);
    [[nodiscard]] bool isHeldBack() const { return m_run.sink && m_run.sink->isFull(); }
    [[nodiscard]] bool hasEnded() const;
    [[nodiscard]] bool isDrained() const
    {
        return std::ranges::none_of(m_streams, [](const Stream &stream) { return bool(stream.from); });
    }

    pid_t m_pid;
    Descriptor m_pidDescriptor;
    Guard m_guard;
    std::array<Stream, 2> m_streams;
    const CommandRun &m_run;
    Wakeup &m_cancel;
    std::array<char, 64 * 1024> m_buffer;
};

bool Run::waitOnce(Clock::time_point until, Interest interest)
{
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (!m_pidDescriptor)
        left = std::min<std::chrono::milliseconds>(left, kPollStep);
    const bool heldBack = isHeldBack();
    std::array<pollfd, 5> entries{{{heldBack ? -1 : m_streams[0].from.get(), POLLIN, 0},
                                   {heldBack ? -1 : m_streams[1].from.get(), POLLIN, 0},
                                   {interest.cancel ? m_cancel.descriptor() : -1, POLLIN, 0},
                                   {interest.end ? m_pidDescriptor.get() : -1, POLLIN, 0},
                                   {heldBack ? m_run.sink->freed().descriptor() : -1, POLLIN, 0}}};
    if (::poll(entries.data(), entries.size(), int(std::clamp<qint64>(left.count(), 0, 3'600'000))) <= 0)
        return false;
    for (std::size_t i = 0; i < m_streams.size(); ++i) {
        if (entries[i].revents != 0)
            readFrom(m_streams[i]);
    }
    if (entries[4].revents != 0)
        m_run.sink->freed().clear();
    return entries[2].revents != 0;
}

void Run::readFrom(Stream &stream)
{
    const auto count = ::read(stream.from.get(), m_buffer.data(), m_buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        stream.from.reset();
        return;
    }
    if (m_run.sink) {
        m_run.sink->take(stream.kind, {m_buffer.data(), qsizetype(count)});
        return;
    }
    const qint64 fits = std::clamp<qint64>(m_run.maxOutput - stream.kept->size(), 0, count);
    stream.kept->append(m_buffer.data(), qsizetype(fits));
    *stream.dropped += count - fits;
}

bool Run::hasEnded() const
{
    siginfo_t info{};
    return ::waitid(P_PID, id_t(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == m_pid;
}

CommandOutcome::End Run::waitForEnd(Clock::time_point deadline)
{
    while (!hasEnded()) {
        if (Clock::now() >= deadline)
            return CommandOutcome::End::TimedOut;
        if (waitOnce(deadline, {.cancel = true, .end = true}))
            return CommandOutcome::End::Cancelled;
    }
    return CommandOutcome::End::Exited;
}

void Run::drain(std::chrono::milliseconds patience)
{
    auto until = Clock::now() + patience;
    while (!isDrained() && Clock::now() < until) {
        if (!isHeldBack()) {
            waitOnce(until, {});
        } else {
            if (waitOnce(kNever, {.cancel = true}))
                return;
            until = Clock::now() + patience;
        }
    }
}

int Run::finish(bool gently)
{
    // The leader is not reaped yet, so its number cannot belong to anybody else.
    if (gently) {
        ::kill(-m_pid, SIGTERM);
        ::kill(-m_pid, SIGCONT);
        const auto until = Clock::now() + m_run.grace;
        while (!hasEnded() && Clock::now() < until)
            waitOnce(until, {.end = true});
    } else {
        drain(m_run.lastWords);
    }
    ::kill(-m_pid, SIGKILL);
    drain(kDrain);
    m_guard.dismiss();
    int status = 0;
    while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/// The end that is read does not block.
bool openOutput(Descriptor &read, Descriptor &write)
{
    return openPipe(read, write) && ::fcntl(read.get(), F_SETFL, O_NONBLOCK) == 0;
}

} // namespace

Result<CommandOutcome> runCommand(const CommandRun &run, Wakeup &cancel)
{
    const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Descriptor output, outputWrite, error, errorWrite;
    if (!nothing || !openOutput(output, outputWrite) || !openOutput(error, errorWrite))
        return startError(errno);
    const auto deadline = run.limit ? Clock::now() + *run.limit : kNever;
    const StartedChild child = startChild({.programs = run.programs,
                                           .arguments = run.arguments,
                                           .environment = run.environment,
                                           .folder = run.folder,
                                           .defaults = run.defaults,
                                           .input = nothing.get(),
                                           .output = outputWrite.get(),
                                           .error = errorWrite.get()});
    outputWrite.reset();
    errorWrite.reset();
    if (child.pid == 0)
        return startError(child.error);

    CommandOutcome outcome;
    Run running(child.pid,
                {Stream{OutputSink::Stream::Output, std::move(output), &outcome.output, &outcome.outputDropped},
                 Stream{OutputSink::Stream::Error, std::move(error), &outcome.error, &outcome.errorDropped}},
                run, cancel);
    if (child.error != 0 || !running.isGuarded()) {
        running.finish(false);
        return startError(child.error != 0 ? child.error : EAGAIN);
    }
    outcome.end = running.waitForEnd(deadline);
    const int status = running.finish(outcome.end != CommandOutcome::End::Exited);
    if (outcome.end == CommandOutcome::End::Exited) {
        if (WIFEXITED(status))
            outcome.exitCode = WEXITSTATUS(status);
        else
            outcome.end = CommandOutcome::End::Killed;
    }
    return outcome;
}

} // namespace agent
