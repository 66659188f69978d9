#include "exec/remotefiles.h"

#include "core/log.h"
#include "core/uuid.h"
#include "exec/deviceexec.h"
#include "exec/execlimits.h"
#include "exec/remotepath.h"

#include <QElapsedTimer>
#include <QStringDecoder>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// The scripts run as `sh -c '<script>' netstacks '<argument>' ...`, whatever shell the login has: one line, without
// single quotes and backslashes. Start-up files of that shell may print before them, so results come after a mark.

/// $1 path, $2 mark. Says where the path leads.
const QByteArray kResolve =
    "d=$(dirname \"$1\") && d=$(cd -P \"$d\" && pwd -P) && f=\"${d%/}/$(basename \"$1\")\" || exit 3; "
    "printf %s \"$2\"; "
    "if [ -L \"$f\" ]; then readlink -f \"$f\"; else printf %s \"$f\"; fi";

/// $1 path, $2 mark, $3 bytes. Prints the beginning of a file.
const QByteArray kRead =
    "[ -L \"$1\" ] || [ -f \"$1\" ] || { echo \"$1: no such file, or not a regular one\" >&2; exit 3; }; "
    "[ -L \"$1\" ] && { echo \"$1: is a symbolic link\" >&2; exit 3; }; "
    "printf %s \"$2\"; exec head -c \"$3\" \"$1\"";

/// $1 path, $2 temporary file. Makes the temporary file with mode and owner of the file, if there is one.
const QByteArray kBegin = "f=$1; t=$2; m=; c() { rm -f \"$t\"; }; trap c EXIT; trap \"exit 1\" HUP INT PIPE TERM; "
                          "[ -L \"$f\" ] && { echo \"$f: is a symbolic link\" >&2; exit 3; }; "
                          "if [ -e \"$f\" ]; then "
                          "[ -f \"$f\" ] || { echo \"$f: not a regular file\" >&2; exit 3; }; "
                          "m=$(stat -c %a \"$f\" 2>/dev/null || stat -f %Lp \"$f\" 2>/dev/null); "
                          "cp -p \"$f\" \"$t\" && chmod u+rw \"$t\" || exit 1; fi; ";

/// Puts the temporary file in the file's place.
const QByteArray kEnd = "if [ -n \"$m\" ]; then chmod \"$m\" \"$t\" || exit 1; fi; mv -f \"$t\" \"$f\"";

/// $3 bytes. A connection that breaks in the middle ends the input, too: only the whole counts.
const QByteArray kWrite =
    kBegin +
    "cat > \"$t\" || exit 1; "
    "[ \"$(wc -c < \"$t\")\" -eq \"$3\" ] || { echo \"the content did not arrive whole\" >&2; exit 4; }; " +
    kEnd;

/// The expression is one line of input.
const QByteArray kPatch = kBegin +
                          "[ -e \"$f\" ] || { echo \"$f: no such file\" >&2; exit 3; }; "
                          "IFS= read -r e || exit 1; sed -e \"$e\" \"$f\" > \"$t\" || exit 1; " +
                          kEnd;

/// The arguments hold no single quotes: paths by their rules, the others are ours.
QByteArray commandOf(const QByteArray &script, const QList<QByteArray> &arguments)
{
    QByteArray command = "sh -c '" + script + "' netstacks";
    for (const QByteArray &argument : arguments)
        command += " '" + argument + '\'';
    return command;
}

std::optional<QString> decoded(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    QString text = decoder.decode(bytes);
    return decoder.hasError() ? std::nullopt : std::optional(text);
}

Error refused(const char *field, const QString &what)
{
    const QString name = QString::fromLatin1(field);
    return {ErrorCode::Validation, u"field '%1' %2"_s.arg(name, what), name};
}

} // namespace

/// One call: its session, its time, and what it has come to.
class RemoteFiles::Work
{
public:
    Work(DeviceExec &exec, SharedCancelFlag cancel)
        : m_exec(exec)
        , m_cancel(std::move(cancel))
    {
        m_clock.start();
    }

    /// Finds session and file. An answer: it ends here.
    Task<Result<std::optional<AiExecAnswer>>> begin(QString sessionId, QString path, const char *what)
    {
        auto allowed = allowedRemotePath(path);
        if (!allowed)
            co_return allowed.error();
        auto session = co_await m_exec.find(sessionId);
        if (!session)
            co_return session.error();
        m_session = std::move(*session);
        qCInfo(lcAudit).noquote() << "assistant's" << what << "on session" << m_session.id << "file" << *allowed;
        const QByteArray mark = newUuid().toLatin1();
        auto result = co_await run(kResolve, {allowed->toUtf8(), mark}, {});
        if (!result)
            co_return result.error();
        if (!isDone(*result))
            co_return std::optional(failure(std::move(*result)));
        const qsizetype at = result->output.indexOf(mark);
        const QString found = QString::fromUtf8(result->output.mid(at + mark.size())).trimmed();
        if (at < 0 || found.isEmpty())
            co_return std::optional(failure(*result, u"the path cannot be resolved on the device"_s));
        // Where a link leads counts, not where it stands.
        auto real = allowedRemotePath(found);
        if (!real)
            co_return real.error();
        m_path = std::move(*real);
        co_return std::optional<AiExecAnswer>();
    }

    /// A script with the path as its first argument.
    Task<Result<ExecResult>> runOnPath(QByteArray script, QList<QByteArray> arguments, QByteArray input)
    {
        arguments.prepend(m_path.toUtf8());
        co_return co_await run(std::move(script), std::move(arguments), std::move(input));
    }

    /// Replaces the file. The rest of the script makes its new content from `input`.
    Task<Result<AiExecAnswer>> replace(QByteArray script, QList<QByteArray> arguments, QByteArray input,
                                       QString success)
    {
        const qsizetype slash = m_path.lastIndexOf(u'/');
        const QString temporary = m_path.first(slash + 1) + u".netstacks_tmp_"_s + newUuid();
        arguments.prepend(temporary.toUtf8());
        auto result = co_await runOnPath(std::move(script), std::move(arguments), std::move(input));
        if (!result)
            co_return result.error();
        if (!isDone(*result))
            co_return failure(std::move(*result));
        AiExecAnswer answer = failure(std::move(*result));
        answer.success = true;
        answer.output = std::move(success);
        answer.error.reset();
        co_return answer;
    }

    [[nodiscard]] static bool isDone(const ExecResult &result)
    {
        return result.end == ExecResult::End::Exited && result.exitCode.value_or(1) == 0;
    }

    /// What went wrong, in the device's words where there are any.
    AiExecAnswer failure(ExecResult result, const QString &otherwise = {})
    {
        const bool isSilent = result.end == ExecResult::End::Silent;
        CommandResult all = commandResultOf(m_session, std::move(result), std::chrono::milliseconds(m_clock.elapsed()));
        if (!all.error && !otherwise.isEmpty())
            all.error = otherwise;
        if (!all.error && isSilent)
            all.error = u"the device did not say how the command ended"_s;
        return {.success = false,
                .output = std::move(all.output),
                .error = std::move(all.error),
                .executionTimeMs = all.executionTimeMs,
                .exitCode = all.exitCode};
    }

    [[nodiscard]] QString path() const { return m_path; }

private:
    Task<Result<ExecResult>> run(QByteArray script, QList<QByteArray> arguments, QByteArray input)
    {
        const auto left = kWithinClientTimeout - std::chrono::milliseconds(m_clock.elapsed());
        ExecRequest request{.command = commandOf(script, arguments),
                            .input = std::move(input),
                            .timeout = std::max<std::chrono::milliseconds>(left, 1ms)};
        co_return co_await m_exec.runPooled(m_session, std::move(request), m_cancel);
    }

    DeviceExec &m_exec;
    const SharedCancelFlag m_cancel;
    QElapsedTimer m_clock;
    ExecSession m_session;
    QString m_path; ///< on the device, links resolved
};

Task<Result<AiExecAnswer>> RemoteFiles::write(QString sessionId, QString path, QString content, SharedCancelFlag cancel)
{
    const auto work = std::make_unique<Work>(m_exec, std::move(cancel));
    auto over = co_await work->begin(std::move(sessionId), std::move(path), "write");
    if (!over)
        co_return over.error();
    if (*over)
        co_return std::move(**over);
    QByteArray bytes = content.toUtf8();
    const QByteArray size = QByteArray::number(bytes.size());
    co_return co_await work->replace(kWrite, {size}, std::move(bytes),
                                     u"wrote %1 bytes to %2"_s.arg(QString::fromLatin1(size), work->path()));
}

Task<Result<AiExecAnswer>> RemoteFiles::edit(QString sessionId, QString path, QString oldText, QString newText,
                                             SharedCancelFlag cancel)
{
    if (oldText.isEmpty())
        co_return refused("old_text", u"must not be empty"_s);
    const auto work = std::make_unique<Work>(m_exec, std::move(cancel));
    auto over = co_await work->begin(std::move(sessionId), std::move(path), "edit");
    if (!over)
        co_return over.error();
    if (*over)
        co_return std::move(**over);

    const QByteArray mark = newUuid().toLatin1();
    auto read = co_await work->runOnPath(kRead, {mark, QByteArray::number(kMaxEdited + 1)}, {});
    if (!read)
        co_return read.error();
    if (!Work::isDone(*read))
        co_return work->failure(std::move(*read));
    const qsizetype at = read->output.indexOf(mark);
    if (at < 0)
        co_return work->failure(*read, u"the file cannot be read"_s);
    const QByteArray bytes = read->output.mid(at + mark.size());
    if (bytes.size() > kMaxEdited)
        co_return refused("filepath", u"names a file of more than %1 bytes"_s.arg(kMaxEdited));
    auto text = decoded(bytes);
    if (!text)
        co_return refused("filepath", u"names a file that is not UTF-8 text"_s);
    const qsizetype found = text->indexOf(oldText);
    if (found < 0)
        co_return refused("old_text", u"does not occur in the file"_s);
    if (text->indexOf(oldText, found + 1) >= 0)
        co_return refused("old_text", u"occurs more than once in the file"_s);
    text->replace(found, oldText.size(), newText);
    QByteArray changed = text->toUtf8();
    const QByteArray size = QByteArray::number(changed.size());
    co_return co_await work->replace(kWrite, {size}, std::move(changed),
                                     u"edited %1, now %2 bytes"_s.arg(work->path(), QString::fromLatin1(size)));
}

Task<Result<AiExecAnswer>> RemoteFiles::patch(QString sessionId, QString path, QString sedExpression,
                                              SharedCancelFlag cancel)
{
    if (Status valid = checkSedExpression(sedExpression); !valid)
        co_return valid.error();
    const auto work = std::make_unique<Work>(m_exec, std::move(cancel));
    auto over = co_await work->begin(std::move(sessionId), std::move(path), "patch");
    if (!over)
        co_return over.error();
    if (*over)
        co_return std::move(**over);
    co_return co_await work->replace(kPatch, {}, sedExpression.toUtf8() + '\n', u"patched %1"_s.arg(work->path()));
}

} // namespace agent
