#include "platform/commandrun.h"
#include "platform/wakeup.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <thread>
#include <unistd.h>

using namespace agent;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using End = CommandOutcome::End;

class CommandRunTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void streamsAndExitCodeAreKeptApart();
    void itSeesOnlyItsEnvironmentFolderAndThreeDescriptors();
    void inputIsEmpty();
    void signalsAreAsUsual();
    void aCommandBeyondItsLimitIsKilledWithItsGroup();
    void aCancelledCommandIsKilledWithItsGroup();
    void whatIgnoresTheSignalIsKilled();
    void whatIsLeftInTheGroupEndsWithTheCommand();
    void whoLeftTheGroupDoesNotHoldUpTheAnswer();
    void aFloodIsCountedAndNotKept();
    void whatCannotStartIsSaid();
    void nothingIsLeftAfterManyRuns();

private:
    static CommandRun shell(const QByteArray &script)
    {
        CommandRun run;
        run.programs = {"/bin/sh"};
        run.arguments = {"-c", script};
        run.environment = {"PATH=/usr/bin:/bin", "ONLY=this"};
        run.folder = "/";
        return run;
    }
    static CommandOutcome outcomeOf(const CommandRun &run)
    {
        Wakeup cancel;
        const auto outcome = runCommand(run, cancel);
        if (!outcome)
            qFatal("%s", qPrintable(outcome.error().message));
        return *outcome;
    }
    static bool isAlive(const QByteArray &pid)
    {
        QFile status(u"/proc/%1/stat"_s.arg(QString::fromLatin1(pid.trimmed())));
        return status.open(QIODevice::ReadOnly) && !status.readAll().contains(") Z");
    }
    QByteArray pidIn(const QString &file) const
    {
        QFile pid(file);
        return pid.open(QIODevice::ReadOnly) ? pid.readAll() : QByteArray();
    }
    static qsizetype descriptors()
    {
        return QDir(u"/proc/self/fd"_s).entryList(QDir::System | QDir::AllEntries).size();
    }

    QTemporaryDir m_folder;
};

void CommandRunTest::streamsAndExitCodeAreKeptApart()
{
    const auto outcome = outcomeOf(shell("echo out; echo err >&2; exit 3"));
    QCOMPARE(outcome.end, End::Exited);
    QCOMPARE(outcome.exitCode, std::optional(3));
    QCOMPARE(outcome.output, "out\n");
    QCOMPARE(outcome.error, "err\n");
}

void CommandRunTest::itSeesOnlyItsEnvironmentFolderAndThreeDescriptors()
{
    qputenv("SECRET_OF_THE_TEST", "secret");
    auto run = shell("env; pwd; ls /proc/self/fd | wc -l");
    run.folder = QFile::encodeName(m_folder.path());
    const QByteArray output = outcomeOf(run).output;
    QVERIFY(output.contains("ONLY=this\n"));
    QVERIFY(!output.contains("SECRET_OF_THE_TEST"));
    QVERIFY(output.contains(QByteArray(QFile::encodeName(m_folder.path()) + '\n')));
    QVERIFY2(output.endsWith("\n4\n"), output.constData()); // and the one that ls reads the folder with
}

void CommandRunTest::inputIsEmpty() { QCOMPARE(outcomeOf(shell("cat; echo end")).output, "end\n"); }

void CommandRunTest::signalsAreAsUsual()
{
    // A pipeline ends when its reader does, which SIGPIPE has to tell.
    auto run = shell("yes | head -1; trap");
    run.limit = 20s;
    const auto outcome = outcomeOf(run);
    QCOMPARE(outcome.end, End::Exited);
    QCOMPARE(outcome.output, "y\n");
}

void CommandRunTest::aCommandBeyondItsLimitIsKilledWithItsGroup()
{
    const QString pid = m_folder.filePath(u"limit"_s);
    auto run = shell("echo before; sleep 600 & echo $! > " + QFile::encodeName(pid) + "; wait");
    run.limit = 300ms;
    const auto outcome = outcomeOf(run);
    QCOMPARE(outcome.end, End::TimedOut);
    QVERIFY(!outcome.exitCode);
    QCOMPARE(outcome.output, "before\n");
    QVERIFY(!pidIn(pid).isEmpty());
    QTRY_VERIFY(!isAlive(pidIn(pid)));
}

void CommandRunTest::aCancelledCommandIsKilledWithItsGroup()
{
    const QString pid = m_folder.filePath(u"cancel"_s);
    Wakeup cancel;
    std::thread canceller([&] {
        while (pidIn(pid).isEmpty())
            std::this_thread::sleep_for(5ms);
        cancel.wake();
    });
    const auto outcome = runCommand(shell("sleep 600 & echo $! > " + QFile::encodeName(pid) + "; wait"), cancel);
    canceller.join();
    QVERIFY(outcome);
    QCOMPARE(outcome->end, End::Cancelled);
    QTRY_VERIFY(!isAlive(pidIn(pid)));
}

void CommandRunTest::whatIgnoresTheSignalIsKilled()
{
    auto run = shell("trap '' TERM HUP INT; while :; do sleep 0.05; done");
    run.limit = 200ms;
    QCOMPARE(outcomeOf(run).end, End::TimedOut);
}

void CommandRunTest::whatIsLeftInTheGroupEndsWithTheCommand()
{
    const QString pid = m_folder.filePath(u"left"_s);
    const auto outcome = outcomeOf(shell("sleep 600 & echo $! > " + QFile::encodeName(pid) + "; echo done"));
    QCOMPARE(outcome.end, End::Exited);
    QCOMPARE(outcome.exitCode, std::optional(0));
    QCOMPARE(outcome.output, "done\n");
    QTRY_VERIFY(!isAlive(pidIn(pid)));
}

void CommandRunTest::whoLeftTheGroupDoesNotHoldUpTheAnswer()
{
    const QString pid = m_folder.filePath(u"session"_s);
    const QByteArray file = QFile::encodeName(pid);
    const auto outcome = outcomeOf(shell("setsid sh -c 'echo $$ > " + file + "; exec sleep 600' & while ! [ -s " +
                                         file + " ]; do sleep 0.01; done; echo done"));
    QCOMPARE(outcome.end, End::Exited);
    QCOMPARE(outcome.output, "done\n");
    ::kill(pid_t(pidIn(pid).trimmed().toInt()), SIGKILL);
}

void CommandRunTest::aFloodIsCountedAndNotKept()
{
    auto run = shell("head -c 5000000 /dev/zero; head -c 3000 /dev/zero >&2");
    run.maxOutput = 1000;
    const auto outcome = outcomeOf(run);
    QCOMPARE(outcome.output.size(), 1000);
    QCOMPARE(outcome.outputDropped, 4999000);
    QCOMPARE(outcome.error.size(), 1000);
    QCOMPARE(outcome.errorDropped, 2000);
}

void CommandRunTest::whatCannotStartIsSaid()
{
    Wakeup cancel;
    auto run = shell("true");
    run.folder = "/does/not/exist";
    const auto noFolder = runCommand(run, cancel);
    QVERIFY(!noFolder);
    QCOMPARE(noFolder.error().code, ErrorCode::Io);
    run = shell("true");
    run.programs = {"/does/not/exist"};
    QVERIFY(!runCommand(run, cancel));
    run.programs = {"/does/not/exist", "/bin/sh"};
    QVERIFY(runCommand(run, cancel));
}

void CommandRunTest::nothingIsLeftAfterManyRuns()
{
    outcomeOf(shell("true"));
    const qsizetype before = descriptors();
    // Its end may be noticed before, at, or after that of its streams.
    for (int i = 0; i < 150; ++i) {
        QCOMPARE(outcomeOf(shell("exit 7")).exitCode, std::optional(7));
        QCOMPARE(outcomeOf(shell("exec >&- 2>&-; exit 7")).exitCode, std::optional(7));
    }
    QCOMPARE(descriptors(), before);
    QFile children(u"/proc/self/task/%1/children"_s.arg(::getpid()));
    QVERIFY(children.open(QIODevice::ReadOnly));
    QCOMPARE(children.readAll(), "");
}

QTEST_GUILESS_MAIN(CommandRunTest)
#include "tst_commandrun.moc"
