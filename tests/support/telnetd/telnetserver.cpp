#include "telnetd/telnetserver.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>

namespace agent::test {

using namespace Qt::StringLiterals;

namespace {

const QString kPeers = u"/usr/local/lib/netstacks-test-peers/"_s;
const QString kSupport = QStringLiteral(TELNETD_SUPPORT);
constexpr int kStartTimeout = 20000;

QString programOf(TelnetServer::Kind kind)
{
    return kPeers + (kind == TelnetServer::Kind::Inetutils ? u"inetutils-telnetd/usr/sbin/telnetd"_s
                                                           : u"telnetd-ssl/usr/sbin/in.telnetd"_s);
}

} // namespace

TelnetServer::TelnetServer(Kind kind)
    : m_kind(kind)
{
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
}

TelnetServer::~TelnetServer() { stop(); }

bool TelnetServer::isInstalled(Kind kind) { return QFileInfo(programOf(kind)).isExecutable(); }

bool TelnetServer::start()
{
    QStringList arguments{kSupport + u"/superserver.py"_s, programOf(m_kind), u"-h"_s};
    const QString login = kSupport + u"/login.sh"_s;
    if (m_kind == Kind::Inetutils) {
        arguments << u"-E"_s << login;
    } else {
        // It does not start without a certificate, though nobody asks for TLS, and it knows RSA keys only.
        const QString file = m_folder.filePath(u"telnetd.pem"_s);
        if (QProcess::execute(u"openssl"_s,
                              {u"req"_s, u"-x509"_s, u"-quiet"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-subj"_s,
                               u"/CN=telnetd"_s, u"-keyout"_s, file, u"-out"_s, file + u".crt"_s}) != 0)
            return false;
        QFile whole(file), certificate(file + u".crt"_s);
        if (!certificate.open(QIODevice::ReadOnly) || !whole.open(QIODevice::Append) ||
            whole.write(certificate.readAll()) < 0)
            return false;
        whole.close();
        arguments << u"-z"_s << QString(u"cert="_s + file) << u"-L"_s << login;
    }
    m_process.start(u"/usr/bin/python3"_s, arguments);
    QByteArray line;
    if (!readLine(line))
        return false;
    m_port = line.trimmed().toUShort();
    return m_port != 0;
}

void TelnetServer::stop()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.closeWriteChannel(); // its sign to end its children
    if (!m_process.waitForFinished(10000))
        m_process.kill();
    m_process.waitForFinished(5000);
}

QList<qint64> TelnetServer::processes()
{
    m_process.waitForReadyRead(0);
    while (m_process.canReadLine())
        m_processes << m_process.readLine().trimmed().toLongLong();
    return m_processes;
}

bool TelnetServer::isRunning(qint64 pid) { return QFileInfo::exists(u"/proc/%1"_s.arg(pid)); }

bool TelnetServer::readLine(QByteArray &line)
{
    QElapsedTimer timer;
    timer.start();
    while (!m_process.canReadLine()) {
        if (m_process.state() == QProcess::NotRunning || timer.elapsed() > kStartTimeout)
            return false;
        m_process.waitForReadyRead(100);
    }
    line = m_process.readLine();
    return true;
}

} // namespace agent::test
