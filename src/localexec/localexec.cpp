#include "localexec/localexec.h"

#include "commandfilter/bashpolicy.h"
#include "core/async.h"
#include "core/log.h"
#include "platform/commandrun.h"
#include "platform/shellenvironment.h"
#include "platform/wakeup.h"
#include "settings/settings.h"
#include "storage/database.h"

#include <QCoroSignal>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QPointer>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds kStopLimit{1000}; ///< between the ends of two orders
constexpr auto kOneFailed = "one or more commands failed"_L1;

Result<QStringList> deniedBeginnings(Connection &connection)
{
    const auto stored = settings::value<QList<QString>>(connection, LocalExec::kDeniedSetting);
    if (!stored)
        return stored.error();
    return stored->value_or(QStringList());
}

/// Never the command itself: the client has it, and a secret may be in it.
std::optional<Error> refusalOf(const QStringList &commands, const QStringList &denied)
{
    for (qsizetype i = 0; i < commands.size(); ++i) {
        if (const auto reason = bashRefusal(commands[i], denied)) {
            const bool isOne = commands.size() == 1;
            const QString what = isOne ? u"the command"_s : u"command %1"_s.arg(i + 1);
            return Error{ErrorCode::Validation, u"%1 is refused: %2"_s.arg(what, *reason)};
        }
    }
    return std::nullopt;
}

Result<QByteArray> folderOf(const std::optional<QString> &asked)
{
    QString folder = asked ? *asked : QString();
    if (folder.isEmpty())
        folder = QFileInfo(QDir::homePath()).isDir() ? QDir::homePath() : u"/tmp"_s;
    else if (folder == "~"_L1 || folder.startsWith("~/"_L1))
        folder.replace(0, 1, QDir::homePath());
    if (!QDir::isAbsolutePath(folder) || folder.contains(u'\0'))
        return Error{ErrorCode::Validation, u"field 'working_directory' must be an absolute path"_s,
                     u"working_directory"_s};
    return QFile::encodeName(folder);
}

void appendCapped(QByteArray &section, const QByteArray &text, qint64 dropped)
{
    section += QString::fromUtf8(text).toUtf8(); // what is no UTF-8 becomes U+FFFD
    if (dropped > 0)
        section += "\n[output cut: " + QByteArray::number(dropped) + " more bytes]\n";
}

void beginLine(QByteArray &section)
{
    if (!section.isEmpty() && !section.endsWith('\n'))
        section += '\n';
}

QByteArray sectionOf(const CommandOutcome &outcome, std::chrono::seconds limit)
{
    QByteArray section;
    appendCapped(section, outcome.output, outcome.outputDropped);
    if (!outcome.error.isEmpty()) {
        beginLine(section);
        section += "[stderr] ";
        appendCapped(section, outcome.error, outcome.errorDropped);
    }
    if (outcome.end == CommandOutcome::End::TimedOut) {
        beginLine(section);
        section += "[error] timed out after " + QByteArray::number(limit.count()) + " s";
    } else if (outcome.end == CommandOutcome::End::Cancelled) {
        beginLine(section);
        section += "[error] cancelled";
    }
    return section;
}

/// A blank line between sections.
void addSection(QByteArray &output, const QByteArray &section)
{
    if (!output.isEmpty())
        output += output.endsWith('\n') ? "\n" : "\n\n";
    output += section;
}

LocalExec::Outcome runAll(const QStringList &commands, CommandRun run, std::chrono::seconds limit, Wakeup &cancel)
{
    const auto began = std::chrono::steady_clock::now();
    LocalExec::Outcome outcome{.success = true};
    QByteArray output;
    for (qsizetype i = 0; i < commands.size(); ++i) {
        QByteArray section;
        if (commands.size() > 1)
            section = "=== [" + QByteArray::number(i + 1) + "] " + commands[i].toUtf8() + " ===\n";
        // "--": a command that begins with a dash is no option of the shell's.
        run.arguments = {"-c", "--", commands[i].toUtf8()};
        const auto ran = runCommand(run, cancel);
        if (ran)
            section += sectionOf(*ran, limit);
        else
            section += "[error] " + ran.error().message.toUtf8();
        addSection(output, section);
        outcome.exitCode = ran ? ran->exitCode : std::nullopt;
        outcome.success = outcome.success && outcome.exitCode == 0;
        const bool goesOn = ran && (ran->end == CommandOutcome::End::Exited || ran->end == CommandOutcome::End::Killed);
        if (!goesOn)
            break;
    }
    outcome.output = QString::fromUtf8(output);
    if (!outcome.success)
        outcome.error = kOneFailed;
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    return outcome;
}

/// On a worker: a long line takes a while to be read, too.
Result<LocalExec::Outcome> judgeAndRun(const LocalExec::Order &order, const QStringList &denied, const CommandRun &run,
                                       Wakeup &cancel)
{
    if (const auto refused = refusalOf(order.commands, denied)) {
        qCInfo(lcAudit) << "local commands of an assistant refused:" << order.commands.size();
        return *refused;
    }
    qCInfo(lcAudit) << "local commands of an assistant:" << order.commands.size();
    return runAll(order.commands, run, order.limit, cancel);
}

} // namespace

LocalExec::LocalExec(Database &database, const ChildDefaults &defaults, QStringList shells, QObject *parent)
    : QObject(parent)
    , m_database(database)
    , m_defaults(defaults)
    , m_shells(std::move(shells))
{
    m_pool.setObjectName("localexec"_L1);
    m_pool.setMaxThreadCount(kMaxRuns);
}

LocalExec::~LocalExec() { cancelAll(); }

void LocalExec::cancelAll()
{
    m_stopped = true;
    for (const auto &running : m_running)
        running->wake();
}

Task<> LocalExec::stop()
{
    cancelAll();
    while (!m_running.empty()) {
        if (!co_await qCoro(this, &LocalExec::ended, kStopLimit))
            break; // not even SIGKILL helps: the kernel holds it
    }
}

QStringList LocalExec::usualShells() { return {u"/bin/bash"_s, u"/usr/bin/bash"_s, u"/bin/sh"_s}; }

Task<Result<LocalExec::Outcome>> LocalExec::run(Order order, std::shared_ptr<ClientPresence> client)
{
    const QPointer self(this);
    const auto folder = folderOf(order.folder);
    if (!folder)
        co_return folder.error();
    const auto shell = std::ranges::find_if(m_shells, [](const QString &path) { return QFile::exists(path); });
    if (shell == m_shells.end())
        co_return Error{ErrorCode::ShellNotFound, u"no shell was found: "_s + m_shells.join(u", "_s)};
    const auto cancel = std::make_shared<Wakeup>();
    if (m_stopped || m_running.size() >= kMaxRuns || !cancel->isValid())
        co_return Error{ErrorCode::Unavailable, u"too many local commands are running"_s};
    m_running.insert(cancel);
    const auto gone = QObject::connect(client.get(), &ClientPresence::gone, client.get(), [cancel] { cancel->wake(); });
    if (client->isGone())
        cancel->wake();
    CommandRun command{.programs = {QFile::encodeName(*shell)},
                       .arguments = {},
                       .environment = cleanEnvironment("dumb"),
                       .folder = *folder,
                       .defaults = m_defaults,
                       .limit = order.limit,
                       .maxOutput = kMaxOutput};

    Result<Outcome> outcome = Error{ErrorCode::Unavailable, u"the agent is stopping"_s};
    const auto denied = co_await m_database.read([](Connection &connection) { return deniedBeginnings(connection); });
    if (self && !denied)
        outcome = denied.error();
    else if (self)
        outcome = co_await onWorker(m_pool, [command, order, cancel, denied = *denied] {
            return judgeAndRun(order, denied, command, *cancel);
        });
    QObject::disconnect(gone);
    if (self) {
        m_running.erase(cancel);
        Q_EMIT ended();
    }
    co_return outcome;
}

} // namespace agent
