#include "app/handshake.h"
#include "app/launchtoken.h"

#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <csignal>

#include <unistd.h>

using namespace agent;
using namespace Qt::StringLiterals;

class TestHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachLineIsOneWriteOnTheWire();
    void closedPipeIsNoError();
    void givenTokenIsTakenOutOfTheEnvironment();
    void shortTokenIsReplaced_data();
    void shortTokenIsReplaced();
};

void TestHandshake::eachLineIsOneWriteOnTheWire()
{
    std::array<int, 2> ends{};
    QCOMPARE(::pipe(ends.data()), 0);
    std::FILE *out = ::fdopen(ends[1], "w");
    Handshake handshake(out);
    std::array<char, 8192> buffer{};
    const auto readNow = [&] { return QByteArray(buffer.data(), ::read(ends[0], buffer.data(), buffer.size())); };

    handshake.printToken(Secret(QByteArrayView("0123456789abcdef")));
    QCOMPARE(readNow(), "NETSTACKS_AUTH_TOKEN=0123456789abcdef\n");
    const QByteArray pem(1500, 'p');
    handshake.printCertificate(pem);
    QCOMPARE(readNow(), "NETSTACKS_TLS_CERT=" + pem.toBase64() + '\n');
    handshake.printPort(65535);
    QCOMPARE(readNow(), "NETSTACKS_PORT=65535\n");
    std::fclose(out);
    ::close(ends[0]);
}

void TestHandshake::closedPipeIsNoError()
{
    std::signal(SIGPIPE, SIG_IGN); // as hardenProcess does
    std::array<int, 2> ends{};
    QCOMPARE(::pipe(ends.data()), 0);
    ::close(ends[0]);
    std::FILE *out = ::fdopen(ends[1], "w");
    Handshake(out).printPort(1);
    Handshake(out).printPort(2);
    std::fclose(out);
}

void TestHandshake::givenTokenIsTakenOutOfTheEnvironment()
{
    const QByteArray given(32, 'k');
    qputenv("NETSTACKS_AUTH_TOKEN", given);
    const LaunchToken token = LaunchToken::take();
    QVERIFY(!token.isGenerated);
    QVERIFY(token.value.equals(given));
    QVERIFY(!qEnvironmentVariableIsSet("NETSTACKS_AUTH_TOKEN"));

    QProcess child;
    child.start(u"env"_s, QStringList());
    QVERIFY(child.waitForFinished());
    QVERIFY(!child.readAllStandardOutput().contains("NETSTACKS_AUTH_TOKEN"));
}

void TestHandshake::shortTokenIsReplaced_data()
{
    QTest::addColumn<QByteArray>("given");
    QTest::newRow("absent") << QByteArray();
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("31 bytes") << QByteArray(31, 'k');
}

void TestHandshake::shortTokenIsReplaced()
{
    QFETCH(QByteArray, given);
    if (!given.isNull())
        qputenv("NETSTACKS_AUTH_TOKEN", given);
    const LaunchToken token = LaunchToken::take();
    QVERIFY(token.isGenerated);
    QVERIFY(!qEnvironmentVariableIsSet("NETSTACKS_AUTH_TOKEN"));
    token.value.reveal([](QByteArrayView text) {
        static const QRegularExpression hex(u"^[0-9a-f]{64}$"_s);
        QVERIFY(hex.match(QString::fromLatin1(text)).hasMatch());
    });
    QVERIFY(!token.value.equals(LaunchToken::take().value));
}

QTEST_GUILESS_MAIN(TestHandshake)
#include "tst_handshake.moc"
