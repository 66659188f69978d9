#include "sshd/dropbearserver.h"

#include "sshd/sshdserver.h"
#include "tcppeer/tcppeer.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>

#include <signal.h>

namespace agent::test {

using namespace Qt::StringLiterals;

namespace {

const QString kDropbear = u"/usr/sbin/dropbear"_s;
constexpr int kStartTimeout = 20000;

} // namespace

DropbearServer::DropbearServer()
    : m_folder(QDir::currentPath() + u"/dropbear-XXXXXX"_s)
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    endWithThisProcess(m_process);
}

DropbearServer::~DropbearServer() { stop(); }

bool DropbearServer::isInstalled() { return QFileInfo::exists(kDropbear); }

bool DropbearServer::start(const QStringList &hostKeyTypes, const QStringList &options)
{
    QFile authorized(m_folder.filePath(u"authorized_keys"_s));
    if (!authorized.open(QIODevice::WriteOnly))
        return false;
    for (const QString &type : {u"ed25519"_s, u"rsa"_s}) {
        const QString path = m_folder.filePath(u"client_"_s + type);
        if (!QFile::exists(path) && !run(u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, type, u"-N"_s, QString(), u"-f"_s, path}))
            return false;
        QFile key(path + u".pub"_s);
        if (!key.open(QIODevice::ReadOnly))
            return false;
        authorized.write(key.readAll());
    }
    authorized.close();
    for (const QString &type : hostKeyTypes) {
        const QString path = m_folder.filePath(u"host_"_s + type);
        if (!QFile::exists(path) && !run(u"dropbearkey"_s, {u"-t"_s, type, u"-f"_s, path}))
            return false;
    }
    for (int attempt = 0; attempt < 5; ++attempt) { // another program may take the port first
        if (tryStart(hostKeyTypes, options))
            return true;
    }
    return false;
}

bool DropbearServer::tryStart(const QStringList &hostKeyTypes, const QStringList &options)
{
    stop();
    m_log.clear();
    m_port = freePort();
    QStringList arguments{
        u"-F"_s, u"-E"_s,
        u"-m"_s, u"-s"_s,
        u"-D"_s, m_folder.path(),
        u"-P"_s, m_folder.filePath(u"pid"_s),
        u"-p"_s, u"127.0.0.1:%1"_s.arg(m_port),
        u"-c"_s, u"PS1='$ ' exec /bin/sh -i"_s}; // no start-up file of the machine's user gets in the way
    for (const QString &type : hostKeyTypes)
        arguments << u"-r"_s << m_folder.filePath(u"host_"_s + type);
    m_process.start(kDropbear, arguments + options);
    QElapsedTimer timer;
    timer.start();
    // It writes its process id once it listens.
    while (!QFile::exists(m_folder.filePath(u"pid"_s))) {
        if (m_process.state() == QProcess::NotRunning || timer.elapsed() > kStartTimeout) {
            qWarning().noquote() << "dropbear did not start:" << log();
            return false;
        }
        m_process.waitForReadyRead(50);
        m_log += m_process.readAll();
    }
    return m_process.state() == QProcess::Running;
}

void DropbearServer::stop()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    const QList<qint64> sessions = childrenOf(m_process.processId());
    m_process.terminate();
    if (!m_process.waitForFinished(5000))
        m_process.kill();
    m_process.waitForFinished(5000);
    for (const qint64 pid : sessions)
        ::kill(pid_t(pid), SIGKILL);
    QFile::remove(m_folder.filePath(u"pid"_s));
}

QByteArray DropbearServer::log()
{
    m_log += m_process.readAll();
    return m_log;
}

} // namespace agent::test
