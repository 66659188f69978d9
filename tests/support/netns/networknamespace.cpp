#include "netns/networknamespace.h"

#include "sshd/sshdserver.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QStandardPaths>
#include <QThread>

#include <cerrno>
#include <sched.h>
#include <unistd.h>

namespace agent::test {

using namespace Qt::StringLiterals;

namespace {

QString deviceAt(int net, int end) { return u"cable%1e%2"_s.arg(net).arg(end); }

QString addressAt(int net, int end) { return u"10.77.%1.%2"_s.arg(net).arg(end); }

QStringList losing(const QString &address, const QString &device)
{
    // A neighbour that does not exist, and that nobody is asked about: the frames go nowhere.
    return {u"neigh"_s, u"replace"_s, address,  u"lladdr"_s,   u"02:00:00:00:00:99"_s,
            u"dev"_s,   device,       u"nud"_s, u"permanent"_s};
}

QString namespaceOf(const QString &process) { return QFile::symLinkTarget(u"/proc/%1/ns/net"_s.arg(process)); }

} // namespace

std::optional<QString> enterOwnNetwork()
{
    for (const QString &tool : {u"ip"_s, u"unshare"_s, u"nsenter"_s}) {
        if (QStandardPaths::findExecutable(tool, {u"/usr/bin"_s, u"/usr/sbin"_s, u"/sbin"_s, u"/bin"_s}).isEmpty())
            return u"%1 is not installed"_s.arg(tool);
    }
    if (::unshare(CLONE_NEWNET) != 0)
        return u"no network namespaces here: "_s + qt_error_string(errno);
    if (!run(u"ip"_s, {u"link"_s, u"set"_s, u"lo"_s, u"up"_s}))
        return u"the loopback of a network namespace does not come up"_s;
    if (!run(u"ip"_s, {u"link"_s, u"add"_s, u"probe0"_s, u"type"_s, u"veth"_s, u"peer"_s, u"name"_s, u"probe1"_s}))
        return u"no veth devices here"_s;
    if (!run(u"ip"_s, {u"link"_s, u"del"_s, u"probe0"_s}))
        return u"veth devices cannot be deleted here"_s;
    return std::nullopt;
}

NetworkNamespace::NetworkNamespace()
{
    endWithThisProcess(m_holder);
    m_holder.start(u"unshare"_s, {u"--net"_s, u"--"_s, u"sleep"_s, u"infinity"_s});
    if (!m_holder.waitForStarted())
        return;
    const QString own = namespaceOf(u"thread-self"_s), pid = QString::number(m_holder.processId());
    const QDeadlineTimer limit(10000);
    while (namespaceOf(pid) == own && !limit.hasExpired())
        QThread::msleep(5);
    m_isUp = namespaceOf(pid) != own && ip({u"link"_s, u"set"_s, u"lo"_s, u"up"_s});
}

NetworkNamespace::~NetworkNamespace()
{
    // The kernel takes its time with a namespace that is gone; the name of a cable is to be free at once.
    for (const QString &device : m_devices)
        static_cast<void>(run(u"ip"_s, {u"link"_s, u"del"_s, device}));
    m_holder.kill();
    m_holder.waitForFinished();
}

QStringList NetworkNamespace::prefix() const
{
    return {u"nsenter"_s, u"--net=/proc/%1/ns/net"_s.arg(m_holder.processId()), u"--"_s};
}

std::optional<QString> NetworkNamespace::connectToTest(int net)
{
    const QString near = deviceAt(net, 1), far = deviceAt(net, 2), pid = QString::number(m_holder.processId());
    m_devices << near;
    const bool done =
        run(u"ip"_s, {u"link"_s, u"add"_s, near, u"type"_s, u"veth"_s, u"peer"_s, u"name"_s, far, u"netns"_s, pid}) &&
        run(u"ip"_s, {u"addr"_s, u"add"_s, addressAt(net, 1) + u"/24"_s, u"dev"_s, near}) &&
        run(u"ip"_s, {u"link"_s, u"set"_s, near, u"up"_s}) && raise(far, addressAt(net, 2));
    return done ? std::optional(addressAt(net, 2)) : std::nullopt;
}

std::optional<QString> NetworkNamespace::connectTo(NetworkNamespace &other, int net)
{
    const QString near = deviceAt(net, 1), far = deviceAt(net, 2);
    const QString pid = QString::number(other.m_holder.processId());
    const bool done =
        ip({u"link"_s, u"add"_s, near, u"type"_s, u"veth"_s, u"peer"_s, u"name"_s, far, u"netns"_s, pid}) &&
        raise(near, addressAt(net, 1)) && other.raise(far, addressAt(net, 2));
    return done ? std::optional(addressAt(net, 2)) : std::nullopt;
}

bool NetworkNamespace::unplug(int net)
{
    return ip({u"link"_s, u"set"_s, deviceAt(net, 2), u"down"_s}) ||
           ip({u"link"_s, u"set"_s, deviceAt(net, 1), u"down"_s});
}

bool NetworkNamespace::loseWhatGoesTo(const QString &address, int net)
{
    return ip(losing(address, deviceAt(net, 2))) || ip(losing(address, deviceAt(net, 1)));
}

bool NetworkNamespace::ip(const QStringList &arguments) const
{
    const QStringList command = prefix() + QStringList{u"ip"_s} + arguments;
    return run(command.first(), command.sliced(1)).has_value();
}

bool NetworkNamespace::raise(const QString &device, const QString &address) const
{
    return ip({u"addr"_s, u"add"_s, address + u"/24"_s, u"dev"_s, device}) &&
           ip({u"link"_s, u"set"_s, device, u"up"_s});
}

bool loseWhatTheTestSendsTo(const QString &address, int net)
{
    return run(u"ip"_s, losing(address, deviceAt(net, 1))).has_value();
}

} // namespace agent::test
