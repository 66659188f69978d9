#include "sshd/sshdserver.h"

#include "tcppeer/tcppeer.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>

#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace agent::test {

using namespace Qt::StringLiterals;

namespace {

const QString kSshd = u"/usr/sbin/sshd"_s;
const QString kKeygen = u"ssh-keygen"_s;
constexpr int kStartTimeout = 20000;

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

void endWithThisProcess(QProcess &process)
{
    process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
}

QList<qint64> childrenOf(qint64 pid)
{
    QList<qint64> children;
    const QByteArray list = readAll(u"/proc/%1/task/%1/children"_s.arg(pid));
    for (const QByteArray &word : list.split(' ')) {
        if (const qint64 child = word.trimmed().toLongLong()) {
            children.append(child);
            children += childrenOf(child);
        }
    }
    return children;
}

std::optional<QByteArray> run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments, QIODevice::ReadOnly);
    if (!process.waitForFinished(kStartTimeout) || process.exitCode() != 0)
        return std::nullopt;
    return process.readAllStandardOutput();
}

SshdServer::SshdServer()
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    endWithThisProcess(m_process);
    makeHostKeys();
}

SshdServer::~SshdServer() { stop(); }

bool SshdServer::isInstalled() { return QFileInfo::exists(kSshd); }

QString SshdServer::currentUser()
{
    const passwd *entry = getpwuid(getuid());
    return QString::fromLocal8Bit(entry ? entry->pw_name : "");
}

void SshdServer::makeHostKeys()
{
    for (const QString &type : {u"ed25519"_s, u"rsa"_s, u"ecdsa"_s}) {
        const QString path = m_folder.filePath(u"host_"_s + type);
        QFile::remove(path);
        QFile::remove(path + u".pub"_s);
        QStringList arguments{u"-q"_s, u"-N"_s, QString(), u"-t"_s, type, u"-f"_s, path};
        if (type == "rsa"_L1)
            arguments << u"-b"_s << u"2048"_s;
        if (!run(kKeygen, arguments))
            qFatal("ssh-keygen failed");
    }
}

QString SshdServer::addClientKey(const QStringList &arguments)
{
    const QString path = m_folder.filePath(u"client_%1"_s.arg(++m_keys));
    QStringList all = arguments;
    if (!all.contains(u"-N"_s))
        all << u"-N"_s << QString();
    if (!run(kKeygen, QStringList{u"-q"_s, u"-f"_s, path} + all))
        qFatal("ssh-keygen failed");
    QFile authorized(m_folder.filePath(u"authorized_keys"_s));
    if (!authorized.open(QIODevice::Append))
        qFatal("cannot write authorized_keys");
    authorized.write(readAll(path + u".pub"_s));
    return path;
}

QByteArray SshdServer::hostKey(const QString &type) const
{
    const QList<QByteArray> fields = readAll(m_folder.filePath(u"host_%1.pub"_s.arg(type))).split(' ');
    return fields.value(0) + ' ' + fields.value(1);
}

QByteArray SshdServer::hostKeyFingerprint(const QString &type) const
{
    const auto output = run(kKeygen, {u"-lf"_s, m_folder.filePath(u"host_%1.pub"_s.arg(type))});
    return output ? output->split(' ').value(1) : QByteArray();
}

bool SshdServer::start(const QStringList &options)
{
    for (int attempt = 0; attempt < 5; ++attempt) { // another program may take the port first
        if (tryStart(freePort(), options))
            return true;
    }
    return false;
}

bool SshdServer::resume(const QStringList &options) { return tryStart(m_port, options); }

bool SshdServer::tryStart(quint16 port, const QStringList &options)
{
    stop();
    m_log.clear();
    m_port = port;
    if (geteuid() == 0)
        QDir().mkpath(u"/run/sshd"_s); // where a root sshd insists on putting its unprivileged half
    QStringList config = options;
    config << u"Port %1"_s.arg(m_port) << u"ListenAddress "_s + m_address;
    for (const QString &type : {u"ed25519"_s, u"rsa"_s, u"ecdsa"_s})
        config << u"HostKey %1"_s.arg(m_folder.filePath(u"host_"_s + type));
    config << u"AuthorizedKeysFile %1"_s.arg(m_folder.filePath(u"authorized_keys"_s)) << u"StrictModes no"_s
           << u"UsePAM no"_s << u"PasswordAuthentication no"_s << u"KbdInteractiveAuthentication no"_s
           << u"PermitRootLogin yes"_s << u"PidFile none"_s << u"PrintMotd no"_s << u"PrintLastLog no"_s
           << u"LogLevel VERBOSE"_s << u"MaxStartups 200"_s << u"PerSourcePenalties no"_s
           << u"SetEnv HOME=%1"_s.arg(m_folder.path()) // no start-up file of the machine's user gets in the way
           << u"ForceCommand if [ -n \"$SSH_ORIGINAL_COMMAND\" ]; then exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"; else "
              u"PS1='$ ' exec /bin/sh -i; fi"_s;
    const QString configPath = m_folder.filePath(u"sshd_config"_s);
    QFile file(configPath);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return false;
    file.write(config.join(u'\n').toUtf8() + '\n');
    file.close();
    const QStringList command = m_prefix + QStringList{kSshd, u"-D"_s, u"-e"_s, u"-f"_s, configPath};
    m_process.start(command.first(), command.sliced(1));
    QElapsedTimer timer;
    timer.start();
    while (!log().contains("Server listening on")) {
        if (m_process.state() == QProcess::NotRunning || timer.elapsed() > kStartTimeout) {
            qWarning().noquote() << "sshd did not start:" << m_log;
            return false;
        }
        m_process.waitForReadyRead(100);
    }
    return true;
}

void SshdServer::runIn(const QStringList &prefix, const QString &address)
{
    m_prefix = prefix;
    m_address = address;
}

void SshdServer::stop()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    const QList<qint64> sessions = sessionProcesses();
    m_process.terminate();
    if (!m_process.waitForFinished(5000))
        m_process.kill();
    m_process.waitForFinished(5000);
    for (const qint64 pid : sessions)
        ::kill(pid_t(pid), SIGKILL);
}

void SshdServer::signalAll(int signal)
{
    QList<qint64> all = sessionProcesses();
    all.prepend(m_process.processId());
    for (const qint64 pid : all)
        ::kill(pid_t(pid), signal);
}

QList<qint64> SshdServer::sessionProcesses() const { return childrenOf(m_process.processId()); }

QByteArray SshdServer::log()
{
    m_log += m_process.readAll();
    return m_log;
}

} // namespace agent::test
