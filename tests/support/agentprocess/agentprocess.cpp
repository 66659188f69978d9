#include "support/agentprocess/agentprocess.h"

#include "core/secret.h"

#include <QDeadlineTimer>
#include <QEventLoop>
#include <QNetworkReply>
#include <QSslConfiguration>
#include <QTest>
#include <QWebSocket>

namespace agent::test {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kHandshakeLimit = 30s; // generous: sanitizers and a loaded machine
constexpr auto kReplyLimit = 60s;
constexpr auto kStopLimit = 10s;

QProcessEnvironment baseEnvironment(const QString &home)
{
    QProcessEnvironment environment;
    const QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
    for (const QString &name : {u"PATH"_s, u"USER"_s, u"LOGNAME"_s, u"LD_LIBRARY_PATH"_s, u"ASAN_OPTIONS"_s,
                                u"LSAN_OPTIONS"_s, u"TSAN_OPTIONS"_s, u"UBSAN_OPTIONS"_s}) {
        if (own.contains(name))
            environment.insert(name, own.value(name));
    }
    environment.insert(u"HOME"_s, home);
    environment.insert(u"LANG"_s, u"C.UTF-8"_s);
    environment.insert(u"SHELL"_s, u"/bin/bash"_s);
    return environment;
}

/// The value of the first complete line that starts with `key`.
QByteArray handshakeValue(const QByteArray &output, const QByteArray &key)
{
    const QByteArray complete = output.first(output.lastIndexOf('\n') + 1);
    for (const QByteArray &line : complete.split('\n')) {
        if (line.startsWith(key))
            return line.mid(key.size()).trimmed();
    }
    return {};
}

} // namespace

AgentProcess::AgentProcess(AgentSetup setup)
    : m_setup(std::move(setup))
    , m_home(m_setup.home.isEmpty() ? m_privateHome.path() : m_setup.home)
{
    if (m_setup.program.isEmpty())
        m_setup.program = QStringLiteral(AGENT_BINARY);
}

AgentProcess::~AgentProcess() { stop(); }

bool AgentProcess::launch()
{
    m_failure.clear();
    m_output.clear();
    m_log.clear();
    m_port = 0;
    m_killed = false;
    m_judged = false;
    QProcessEnvironment environment = baseEnvironment(m_home);
    if (m_setup.passToken) {
        m_token = randomBytes(32).toHex();
        environment.insert(u"NETSTACKS_AUTH_TOKEN"_s, QString::fromLatin1(m_token));
    }
    for (const auto &[name, value] : m_setup.environment.asKeyValueRange()) {
        if (value.isNull())
            environment.remove(name);
        else
            environment.insert(name, value);
    }
    m_process.setProcessEnvironment(environment);
    m_process.start(m_setup.program, m_setup.arguments); // stdin stays an open pipe, never written, as under the shell
    if (!m_process.waitForStarted()) {
        m_failure = m_setup.program + u": "_s + m_process.errorString();
        m_judged = true;
        return false;
    }
    return true;
}

bool AgentProcess::start()
{
    if (!launch())
        return false;
    const QDeadlineTimer deadline(kHandshakeLimit);
    while (m_port == 0) {
        if (m_process.state() != QProcess::Running || deadline.hasExpired()) {
            m_failure = u"no NETSTACKS_PORT from the agent (exit code %1)\n"_s.arg(m_process.exitCode()) +
                        QString::fromUtf8(m_output + log());
            return false;
        }
        m_process.waitForReadyRead(100);
        readOutput();
        m_port = handshakeValue(m_output, "NETSTACKS_PORT=").toUShort();
    }
    if (const QByteArray made = handshakeValue(m_output, "NETSTACKS_AUTH_TOKEN="); !made.isEmpty())
        m_token = made;
    m_certificatePem = QByteArray::fromBase64(handshakeValue(m_output, "NETSTACKS_TLS_CERT="));
    m_certificate = QSslCertificate(m_certificatePem, QSsl::Pem);
    if (m_certificate.isNull())
        m_failure = u"NETSTACKS_TLS_CERT does not hold a certificate"_s;
    m_network.clearConnectionCache(); // an earlier run's connections are dead
    return !m_certificate.isNull();
}

bool AgentProcess::waitForEnd(std::chrono::milliseconds limit)
{
    const QDeadlineTimer deadline(limit);
    while (m_process.state() != QProcess::NotRunning && !deadline.hasExpired())
        m_process.waitForFinished(100);
    readOutput();
    if (m_process.state() != QProcess::NotRunning)
        return false;
    judgeEnd();
    return true;
}

void AgentProcess::stop()
{
    if (m_process.state() != QProcess::NotRunning) {
        m_process.terminate();
        if (!waitForEnd(kStopLimit)) {
            fail(u"the agent did not end within 10 s of SIGTERM"_s);
            kill();
        }
    }
    judgeEnd();
}

void AgentProcess::kill()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_killed = true;
    m_process.kill();
    m_process.waitForFinished(int(std::chrono::milliseconds(kStopLimit).count()));
    judgeEnd();
}

void AgentProcess::readOutput()
{
    m_output += m_process.readAllStandardOutput();
    m_log += m_process.readAllStandardError();
}

void AgentProcess::judgeEnd()
{
    if (std::exchange(m_judged, true))
        return;
    readOutput();
    for (const QByteArrayView mark : {"Sanitizer:"_ba, "runtime error:"_ba}) {
        if (m_log.contains(mark))
            return fail(u"a sanitizer reported:\n"_s + QString::fromUtf8(m_log));
    }
    if (m_process.exitStatus() == QProcess::CrashExit && !m_killed)
        fail(u"the agent crashed:\n"_s + QString::fromUtf8(m_log));
}

void AgentProcess::fail(const QString &text)
{
    m_failure = text;
    QTest::qFail(qPrintable(text), __FILE__, __LINE__);
}

QByteArrayList AgentProcess::outputLines()
{
    readOutput();
    QByteArrayList lines = m_output.split('\n');
    if (lines.last().isEmpty())
        lines.removeLast();
    return lines;
}

QByteArray AgentProcess::log()
{
    readOutput();
    return m_log;
}

QUrl AgentProcess::url(const QString &scheme, const QString &path) const
{
    return QUrl(scheme + u"://127.0.0.1:"_s + QString::number(m_port) + path, QUrl::StrictMode);
}

QSslConfiguration AgentProcess::pinned() const
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setCaCertificates({m_certificate}); // nothing else is trusted
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    return configuration;
}

AgentReply AgentProcess::request(const QByteArray &method, const QString &path, const QByteArray &body,
                                 const Headers &headers)
{
    QNetworkRequest request(url(u"https"_s, path));
    request.setSslConfiguration(pinned());
    request.setTransferTimeout(kReplyLimit);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setRawHeader("Authorization", "Bearer " + m_token);
    if (!body.isEmpty())
        request.setRawHeader("Content-Type", "application/json");
    for (const auto &[name, value] : headers)
        request.setRawHeader(name, value);

    const std::unique_ptr<QNetworkReply> reply(
        body.isEmpty() ? m_network.sendCustomRequest(request, method) // no Content-Length on a GET
                       : m_network.sendCustomRequest(request, method, body));
    QEventLoop loop;
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    if (!reply->isFinished())
        loop.exec();

    AgentReply answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.body = reply->readAll();
    for (const auto &[name, value] : reply->rawHeaderPairs())
        answer.headers.insert(name.toLower(), value);
    if (answer.status == 0)
        answer.failure = reply->errorString();
    return answer;
}

std::unique_ptr<QWebSocket> AgentProcess::openWebSocket(const QString &path, const QByteArray &origin,
                                                        const std::function<void(QWebSocket &)> &beforeOpening)
{
    QString target = path;
    if (!path.contains("token="_L1))
        target += (path.contains(u'?') ? u"&token="_s : u"?token="_s) + QString::fromLatin1(m_token);
    auto socket = std::make_unique<QWebSocket>(QString::fromLatin1(origin));
    socket->setSslConfiguration(pinned());
    if (beforeOpening)
        beforeOpening(*socket);
    QEventLoop loop;
    QObject::connect(socket.get(), &QWebSocket::connected, &loop, &QEventLoop::quit);
    QObject::connect(socket.get(), &QWebSocket::errorOccurred, &loop, &QEventLoop::quit);
    QTimer::singleShot(kReplyLimit, &loop, &QEventLoop::quit);
    socket->open(url(u"wss"_s, target));
    loop.exec();
    if (socket->state() != QAbstractSocket::ConnectedState) {
        m_failure = socket->errorString();
        return {};
    }
    return socket;
}

} // namespace agent::test
