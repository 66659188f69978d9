#include "platform/runningprocess.h"

#include <QFileInfo>

#include <vector>

// winsock2.h must come before windows.h
#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <qt_windows.h>

namespace agent {

namespace {

struct CloseHandleLater
{
    using pointer = HANDLE;
    void operator()(HANDLE handle) const { CloseHandle(handle); }
};
using Handle = std::unique_ptr<HANDLE, CloseHandleLater>;

std::vector<std::byte> userOf(HANDLE process)
{
    HANDLE opened = nullptr;
    if (!OpenProcessToken(process, TOKEN_QUERY, &opened))
        return {};
    const Handle token(opened);
    DWORD size = 0;
    GetTokenInformation(token.get(), TokenUser, nullptr, 0, &size);
    std::vector<std::byte> buffer(size);
    if (!GetTokenInformation(token.get(), TokenUser, buffer.data(), size, &size))
        return {};
    return buffer;
}

template <typename Table>
bool hasListener(ULONG family, DWORD pid, quint16 port)
{
    DWORD size = 0;
    GetExtendedTcpTable(nullptr, &size, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
    std::vector<std::byte> buffer(size);
    if (GetExtendedTcpTable(buffer.data(), &size, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0) != NO_ERROR)
        return false;
    const auto *table = reinterpret_cast<const Table *>(buffer.data());
    for (DWORD i = 0; i < table->dwNumEntries; ++i) {
        if (table->table[i].dwOwningPid == pid && ntohs(u_short(table->table[i].dwLocalPort)) == port)
            return true;
    }
    return false;
}

/// An open handle keeps the id from being given to another process.
class WindowsProcess final : public RunningProcess
{
public:
    explicit WindowsProcess(HANDLE process)
        : m_process(process)
    {
    }

    QString programName() const override
    {
        std::array<wchar_t, 1024> path{};
        DWORD length = DWORD(path.size());
        if (!QueryFullProcessImageNameW(m_process.get(), 0, path.data(), &length))
            return {};
        return QFileInfo(QString::fromWCharArray(path.data(), int(length))).fileName();
    }

    bool belongsToThisUser() const override
    {
        const auto theirs = userOf(m_process.get());
        const auto ours = userOf(GetCurrentProcess());
        return !theirs.empty() && !ours.empty() &&
               EqualSid(reinterpret_cast<const TOKEN_USER *>(theirs.data())->User.Sid,
                        reinterpret_cast<const TOKEN_USER *>(ours.data())->User.Sid);
    }

    bool listensOn(quint16 port) const override
    {
        const DWORD pid = GetProcessId(m_process.get());
        return hasListener<MIB_TCPTABLE_OWNER_PID>(AF_INET, pid, port) ||
               hasListener<MIB_TCP6TABLE_OWNER_PID>(AF_INET6, pid, port);
    }

    void requestStop() override { kill(); }
    void kill() override { TerminateProcess(m_process.get(), 0); }

    bool waitForExit(std::chrono::milliseconds limit) override
    {
        return WaitForSingleObject(m_process.get(), DWORD(limit.count())) == WAIT_OBJECT_0;
    }

private:
    Handle m_process;
};

} // namespace

std::unique_ptr<RunningProcess> findProcess(qint64 pid)
{
    if (pid <= 0 || pid > std::numeric_limits<DWORD>::max())
        return nullptr;
    const HANDLE process =
        OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE, FALSE, DWORD(pid));
    if (!process)
        return nullptr;
    auto found = std::make_unique<WindowsProcess>(process);
    if (found->waitForExit(std::chrono::milliseconds(0)))
        return nullptr;
    return found;
}

} // namespace agent
