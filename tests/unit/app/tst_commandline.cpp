#include "app/commandline.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using Mode = CommandLine::Mode;

class TestCommandLine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void picksTheModeInTheOrderOfTheContract_data();
    void picksTheModeInTheOrderOfTheContract();
    void readsThePort_data();
    void readsThePort();
    void readsTheAddress_data();
    void readsTheAddress();
    void readsThePathOfABackup();
    void textsNameTheProgramAndTheProduct();
};

void TestCommandLine::picksTheModeInTheOrderOfTheContract_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<bool>("standalone");
    QTest::addColumn<Mode>("mode");
    QTest::newRow("nothing: refused") << QStringList{} << false << Mode::Refuse;
    QTest::newRow("standalone runs") << QStringList{} << true << Mode::Run;
    QTest::newRow("the shell's flag runs") << QStringList{u"--license-example"_s} << false << Mode::Run;
    QTest::newRow("version wins over help") << QStringList{u"-h"_s, u"-V"_s} << false << Mode::Version;
    QTest::newRow("help needs no gate") << QStringList{u"--port"_s, u"1"_s, u"--help"_s} << false << Mode::Help;
    QTest::newRow("help wins over init-tls") << QStringList{u"--init-tls"_s, u"--help"_s} << true << Mode::Help;
    QTest::newRow("init-tls needs no gate") << QStringList{u"--init-tls"_s} << false << Mode::InitTls;
    QTest::newRow("print-openapi needs no gate") << QStringList{u"--print-openapi"_s} << false << Mode::PrintOpenApi;
    QTest::newRow("restore-backup needs no gate")
        << QStringList{u"--restore-backup"_s, u"/b"_s} << false << Mode::RestoreBackup;
    QTest::newRow("remote needs the gate") << QStringList{u"--remote"_s} << false << Mode::Refuse;
    QTest::newRow("matching is exact") << QStringList{u"--Version"_s, u"--license-example=1"_s} << false
                                       << Mode::Refuse;
    QTest::newRow("unknown words are ignored")
        << QStringList{u"x"_s, u"--license-example"_s, u"-z"_s} << false << Mode::Run;
}

void TestCommandLine::picksTheModeInTheOrderOfTheContract()
{
    QFETCH(QStringList, words);
    QFETCH(bool, standalone);
    QFETCH(Mode, mode);
    QCOMPARE(CommandLine::parse(words, standalone).mode, mode);
}

void TestCommandLine::readsThePort_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("port");
    QTest::newRow("absent") << QStringList{} << 0;
    QTest::newRow("given") << QStringList{u"--port"_s, u"18443"_s} << 18443;
    QTest::newRow("value missing") << QStringList{u"--port"_s} << 0;
    QTest::newRow("too large") << QStringList{u"--port"_s, u"65536"_s} << 0;
    QTest::newRow("negative") << QStringList{u"--port"_s, u"-1"_s} << 0;
    QTest::newRow("with a space") << QStringList{u"--port"_s, u" 80"_s} << 0;
    QTest::newRow("joined form is not understood") << QStringList{u"--port=80"_s} << 0;
    QTest::newRow("next word is another option") << QStringList{u"--port"_s, u"--remote"_s} << 0;
}

void TestCommandLine::readsThePort()
{
    QFETCH(QStringList, words);
    QFETCH(int, port);
    QCOMPARE(int(CommandLine::parse(words, true).port), port);
}

void TestCommandLine::readsTheAddress_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("address");
    QTest::newRow("loopback by default") << QStringList{} << u"127.0.0.1"_s;
    QTest::newRow("everywhere in remote mode") << QStringList{u"--remote"_s} << u"0.0.0.0"_s;
    QTest::newRow("IPv4") << QStringList{u"--bind"_s, u"127.0.0.9"_s} << u"127.0.0.9"_s;
    QTest::newRow("IPv6") << QStringList{u"--bind"_s, u"::1"_s} << u"::1"_s;
    QTest::newRow("given beats remote") << QStringList{u"--remote"_s, u"--bind"_s, u"127.0.0.1"_s} << u"127.0.0.1"_s;
    QTest::newRow("a name is no address") << QStringList{u"--bind"_s, u"localhost"_s} << u"127.0.0.1"_s;
    QTest::newRow("a short form is no address") << QStringList{u"--bind"_s, u"10.1"_s} << u"127.0.0.1"_s;
    QTest::newRow("value missing") << QStringList{u"--remote"_s, u"--bind"_s} << u"0.0.0.0"_s;
}

void TestCommandLine::readsTheAddress()
{
    QFETCH(QStringList, words);
    QFETCH(QString, address);
    QCOMPARE(CommandLine::parse(words, true).address, QHostAddress(address));
}

void TestCommandLine::readsThePathOfABackup()
{
    QCOMPARE(CommandLine::parse({u"--restore-backup"_s, u"/b c"_s}, false).backup, u"/b c"_s);
    QVERIFY(CommandLine::parse({u"--restore-backup"_s}, false).backup.isEmpty());
    QVERIFY(CommandLine::helpText().contains("--restore-backup"));
}

void TestCommandLine::textsNameTheProgramAndTheProduct()
{
    QCOMPARE(CommandLine::versionText(), "netstacks-agent " AGENT_VERSION "\n");
    QVERIFY(CommandLine::helpText().startsWith(CommandLine::versionText()));
    QVERIFY(CommandLine::helpText().contains("https://netstacks.net"));
    QVERIFY(CommandLine::refusalText().contains("https://netstacks.net"));
}

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_commandline.moc"
