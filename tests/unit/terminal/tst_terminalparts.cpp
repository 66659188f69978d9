#include "backend/prompt.h"
#include "core/jsondocument.h"
#include "terminal/autocommands.h"
#include "terminal/openterminal.h"
#include "terminal/terminalmessage.h"
#include "terminal/utf8stream.h"

#include <QSignalSpy>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

class TerminalPartsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textIsTheSameWhereverItIsCut_data();
    void textIsTheSameWhereverItIsCut();
    void anUnfinishedCharacterIsHeldAndCanBeFlushed();
    void messagesOfTheClientAreRead();
    void whatIsNoMessageIsIgnored_data();
    void whatIsNoMessageIsIgnored();
    void messagesToTheClientHaveTheirExactShape();
    void everyByteIsEscapedAtEveryPlace();
    void promptsAreRecognised_data();
    void promptsAreRecognised();
    void autoCommandsWaitForPromptAndSilence();
    void theQueryIsRead();
    void badQueryValuesAreNamed_data();
    void badQueryValuesAreNamed();
};

void TerminalPartsTest::textIsTheSameWhereverItIsCut_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("all lengths") << "aä€😀 \x1b[1mß\x1b[0m 漢字 \U0001F469‍\U0001F4BB"_ba;
    QTest::newRow("byte order mark") << "\xef\xbb\xbfx\xef\xbb\xbfy"_ba;
    QTest::newRow("Latin-1") << "Stra\xdf"
                                "e K\xf6ln \xe4"_ba;
    QTest::newRow("overlong, surrogate, too large")
        << "\xc0\xaf \xe0\x80\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80"_ba;
    QTest::newRow("broken off") << "\xf0\x9f\x98 \xe2\x82 \xc3 \xf0\x9f"_ba;
    QTest::newRow("NUL") << QByteArray("a\0b", 3);
}

void TerminalPartsTest::textIsTheSameWhereverItIsCut()
{
    QFETCH(QByteArray, bytes);
    Utf8Stream whole;
    QByteArray text = whole.feed(bytes);
    text += whole.flush();
    for (qsizetype first = 0; first <= bytes.size(); ++first) {
        for (qsizetype second = first; second <= bytes.size(); ++second) {
            Utf8Stream stream;
            QByteArray pieces = stream.feed(bytes.first(first));
            pieces += stream.feed(bytes.sliced(first, second - first));
            pieces += stream.feed(bytes.sliced(second));
            pieces += stream.flush();
            QCOMPARE(pieces, text);
        }
    }
    QVERIFY(QUtf8StringView(text).isValidUtf8());
}

void TerminalPartsTest::anUnfinishedCharacterIsHeldAndCanBeFlushed()
{
    Utf8Stream stream;
    QCOMPARE(stream.feed("a\xf0\x9f\x98"), "a"_ba);
    QVERIFY(stream.isHolding());
    QCOMPARE(stream.feed("\x80"), "😀"_ba);
    QVERIFY(!stream.isHolding());
    QCOMPARE(stream.feed("\xe4"), QByteArray());
    QCOMPARE(stream.flush(), "\xef\xbf\xbd"_ba);
    QCOMPARE(stream.flush(), QByteArray());
}

void TerminalPartsTest::messagesOfTheClientAreRead()
{
    const auto input = parseClientMessage(uR"({"type":"Input","data":"\u001b[A\u0000ä\r"})"_s);
    QCOMPARE(std::get<InputMessage>(*input).bytes, QByteArray("\x1b[A\0\xc3\xa4\r", 7));
    const auto resize = parseClientMessage(uR"({"type":"Resize","data":{"cols":132,"rows":43,"more":1}})"_s);
    QCOMPARE(std::get<ResizeMessage>(*resize).size, (TerminalSize{132, 43}));
    QVERIFY(std::holds_alternative<CloseMessage>(*parseClientMessage(uR"({"type":"Close"})"_s)));
}

void TerminalPartsTest::whatIsNoMessageIsIgnored_data()
{
    QTest::addColumn<QString>("text");
    int row = 0;
    for (const auto &text :
         {u""_s, u"null"_s, u"[]"_s, u"{"_s, uR"({"type":"Shout"})"_s, uR"({"type":1})"_s, uR"({"type":"Input"})"_s,
          uR"({"type":"Input","data":7})"_s, uR"({"type":"Resize","cols":80,"rows":24})"_s,
          uR"({"type":"Resize","data":{"cols":80}})"_s, uR"({"type":"Resize","data":{"cols":-1,"rows":24}})"_s,
          uR"({"type":"Resize","data":{"cols":65536,"rows":24}})"_s,
          uR"({"type":"Resize","data":{"cols":0,"rows":24}})"_s,
          uR"({"type":"Resize","data":{"cols":80.5,"rows":24}})"_s})
        QTest::addRow("%d", row++) << text;
}

void TerminalPartsTest::whatIsNoMessageIsIgnored()
{
    QFETCH(QString, text);
    QVERIFY(!parseClientMessage(text));
}

void TerminalPartsTest::messagesToTheClientHaveTheirExactShape()
{
    QCOMPARE(connectedMessage(u"5b1c"_s, u"edge"_s),
             uR"({"type":"Connected","session_id":"5b1c","via_jump":"edge"})"_s);
    QCOMPARE(connectedMessage({}, {}), uR"({"type":"Connected","session_id":null})"_s);
    QCOMPARE(outputMessage("a\"\\\n\r\t\x1b\x7fä😀"),
             QString(uR"({"type":"Output","data":"a\"\\\n\r\t\u001b)"_s + QChar(0x7f) + u"ä😀\"}"));
    QCOMPARE(errorMessage(u"no"), uR"({"type":"Error","data":"no"})"_s);
    QCOMPARE(closeMessage(), uR"({"type":"Close"})"_s);
    QCOMPARE(disconnectedMessage(u"gone"), uR"({"type":"Disconnected","reason":"gone"})"_s);
}

void TerminalPartsTest::everyByteIsEscapedAtEveryPlace()
{
    for (char c = 1; c < 0x7f; ++c) {
        for (qsizetype before = 0; before < 20; ++before) {
            const QByteArray text = QByteArray(before, 'x') + c + "\xc3\xa4" + QByteArray(18 - before / 2, 'y') + c;
            const auto echoed = JsonDocument::parse(outputMessage(text).toUtf8());
            QVERIFY(echoed.ok());
            QCOMPARE(memberOf(echoed->root(), "data")->GetString(), text);
        }
    }
}

void TerminalPartsTest::promptsAreRecognised_data()
{
    QTest::addColumn<QString>("output");
    QTest::addColumn<bool>("isPrompt");
    QTest::newRow("IOS") << u"\r\nRouter>"_s << true;
    QTest::newRow("enabled") << u"\r\nRouter# "_s << true;
    QTest::newRow("password question") << u"Password: "_s << true;
    QTest::newRow("coloured") << u"\x1b[01;32muser@host\x1b[00m:\x1b[01;34m~\x1b[00m$ \x1b[0m"_s << true;
    QTest::newRow("window title after it") << u"$ \x1b]0;user@host\a"_s << true;
    QTest::newRow("junos") << u"user@mx% "_s << true;
    QTest::newRow("running text") << u"Building configuration..."_s << false;
    QTest::newRow("nothing") << u" \r\n"_s << false;
    QTest::newRow("only a title that ends so") << u"busy\x1b]0;host:\a"_s << false;
}

void TerminalPartsTest::promptsAreRecognised()
{
    QFETCH(QString, output);
    QFETCH(bool, isPrompt);
    QCOMPARE(endsInPrompt(output), isPrompt);
}

void TerminalPartsTest::autoCommandsWaitForPromptAndSilence()
{
    AutoCommands commands({u"enable"_s, u"secret"_s});
    QSignalSpy due(&commands, &AutoCommands::commandDue);
    commands.observe(u"banner without an end");
    QVERIFY(!due.wait(600));
    commands.observe(u"\r\nRouter>");
    QCOMPARE(due.size(), 0);
    QVERIFY(due.wait());
    QCOMPARE(due.takeFirst().first().toByteArray(), "enable\r"_ba);
    QVERIFY(!due.wait(400)); // the old prompt does not count twice
    commands.observe(u"enable\r\nPassword: ");
    QVERIFY(due.wait());
    QCOMPARE(due.takeFirst().first().toByteArray(), "secret\r"_ba);
    QVERIFY(commands.isDone());
}

void TerminalPartsTest::theQueryIsRead()
{
    auto plain = parseOpenTerminal({});
    QCOMPARE(plain->kind, TerminalKind::Local);
    QCOMPARE(plain->size, (TerminalSize{80, 24}));
    QVERIFY(plain->sessionId.isNull());
    auto saved = parseOpenTerminal(
        {{u"type"_s, u"ssh"_s}, {u"session_id"_s, u"x"_s}, {u"cols"_s, u"0"_s}, {u"rows"_s, u"50"_s}});
    QCOMPARE(saved->size, (TerminalSize{80, 50}));
    QVERIFY(!saved->adHoc);
    auto adHoc = parseOpenTerminal({{u"type"_s, u"ssh"_s},
                                    {u"host"_s, u"h"_s},
                                    {u"username"_s, u"u"_s},
                                    {u"password"_s, u"p"_s},
                                    {u"port"_s, u"2222"_s},
                                    {u"cols"_s, u"4000000000"_s}});
    QCOMPARE(adHoc->adHoc->port, 2222);
    QVERIFY(std::get<PasswordLogin>(adHoc->adHoc->login.credential).password.equals("p"));
    QCOMPARE(adHoc->size.columns, 65535);
}

void TerminalPartsTest::badQueryValuesAreNamed_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    QTest::newRow("type") << u"type"_s << u"SSH"_s;
    QTest::newRow("empty type") << u"type"_s << u""_s;
    QTest::newRow("cols") << u"cols"_s << u"-1"_s;
    QTest::newRow("rows") << u"rows"_s << u"4294967296"_s;
    QTest::newRow("port") << u"port"_s << u"65536"_s;
    QTest::newRow("port word") << u"port"_s << u"ssh"_s;
}

void TerminalPartsTest::badQueryValuesAreNamed()
{
    QFETCH(QString, name);
    QFETCH(QString, value);
    const auto open = parseOpenTerminal({{name, value}});
    QVERIFY(!open);
    QCOMPARE(open.error().code, ErrorCode::BadRequest);
    QCOMPARE(open.error().field, name);
}

QTEST_GUILESS_MAIN(TerminalPartsTest)
#include "tst_terminalparts.moc"
