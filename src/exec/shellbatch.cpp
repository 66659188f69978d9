#include "exec/shellbatch.h"

#include "exec/execlog.h"

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype kMaxLastWords = 200; ///< contract 03 section 9.2

/// Complete lines without the end of the last.
QString chopped(QStringView lines)
{
    if (lines.endsWith(u'\n'))
        lines.chop(1);
    return lines.toString();
}

QStringList linesOf(const QString &command)
{
    QString text = command;
    text.replace(u"\r\n"_s, u"\n"_s).replace(u'\r', u'\n');
    while (text.endsWith(u'\n'))
        text.chop(1);
    return text.split(u'\n');
}

} // namespace

ShellBatch::ShellBatch(std::unique_ptr<TerminalBackend> backend, BatchRequest request)
    : m_backend(std::move(backend))
    , m_request(std::move(request))
{
    for (const auto &[kind, commands] :
         {std::pair{Step::Kind::Auto, m_request.autoCommands}, std::pair{Step::Kind::Command, m_request.commands},
          std::pair{Step::Kind::Post, m_request.postCommands}}) {
        for (const QString &command : commands)
            m_steps.push_back({kind, command});
    }
    m_silence.setSingleShot(true);
    m_deadline.setSingleShot(true);
    connect(&m_silence, &QTimer::timeout, this, &ShellBatch::believe);
    connect(&m_deadline, &QTimer::timeout, this, &ShellBatch::handleDeadline);
}

ShellBatch::~ShellBatch() = default;

void ShellBatch::start(std::function<void(BatchResult)> finished)
{
    m_finished = std::move(finished);
    connect(m_backend.get(), &TerminalBackend::connected, this, &ShellBatch::handleConnected);
    connect(m_backend.get(), &TerminalBackend::outputReceived, this, &ShellBatch::handleOutput);
    connect(m_backend.get(), &TerminalBackend::asking, this, [this] { // a token's code: nobody is there to type it
        failRest(u"the login asks for more than the saved credential: %1"_s.arg(lastWords()));
        finish();
    });
    connect(m_backend.get(), &TerminalBackend::failed, this, [this](const QString &reason) {
        failRest(reason);
        finish();
    });
    connect(m_backend.get(), &TerminalBackend::ended, this,
            [this] { handleGone(u"the remote shell ended before this command"_s, true); });
    connect(m_backend.get(), &TerminalBackend::lost, this,
            [this](const QString &reason) { handleGone(reason, false); });
    m_stepTime.start();
    m_backend->start(kSize);
}

void ShellBatch::cancel()
{
    if (m_stage == Stage::Done)
        return;
    m_result.isCancelled = true;
    failRest(u"cancelled"_s);
    finish();
}

void ShellBatch::handleConnected()
{
    if (m_stage != Stage::Connecting)
        return;
    m_stage = Stage::FirstPrompt;
    m_deadline.start(m_request.firstPromptLimit);
}

void ShellBatch::handleOutput(const QByteArray &bytes)
{
    if (m_stage == Stage::Done)
        return;
    m_text.feed(bytes);
    if (textKept() > kMaxText) {
        if (m_stage == Stage::Running) {
            finishStep(CommandStatus::Error,
                       u"the output grew beyond %1 MiB and was stopped"_s.arg(kMaxText / (1024 * 1024)));
            return interrupt();
        }
        m_text.clear(); // of no use to anybody; the prompt will come in the open line
    }
    look();
}

/// New output: whatever was about to be believed is out of date.
void ShellBatch::look()
{
    const auto sighting = m_detector.judge(m_text.openLine());
    if (sighting.kind == PromptDetector::Sighting::Kind::Nothing)
        m_silence.stop();
    else
        m_silence.start(sighting.settle);
}

void ShellBatch::believe()
{
    using Kind = PromptDetector::Sighting::Kind;
    const auto sighting = m_detector.judge(m_text.openLine());
    if (sighting.kind == Kind::Prompt)
        return handlePrompt();
    if (sighting.kind != Kind::Pager)
        return;
    m_text.dropMarker(sighting.markerStart);
    m_backend->write(sighting.answer);
}

void ShellBatch::handlePrompt()
{
    m_silence.stop();
    m_detector.learn(m_text.openLine());
    switch (m_stage) {
    case Stage::Connecting:
    case Stage::Done:
        return;
    case Stage::Running:
        if (!m_linesLeft.isEmpty())
            return type(m_linesLeft.takeFirst());
        finishStep(CommandStatus::Success, std::nullopt);
        ++m_step;
        break;
    case Stage::Interrupting:
        ++m_step;
        break;
    case Stage::FirstPrompt:
        return startTyping();
    }
    nextStep();
}

void ShellBatch::startTyping()
{
    // Auto-commands may be meant to answer it.
    if (m_request.autoCommands.isEmpty() && asksForLogin(m_text.openLine())) {
        failRest(u"the device asks for a login: %1"_s.arg(lastWords()));
        return finish();
    }
    nextStep();
}

void ShellBatch::handleDeadline()
{
    switch (m_stage) {
    case Stage::Connecting:
    case Stage::Done:
        return;
    case Stage::FirstPrompt:
        qCInfo(lcExec) << "no prompt within the limit; typing all the same";
        m_detector.learn(m_text.openLine()); // whatever stands there for so long
        return startTyping();
    case Stage::Running: {
        if (const auto sighting = m_detector.judge(m_text.openLine());
            sighting.kind == PromptDetector::Sighting::Kind::Prompt && sighting.settle == PromptDetector::kSettle)
            return handlePrompt(); // it came in time, only the silence after it did not
        const auto limit = std::chrono::ceil<std::chrono::seconds>(
            step().kind == Step::Kind::Command ? m_request.commandLimit : kSideCommandLimit);
        finishStep(CommandStatus::Timeout,
                   u"no prompt within %1 seconds; the output ends in: %2"_s.arg(limit.count()).arg(lastWords()));
        return interrupt();
    }
    case Stage::Interrupting:
        if (--m_interruptsLeft > 0) {
            m_backend->write("\x03");
            m_deadline.start(kInterruptLimit);
            return;
        }
        ++m_step;
        failRest(u"not sent: the device did not come back to its prompt after the command before"_s);
        return finish();
    }
}

void ShellBatch::nextStep()
{
    storeText();
    if (m_step == m_steps.size())
        return finish();
    const bool isRefused = m_request.stopOnError && !m_result.commands.isEmpty() &&
                           m_result.commands.last().status != CommandStatus::Success;
    if (isRefused && step().kind == Step::Kind::Command) {
        ++m_step;
        return nextStep();
    }
    m_stage = Stage::Running;
    m_stepTime.start();
    m_deadline.start(step().kind == Step::Kind::Command ? m_request.commandLimit : kSideCommandLimit);
    m_linesLeft = linesOf(step().command);
    m_output.clear();
    type(m_linesLeft.takeFirst());
}

void ShellBatch::type(const QString &line)
{
    // A prompt is left behind in the transcript: only what comes from now on can be the next one.
    m_output += m_text.text();
    storeText();
    m_backend->write(line.toUtf8() + m_request.lineEnd);
}

void ShellBatch::interrupt()
{
    m_stage = Stage::Interrupting;
    storeText();
    m_silence.stop();
    m_interruptsLeft = kInterrupts;
    m_deadline.start(kInterruptLimit);
    m_backend->write("\x03");
}

/// The current step is over; what it said is in m_output and m_text.
void ShellBatch::finishStep(CommandStatus status, std::optional<QString> error)
{
    m_deadline.stop();
    if (step().kind != Step::Kind::Command) {
        if (status != CommandStatus::Success)
            qCInfo(lcExec).noquote() << "a command around the batch failed:" << wordOf(status);
        return;
    }
    m_output += status == CommandStatus::Success ? m_text.lines() : m_text.text();
    m_result.commands.append({.command = step().command,
                              .status = status,
                              .output = chopped(m_output),
                              .error = std::move(error),
                              .executionTimeMs = m_stepTime.elapsed(),
                              .transcriptLength = textKept()});
    m_output.clear();
}

void ShellBatch::handleGone(const QString &reason, bool isClean)
{
    if (m_stage == Stage::Done)
        return;
    if (m_stage == Stage::Running) {
        // A shell that says something and ends has done what it was told: "exit".
        const bool isDone = isClean && !(m_output.isEmpty() && m_text.text().isEmpty());
        const QString text = isClean ? u"the remote shell ended"_s : reason;
        finishStep(isDone ? CommandStatus::Success : CommandStatus::Error, isDone ? std::nullopt : std::optional(text));
        ++m_step;
    } else if (m_stage == Stage::Interrupting) {
        ++m_step;
    }
    storeText();
    failRest(reason);
    finish();
}

/// From the current step on, nothing was or will be sent.
void ShellBatch::failRest(const QString &reason)
{
    for (; m_step < m_steps.size(); ++m_step) {
        if (step().kind != Step::Kind::Command)
            continue;
        if (m_request.stopOnError && !m_result.commands.isEmpty() &&
            m_result.commands.last().status != CommandStatus::Success)
            continue;
        if (m_stage == Stage::Running) {
            finishStep(CommandStatus::Error, reason);
            m_stage = Stage::Interrupting; // the others were not even sent
            continue;
        }
        m_result.commands.append({.command = step().command,
                                  .status = CommandStatus::Error,
                                  .output = {},
                                  .error = reason,
                                  .executionTimeMs = m_stage == Stage::Connecting ? m_stepTime.elapsed() : 0,
                                  .transcriptLength = textKept()});
    }
}

void ShellBatch::storeText()
{
    m_result.transcript += m_text.text();
    m_text.clear();
}

void ShellBatch::finish()
{
    m_stage = Stage::Done;
    m_silence.stop();
    m_deadline.stop();
    storeText();
    dropBackend();
    // `finished` may end us.
    const auto finished = std::exchange(m_finished, {});
    BatchResult result = std::exchange(m_result, {});
    finished(std::move(result));
}

void ShellBatch::dropBackend()
{
    const bool isSpeaking = sender() == m_backend.get();
    m_backend->disconnect(this);
    if (isSpeaking)
        m_backend.release()->deleteLater();
    else
        m_backend.reset();
}

QString ShellBatch::lastWords() const
{
    const QStringView words = m_text.text().trimmed();
    return words.last(qMin(words.size(), kMaxLastWords)).toString();
}

Task<BatchResult> runShellBatch(std::unique_ptr<TerminalBackend> backend, BatchRequest request, SharedCancelFlag cancel)
{
    const auto batch = std::make_unique<ShellBatch>(std::move(backend), std::move(request));
    Delivery<BatchResult> delivery;
    batch->start(delivery.deliverer());
    QObject::connect(cancel.get(), &CancelFlag::raised, batch.get(), &ShellBatch::cancel);
    if (cancel->isRaised())
        batch->cancel();
    co_return co_await delivery;
}

} // namespace agent
