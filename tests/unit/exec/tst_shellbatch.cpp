#include "exec/shellbatch.h"

#include <QtTest>

#include <deque>

using namespace agent;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A device that knows answers by heart. It echoes a line and says what belongs to it, `%` standing for its prompt.
class FakeDevice final : public TerminalBackend
{
public:
    explicit FakeDevice(QStringList &typed)
        : sent(typed)
    {
    }

    void start(TerminalSize size) override
    {
        QCOMPARE(size.columns, 200);
        QCOMPARE(size.rows, 500);
        QTimer::singleShot(0, this, [this] {
            if (!refusal.isEmpty()) {
                Q_EMIT failed(refusal);
                return;
            }
            if (!question.isEmpty()) {
                Q_EMIT outputReceived(question);
                Q_EMIT asking();
                return;
            }
            Q_EMIT connected();
            say(banner + prompt);
        });
    }
    void write(const QByteArray &bytes) override
    {
        if (bytes == "\x03") {
            sent << u"^C"_s;
            return say(onInterrupt);
        }
        if (bytes == " " && !pages.empty()) {
            const QByteArray page = pages.front();
            pages.pop_front();
            return say(page);
        }
        QVERIFY(bytes.endsWith('\n'));
        const QByteArray line = bytes.chopped(1);
        sent << QString::fromUtf8(line);
        say(line + "\r\n" + answers.value(line, prompt));
    }
    [[nodiscard]] qint64 bytesQueued() const override { return 0; }
    void resize(TerminalSize) override {}
    void pause() override {}
    void resume() override {}

    void say(const QByteArray &bytes)
    {
        QTimer::singleShot(0, this, [this, bytes] {
            if (!bytes.isEmpty())
                Q_EMIT outputReceived(bytes);
        });
    }
    void sayLater(std::chrono::milliseconds delay, const QByteArray &bytes)
    {
        QTimer::singleShot(delay, this, [this, bytes] { Q_EMIT outputReceived(bytes); });
    }

    QByteArray banner = "Welcome:\r\n";
    QByteArray prompt = "Router#";
    QString refusal;
    QByteArray question; ///< of the login
    QHash<QByteArray, QByteArray> answers;
    std::deque<QByteArray> pages;
    QByteArray onInterrupt;
    QStringList &sent; ///< lines typed, and ^C
};

} // namespace

/// Contract 03 section 9.2: commands in an interactive shell.
class ShellBatchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        sent.clear();
        device = new FakeDevice(sent);
        result.reset();
    }
    void cleanup() { batch.reset(); }

    void everyCommandHasItsOwnOutput();
    void autoCommandsComeFirstAndPostCommandsLast();
    void pagersAreAnsweredAndLeaveNoTrace();
    void aPromptNeedsSilence();
    void aLateFirstPromptIsWaitedFor();
    void aTimedOutCommandIsInterruptedAndItsOutputStaysWithIt();
    void stopOnErrorSendsNothingMoreButThePostCommands();
    void aDeviceThatDoesNotComeBackGetsNoFurtherCommand();
    void aFailedLoginFailsEveryCommand();
    void aLoginThatAsksForMoreFailsAtOnce();
    void nothingIsTypedIntoALoginQuestion();
    void aLostConnectionKeepsWhatThereWas();
    void aShellThatEndsHasDoneWhatItWasTold();
    void aFloodIsStoppedAndKeepsItsBound();
    void aCommandOfSeveralLinesIsTypedLineByLine();
    void cancellingEndsAtOnce();
    void aPromptWithoutTheUsualEndIsLearned();
    void withoutCommandsOnlyThePromptIsSeen();

private:
    void run(BatchRequest request)
    {
        batch = std::make_unique<ShellBatch>(std::unique_ptr<TerminalBackend>(device.data()), std::move(request));
        batch->start([this](BatchResult r) { result = std::move(r); });
    }
    bool isDone()
    {
        return QTest::qWaitFor([this] { return result.has_value(); }, 60'000);
    }

    QStringList sent;
    QPointer<FakeDevice> device;
    std::unique_ptr<ShellBatch> batch;
    std::optional<BatchResult> result;
};

void ShellBatchTest::everyCommandHasItsOwnOutput()
{
    device->answers = {{"show a", "alpha\r\nbeta\r\nRouter#"}, {"show b", "\x1b[1mgamma\x1b[0m\r\n\r\nRouter#"}};
    run({.commands = {u"show a"_s, u"show b"_s}});
    QVERIFY(isDone());
    QCOMPARE(result->commands.size(), 2);
    QCOMPARE(result->commands[0].command, u"show a"_s);
    QCOMPARE(result->commands[0].status, CommandStatus::Success);
    QCOMPARE(result->commands[0].output, u"show a\nalpha\nbeta"_s);
    QVERIFY(!result->commands[0].error);
    QCOMPARE(result->commands[1].output, u"show b\ngamma\n"_s);
    QCOMPARE(result->transcript, u"Welcome:\nRouter#show a\nalpha\nbeta\nRouter#show b\ngamma\n\nRouter#"_s);
    QCOMPARE(result->transcript.first(result->commands[0].transcriptLength),
             u"Welcome:\nRouter#show a\nalpha\nbeta\nRouter#"_s);
    QVERIFY(device.isNull()); // hung up
}

void ShellBatchTest::autoCommandsComeFirstAndPostCommandsLast()
{
    device->prompt = "Router>";
    device->answers = {{"enable", "Password: "}, {"s3cret", "\r\nRouter#"}};
    run({.autoCommands = {u"enable"_s, u"s3cret"_s}, .commands = {u"show a"_s}, .postCommands = {u"end"_s}});
    QVERIFY(isDone());
    QCOMPARE(sent, (QStringList{u"enable"_s, u"s3cret"_s, u"show a"_s, u"end"_s}));
    QCOMPARE(result->commands.size(), 1);
    QCOMPARE(result->commands[0].output, u"show a"_s);
}

void ShellBatchTest::pagersAreAnsweredAndLeaveNoTrace()
{
    device->answers = {{"show a", "one\r\n --More-- "}};
    device->pages = {QByteArray(10, '\b') + QByteArray(10, ' ') + QByteArray(10, '\b') + " two\r\n --More-- ",
                     QByteArray(10, '\b') + QByteArray(10, ' ') + QByteArray(10, '\b') + "end\r\nRouter#"};
    run({.commands = {u"show a"_s}});
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].output, u"show a\none\n two\nend"_s);
}

void ShellBatchTest::aPromptNeedsSilence()
{
    device->answers = {{"show a", "Routes:"}};
    run({.commands = {u"show a"_s, u"show b"_s}});
    QVERIFY(QTest::qWaitFor([&] { return sent.size() == 1; }, 20'000));
    device->sayLater(600ms, " none\r\nRouter#"); // a colon that stands for longer than the usual silence
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].output, u"show a\nRoutes: none"_s);
    QCOMPARE(result->commands[1].output, u"show b"_s);
}

void ShellBatchTest::aLateFirstPromptIsWaitedFor()
{
    device->banner = "Authorised users only. Checking your account, please wait:";
    device->prompt = "";
    device->answers = {{"show a", "alpha\r\nRouter#"}};
    device->sayLater(1500ms, "\r\n\r\nRouter#");
    run({.commands = {u"show a"_s}});
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].output, u"show a\nalpha"_s);
}

void ShellBatchTest::aTimedOutCommandIsInterruptedAndItsOutputStaysWithIt()
{
    device->answers = {{"ping forever", "!!!!"}, {"show b", "beta\r\nRouter#"}};
    device->onInterrupt = "late output\r\n^C\r\nRouter#";
    run({.commands = {u"ping forever"_s, u"show b"_s}, .commandLimit = 1s});
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].status, CommandStatus::Timeout);
    QCOMPARE(result->commands[0].output, u"ping forever\n!!!!"_s);
    QVERIFY2(result->commands[0].error->contains(u"1 seconds"_s) && result->commands[0].error->endsWith(u"!!!!"_s),
             qPrintable(*result->commands[0].error));
    QCOMPARE(result->commands[1].status, CommandStatus::Success);
    QCOMPARE(result->commands[1].output, u"show b\nbeta"_s);
    QVERIFY(result->transcript.contains(u"late output"_s));
}

void ShellBatchTest::stopOnErrorSendsNothingMoreButThePostCommands()
{
    device->answers = {{"hang", "no prompt here"}};
    device->onInterrupt = "^C\r\nRouter#";
    run({.commands = {u"hang"_s, u"show b"_s}, .postCommands = {u"end"_s}, .commandLimit = 1s, .stopOnError = true});
    QVERIFY(isDone());
    QCOMPARE(result->commands.size(), 1);
    QCOMPARE(sent, (QStringList{u"hang"_s, u"^C"_s, u"end"_s}));
}

void ShellBatchTest::aDeviceThatDoesNotComeBackGetsNoFurtherCommand()
{
    device->answers = {{"hang", "no prompt here"}};
    run({.commands = {u"hang"_s, u"show b"_s}, .commandLimit = 1s});
    QVERIFY(isDone());
    QCOMPARE(sent, (QStringList{u"hang"_s, u"^C"_s, u"^C"_s}));
    QCOMPARE(result->commands.size(), 2);
    QCOMPARE(result->commands[0].status, CommandStatus::Timeout);
    QCOMPARE(result->commands[1].status, CommandStatus::Error);
    QVERIFY(result->commands[1].error->startsWith(u"not sent"_s));
}

void ShellBatchTest::aFailedLoginFailsEveryCommand()
{
    device->refusal = u"authentication failed"_s;
    run({.commands = {u"show a"_s, u"show b"_s}});
    QVERIFY(isDone());
    QCOMPARE(result->commands.size(), 2);
    for (const BatchCommandResult &command : result->commands) {
        QCOMPARE(command.status, CommandStatus::Error);
        QCOMPARE(*command.error, u"authentication failed"_s);
    }
}

void ShellBatchTest::aLoginThatAsksForMoreFailsAtOnce()
{
    device->question = "Verification code: ";
    run({.commands = {u"show a"_s}});
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].status, CommandStatus::Error);
    QVERIFY(result->commands[0].error->endsWith(u"saved credential: Verification code:"_s));
    QVERIFY(sent.isEmpty());
}

void ShellBatchTest::nothingIsTypedIntoALoginQuestion()
{
    device->banner = "Login incorrect\r\n";
    device->prompt = "host login: ";
    run({.commands = {u"show a"_s}, .firstPromptLimit = 1s});
    QVERIFY(isDone());
    QVERIFY(result->commands[0].error->startsWith(u"the device asks for a login"_s));
    QVERIFY(sent.isEmpty());
}

void ShellBatchTest::aLostConnectionKeepsWhatThereWas()
{
    device->answers = {{"show a", "half of it"}};
    run({.commands = {u"show a"_s, u"show b"_s}});
    QVERIFY(QTest::qWaitFor([&] { return sent.size() == 1; }, 20'000));
    QTimer::singleShot(100ms, device, [this] { Q_EMIT device->lost(u"connection reset"_s); });
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].status, CommandStatus::Error);
    QCOMPARE(result->commands[0].output, u"show a\nhalf of it"_s);
    QCOMPARE(*result->commands[0].error, u"connection reset"_s);
    QCOMPARE(*result->commands[1].error, u"connection reset"_s);
    QCOMPARE(result->commands[1].output, QString());
}

void ShellBatchTest::aShellThatEndsHasDoneWhatItWasTold()
{
    device->answers = {{"exit", "logout\r\n"}};
    run({.commands = {u"exit"_s, u"show b"_s}});
    QVERIFY(QTest::qWaitFor([&] { return sent.size() == 1; }, 20'000));
    QTimer::singleShot(100ms, device, [this] { Q_EMIT device->ended(); });
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].status, CommandStatus::Success);
    QCOMPARE(result->commands[0].output, u"exit\nlogout"_s);
    QCOMPARE(result->commands[1].status, CommandStatus::Error);
}

void ShellBatchTest::aFloodIsStoppedAndKeepsItsBound()
{
    device->answers = {{"flood", "start\r\n"}};
    device->onInterrupt = "\r\nRouter#";
    run({.commands = {u"flood"_s}, .commandLimit = 60s});
    QVERIFY(QTest::qWaitFor([&] { return sent.size() == 1; }, 20'000));
    const QByteArray piece = QByteArray(64 * 1024, 'x').replace(0, 2, "\r\n");
    for (int i = 0; i < 200; ++i)
        device->say(piece);
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].status, CommandStatus::Error);
    QVERIFY(result->commands[0].error->contains(u"8 MiB"_s));
    QVERIFY(result->commands[0].output.size() <= ShellBatch::kMaxText + piece.size());
    QVERIFY(result->transcript.size() <= ShellBatch::kMaxText + 2 * piece.size());
}

void ShellBatchTest::aCommandOfSeveralLinesIsTypedLineByLine()
{
    device->answers = {{"configure", "Router(config)#"}, {"hostname R2", "R2(config)#"}, {"end", "R2#"}};
    run({.commands = {u"configure\nhostname R2\r\nend\n"_s, u"show a"_s}});
    QVERIFY(isDone());
    QCOMPARE(result->commands.size(), 2);
    QCOMPARE(result->commands[0].output, u"configure\nRouter(config)#hostname R2\nR2(config)#end"_s);
    QCOMPARE(result->commands[1].status, CommandStatus::Success);
}

void ShellBatchTest::cancellingEndsAtOnce()
{
    device->answers = {{"hang", "so far"}};
    run({.commands = {u"hang"_s, u"show b"_s}});
    QVERIFY(QTest::qWaitFor([&] { return sent.size() == 1; }, 20'000));
    batch->cancel();
    QVERIFY(result && result->isCancelled);
    QCOMPARE(result->commands.size(), 2);
    QVERIFY(device.isNull());
    batch->cancel(); // nothing more to end
}

void ShellBatchTest::aPromptWithoutTheUsualEndIsLearned()
{
    device->prompt = "~ \xe2\x9d\xaf ";
    device->answers = {{"ls", "a\r\n~ \xe2\x9d\xaf "}};
    run({.commands = {u"ls"_s}, .firstPromptLimit = 1s});
    QVERIFY(isDone());
    QCOMPARE(result->commands[0].status, CommandStatus::Success);
    QCOMPARE(result->commands[0].output, u"ls\na"_s);
}

void ShellBatchTest::withoutCommandsOnlyThePromptIsSeen()
{
    run({});
    QVERIFY(isDone());
    QVERIFY(result->commands.isEmpty());
    QCOMPARE(result->transcript, u"Welcome:\nRouter#"_s);
}

QTEST_GUILESS_MAIN(ShellBatchTest)
#include "tst_shellbatch.moc"
