#include "console/agentlauncher.h"

#include "core/secret.h"

#include <cstdio>

namespace agent::console {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype kKeptLog = 4 * 1024; // the last lines tell why an agent ended
constexpr auto kStopLimit = 3s;          // the agent promises 2 s (contract 01 section 11)

} // namespace

AgentLauncher::AgentLauncher(QObject *parent)
    : QObject(parent)
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this,
            [this] { fail(u"the agent did not announce its port within 10 seconds"_s); });
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &AgentLauncher::readOutput);
    connect(&m_process, &QProcess::readyReadStandardError, this, &AgentLauncher::readLog);
    connect(&m_process, &QProcess::finished, this, &AgentLauncher::handleEnd);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            fail(u"cannot start "_s + m_process.program() + u": "_s + m_process.errorString());
    });
}

AgentLauncher::~AgentLauncher() { stop(); }

void AgentLauncher::start(const Setup &setup)
{
    m_state = State::Starting;
    m_forwardLog = setup.forwardLog;
    m_endpoint.token = randomBytes(32).toHex();

    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString &name : environment.keys()) {
        if (name.startsWith("NETSTACKS_"_L1)) // a database path or a mode of somebody's other agent
            environment.remove(name);
    }
    for (const auto &[name, value] : setup.environment.asKeyValueRange())
        environment.insert(name, value);
    environment.insert(u"NETSTACKS_AUTH_TOKEN"_s, QString::fromLatin1(m_endpoint.token));
    m_process.setProcessEnvironment(environment);
    m_process.setWorkingDirectory(setup.workingDir);
    m_deadline.start(kHandshakeLimit);
    m_process.start(setup.program, {u"--license-example"_s});
}

void AgentLauncher::stop()
{
    m_state = State::Over;
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(int(std::chrono::milliseconds(kStopLimit).count()))) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

void AgentLauncher::readOutput()
{
    const auto others = m_reader.feed(m_process.readAllStandardOutput());
    if (!others)
        return fail(others.error().message);
    for (const QByteArray &line : *others) {
        keepLog(line + '\n');
        if (m_forwardLog)
            std::fprintf(stderr, "[agent] %s\n", line.constData());
    }
    if (m_state == State::Starting && m_reader.isComplete())
        announce();
}

void AgentLauncher::readLog()
{
    const QByteArray text = m_process.readAllStandardError();
    keepLog(text);
    if (m_forwardLog)
        std::fwrite(text.constData(), 1, std::size_t(text.size()), stderr);
}

void AgentLauncher::keepLog(const QByteArray &text)
{
    m_lastLog += text;
    m_lastLog = m_lastLog.right(kKeptLog);
}

void AgentLauncher::announce()
{
    const Handshake &handshake = m_reader.handshake();
    m_endpoint.port = handshake.port;
    m_endpoint.certificatePem = handshake.certificatePem;
    m_endpoint.certificate = QSslCertificate(handshake.certificatePem, QSsl::Pem);
    if (!handshake.token.isEmpty())
        m_endpoint.token = handshake.token;
    if (m_endpoint.certificate.isNull())
        return fail(u"the agent announced its port without a certificate"_s);
    m_deadline.stop();
    m_state = State::Ready;
    Q_EMIT ready();
}

void AgentLauncher::handleEnd()
{
    readOutput();
    readLog();
    if (m_state == State::Ready) {
        m_state = State::Over;
        Q_EMIT ended(u"the agent ended unexpectedly ("_s + howItEnded() + u")"_s);
    } else {
        fail(u"the agent ended before it announced its port ("_s + howItEnded() + u")"_s);
    }
}

void AgentLauncher::fail(const QString &reason)
{
    if (m_state != State::Starting && m_state != State::Ready)
        return;
    m_state = State::Over;
    m_deadline.stop();
    const QString log = QString::fromUtf8(m_lastLog).trimmed();
    Q_EMIT failed(log.isEmpty() ? reason : reason + u". It said:\n"_s + log);
}

QString AgentLauncher::howItEnded() const
{
    if (m_process.exitStatus() == QProcess::CrashExit)
        return u"by signal %1"_s.arg(m_process.exitCode());
    return u"exit code %1"_s.arg(m_process.exitCode());
}

} // namespace agent::console
