#include "sshd/pythonsshserver.h"

#include "sshd/sshdserver.h"

#include <QElapsedTimer>
#include <QJsonDocument>

namespace agent::test {

using namespace Qt::StringLiterals;

namespace {

// The system's interpreter: python3-asyncssh is a package of the distribution.
const QString kPython = u"/usr/bin/python3"_s;
constexpr int kStartTimeout = 20000;

} // namespace

PythonSshServer::PythonSshServer()
{
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    endWithThisProcess(m_process);
}

PythonSshServer::~PythonSshServer() { stop(); }

bool PythonSshServer::isInstalled()
{
    QProcess probe;
    probe.start(kPython, {u"-c"_s, u"import asyncssh"_s});
    return probe.waitForFinished(kStartTimeout) && probe.exitStatus() == QProcess::NormalExit && probe.exitCode() == 0;
}

bool PythonSshServer::start(const QJsonObject &settings)
{
    return launch(QStringLiteral(SSHD_SUPPORT "/sshserver.py"), settings);
}

bool PythonSshServer::startHostile(const QJsonObject &settings)
{
    return launch(QStringLiteral(SSHD_SUPPORT "/hostileserver.py"), settings);
}

bool PythonSshServer::launch(const QString &script, const QJsonObject &settings)
{
    stop();
    m_output.clear();
    m_process.start(
        kPython, {script, m_folder.path(), QString::fromUtf8(QJsonDocument(settings).toJson(QJsonDocument::Compact))});
    QElapsedTimer timer;
    timer.start();
    while (!m_output.contains('\n')) {
        if (m_process.state() == QProcess::NotRunning || timer.elapsed() > kStartTimeout)
            return false;
        m_process.waitForReadyRead(100);
        m_output += m_process.readAllStandardOutput();
    }
    m_port = m_output.split('\n').first().trimmed().toUShort();
    return m_port != 0;
}

void PythonSshServer::stop()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.kill();
    m_process.waitForFinished(5000);
}

QStringList PythonSshServer::events()
{
    m_output += m_process.readAllStandardOutput();
    QStringList lines = QString::fromUtf8(m_output).split(u'\n', Qt::SkipEmptyParts);
    if (!lines.isEmpty())
        lines.removeFirst(); // the port
    return lines;
}

} // namespace agent::test
