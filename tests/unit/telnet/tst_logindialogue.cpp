#include "backend/prompt.h"
#include "telnet/logindialogue.h"
#include "telnet/typedinput.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Answer = LoginDialogue::Answer;

/// A server's side of the dialogue, with a clock of its own.
class Server
{
public:
    explicit Server(LoginDialogue::Known known = {true, true})
        : dialogue(known, now)
    {
    }

    /// Says `text` byte by byte, then waits in silence. @return "u", "p" or nothing
    QString asks(const QByteArray &text)
    {
        for (const char byte : text) {
            dialogue.observe(QByteArrayView(&byte, 1), now);
            if (dialogue.takeDue(now))
                return u"too early"_s;
        }
        return waits(LoginDialogue::kSettleTime);
    }
    QString waits(std::chrono::milliseconds time)
    {
        now += time;
        const auto answer = dialogue.takeDue(now);
        if (!answer)
            return u""_s;
        return answer == Answer::Username ? u"u"_s : u"p"_s;
    }

    LoginDialogue::Clock::time_point now{};
    LoginDialogue dialogue;
};

} // namespace

class LoginDialogueTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void devicesAreAnswered_data();
    void devicesAreAnswered();
    void promptsAreRecognised_data();
    void promptsAreRecognised();
    void aBannerIsNoQuestion();
    void eachAnswerIsGivenOnce();
    void aFailedLoginIsLeftToThePerson();
    void anEarlyPasswordEndsTheDialogue();
    void withoutANameOnlyThePasswordIsAnswered();
    void withoutAPasswordOnlyTheNameIsAnswered();
    void withoutBothThereIsNoDialogue();
    void typingEndsIt();
    void aMinuteEndsIt();
    void memoryIsBounded();
    void reportsOfTheTerminalAreNotTyped_data();
    void reportsOfTheTerminalAreNotTyped();
    void theFirstAutoCommandWaitsForMoreThanALogin_data();
    void theFirstAutoCommandWaitsForMoreThanALogin();
};

void LoginDialogueTest::devicesAreAnswered_data()
{
    QTest::addColumn<QByteArrayList>("says");
    QTest::addColumn<QString>("answers");
    QTest::newRow("Cisco IOS") << QByteArrayList{"\r\n\r\nUser Access Verification\r\n\r\nUsername: ",
                                                 "admin\r\nPassword: ", "\r\n\r\nRouter>"}
                               << u"up"_s;
    QTest::newRow("Catalyst, password only")
        << QByteArrayList{"\r\n\r\nCisco Systems Console\r\n\r\n\r\n\r\nEnter password: ", "\r\nConsole> "} << u"p"_s;
    QTest::newRow("IOS line password") << QByteArrayList{"\r\n\r\nUser Access Verification\r\n\r\nPassword: ",
                                                         "\r\nSwitch>"}
                                       << u"p"_s;
    QTest::newRow("Juniper")
        << QByteArrayList{"\r\nmx80-lab (ttyp0)\r\n\r\nlogin: ", "admin\r\nPassword:",
                          "\r\n\r\n--- JUNOS 12.3R6.6 built 2014-03-13 06:26:01 UTC\r\nadmin@mx80-lab> "}
        << u"up"_s;
    QTest::newRow("Linux with a last login")
        << QByteArrayList{"Debian GNU/Linux 12 host\r\nhost login: ", "alice\r\nPassword: ", "\r\nLast login: ",
                          "Sat Nov 28 10:00:00 UTC 2026 from 192.0.2.1 on pts/0\r\nalice@host:~$ "}
        << u"up"_s;
    QTest::newRow("Linux that asks for no login")
        << QByteArrayList{"Last login: ", "Sat Nov 28\r\nroot@host:~# "} << u""_s;
    QTest::newRow("ProCurve, cursor movements around the prompt")
        << QByteArrayList{"\x1b[1;24r\x1b[24;1H\x1b[24;1H\x1b[2K\x1b[24;1H\x1b[?25h\x1b[24;1HUsername: "
                          "\x1b[?25h\x1b[24;1H"
                          "\x1b[?25h\x1b[24;11H\x1b[24;11H",
                          "admin\x1b[24;1H\x1b[2KPassword: \x1b[?25h\x1b[24;11H", "\x1b[24;1HSwitch# "}
        << u"up"_s;
    QTest::newRow("Dell, User:") << QByteArrayList{"\r\nUser:", "admin\r\nPassword:", "*****\r\nconsole>"} << u"up"_s;
    QTest::newRow("old 3Com, User Name:")
        << QByteArrayList{"\r\n  User Name:  ", "x\r\n  Password:   ", "\r\n> "} << u"up"_s;
    QTest::newRow("upper case, secret") << QByteArrayList{"\r\nLOGIN: ", "\r\nSECRET: "} << u"up"_s;
    QTest::newRow("raw console without a login") << QByteArrayList{"\r\nRouter#", "\r\nRouter#"} << u""_s;
}

void LoginDialogueTest::devicesAreAnswered()
{
    QFETCH(QByteArrayList, says);
    QFETCH(QString, answers);
    Server server;
    QString given;
    for (const QByteArray &text : says)
        given += server.asks(text);
    QCOMPARE(given, answers);
}

void LoginDialogueTest::promptsAreRecognised_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("prompt");
    const auto row = [](const char *text, LoginPrompt prompt) {
        QTest::newRow(text) << QString::fromUtf8(text) << int(prompt);
    };
    row("Username:", LoginPrompt::Username);
    row("username: ", LoginPrompt::Username);
    row("router1 login:  \t", LoginPrompt::Username);
    row("User:", LoginPrompt::Username);
    row("user name:", LoginPrompt::Username);
    row("Password:", LoginPrompt::Password);
    row("alice's password: ", LoginPrompt::Password);
    row("Enable secret:", LoginPrompt::Password);
    row("Password: \x1b[0m\x1b[K", LoginPrompt::Password);
    row("Last login: ", LoginPrompt::None);
    row("x\nLAST LOGIN:", LoginPrompt::None);
    row("Use your AD login:\r\n", LoginPrompt::None);
    row("Password:\r", LoginPrompt::None);
    row("password", LoginPrompt::None);
    row("Router>", LoginPrompt::None);
    row("", LoginPrompt::None);
    row("Enter selection:", LoginPrompt::None);
}

void LoginDialogueTest::promptsAreRecognised()
{
    QFETCH(QString, text);
    QTEST(int(loginPromptAt(text)), "prompt");
}

void LoginDialogueTest::aBannerIsNoQuestion()
{
    Server server;
    server.dialogue.observe("Unauthorised login:", server.now);
    server.now += LoginDialogue::kSettleTime / 2;
    QVERIFY(!server.dialogue.takeDue(server.now));
    QCOMPARE(server.asks(" forbidden.\r\nNo password: no access\r\n"), u""_s);
    QCOMPARE(server.asks("login: "), u"u"_s);
}

void LoginDialogueTest::eachAnswerIsGivenOnce()
{
    Server server;
    QCOMPARE(server.asks("login: "), u"u"_s);
    QCOMPARE(server.waits(5s), u""_s);
    QCOMPARE(server.asks("login: "), u""_s);
    QVERIFY(!server.dialogue.isOver());
    QCOMPARE(server.asks("Password: "), u"p"_s);
    QVERIFY(server.dialogue.isOver());
    QCOMPARE(server.asks("Password: "), u""_s);
}

void LoginDialogueTest::aFailedLoginIsLeftToThePerson()
{
    Server server;
    QCOMPARE(server.asks("Username: "), u"u"_s);
    QCOMPARE(server.asks("admin\r\nPassword: "), u"p"_s);
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(server.asks("\r\n% Login invalid\r\n\r\nUsername: "), u""_s);
        QCOMPARE(server.asks("\r\nPassword: "), u""_s);
    }
}

void LoginDialogueTest::anEarlyPasswordEndsTheDialogue()
{
    Server server;
    QCOMPARE(server.asks("Password: "), u"p"_s);
    QVERIFY(server.dialogue.isOver());
    QCOMPARE(server.asks("\r\nlogin: "), u""_s);
}

void LoginDialogueTest::withoutANameOnlyThePasswordIsAnswered()
{
    Server server({false, true});
    QCOMPARE(server.asks("login: "), u""_s);
    QCOMPARE(server.asks("\r\nPassword: "), u"p"_s);
}

void LoginDialogueTest::withoutAPasswordOnlyTheNameIsAnswered()
{
    Server server({true, false});
    QCOMPARE(server.asks("login: "), u"u"_s);
    QVERIFY(server.dialogue.isOver());
    QCOMPARE(server.asks("\r\nPassword: "), u""_s);
}

void LoginDialogueTest::withoutBothThereIsNoDialogue()
{
    Server server({false, false});
    QVERIFY(server.dialogue.isOver());
    QVERIFY(!server.dialogue.dueAt());
    QCOMPARE(server.asks("login: "), u""_s);
}

void LoginDialogueTest::typingEndsIt()
{
    Server server;
    QCOMPARE(server.asks("login: "), u"u"_s);
    server.dialogue.observe("Password: ", server.now);
    server.dialogue.stop();
    QVERIFY(server.dialogue.isOver());
    QCOMPARE(server.waits(LoginDialogue::kSettleTime), u""_s);
    QCOMPARE(server.asks("Password: "), u""_s);
}

void LoginDialogueTest::aMinuteEndsIt()
{
    Server server;
    QCOMPARE(*server.dialogue.dueAt(), server.now + 60s);
    QCOMPARE(server.waits(59s), u""_s);
    QCOMPARE(server.asks("login: "), u"u"_s);
    QCOMPARE(server.waits(1s), u""_s);
    QVERIFY(server.dialogue.isOver());
    QVERIFY(!server.dialogue.dueAt());
    QCOMPARE(server.asks("Password: "), u""_s);
}

void LoginDialogueTest::memoryIsBounded()
{
    Server server;
    for (int i = 0; i < 1000; ++i)
        server.dialogue.observe(QByteArray(64 * 1024, '\xe6'), server.now); // half characters, too
    QCOMPARE(server.asks("\xe6\xbc"
                         "login: "),
             u"u"_s);
}

void LoginDialogueTest::reportsOfTheTerminalAreNotTyped_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<bool>("typed");
    const auto row = [](const char *name, const QByteArray &input, bool typed) {
        QTest::newRow(name) << input << typed;
    };
    row("nothing", "", false);
    row("cursor position", "\x1b[24;80R", false);
    row("device attributes", "\x1b[?1;2c", false);
    row("secondary attributes and position", "\x1b[>0;276;0c\x1b[1;1R", false);
    row("status", "\x1b[0n", false);
    row("focus", "\x1b[I", false);
    row("colour", "\x1b]11;rgb:0000/0000/0000\x1b\\", false);
    row("colour with BEL", "\x1b]11;rgb:0000/0000/0000\a", false);
    row("DCS", "\x1bP>|xterm.js(5)\x1b\\", false);
    row("a letter", "a", true);
    row("Enter", "\r", true);
    row("arrow", "\x1b[A", true);
    row("F3", "\x1bOR", true);
    row("escape", "\x1b", true);
    row("a report and a key", "\x1b[0nx", true);
    row("paste", "\x1b[200~admin\x1b[201~", true);
    row("cut OSC", "\x1b]11;rgb", true);
}

void LoginDialogueTest::reportsOfTheTerminalAreNotTyped()
{
    QFETCH(QByteArray, input);
    QTEST(isTyped(input), "typed");
}

void LoginDialogueTest::theFirstAutoCommandWaitsForMoreThanALogin_data()
{
    QTest::addColumn<QString>("output");
    QTest::addColumn<bool>("expected");
    QTest::newRow("user prompt") << u"Username: "_s << false;
    QTest::newRow("password prompt") << u"x\r\nPassword:"_s << false;
    QTest::newRow("while the password is looked up") << u"Password: \r\n"_s << false;
    QTest::newRow("banner line") << u"############\r\n"_s << false;
    QTest::newRow("failed login") << u"% Login invalid\r\n\r\nUsername: "_s << false;
    QTest::newRow("shell") << u"Last login: Sat\r\nalice@host:~$ "_s << true;
    QTest::newRow("IOS") << u"\r\nRouter>"_s << true;
    QTest::newRow("coloured") << u"\x1b[32mhost#\x1b[0m "_s << true;
    QTest::newRow("menu") << u"Selection: "_s << true;
}

void LoginDialogueTest::theFirstAutoCommandWaitsForMoreThanALogin()
{
    QFETCH(QString, output);
    QTEST(endsInPromptAfterLogin(output), "expected");
}

QTEST_APPLESS_MAIN(LoginDialogueTest)
#include "tst_logindialogue.moc"
