#include "vaultfixture.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTest>

#include <cstdio>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView kFirst("the first password");
constexpr QByteArrayView kSecond("the second password");
constexpr int kRows = 150; // 9 columns each
constexpr int kColumnsAfterUnlock = 8;

/// The child: changes the password back and forth until it is killed.
int changeForEver(const QString &path)
{
    VaultFixture f(path);
    bool first = f.unlock(kFirst).ok();
    if (!first && !f.unlock(kSecond).ok())
        return 1;
    std::puts("ready");
    std::fflush(stdout);
    while (f.change(first ? kFirst : kSecond, first ? kSecond : kFirst).ok())
        first = !first;
    return 1;
}

} // namespace

class VaultCrashTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aKilledChangeLeavesOnePasswordThatOpensEveryRow_data()
    {
        QTest::addColumn<int>("delay");
        // Spread over several changes: derivation, re-encryption, commit and checkpoint.
        for (const int delay : {0, 40, 60, 75, 90, 105, 120, 135, 150, 170, 190, 210, 230, 260, 300, 350})
            QTest::addRow("killed after %d ms", delay) << delay;
    }
    void aKilledChangeLeavesOnePasswordThatOpensEveryRow()
    {
        QFETCH(int, delay);
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        child.start(QCoreApplication::applicationFilePath(), {u"--change-for-ever"_s, m_path});
        QVERIFY(child.waitForReadyRead());
        QCOMPARE(child.readAllStandardOutput().trimmed(), "ready"_ba);
        QTest::qWait(delay); // not to wait for something: to hit another place each time
        QCOMPARE(child.state(), QProcess::Running);
        child.kill();
        QVERIFY(child.waitForFinished());

        VaultFixture f(m_path);
        const bool first = f.unlock(kFirst).ok();
        const bool second = f.unlock(kSecond).ok();
        QVERIFY(first != second);
        QCOMPARE(f.countReadable(), kRows * kColumnsAfterUnlock + 1);
        QCOMPARE(f.value(u"PRAGMA integrity_check"_s).toString(), u"ok"_s);
    }

    void initTestCase()
    {
        m_path = m_folder.filePath(u"netstacks.db"_s);
        VaultFixture f(m_path);
        QVERIFY(f.setPassword(kFirst).ok());
        f.fillEveryColumn(kRows);
    }

private:
    QTemporaryDir m_folder;
    QString m_path;
};

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);
    if (const QStringList arguments = app.arguments(); arguments.size() == 3 && arguments[1] == "--change-for-ever"_L1)
        return changeForEver(arguments[2]);
    VaultCrashTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_vaultcrash.moc"
