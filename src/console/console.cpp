#include "console/console.h"

#include "console/endpointtext.h"
#include "console/tty.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <cstdio>

#include <unistd.h>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

// Documented in helpText.
constexpr int kApiError = 1, kWrongUsage = 2, kNoAgent = 3, kInterrupted = 130, kSessionFailed = 255;

void say(const QString &text) { writeAll(STDERR_FILENO, (u"netstacks-console: "_s + text + u'\n').toUtf8()); }

QString agentBinary(const QString &asked)
{
    return asked.isEmpty() ? QCoreApplication::applicationDirPath() + u"/netstacks-agent"_s
                           : QFileInfo(asked).absoluteFilePath();
}

} // namespace

Console::Console(Arguments arguments)
    : m_arguments(std::move(arguments))
    , m_importFiles(personsHome())
{
    connect(&m_signals, &SignalWatch::interrupted, this, &Console::interrupt);
    connect(&m_signals, &SignalWatch::resized, this, [this] {
        if (m_bridge)
            m_bridge->sendSize();
    });
    connect(&m_launcher, &AgentLauncher::ready, this, [this] {
        m_client.emplace(m_launcher.endpoint());
        serve();
    });
    connect(&m_launcher, &AgentLauncher::failed, this, [this](const QString &reason) { finish(reason, kNoAgent); });
    connect(&m_launcher, &AgentLauncher::ended, this, [this](const QString &reason) {
        if (m_bridge)
            m_bridge->close(reason, kSessionFailed);
        else
            finish(reason, kNoAgent);
    });
}

Console::~Console() = default;

std::optional<int> Console::start()
{
    const QString program = agentBinary(m_arguments.agentPath);
    if (!QFileInfo(program).isExecutable()) {
        say(u"there is no agent at "_s + program + u"; name it with --agent"_s);
        return kNoAgent;
    }
    if (m_arguments.command == Command::Ssh) {
        Result<SshSecret> secret = askSshSecret(m_arguments, m_signals.descriptor());
        if (!secret) {
            say(secret.error().message);
            return secret.error().code == ErrorCode::Cancelled ? kInterrupted : kWrongUsage;
        }
        m_sshSecret = std::move(*secret);
    }
    if (m_arguments.command == Command::Import) {
        if (const Status read = m_importFiles.read(m_arguments.importPath); !read) {
            say(read.error().message);
            return kWrongUsage;
        }
    }
    if (const Status prepared = m_folder.prepare(m_arguments.dataDir, m_arguments.frontendDir); !prepared) {
        say(prepared.error().message);
        return kNoAgent;
    }
    m_launcher.start({.program = program,
                      .workingDir = m_folder.workingDir(),
                      .environment = m_folder.environment(),
                      .forwardLog = m_arguments.verbose});
    return std::nullopt;
}

Task<> Console::serve()
{
    switch (m_arguments.command) {
    case Command::Request:
        co_return co_await serveRequest();
    case Command::Ssh:
        co_return co_await serveSsh();
    case Command::Import:
        co_return co_await serveImport();
    case Command::Shell:
        openTerminal(u"type=local"_s);
        co_return;
    case Command::Console:
    case Command::Help:
    case Command::Version:
        showEndpoint();
        co_return;
    }
}

void Console::showEndpoint()
{
    const Endpoint &endpoint = m_launcher.endpoint();
    const auto certificate = m_folder.writeFile(u"agent.crt"_s, endpoint.certificatePem);
    const auto header = m_folder.writeFile(u"authorization.header"_s, "Authorization: Bearer " + endpoint.token + '\n');
    if (!certificate || !header)
        return finish(certificate ? header.error().message : certificate.error().message, kNoAgent);
    writeAll(STDOUT_FILENO, endpointText(endpoint, *certificate, *header, !m_arguments.frontendDir.isEmpty()).toUtf8());
    if (stdinIsTerminal())
        say(u"the agent runs until Ctrl-C"_s);
}

Task<> Console::serveRequest()
{
    QByteArray body = m_arguments.body.toUtf8();
    if (m_arguments.hasBody && body == "-") {
        QFile input;
        if (!input.open(stdin, QIODevice::ReadOnly))
            co_return finish(u"cannot read stdin"_s, kApiError);
        body = input.readAll();
    }
    const Reply reply = co_await m_client->request(m_arguments.method, m_arguments.path, body);
    if (reply.status == 0)
        co_return finish(reply.failure, kApiError);
    writeAll(STDERR_FILENO, QByteArray(QByteArray::number(reply.status) + '\n'));
    writeAll(STDOUT_FILENO, reply.body);
    if (!reply.body.isEmpty() && !reply.body.endsWith('\n') && ::isatty(STDOUT_FILENO) == 1)
        writeAll(STDOUT_FILENO, "\n");
    finish({}, reply.isSuccess() ? 0 : kApiError);
}

Task<> Console::serveSsh()
{
    m_sshSetup.emplace(*m_client, m_signals.descriptor());
    const Result<QString> session = co_await m_sshSetup->create(m_arguments, std::move(m_sshSecret));
    if (!session) {
        say(session.error().message);
        co_return co_await finishSsh(session.error().code == ErrorCode::Cancelled ? kInterrupted : kSessionFailed);
    }
    openTerminal(u"type=ssh&session_id="_s + *session);
}

Task<> Console::serveImport()
{
    Importer importer(*m_client, m_signals.descriptor(), std::move(m_importFiles));
    const Result<Importer::Outcome> outcome = co_await importer.run(m_arguments);
    if (!outcome)
        co_return finish(outcome.error().message,
                         outcome.error().code == ErrorCode::Cancelled ? kInterrupted : kApiError);
    switch (*outcome) {
    case Importer::Outcome::Imported:
        co_return finish({}, 0);
    case Importer::Outcome::NothingToDo:
        co_return finish(u"there is nothing to import"_s, 0);
    case Importer::Outcome::Declined:
        co_return finish(u"nothing was imported"_s, kApiError);
    }
}

Task<> Console::finishSsh(int exitCode)
{
    if (const Status removed = co_await m_sshSetup->remove(); !removed)
        say(u"the session stays in the data folder: "_s + removed.error().message);
    finish({}, exitCode);
}

void Console::openTerminal(const QString &query)
{
    m_bridge.emplace(*m_client);
    connect(&*m_bridge, &TerminalBridge::finished, this, [this](const QString &notice, int exitCode) {
        if (!notice.isEmpty())
            say(notice);
        if (m_sshSetup)
            finishSsh(exitCode);
        else
            finish({}, exitCode);
    });
    m_bridge->open(query);
}

void Console::interrupt()
{
    if (m_bridge) // in raw mode Ctrl-C is a key; this is SIGTERM or SIGHUP
        m_bridge->close({}, kInterrupted);
    else
        finish({}, m_arguments.command == Command::Console ? 0 : kInterrupted);
}

void Console::finish(const QString &notice, int exitCode)
{
    if (!notice.isEmpty())
        say(notice);
    // Queued: a process may fail to start before the event loop does, and exit() then counts for nothing.
    QMetaObject::invokeMethod(qApp, [exitCode] { QCoreApplication::exit(exitCode); }, Qt::QueuedConnection);
}

} // namespace agent::console
