#include "platform/parentwatcher.h"

#include <QWinEventNotifier>

#include <qt_windows.h>

#include <tlhelp32.h>

namespace agent {

namespace {

struct CloseHandleLater
{
    using pointer = HANDLE;
    void operator()(HANDLE handle) const { CloseHandle(handle); }
};
using Handle = std::unique_ptr<HANDLE, CloseHandleLater>;

ULONGLONG startTime(HANDLE process)
{
    FILETIME created{}, unused{};
    if (!GetProcessTimes(process, &created, &unused, &unused, &unused))
        return 0;
    return (ULONGLONG(created.dwHighDateTime) << 32) | created.dwLowDateTime;
}

/// Waits on a handle of the parent process, which is signalled when it ends.
class WindowsParentWatcher final : public ParentWatcher
{
public:
    explicit WindowsParentWatcher(qint64 parent)
        : m_parent(parent)
    {
    }

    void start() override
    {
        m_process.reset(OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, DWORD(m_parent)));
        // Windows never adopts orphans, so the id may be another's by now: that one started after us.
        if (!m_process || startTime(m_process.get()) > startTime(GetCurrentProcess())) {
            Q_EMIT parentDied();
            return;
        }
        m_notifier = std::make_unique<QWinEventNotifier>(m_process.get());
        connect(m_notifier.get(), &QWinEventNotifier::activated, this, [this] {
            m_notifier->setEnabled(false);
            Q_EMIT parentDied();
        });
    }

private:
    const qint64 m_parent;
    Handle m_process;
    std::unique_ptr<QWinEventNotifier> m_notifier;
};

} // namespace

qint64 parentProcessId()
{
    const HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (all == INVALID_HANDLE_VALUE)
        return 0;
    const Handle closer(all);
    PROCESSENTRY32W entry{};
    entry.dwSize = sizeof entry;
    for (BOOL more = Process32FirstW(all, &entry); more; more = Process32NextW(all, &entry)) {
        if (entry.th32ProcessID == GetCurrentProcessId())
            return entry.th32ParentProcessID;
    }
    return 0;
}

std::unique_ptr<ParentWatcher> makeParentWatcher(qint64 parent)
{
    return parent > 1 ? std::make_unique<WindowsParentWatcher>(parent) : nullptr;
}

} // namespace agent
