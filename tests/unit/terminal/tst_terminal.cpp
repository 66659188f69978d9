#include "terminal/terminal.h"

#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>
#include <QWebSocketServer>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

class FakeBackend final : public TerminalBackend
{
public:
    explicit FakeBackend(QStringList &log)
        : m_log(log)
    {
    }
    ~FakeBackend() override { m_log << u"destroyed"_s; }
    void start(TerminalSize size) override { m_log << u"start %1x%2"_s.arg(size.columns).arg(size.rows); }
    void write(const QByteArray &bytes) override { m_log << u"write "_s + QString::fromUtf8(bytes); }
    qint64 bytesQueued() const override { return queued; }
    void resize(TerminalSize size) override { m_log << u"resize %1x%2"_s.arg(size.columns).arg(size.rows); }
    void pause() override { m_log << u"pause"_s; }
    void resume() override { m_log << u"resume"_s; }

    qint64 queued = 0;

private:
    QStringList &m_log;
};

} // namespace

class TerminalTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void connectedComesBeforeOutput();
    void localTerminalsAnnounceNothing();
    void earlyInputAndTheLastSizeWaitForTheShell();
    void tooMuchEarlyInputIsRefusedAloud();
    void aFailedConnectIsAnErrorAndAClose();
    void aCleanEndLeavesTheSocketOpen();
    void aLossIsDisconnectedAndLeavesTheSocketOpen();
    void inputAfterTheEndIsDropped();
    void typingIsTold();
    void aBinaryFrameEndsTheSession();
    void aCloseMessageEndsTheSession();
    void closingTheSocketEndsTheBackend();
    void aHeldTailAppearsAfterSilence();
    void aHeldTailAppearsBeforeTheEnd();
    void longOutputIsCutIntoFramesBetweenCharacters();
    void aStalledClientPausesTheBackend();
    void shuttingDownSaysGoingAway();
    void autoCommandsAnswerPrompts();

private:
    void run(Terminal::Setup setup)
    {
        setup.backend.reset(m_backend = new FakeBackend(m_log));
        m_terminal->run(std::move(setup));
    }
    void run() { run({.sessionId = u"s1"_s}); }

    std::unique_ptr<QWebSocketServer> m_server;
    std::unique_ptr<QWebSocket> m_client;
    std::unique_ptr<Terminal> m_terminal;
    FakeBackend *m_backend = nullptr;
    QStringList m_log;
    QStringList m_frames;
};

void TerminalTest::init()
{
    m_log.clear();
    m_frames.clear();
    m_server = std::make_unique<QWebSocketServer>(u"test"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
    m_client = std::make_unique<QWebSocket>();
    connect(m_client.get(), &QWebSocket::textMessageReceived, this, [this](const QString &text) { m_frames << text; });
    m_client->open(m_server->serverUrl());
    QTRY_VERIFY(m_server->hasPendingConnections());
    std::unique_ptr<QWebSocket> socket(m_server->nextPendingConnection());
    socket->setParent(nullptr);
    m_terminal = std::make_unique<Terminal>(std::move(socket), TerminalSize{80, 24});
    QTRY_COMPARE(m_client->state(), QAbstractSocket::ConnectedState);
}

void TerminalTest::cleanup()
{
    m_terminal.reset();
    m_client.reset();
    m_server.reset();
}

void TerminalTest::connectedComesBeforeOutput()
{
    run({.sessionId = u"s1"_s, .viaJump = u"edge"_s});
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->outputReceived("Router#");
    QTRY_COMPARE(m_frames, (QStringList{uR"({"type":"Connected","session_id":"s1","via_jump":"edge"})"_s,
                                        uR"({"type":"Output","data":"Router#"})"_s}));
}

void TerminalTest::localTerminalsAnnounceNothing()
{
    run({.announce = Terminal::Announce::Nothing});
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->outputReceived("$ ");
    QTRY_COMPARE(m_frames, QStringList{uR"({"type":"Output","data":"$ "})"_s});
}

void TerminalTest::earlyInputAndTheLastSizeWaitForTheShell()
{
    m_client->sendTextMessage(uR"({"type":"Input","data":"a"})"_s);
    m_client->sendTextMessage(uR"({"type":"Resize","data":{"cols":100,"rows":30}})"_s);
    m_client->sendTextMessage(uR"({"type":"Input","data":"b"})"_s);
    m_client->sendTextMessage(uR"({"type":"Resize","data":{"cols":132,"rows":43}})"_s);
    QSignalSpy pinged(m_client.get(), &QWebSocket::pong);
    m_client->ping(); // its answer comes after all of these were read
    QVERIFY(pinged.wait());
    run();
    Q_EMIT m_backend->connected();
    m_client->sendTextMessage(uR"({"type":"Input","data":"c"})"_s);
    QTRY_COMPARE(m_log, (QStringList{u"start 132x43"_s, u"resize 132x43"_s, u"write ab"_s, u"write c"_s}));
}

void TerminalTest::tooMuchEarlyInputIsRefusedAloud()
{
    const QString much(qsizetype(Terminal::kMaxEarlyInput / 2), u'x');
    for (int i = 0; i < 4; ++i)
        m_client->sendTextMessage(u"{\"type\":\"Input\",\"data\":\""_s + much + u"\"}");
    QTRY_COMPARE(m_frames.size(), 1); // once, not each time
    QVERIFY(m_frames.first().contains(u"\"Error\""_s));
}

void TerminalTest::aFailedConnectIsAnErrorAndAClose()
{
    QSignalSpy gone(m_terminal.get(), &Terminal::gone);
    run();
    Q_EMIT m_backend->failed(u"no route"_s);
    QTRY_COMPARE(m_client->state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(m_frames, QStringList{uR"({"type":"Error","data":"no route"})"_s});
    QCOMPARE(m_client->closeCode(), QWebSocketProtocol::CloseCodeNormal);
    QTRY_COMPARE(gone.size(), 1);
    QTRY_VERIFY(m_log.contains(u"destroyed"_s));
}

void TerminalTest::aCleanEndLeavesTheSocketOpen()
{
    run();
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->ended();
    QTRY_COMPARE(m_frames.size(), 2);
    QCOMPARE(m_frames.last(), uR"({"type":"Close"})"_s);
    QTRY_VERIFY(m_log.contains(u"destroyed"_s));
    QSignalSpy pinged(m_client.get(), &QWebSocket::pong);
    m_client->ping();
    QVERIFY(pinged.wait());
}

void TerminalTest::aLossIsDisconnectedAndLeavesTheSocketOpen()
{
    run();
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->lost(u"reset by peer"_s);
    QTRY_COMPARE(m_frames.size(), 2);
    QCOMPARE(m_frames.last(), uR"({"type":"Disconnected","reason":"reset by peer"})"_s);
    QCOMPARE(m_client->state(), QAbstractSocket::ConnectedState);
}

void TerminalTest::inputAfterTheEndIsDropped()
{
    run();
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->ended();
    m_client->sendTextMessage(uR"({"type":"Input","data":"x"})"_s);
    m_client->sendTextMessage(uR"({"type":"Resize","data":{"cols":1,"rows":1}})"_s);
    QSignalSpy pinged(m_client.get(), &QWebSocket::pong);
    m_client->ping();
    QVERIFY(pinged.wait());
    QCOMPARE(m_frames.size(), 2);
}

void TerminalTest::typingIsTold()
{
    run();
    Q_EMIT m_backend->connected();
    QSignalSpy typed(m_terminal.get(), &Terminal::typed);
    m_client->sendTextMessage(uR"({"type":"Resize","data":{"cols":1,"rows":1}})"_s); // a window may do that by itself
    m_client->sendTextMessage(uR"({"type":"Input","data":"x"})"_s);
    QTRY_VERIFY(!typed.isEmpty());
    QCOMPARE(typed.size(), 1);
}

void TerminalTest::aBinaryFrameEndsTheSession()
{
    run();
    Q_EMIT m_backend->connected();
    m_client->sendBinaryMessage("\x01"_ba);
    QTRY_COMPARE(m_client->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(m_log.contains(u"destroyed"_s));
}

void TerminalTest::aCloseMessageEndsTheSession()
{
    run();
    Q_EMIT m_backend->connected();
    m_client->sendTextMessage(uR"({"type":"Close"})"_s);
    QTRY_COMPARE(m_client->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(m_log.contains(u"destroyed"_s));
}

void TerminalTest::closingTheSocketEndsTheBackend()
{
    QSignalSpy gone(m_terminal.get(), &Terminal::gone);
    run();
    m_client->close();
    QTRY_COMPARE(gone.size(), 1);
    QVERIFY(m_log.contains(u"destroyed"_s));
    QVERIFY(m_terminal->isOver());
}

void TerminalTest::aHeldTailAppearsAfterSilence()
{
    run();
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->outputReceived("K\xf6ln \xe4");
    QTRY_COMPARE(m_frames.size(), 3);
    QCOMPARE(m_frames.at(1), u"{\"type\":\"Output\",\"data\":\"K\ufffdln \"}"_s);
    QCOMPARE(m_frames.at(2), u"{\"type\":\"Output\",\"data\":\"\ufffd\"}"_s);
}

void TerminalTest::aHeldTailAppearsBeforeTheEnd()
{
    run();
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->outputReceived("\xe4");
    Q_EMIT m_backend->ended();
    QTRY_COMPARE(m_frames.size(), 3);
    QCOMPARE(m_frames.at(1), u"{\"type\":\"Output\",\"data\":\"\ufffd\"}"_s);
    QCOMPARE(m_frames.at(2), uR"({"type":"Close"})"_s);
}

void TerminalTest::longOutputIsCutIntoFramesBetweenCharacters()
{
    run();
    Q_EMIT m_backend->connected();
    QByteArray output = "x";
    while (output.size() < 300'000)
        output += "😀"_ba;
    Q_EMIT m_backend->outputReceived(output);
    QString text;
    QTRY_VERIFY(m_frames.size() >= 4);
    for (const QString &frame : m_frames.sliced(1)) {
        QVERIFY(frame.size() <= 64 * 1024 + 40);
        QVERIFY(!frame.sliced(25).first(1).at(0).isLowSurrogate());
        text += frame.sliced(25).chopped(2);
    }
    QCOMPARE(text, QString::fromUtf8(output));
}

void TerminalTest::aStalledClientPausesTheBackend()
{
    run();
    Q_EMIT m_backend->connected();
    m_client->blockSignals(true);
    // Client and server share this thread: as long as it does not return to the event loop, the client reads nothing.
    const QByteArray piece(64 * 1024, 'x');
    int pieces = 0;
    while (!m_log.contains(u"pause"_s) && pieces < 1000) {
        Q_EMIT m_backend->outputReceived(piece);
        ++pieces;
    }
    QVERIFY2(pieces < 200, "never paused");
    QVERIFY(!m_log.contains(u"resume"_s));
    QTRY_VERIFY_WITH_TIMEOUT(m_log.contains(u"resume"_s), 10000);
    QCOMPARE(m_log.count(u"pause"_s), 1);
}

void TerminalTest::shuttingDownSaysGoingAway()
{
    run();
    Q_EMIT m_backend->connected();
    m_terminal->shutDown();
    QVERIFY(m_log.contains(u"destroyed"_s));
    QTRY_COMPARE(m_client->state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(m_client->closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
}

void TerminalTest::autoCommandsAnswerPrompts()
{
    run({.sessionId = u"s1"_s, .autoCommands = {u"terminal length 0"_s}});
    Q_EMIT m_backend->connected();
    Q_EMIT m_backend->outputReceived("Router#");
    QTRY_VERIFY(m_log.contains(u"write terminal length 0\r"_s));
}

QTEST_GUILESS_MAIN(TerminalTest)
#include "tst_terminal.moc"
