#include "webserver/webserver.h"

#include "sshd/sshdserver.h"
#include "testcertificate/testcertificate.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>

namespace agent::test {

using namespace Qt::StringLiterals;

namespace {

constexpr int kStartTimeout = 20000;

QString write(const QTemporaryDir &folder, const QString &name, const QByteArray &content)
{
    QFile file(folder.filePath(name));
    if (!file.open(QFile::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(file.fileName()));
    return file.fileName();
}

} // namespace

WebServer::WebServer(Scheme scheme)
    : m_scheme(scheme)
{
    QStringList arguments{u"-B"_s, QStringLiteral(WEBSERVER_SUPPORT "/webserver.py")};
    if (scheme == Scheme::Https) {
        const TestIdentity identity = makeTestIdentity();
        arguments += write(m_folder, u"server.crt"_s, identity.certificate.toPem());
        arguments += write(m_folder, u"server.key"_s, identity.key.toPem());
    }
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    endWithThisProcess(m_process);
    m_process.start(u"/usr/bin/python3"_s, arguments);
    QElapsedTimer timer;
    timer.start();
    while (!m_unread.contains('\n')) {
        if (m_process.state() == QProcess::NotRunning || timer.elapsed() > kStartTimeout)
            qFatal("the web server did not start");
        m_process.waitForReadyRead(100);
        m_unread += m_process.readAllStandardOutput();
    }
    const qsizetype end = m_unread.indexOf('\n');
    m_port = m_unread.first(end).toUShort();
    m_unread.remove(0, end + 1);
}

WebServer::~WebServer() { kill(); }

void WebServer::kill()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.kill();
    m_process.waitForFinished(5000);
}

QByteArray WebServer::url(const QByteArray &path, const QByteArray &host) const
{
    return (m_scheme == Scheme::Https ? "https://" : "http://") + host + ':' + QByteArray::number(m_port) + path;
}

void WebServer::readEvents()
{
    m_process.waitForReadyRead(0);
    m_unread += m_process.readAllStandardOutput();
    qsizetype end = 0;
    while ((end = m_unread.indexOf('\n')) >= 0) {
        m_events.append(QJsonDocument::fromJson(m_unread.first(end)).object());
        m_unread.remove(0, end + 1);
    }
}

QList<QJsonObject> WebServer::requests(const QString &path)
{
    readEvents();
    QList<QJsonObject> found;
    for (const QJsonObject &event : std::as_const(m_events)) {
        if (event["event"_L1] == "request"_L1 && (path.isEmpty() || event["path"_L1] == path))
            found.append(event);
    }
    return found;
}

QList<QJsonObject> WebServer::ended()
{
    readEvents();
    QList<QJsonObject> found;
    for (const QJsonObject &event : std::as_const(m_events)) {
        if (event["event"_L1] == "ended"_L1)
            found.append(event);
    }
    return found;
}

QString headerOf(const QJsonObject &request, const QString &name)
{
    for (const QJsonValue &header : request["headers"_L1].toArray()) {
        if (header[0] == name)
            return header[1].toString();
    }
    return {};
}

} // namespace agent::test
