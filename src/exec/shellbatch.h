#pragma once

#include "backend/terminalbackend.h"
#include "core/async.h"
#include "core/task.h"
#include "exec/cancelflag.h"
#include "exec/commandresult.h"
#include "exec/promptdetector.h"
#include "exec/terminaltext.h"

#include <QElapsedTimer>
#include <QObject>
#include <QStringList>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace agent {

/// What is typed into an interactive shell, and under which limits (contract 03 section 9.2).
struct BatchRequest
{
    QStringList autoCommands = {}; ///< before the commands; failures are logged only
    QStringList commands = {};     ///< one of several lines is typed line by line, and has one result
    QStringList postCommands = {}; ///< after them, as long as the shell is there; failures are logged only
    std::chrono::milliseconds commandLimit = std::chrono::seconds(30); ///< each
    std::chrono::milliseconds firstPromptLimit = std::chrono::seconds(15);
    bool stopOnError = false; ///< commands after the first that did not succeed are not sent
    QByteArray lineEnd = "\n";
};

struct BatchCommandResult
{
    QString command;
    CommandStatus status = CommandStatus::Error; ///< Success: the prompt came back. There are no exit codes
    QString output; ///< plain text with the echoed command first, without the prompt at its end
    std::optional<QString> error = {};
    qint64 executionTimeMs = 0;
    qsizetype transcriptLength = 0; ///< of BatchResult::transcript when the command was over
};

struct BatchResult
{
    QList<BatchCommandResult> commands; ///< in order; with stopOnError those that were sent
    QString transcript;                 ///< plain text of the whole session
    bool isCancelled = false;
};

/// Runs commands one after another in an interactive shell, as a person would: waits for the prompt, types, waits for
/// the prompt again. Pagers are answered and leave no trace. What a command says after its time is over never reaches
/// the next one: it is interrupted with Ctrl-C, and unless the prompt comes back nothing more is typed.
///
/// Works on any TerminalBackend. Main thread.
class ShellBatch : public QObject
{
    Q_OBJECT

public:
    static constexpr TerminalSize kSize{200, 500};                      ///< tall, so that pagers rarely stop
    static constexpr auto kSideCommandLimit = std::chrono::seconds(15); ///< auto- and post-commands
    static constexpr auto kInterruptLimit = std::chrono::milliseconds(2500);
    static constexpr int kInterrupts = 2;
    /// Characters that one batch keeps. A command that says more is stopped.
    static constexpr qsizetype kMaxText = 8 * 1024 * 1024;

    ShellBatch(std::unique_ptr<TerminalBackend> backend, BatchRequest request);
    ~ShellBatch() override;

    /// Once only. `finished` is called once, at the latest when all limits are over.
    void start(std::function<void(BatchResult)> finished);
    /// Ends it at once, with the results there are.
    void cancel();

private:
    enum class Stage {
        Connecting,
        FirstPrompt,
        Running,      ///< a command, until its prompt
        Interrupting, ///< a command whose time is over, until the prompt
        Done,
    };
    struct Step
    {
        enum class Kind { Auto, Command, Post };
        Kind kind;
        QString command;
    };

    void handleConnected();
    void handleOutput(const QByteArray &bytes);
    void handleGone(const QString &reason, bool isClean);
    void look();
    void believe();
    void handlePrompt();
    void handleDeadline();
    void startTyping();
    void nextStep();
    void type(const QString &line);
    void interrupt();
    void finishStep(CommandStatus status, std::optional<QString> error);
    void failRest(const QString &reason);
    void finish();
    void storeText();
    void dropBackend();
    [[nodiscard]] const Step &step() const { return m_steps[m_step]; }
    [[nodiscard]] qsizetype textKept() const { return m_result.transcript.size() + m_text.text().size(); }
    [[nodiscard]] QString lastWords() const;

    std::unique_ptr<TerminalBackend> m_backend;
    const BatchRequest m_request;
    std::function<void(BatchResult)> m_finished;
    std::vector<Step> m_steps;
    std::size_t m_step = 0;
    QStringList m_linesLeft; ///< of the current command

    Stage m_stage = Stage::Connecting;
    TerminalText m_text{kSize.columns}; ///< since the last line that was typed
    PromptDetector m_detector;
    QString m_output; ///< of the current command, from before the line that was typed last
    BatchResult m_result;
    QTimer m_silence;
    QTimer m_deadline;
    QElapsedTimer m_stepTime;
    int m_interruptsLeft = 0;
};

/// ShellBatch::start, awaitable. A raised flag cancels it.
[[nodiscard]] Task<BatchResult> runShellBatch(std::unique_ptr<TerminalBackend> backend, BatchRequest request,
                                              SharedCancelFlag cancel);

} // namespace agent
