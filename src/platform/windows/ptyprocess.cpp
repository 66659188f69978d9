#include "platform/ptyprocess.h"

#include "platform/socketpair.h"
#include "platform/wakeup.h"

#include <windows.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

class Handle
{
public:
    explicit Handle(HANDLE handle = nullptr)
        : m_handle(handle)
    {
    }
    Handle(Handle &&other) noexcept
        : m_handle(std::exchange(other.m_handle, nullptr))
    {
    }
    Handle &operator=(Handle &&other) noexcept
    {
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    ~Handle() { reset(); }
    void reset()
    {
        if (m_handle && m_handle != INVALID_HANDLE_VALUE)
            CloseHandle(m_handle);
        m_handle = nullptr;
    }
    [[nodiscard]] HANDLE get() const { return m_handle; }

private:
    HANDLE m_handle;
};

COORD consoleSize(TerminalSize size)
{
    return {SHORT(std::clamp<int>(size.columns, 1, 0x7fff)), SHORT(std::clamp<int>(size.rows, 1, 0x7fff))};
}

Error startError(const QString &what, DWORD error)
{
    return Error{ErrorCode::Io, u"the shell could not be started: %1: %2"_s.arg(what, qt_error_string(int(error)))};
}

/// A pseudo console (ConPTY, Windows 10 1809 and later) and the program on it.
///
/// Its pipes can be neither polled nor read without blocking, so two threads carry the bytes between them and a pair
/// of sockets, which can. Back-pressure survives: a full socket stops the thread, a full pipe the program.
class ConsoleProcess final : public PtyProcess
{
public:
    ConsoleProcess(HPCON console, Handle process, Handle job, Handle toConsole, Handle fromConsole, UniqueSocket ours,
                   UniqueSocket theirs)
        : m_console(console)
        , m_process(std::move(process))
        , m_job(std::move(job))
        , m_ours(std::move(ours))
        , m_theirs(std::move(theirs))
        , m_toConsole(std::move(toConsole))
        , m_fromConsole(std::move(fromConsole))
        , m_writer([this] { carryInput(); })
        , m_reader([this] { carryOutput(); })
        , m_watcher([this] { closeAfterEnd(); })
    {
    }
    ~ConsoleProcess() override { hangUp(0ms); }

    Ready wait(Interest interest, Wakeup &wakeup, std::optional<std::chrono::nanoseconds> timeout) override;
    qint64 read(char *buffer, qint64 size) override;
    qint64 write(const char *bytes, qint64 size) override;
    void resize(TerminalSize size) override;
    void hangUp(std::chrono::milliseconds grace) override;

private:
    static constexpr std::size_t kPiece = 16 * 1024;

    void carryInput();
    void carryOutput();
    void closeAfterEnd();
    void closeConsole();

    std::mutex m_mutex; ///< around m_console
    HPCON m_console;    ///< null once closed
    const Handle m_process;
    const Handle m_job; ///< takes along whatever the shell has started
    UniqueSocket m_ours;
    const UniqueSocket m_theirs;
    const Handle m_toConsole;
    const Handle m_fromConsole;
    std::thread m_writer;
    std::thread m_reader;
    std::thread m_watcher;
};

PtyProcess::Ready ConsoleProcess::wait(Interest interest, Wakeup &wakeup,
                                       std::optional<std::chrono::nanoseconds> timeout)
{
    short events = 0;
    if (interest.read)
        events |= POLLIN;
    if (interest.write)
        events |= POLLOUT;
    PollEntry entries[2] = {{wakeup.descriptor(), POLLIN, 0}, {m_ours.get(), events, 0}};
    int limit = -1;
    if (timeout)
        limit = int(std::clamp<qint64>(std::chrono::ceil<std::chrono::milliseconds>(*timeout).count(), 0, 3'600'000));
    if (pollSockets(entries, events != 0 ? 2 : 1, limit) <= 0)
        return {};
    if (entries[0].revents != 0)
        wakeup.clear();
    const bool ended = events != 0 && (entries[1].revents & (POLLHUP | POLLERR)) != 0;
    return {.readable = interest.read && ((entries[1].revents & POLLIN) != 0 || ended),
            .writable = interest.write && ((entries[1].revents & POLLOUT) != 0 || ended)};
}

qint64 ConsoleProcess::read(char *buffer, qint64 size)
{
    const int count = ::recv(m_ours.get(), buffer, int(std::min<qint64>(size, kPiece)), 0);
    if (count > 0)
        return count;
    return count < 0 && lastSocketError() == WSAEWOULDBLOCK ? 0 : -1;
}

qint64 ConsoleProcess::write(const char *bytes, qint64 size)
{
    const int count = ::send(m_ours.get(), bytes, int(std::min<qint64>(size, kPiece)), 0);
    if (count >= 0)
        return count;
    return lastSocketError() == WSAEWOULDBLOCK ? 0 : -1;
}

void ConsoleProcess::resize(TerminalSize size)
{
    const std::scoped_lock lock(m_mutex);
    if (m_console)
        ResizePseudoConsole(m_console, consoleSize(size));
}

void ConsoleProcess::hangUp(std::chrono::milliseconds grace)
{
    if (!m_writer.joinable())
        return;
    ::shutdown(m_ours.get(), SD_BOTH); // the carriers see an end; what was typed and not read is dropped
    closeConsole();                    // the program gets CTRL_CLOSE_EVENT
    if (WaitForSingleObject(m_process.get(), DWORD(grace.count())) != WAIT_OBJECT_0)
        TerminateJobObject(m_job.get(), 1);
    for (std::thread *thread : {&m_watcher, &m_reader, &m_writer})
        thread->join();
}

void ConsoleProcess::carryInput()
{
    std::array<char, kPiece> piece;
    for (;;) {
        PollEntry entry{m_theirs.get(), POLLIN, 0};
        pollSockets(&entry, 1, -1);
        const int count = ::recv(m_theirs.get(), piece.data(), int(piece.size()), 0);
        if (count < 0 && lastSocketError() == WSAEWOULDBLOCK)
            continue;
        if (count <= 0)
            return;
        for (DWORD done = 0, written = 0; done < DWORD(count); done += written) {
            if (!WriteFile(m_toConsole.get(), piece.data() + done, DWORD(count) - done, &written, nullptr))
                return;
        }
    }
}

void ConsoleProcess::carryOutput()
{
    std::array<char, kPiece> piece;
    DWORD count = 0;
    // Reading goes on until the console is closed, also when nobody listens: closing it waits for its last output.
    while (ReadFile(m_fromConsole.get(), piece.data(), DWORD(piece.size()), &count, nullptr) && count > 0) {
        for (DWORD done = 0; done < count;) {
            const int sent = ::send(m_theirs.get(), piece.data() + done, int(count - done), 0);
            if (sent > 0) {
                done += DWORD(sent);
            } else if (lastSocketError() == WSAEWOULDBLOCK) {
                PollEntry entry{m_theirs.get(), POLLOUT, 0};
                pollSockets(&entry, 1, -1);
            } else {
                break;
            }
        }
    }
    ::shutdown(m_theirs.get(), SD_BOTH);
}

void ConsoleProcess::closeAfterEnd()
{
    WaitForSingleObject(m_process.get(), INFINITE);
    closeConsole(); // a console outlives its program, and its output pipe would never end
}

void ConsoleProcess::closeConsole()
{
    HPCON console = nullptr;
    {
        const std::scoped_lock lock(m_mutex);
        console = std::exchange(m_console, nullptr);
    }
    if (console)
        ClosePseudoConsole(console);
}

/// One argument by the rules of CommandLineToArgvW.
std::wstring quoted(const QByteArray &argument)
{
    std::wstring text = L"\"";
    std::size_t backslashes = 0;
    for (const wchar_t c : QString::fromUtf8(argument).toStdWString()) {
        if (c == L'"')
            text.append(backslashes + 1, L'\\');
        backslashes = c == L'\\' ? backslashes + 1 : 0;
        text += c;
    }
    text.append(backslashes, L'\\');
    return text + L'"';
}

std::wstring commandLine(const QByteArray &program, const QList<QByteArray> &arguments)
{
    std::wstring line = quoted(program);
    for (const QByteArray &argument : arguments)
        line += L' ' + quoted(argument);
    return line;
}

/// NUL-terminated strings, sorted without regard to case as CreateProcess wants them, and a final NUL.
std::wstring environmentBlock(const QList<QByteArray> &environment)
{
    QStringList sorted;
    for (const QByteArray &variable : environment)
        sorted.append(QString::fromUtf8(variable));
    sorted.sort(Qt::CaseInsensitive);
    std::wstring block;
    for (const QString &variable : std::as_const(sorted))
        block += variable.toStdWString() + L'\0';
    return block + L'\0';
}

struct AttributeList
{
    std::vector<char> memory;
    LPPROC_THREAD_ATTRIBUTE_LIST list = nullptr;

    explicit AttributeList(HPCON console)
    {
        SIZE_T size = 0;
        InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
        memory.resize(size);
        auto *made = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory.data());
        if (!InitializeProcThreadAttributeList(made, 1, 0, &size))
            return;
        list = made;
        UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console, sizeof console, nullptr,
                                  nullptr);
    }
    ~AttributeList()
    {
        if (list)
            DeleteProcThreadAttributeList(list);
    }
    AttributeList(const AttributeList &) = delete;
    AttributeList &operator=(const AttributeList &) = delete;
};

/// Starts the first program that can be, suspended. @return the error of the last one tried; 0: it is in `started`
DWORD startFirst(const PtyCommand &command, HPCON console, PROCESS_INFORMATION &started)
{
    const AttributeList attributes(console);
    std::wstring environment = environmentBlock(command.environment);
    const std::wstring folder = QString::fromUtf8(command.folder).toStdWString();
    STARTUPINFOEXW startup{};
    startup.StartupInfo.cb = sizeof startup;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES; // none: those of the agent must not be handed on
    startup.lpAttributeList = attributes.list;
    DWORD error = ERROR_FILE_NOT_FOUND;
    for (const QByteArray &program : command.programs) {
        const std::wstring path = QString::fromUtf8(program).toStdWString();
        for (const wchar_t *place : {folder.c_str(), static_cast<const wchar_t *>(nullptr)}) {
            std::wstring line = commandLine(program, command.arguments);
            if (CreateProcessW(path.c_str(), line.data(), nullptr, nullptr, FALSE,
                               EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT | CREATE_SUSPENDED,
                               environment.data(), place, &startup.StartupInfo, &started))
                return 0;
            error = GetLastError();
        }
    }
    return error;
}

Handle killingJob()
{
    Handle job(CreateJobObjectW(nullptr, nullptr));
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits);
    return job;
}

} // namespace

Result<std::unique_ptr<PtyProcess>> PtyProcess::start(const PtyCommand &command, TerminalSize size)
{
    auto [ours, theirs] = makeSocketPair();
    HANDLE inRead = nullptr, inWrite = nullptr, outRead = nullptr, outWrite = nullptr;
    if (!ours.isOpen() || !CreatePipe(&inRead, &inWrite, nullptr, 0))
        return startError(u"pipes"_s, GetLastError());
    const Handle consoleIn(inRead);
    Handle toConsole(inWrite);
    if (!CreatePipe(&outRead, &outWrite, nullptr, 0))
        return startError(u"pipes"_s, GetLastError());
    Handle fromConsole(outRead);
    const Handle consoleOut(outWrite);

    HPCON console = nullptr;
    const HRESULT made = CreatePseudoConsole(consoleSize(size), consoleIn.get(), consoleOut.get(), 0, &console);
    if (FAILED(made))
        return startError(u"pseudo console"_s, DWORD(made));
    PROCESS_INFORMATION started{};
    if (const DWORD error = startFirst(command, console, started); error != 0) {
        fromConsole.reset(); // else closing would wait for somebody to read
        ClosePseudoConsole(console);
        return startError(u"shell"_s, error);
    }
    Handle job = killingJob();
    AssignProcessToJobObject(job.get(), started.hProcess);
    ResumeThread(started.hThread);
    CloseHandle(started.hThread);
    return std::unique_ptr<PtyProcess>(
        std::make_unique<ConsoleProcess>(console, Handle(started.hProcess), std::move(job), std::move(toConsole),
                                         std::move(fromConsole), std::move(ours), std::move(theirs)));
}

} // namespace agent
