#include "exec/deviceexec.h"

#include "exec/execlog.h"
#include "ssh/sshconnection.h"
#include "ssh/sshshell.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "telnet/telnetterminal.h"

#include <QElapsedTimer>
#include <QTimer>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using End = ExecResult::End;

Result<ExecSession> findNow(Connection &connection, const QString &sessionId)
{
    auto session = repository::get<Session>(connection, sessionId);
    if (!session)
        return session.error();
    auto changed =
        connection.value(u"SELECT updated_at FROM profile_credentials WHERE profile_id = ?"_s, {session->profileId});
    if (!changed)
        return changed.error();
    return ExecSession{.id = session->id,
                       .name = session->name,
                       .host = session->host,
                       .protocol = session->protocol,
                       .credentialId = session->profileId + u'/' + changed->toString()};
}

QString cutNotice(qint64 kept) { return u"\n[the output was longer and is cut here, after %1 bytes]"_s.arg(kept); }

/// What a stream holds, as text; standard error that is empty is none.
QString textOf(const QByteArray &bytes) { return QString::fromUtf8(bytes); }

std::optional<QString> errorTextOf(const ExecResult &result)
{
    if (!result.errors.isEmpty())
        return textOf(result.errors);
    if (result.error && result.end != End::Silent)
        return result.error->message;
    if (result.exitCode.value_or(0) != 0)
        return u"the command ended with exit code %1"_s.arg(*result.exitCode);
    return std::nullopt;
}

CommandStatus statusOf(const ExecResult &result)
{
    switch (result.end) {
    case End::Exited:
        return result.exitCode.value_or(0) == 0 ? CommandStatus::Success : CommandStatus::Error;
    case End::Silent:
        return CommandStatus::Success; // many devices never tell
    case End::TimedOut:
        return CommandStatus::Timeout;
    case End::Failed:
        return result.error && result.error->code == ErrorCode::AuthFailed ? CommandStatus::AuthFailed
                                                                           : CommandStatus::Error;
    case End::Signalled:
    case End::Refused:
    case End::ChannelRefused:
    case End::Lost:
    case End::Cancelled:
        return CommandStatus::Error;
    }
    Q_UNREACHABLE_RETURN(CommandStatus::Error);
}

/// Telnet has an Enter key of its own (RFC 854).
QByteArray lineEndOf(const ExecSession &session) { return session.protocol == SessionProtocol::Telnet ? "\r" : "\n"; }

/// A shell repeats the command before its output, and ends with its prompt.
QString withoutEcho(const QString &output, const QString &command)
{
    const qsizetype end = output.indexOf(u'\n');
    const QStringView first = end < 0 ? QStringView(output) : QStringView(output).first(end);
    if (!first.contains(command))
        return output;
    return end < 0 ? QString() : output.mid(end + 1);
}

} // namespace

CommandResult commandResultOf(const ExecSession &session, ExecResult result, std::chrono::milliseconds duration)
{
    CommandResult answer{.sessionId = session.id,
                         .sessionName = session.name,
                         .host = session.host,
                         .status = statusOf(result),
                         .output = textOf(result.output),
                         .error = errorTextOf(result),
                         .executionTimeMs = quint64(duration.count())};
    if (result.exitCode)
        answer.exitCode = *result.exitCode;
    if (result.isCut)
        answer.output += cutNotice(result.output.size());
    if (result.end == End::Cancelled)
        answer.error = u"cancelled"_s;
    return answer;
}

SharedCancelFlag derivedFlag(const SharedCancelFlag &flag)
{
    auto derived = std::make_shared<CancelFlag>();
    QObject::connect(flag.get(), &CancelFlag::raised, derived.get(), &CancelFlag::raise);
    if (flag->isRaised())
        derived->raise();
    return derived;
}

DeviceExec::DeviceExec(Services services)
    : m_services(std::move(services))
    , m_pool(contextFor(HostKeyAsking::Nobody))
{
}

SshContext DeviceExec::contextFor(HostKeyAsking asking) const
{
    SshContext context = m_services.ssh;
    context.hostKeys = {};
    if (asking == HostKeyAsking::Person)
        context.hostKeys = {.prompter = m_services.prompter, .askAboutUnknown = true};
    return context;
}

Task<Result<ExecSession>> DeviceExec::find(QString sessionId)
{
    co_return co_await m_services.database.read(
        [sessionId](Connection &connection) { return findNow(connection, sessionId); });
}

Task<Result<SshTarget>> DeviceExec::targetOf(QString sessionId)
{
    auto resolved = co_await m_services.logins.resolve(sessionId);
    if (!resolved)
        co_return resolved.error();
    co_return std::move(resolved->target);
}

Task<Result<CommandResult>> DeviceExec::run(ExecSession session, ExecCommand command, HostKeyAsking asking,
                                            SharedCancelFlag cancel)
{
    QElapsedTimer timer;
    timer.start();
    if (session.protocol == SessionProtocol::Telnet) {
        auto shell = co_await shellOf(session, asking);
        if (!shell)
            co_return shell.error();
        co_return co_await runInShell(std::move(session), std::move(*shell), std::move(command), cancel);
    }
    auto target = co_await targetOf(session.id);
    if (!target)
        co_return target.error();
    ExecResult result;
    if (!cancel->isRaised()) {
        const auto connection = std::make_shared<SshConnection>(contextFor(asking));
        if (Status opened = connection->open(std::move(*target)); !opened)
            co_return opened.error();
        SshExec exec(connection, {.command = command.text.toUtf8(),
                                  .timeout = std::max(command.limit - std::chrono::milliseconds(timer.elapsed()), 1ms),
                                  .maxOutput = command.maxOutput});
        QObject::connect(cancel.get(), &CancelFlag::raised, &exec, &SshExec::cancel);
        result = co_await exec.run();
    }
    co_return commandResultOf(session, std::move(result), std::chrono::milliseconds(timer.elapsed()));
}

Task<CommandResult> DeviceExec::runInShell(ExecSession session, std::unique_ptr<TerminalBackend> shell,
                                           ExecCommand command, SharedCancelFlag cancel)
{
    QElapsedTimer timer;
    timer.start();
    // The limit of a shell's command starts at its prompt; this one is for everything.
    const SharedCancelFlag ended = derivedFlag(cancel);
    QTimer::singleShot(command.limit, ended.get(), &CancelFlag::raise);
    BatchRequest request{.commands = {command.text}, .commandLimit = command.limit, .lineEnd = lineEndOf(session)};
    const BatchResult batch = co_await runShellBatch(std::move(shell), std::move(request), ended);
    CommandResult answer{.sessionId = session.id,
                         .sessionName = session.name,
                         .host = session.host,
                         .executionTimeMs = quint64(timer.elapsed())};
    if (batch.commands.isEmpty())
        co_return answer;
    const BatchCommandResult &only = batch.commands.first();
    answer.status = batch.isCancelled && !cancel->isRaised() ? CommandStatus::Timeout : only.status;
    answer.error =
        answer.status == CommandStatus::Timeout && batch.isCancelled
            ? u"no end within %1 seconds"_s.arg(std::chrono::ceil<std::chrono::seconds>(command.limit).count())
            : only.error;
    answer.output = withoutEcho(only.output, command.text);
    if (answer.output.size() > command.maxOutput) {
        answer.output.truncate(qsizetype(command.maxOutput));
        answer.output += cutNotice(command.maxOutput);
    }
    co_return answer;
}

Task<Result<BatchResult>> DeviceExec::runBatch(ExecSession session, BatchRequest request, HostKeyAsking asking,
                                               SharedCancelFlag cancel)
{
    auto shell = co_await shellOf(session, asking);
    if (!shell)
        co_return shell.error();
    request.lineEnd = lineEndOf(session);
    co_return co_await runShellBatch(std::move(*shell), std::move(request), cancel);
}

Task<Result<std::unique_ptr<TerminalBackend>>> DeviceExec::shellOf(ExecSession session, HostKeyAsking asking)
{
    if (session.protocol == SessionProtocol::Telnet) {
        auto resolved = co_await m_services.logins.resolveTelnet(session.id);
        if (!resolved)
            co_return resolved.error();
        co_return std::unique_ptr<TerminalBackend>(
            std::make_unique<TelnetTerminal>(m_services.ssh.threads, std::move(resolved->target)));
    }
    auto target = co_await targetOf(session.id);
    if (!target)
        co_return target.error();
    co_return std::unique_ptr<TerminalBackend>(std::make_unique<SshShell>(contextFor(asking), std::move(*target)));
}

Task<Result<ExecResult>> DeviceExec::runPooled(ExecSession session, ExecRequest request, SharedCancelFlag cancel)
{
    if (session.protocol != SessionProtocol::Ssh)
        co_return Error{ErrorCode::Validation, u"session '%1' is not an SSH session"_s.arg(session.name),
                        u"session_id"_s};
    auto target = co_await targetOf(session.id);
    if (!target)
        co_return target.error();
    co_return co_await m_pool.run(
        std::move(*target), session.credentialId, [this, id = session.id] { return targetOf(id); }, std::move(request),
        cancel);
}

} // namespace agent
