#include "platform/runningprocess.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <libproc.h>
#include <unistd.h>

namespace agent {

using namespace std::chrono_literals;

namespace {

/// macOS has no handle on a foreign process, so every question is asked by id.
class MacProcess final : public RunningProcess
{
public:
    explicit MacProcess(pid_t pid)
        : m_pid(pid)
    {
    }

    QString programName() const override
    {
        std::array<char, PROC_PIDPATHINFO_MAXSIZE> path{};
        if (::proc_pidpath(m_pid, path.data(), path.size()) <= 0)
            return {};
        return QFileInfo(QFile::decodeName(path.data())).fileName();
    }

    bool belongsToThisUser() const override
    {
        proc_bsdinfo info{};
        return ::proc_pidinfo(m_pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) == int(sizeof info) &&
               info.pbi_ruid == ::getuid() && info.pbi_uid == ::geteuid();
    }

    bool listensOn(quint16 port) const override
    {
        const int bytes = ::proc_pidinfo(m_pid, PROC_PIDLISTFDS, 0, nullptr, 0);
        if (bytes <= 0)
            return false;
        std::vector<proc_fdinfo> descriptors(std::size_t(bytes) / sizeof(proc_fdinfo));
        const int filled = ::proc_pidinfo(m_pid, PROC_PIDLISTFDS, 0, descriptors.data(), bytes);
        descriptors.resize(filled > 0 ? std::size_t(filled) / sizeof(proc_fdinfo) : 0);
        return std::ranges::any_of(descriptors, [&](const proc_fdinfo &one) {
            socket_fdinfo socket{};
            return one.proc_fdtype == PROX_FDTYPE_SOCKET &&
                   ::proc_pidfdinfo(m_pid, one.proc_fd, PROC_PIDFDSOCKETINFO, &socket, sizeof socket) ==
                       int(sizeof socket) &&
                   socket.psi.soi_kind == SOCKINFO_TCP && socket.psi.soi_proto.pri_tcp.tcpsi_state == TSI_S_LISTEN &&
                   ntohs(quint16(socket.psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport)) == port;
        });
    }

    void requestStop() override { ::kill(m_pid, SIGTERM); }
    void kill() override { ::kill(m_pid, SIGKILL); }

    bool waitForExit(std::chrono::milliseconds limit) override
    {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        while (::kill(m_pid, 0) == 0 || errno != ESRCH) {
            if (std::chrono::steady_clock::now() >= deadline)
                return false;
            std::this_thread::sleep_for(20ms);
        }
        return true;
    }

private:
    const pid_t m_pid;
};

} // namespace

std::unique_ptr<RunningProcess> findProcess(qint64 pid)
{
    if (pid <= 0 || pid > std::numeric_limits<pid_t>::max())
        return nullptr;
    auto process = std::make_unique<MacProcess>(pid_t(pid));
    if (process->waitForExit(0ms))
        return nullptr;
    return process;
}

} // namespace agent
