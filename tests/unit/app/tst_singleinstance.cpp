#include "app/healthprobe.h"
#include "app/singleinstance.h"
#include "platform/runningprocess.h"

#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Lock = SingleInstance::Lock;

class TestSingleInstance : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parsesTheLock_data();
    void parsesTheLock();
    void announcesAndReleasesItsOwnLock();
    void leavesASuccessorsLockAlone();
    void removesTheLockOfADeadProcess();
    void foreignProcessIsNotSignalled_data();
    void foreignProcessIsNotSignalled();
    void plainListenerIsSilentOrForeignButNeverHealthy();
    void processIsHeldAndDescribed();

private:
    QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const QString &path, const QByteArray &bytes)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
};

void TestSingleInstance::parsesTheLock_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<std::optional<Lock>>("lock");
    QTest::newRow("as written") << QByteArray("123:45678") << std::optional(Lock{123, 45678});
    QTest::newRow("with a newline") << QByteArray("123:45678\n") << std::optional(Lock{123, 45678});
    QTest::newRow("empty") << QByteArray() << std::optional<Lock>();
    QTest::newRow("no port") << QByteArray("123:") << std::optional<Lock>();
    QTest::newRow("no pid") << QByteArray(":1") << std::optional<Lock>();
    QTest::newRow("port too large") << QByteArray("1:65536") << std::optional<Lock>();
    QTest::newRow("words") << QByteArray("a:b") << std::optional<Lock>();
    QTest::newRow("more fields") << QByteArray("1:2:3") << std::optional<Lock>();
    QTest::newRow("pid too large") << QByteArray("99999999999999999999:1") << std::optional<Lock>();
}

void TestSingleInstance::parsesTheLock()
{
    QFETCH(QByteArray, text);
    QFETCH(std::optional<Lock>, lock);
    QVERIFY(SingleInstance::parse(text) == lock);
}

void TestSingleInstance::announcesAndReleasesItsOwnLock()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"agent.lock"_s);
    {
        SingleInstance instance(path);
        instance.announce(4711);
        const QByteArray expected = QByteArray::number(QCoreApplication::applicationPid()) + ":4711";
        QCOMPARE(content(path), expected);
        QCOMPARE(QFileInfo(path).permissions() & QFile::Permissions(0x0fff),
                 QFile::Permissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser) &
                     QFile::Permissions(0x0fff));
    }
    QVERIFY(!QFile::exists(path));
}

void TestSingleInstance::leavesASuccessorsLockAlone()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"agent.lock"_s);
    {
        SingleInstance instance(path);
        instance.announce(4711);
        write(path, "2:4712");
    }
    QCOMPARE(content(path), "2:4712");
}

void TestSingleInstance::removesTheLockOfADeadProcess()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"agent.lock"_s);
    QProcess dead;
    dead.start(u"true"_s, QStringList());
    QVERIFY(dead.waitForStarted());
    const QByteArray lock = QByteArray::number(dead.processId()) + ":4711";
    QVERIFY(dead.waitForFinished());
    write(path, lock);
    SingleInstance(path).evictPredecessor();
    QVERIFY(!QFile::exists(path));
}

void TestSingleInstance::foreignProcessIsNotSignalled_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("another program") << u"sleep"_s;
    QTest::newRow("a namesake that does not listen there") << u"netstacks-agent-x"_s;
}

void TestSingleInstance::foreignProcessIsNotSignalled()
{
    QFETCH(QString, name);
    const QTemporaryDir folder;
    const QString program = folder.filePath(name);
    QVERIFY(QFile::copy(u"/bin/sleep"_s, program));
    QProcess foreign;
    foreign.start(program, {u"60"_s});
    QVERIFY(foreign.waitForStarted());

    QTcpServer listener; // of this process, so of the same user
    QVERIFY(listener.listen(QHostAddress::LocalHost));
    const QString path = folder.filePath(u"agent.lock"_s);
    const QByteArray lock = QByteArray::number(foreign.processId()) + ':' + QByteArray::number(listener.serverPort());
    write(path, lock);
    SingleInstance(path).evictPredecessor();

    QCOMPARE(foreign.state(), QProcess::Running);
    QVERIFY(findProcess(foreign.processId()));
    QCOMPARE(content(path), lock);
    foreign.kill();
    foreign.waitForFinished();
}

void TestSingleInstance::plainListenerIsSilentOrForeignButNeverHealthy()
{
    QTcpServer listener;
    QVERIFY(listener.listen(QHostAddress::LocalHost));
    const quint16 port = listener.serverPort();
    QCOMPARE(probeHealth(port, 200ms), Health::Silent);
    listener.close();
    QCOMPARE(probeHealth(port, 200ms), Health::Foreign);
}

void TestSingleInstance::processIsHeldAndDescribed()
{
    QTcpServer listener;
    QVERIFY(listener.listen(QHostAddress::LocalHost));
    const auto self = findProcess(QCoreApplication::applicationPid());
    QVERIFY(self);
    QCOMPARE(self->programName(), u"tst_singleinstance"_s);
    QVERIFY(self->belongsToThisUser());
    QVERIFY(self->listensOn(listener.serverPort()));
    const quint16 port = listener.serverPort();
    listener.close();
    QVERIFY(!self->listensOn(port));
    QVERIFY(!self->waitForExit(1ms));

    QProcess child;
    child.start(u"sleep"_s, {u"60"_s});
    QVERIFY(child.waitForStarted());
    const auto held = findProcess(child.processId());
    QVERIFY(held);
    held->requestStop();
    QVERIFY(held->waitForExit(10s)); // also while nobody has reaped it
    QVERIFY(!findProcess(child.processId()));
    child.waitForFinished();
    QVERIFY(!findProcess(0));
    QVERIFY(!findProcess(-1));
}

QTEST_GUILESS_MAIN(TestSingleInstance)
#include "tst_singleinstance.moc"
