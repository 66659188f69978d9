#include "platform/runningprocess.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QSet>

#include <cerrno>
#include <csignal>
#include <thread>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QByteArray readProcFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

struct Listener
{
    QByteArray inode;
    uint user = 0;
};

/// The sockets listening on that port, from a table in the format of proc(5) `/proc/net/tcp`.
QList<Listener> listenersOn(quint16 port, const QString &table)
{
    QList<Listener> found;
    const QByteArray portSuffix = ':' + QByteArray::number(port, 16).toUpper().rightJustified(4, '0');
    for (const QByteArray &line : readProcFile(table).split('\n')) {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
        const QList<QByteArray> words = line.simplified().split(' ');
        constexpr qsizetype kLocal = 1, kState = 3, kUser = 7, kInode = 9;
        if (words.size() > kInode && words[kState] == "0A" && words[kLocal].endsWith(portSuffix))
            found.append({.inode = words[kInode], .user = words[kUser].toUInt()});
    }
    return found;
}

/// Held by a pidfd where the kernel has them, else by its bare id.
class LinuxProcess final : public RunningProcess
{
public:
    LinuxProcess(pid_t pid, int descriptor)
        : m_pid(pid)
        , m_descriptor(descriptor)
    {
    }
    ~LinuxProcess() override
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    QString programName() const override
    {
        const QString program = QFile::symLinkTarget(procPath(u"exe"_s));
        if (!program.isEmpty())
            return QFileInfo(program).fileName();
        // A non-dumpable process hides its program file, not the name the kernel keeps (cut at 15 characters).
        return QString::fromUtf8(readProcFile(procPath(u"comm"_s))).trimmed();
    }

    bool belongsToThisUser() const override
    {
        // Not the owner of /proc/<pid>: for a non-dumpable process that is root.
        for (const QByteArray &line : readProcFile(procPath(u"status"_s)).split('\n')) {
            if (line.startsWith("Uid:")) {
                const QList<QByteArray> ids = line.simplified().split(' '); // Uid: real effective saved filesystem
                return ids.size() > 2 && ids[1].toUInt() == ::getuid() && ids[2].toUInt() == ::geteuid();
            }
        }
        return false;
    }

    bool listensOn(quint16 port) const override
    {
        const QList<Listener> listeners =
            listenersOn(port, u"/proc/net/tcp"_s) + listenersOn(port, u"/proc/net/tcp6"_s);
        if (listeners.isEmpty())
            return false;

        const QString folder = procPath(u"fd"_s);
        if (::access(QFile::encodeName(folder).constData(), R_OK | X_OK) != 0) {
            return std::ranges::any_of(listeners, [](const Listener &one) { return one.user == ::getuid(); });
        }
        QSet<QString> targets;
        for (const Listener &listener : listeners)
            targets.insert(u"socket:["_s + QString::fromLatin1(listener.inode) + u']');
        for (const QString &entry : QDir(folder).entryList(QDir::Files | QDir::System | QDir::NoDotAndDotDot)) {
            std::array<char, 64> target{};
            const QByteArray link = QFile::encodeName(folder + u'/' + entry);
            const ssize_t length = ::readlink(link.constData(), target.data(), target.size());
            if (length > 0 && targets.contains(QString::fromLatin1(target.data(), length)))
                return true;
        }
        return false;
    }

    void requestStop() override { signal(SIGTERM); }
    void kill() override { signal(SIGKILL); }

    bool waitForExit(std::chrono::milliseconds limit) override
    {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        for (;;) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            const auto wait = std::max(left, 0ms);
            if (m_descriptor >= 0) {
                pollfd ended{.fd = m_descriptor, .events = POLLIN, .revents = 0};
                const int ready = ::poll(&ended, 1, int(wait.count()));
                if (ready != 0 && !(ready < 0 && errno == EINTR))
                    return ready > 0;
            } else {
                if (::kill(m_pid, 0) != 0 && errno == ESRCH)
                    return true;
                std::this_thread::sleep_for(std::min(wait, 20ms));
            }
            if (wait == 0ms)
                return false;
        }
    }

private:
    QString procPath(const QString &name) const { return u"/proc/%1/"_s.arg(m_pid) + name; }

    void signal(int number) const
    {
        if (m_descriptor >= 0)
            ::syscall(SYS_pidfd_send_signal, m_descriptor, number, nullptr, 0);
        else
            ::kill(m_pid, number);
    }

    const pid_t m_pid;
    const int m_descriptor;
};

} // namespace

std::unique_ptr<RunningProcess> findProcess(qint64 pid)
{
    if (pid <= 0 || pid > std::numeric_limits<pid_t>::max())
        return nullptr;
    const int descriptor = int(::syscall(SYS_pidfd_open, pid_t(pid), 0));
    if (descriptor < 0 && errno == ESRCH)
        return nullptr;
    auto process = std::make_unique<LinuxProcess>(pid_t(pid), descriptor);
    if (process->waitForExit(0ms))
        return nullptr;
    return process;
}

} // namespace agent
