#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "platform/childdefaults.h"
#include "pty/localshell.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

class LocalShellTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void theShellAnswersAndKnowsItsSize();
    void onlyTheListedVariablesArePassedOn();
    void aMissingShellFallsBack();
    void exitIsAnEnd();
    void closingDoesNotExecuteAHalfTypedLine();
    void noProcessAndNoDescriptorIsLeftAfterFiftyShells();
    void aShellThatIgnoresTheHangUpIsKilled();
    void aFloodArrivesWhole();
    void aPausedReaderStopsTheFloodAndCtrlCEndsIt();
    void fiveMegabytesOfInputArriveIntact();
    void aWriterWhoseReaderSleepsBlocksNobody();

private:
    std::unique_ptr<BackendProbe> open(TerminalSize size = {})
    {
        auto probe = std::make_unique<BackendProbe>(std::make_unique<LocalShell>(m_threads, ChildDefaults()));
        probe->backend->start(size);
        [&] { QTRY_VERIFY2_WITH_TIMEOUT(probe->output.contains("$ "), probe->output.constData(), 10000); }();
        return probe;
    }
    static int children()
    {
        QFile list(u"/proc/self/task/%1/children"_s.arg(getpid()));
        int count = 0;
        for (const QString &task : QDir(u"/proc/self/task"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
            QFile file(u"/proc/self/task/%1/children"_s.arg(task));
            if (file.open(QIODevice::ReadOnly))
                count += int(file.readAll().split(' ').size()) - 1;
        }
        return count;
    }
    static qsizetype descriptors()
    {
        return QDir(u"/proc/self/fd"_s).entryList(QDir::AllEntries | QDir::System).size();
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
};

void LocalShellTest::initTestCase()
{
    qputenv("HOME", m_home.path().toUtf8());
    qputenv("SHELL", "/bin/bash");
    qputenv("NETSTACKS_AUTH_TOKEN", "a secret of the agent");
    QFile profile(m_home.filePath(u".profile"_s));
    QVERIFY(profile.open(QIODevice::WriteOnly));
    profile.write("PS1='$ '; unset HISTFILE; bind 'set enable-bracketed-paste off' 2>/dev/null\n");
    QFile::link(profile.fileName(), m_home.filePath(u".bash_profile"_s));
}

void LocalShellTest::cleanup()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    QCOMPARE(children(), 0);
}

void LocalShellTest::theShellAnswersAndKnowsItsSize()
{
    const auto probe = open({100, 30});
    QCOMPARE(probe->news.first(), u"connected"_s);
    probe->backend->write("stty size; pwd\r");
    QTRY_VERIFY(probe->output.contains("30 100"));
    QTRY_VERIFY(probe->output.contains(m_home.path().toUtf8()));
    probe->backend->resize({120, 40});
    probe->backend->resize({132, 43});
    probe->backend->write("stty size\r");
    QTRY_VERIFY(probe->output.contains("43 132"));
}

void LocalShellTest::onlyTheListedVariablesArePassedOn()
{
    const auto probe = open();
    probe->backend->write("tr '\\0' '\\n' < /proc/$$/environ | cut -d= -f1 | sort | tr '\\n' ' '; echo END\r");
    QTRY_VERIFY(probe->output.contains(" END"));
    const QList<QByteArray> lines = probe->output.split('\n');
    QByteArray names;
    for (const QByteArray &line : lines) {
        if (line.contains(" END"))
            names = line;
    }
    const QList<QByteArray> allowed{"HOME", "USER",    "LOGNAME",         "LANG",       "LC_ALL", "LC_CTYPE",
                                    "TZ",   "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "SHELL",  "TERM",
                                    "PATH", "END"};
    for (const QByteArray &name : names.simplified().split(' '))
        QVERIFY2(allowed.contains(name), name.constData());
    QVERIFY(names.contains("TERM") && names.contains("PATH") && names.contains("HOME"));
    probe->backend->write("ls -1 /proc/$$/fd | tr '\\n' ,; echo; echo $TERM\r");
    QTRY_VERIFY(probe->output.contains("0,1,2,255,")); // 255 is bash's own hold of the terminal
    QTRY_VERIFY(probe->output.contains("xterm-256color"));
    QVERIFY(!probe->output.contains("a secret of the agent"));
}

void LocalShellTest::aMissingShellFallsBack()
{
    qputenv("SHELL", "/no/such/shell");
    const auto probe = open();
    qputenv("SHELL", "/bin/bash");
    probe->backend->write("echo $0\r");
    QTRY_VERIFY(probe->output.contains("/bin/bash"));
}

void LocalShellTest::exitIsAnEnd()
{
    const auto probe = open();
    probe->backend->write("echo la''st; exit\r");
    QTRY_VERIFY(probe->is("ended"));
    QVERIFY(probe->output.contains("last"));
    QVERIFY(!probe->has("lost") && !probe->has("failed"));
}

void LocalShellTest::closingDoesNotExecuteAHalfTypedLine()
{
    const QString file = m_home.filePath(u"touched"_s);
    for (int i = 0; i < 5; ++i) {
        auto probe = open();
        probe->backend->write("touch " + file.toUtf8());
        QTRY_VERIFY(probe->output.contains("touch "));
        probe.reset();
        QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
        QVERIFY(!QFile::exists(file));
    }
    // The same where the line is in the kernel's hands and not in readline's.
    auto probe = open();
    probe->backend->write("exec sh -c 'echo lo\"\"op; while read line; do eval \"$line\"; done'\r");
    QTRY_VERIFY(probe->output.contains("loop\r\n"));
    probe->backend->write("touch " + file.toUtf8());
    QTRY_VERIFY(probe->output.endsWith("touched"));
    probe.reset();
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    QVERIFY(!QFile::exists(file));
}

void LocalShellTest::noProcessAndNoDescriptorIsLeftAfterFiftyShells()
{
    open().reset();
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    const qsizetype before = descriptors();
    for (int i = 0; i < 50; ++i) {
        BackendProbe probe(std::make_unique<LocalShell>(m_threads, ChildDefaults()));
        probe.backend->start({});
        if (i % 2 == 0)
            QTRY_VERIFY(probe.has("output"));
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 20000);
    QCOMPARE(children(), 0);
    QCOMPARE(descriptors(), before);
}

void LocalShellTest::aShellThatIgnoresTheHangUpIsKilled()
{
    auto probe = open();
    probe->backend->write("exec sh -c 'trap \"\" HUP; echo pid $$; while :; do sleep 1000 2>/dev/null; done'\r");
    QTRY_VERIFY(probe->output.contains("pid "));
    QTRY_VERIFY(probe->output.lastIndexOf("\r\n") > probe->output.lastIndexOf("pid "));
    const qsizetype at = probe->output.lastIndexOf("pid ") + 4;
    const pid_t pid = pid_t(probe->output.sliced(at, probe->output.indexOf('\r', at) - at).toInt());
    QVERIFY(pid > 1 && ::kill(pid, 0) == 0);
    probe.reset();
    QTRY_VERIFY_WITH_TIMEOUT(::kill(pid, 0) != 0, 10000);
}

void LocalShellTest::aFloodArrivesWhole()
{
    constexpr qint64 kBytes = 200'000'000;
    const auto probe = open();
    QCryptographicHash seen(QCryptographicHash::Sha256), sent(QCryptographicHash::Sha256);
    qint64 counted = -1;
    QByteArray head;
    probe->onOutput = [&](const QByteArray &bytes) {
        QByteArrayView rest = bytes;
        if (counted < 0) {
            head += bytes;
            const qsizetype mark = head.indexOf("<\r\n");
            if (mark < 0)
                return;
            counted = 0;
            rest = QByteArrayView(head).sliced(mark + 3);
        }
        rest = rest.first(qMin(rest.size(), kBytes - counted));
        seen.addData(rest);
        counted += rest.size();
    };
    probe->backend->write("stty -onlcr; printf '<\\r\\n'; yes 0123456789abcdef | head -c 200000000\r");
    QTRY_VERIFY2_WITH_TIMEOUT(counted == kBytes, head.constData(), 60000);
    QByteArray block;
    while (block.size() < 17 * 50'000)
        block += "0123456789abcdef\n";
    for (qint64 left = kBytes; left > 0; left -= qMin(left, qint64(block.size())))
        sent.addData(QByteArrayView(block).first(qMin(left, qint64(block.size()))));
    QCOMPARE(seen.result().toHex(), sent.result().toHex());
}

void LocalShellTest::aPausedReaderStopsTheFloodAndCtrlCEndsIt()
{
    const auto probe = open();
    probe->onOutput = [](const QByteArray &) {};
    probe->backend->write("yes\r");
    QTRY_VERIFY(probe->received > 1'000'000);
    probe->backend->pause();
    qint64 before = -1;
    QTRY_VERIFY(std::exchange(before, probe->received) == probe->received);
    probe->backend->write("\x03");
    QByteArray tail;
    probe->onOutput = [&tail](const QByteArray &bytes) {
        tail += bytes;
        tail = tail.last(qMin(tail.size(), qsizetype(4096)));
    };
    probe->backend->resume();
    QTRY_VERIFY(tail.contains("$ "));
}

void LocalShellTest::fiveMegabytesOfInputArriveIntact()
{
    const auto probe = open();
    QByteArray paste;
    for (int i = 0; paste.size() < 5'000'000; ++i)
        paste += "line " + QByteArray::number(i) + " of a long paste\n";
    probe->backend->write("stty raw -echo; printf 'RE%s' ADY; head -c " + QByteArray::number(paste.size()) +
                          " | sha256sum; stty sane\r");
    QTRY_VERIFY(probe->output.contains("READY"));
    probe->backend->write(paste);
    const QByteArray expected = QCryptographicHash::hash(paste, QCryptographicHash::Sha256).toHex();
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains(expected), 60000);
    QTRY_COMPARE(probe->backend->bytesQueued(), 0);
}

void LocalShellTest::aWriterWhoseReaderSleepsBlocksNobody()
{
    auto probe = open();
    probe->backend->write("stty raw -echo; printf 'RE%s' ADY; sleep 1000\r");
    QTRY_VERIFY(probe->output.contains("READY"));
    probe->backend->write(QByteArray(1'000'000, 'x'));
    QVERIFY(probe->backend->bytesQueued() > 0); // and this thread went on
    probe.reset();
}

QTEST_GUILESS_MAIN(LocalShellTest)
#include "tst_localshell.moc"
