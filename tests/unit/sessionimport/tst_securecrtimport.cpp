#include "sessionimport/securecrtimport.h"

#include <QtTest>

using namespace agent;
using namespace agent::sessionimport;
using namespace Qt::StringLiterals;

namespace {

QByteArray string(const char *name, const QByteArray &value)
{
    return QByteArray("<string name=\"") + name + "\">" + value + "</string>\n";
}
QByteArray dword(const char *name, int value)
{
    return QByteArray("<dword name=\"") + name + "\">" + QByteArray::number(value) + "</dword>\n";
}
QByteArray key(const QByteArray &name, const QByteArray &content)
{
    return "<key name=\"" + name + "\">\n" + content + "</key>\n";
}
QByteArray session(const QByteArray &name, const QByteArray &host, const QByteArray &more = {},
                   const QByteArray &protocol = "SSH2")
{
    return key(name, dword("Is Session", 1) + string("Hostname", host) + string("Protocol Name", protocol) + more);
}
QByteArray exportOf(const QByteArray &sessions)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<VanDyke version=\"3.0\">\n" + key("Sessions", sessions) +
           key("Global", key("x", string("Hostname", "not-a-session"))) + "</VanDyke>\n";
}

ParsedImport parsed(const QByteArray &sessions)
{
    auto import = parseSecureCrt({u"crt.xml"_s, exportOf(sessions)});
    if (!import)
        qFatal("refused: %s", qPrintable(import.error().message));
    return std::move(*import);
}

QStringList saying(ParsedImport &import)
{
    QStringList texts;
    for (const Warning &warning : import.warnings.take())
        texts.append(warning.message);
    return texts;
}

} // namespace

class SecureCrtImportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void foldersAndSessionsAreRead();
    void portsBelongToTheirProtocol();
    void aSessionAsFirewallIsAJump();
    void otherFirewallsLoseTheRoute();
    void forwardsAreReadOrSaid();
    void passwordsAreNeverImported();
    void unsupportedProtocolsAreLeftOut();
    void aDocumentTypeIsRefused();
    void whatIsNoExportIsRefused_data();
    void whatIsNoExportIsRefused();
    void nestingIsBounded();
};

void SecureCrtImportTest::foldersAndSessionsAreRead()
{
    ParsedImport import = parsed(
        session("Default", "") +
        key("Site A", key("Core &amp; Edge",
                          session("r1", " 10.0.0.1 ",
                                  string("Username", "admin") + string("Identity Filename V2", "C:\\k\\id::rawkey") +
                                      dword("[SSH2] Port", 2022) + dword("Idle NO-OP Check", 1) +
                                      dword("Idle NO-OP Timeout", 45))) +
                          session("r1", "10.0.0.2")) +
        session("top", "10.0.0.3", dword("Use Global Public Key", 1) + string("Identity Filename V2", "x")));
    QCOMPARE(saying(import), QStringList());
    QCOMPARE(import.sessions.size(), 3);
    const ParsedSession &r1 = import.sessions[0];
    QCOMPARE(r1.name, u"r1"_s);
    QCOMPARE(r1.folderPath, (QStringList{u"Site A"_s, u"Core & Edge"_s}));
    QCOMPARE(r1.host, u"10.0.0.1"_s);
    QCOMPARE(r1.port, 2022);
    QCOMPARE(r1.login.user, u"admin"_s);
    QCOMPARE(r1.login.keyPath, u"C:\\k\\id"_s);
    QCOMPARE(r1.login.keepalive, 45u);
    QVERIFY(r1.line > 0);
    QCOMPARE(import.sessions[1].folderPath, QStringList{u"Site A"_s});
    QVERIFY(import.sessions[2].folderPath.isEmpty());
    QCOMPARE(import.sessions[2].login.keyPath, QString());
}

void SecureCrtImportTest::portsBelongToTheirProtocol()
{
    const QByteArray ports = dword("Port", 2323) + dword("[SSH1] Port", 221) + dword("[SSH2] Port", 222);
    ParsedImport import =
        parsed(session("t", "h", ports, "Telnet") + session("s", "h", ports) + session("one", "h", ports, "SSH1") +
               session("bad", "h", dword("[SSH2] Port", 70000)) + session("plain", "h", {}, "Telnet"));
    QCOMPARE(import.sessions[0].port, 2323);
    QCOMPARE(import.sessions[0].protocol, SessionProtocol::Telnet);
    QCOMPARE(import.sessions[1].port, 222);
    QCOMPARE(import.sessions[2].port, 221);
    QCOMPARE(import.sessions[3].port, 22);
    QCOMPARE(import.sessions[4].port, 23);
    QCOMPARE(saying(import).size(), 2); // SSH 1, and the port
}

void SecureCrtImportTest::aSessionAsFirewallIsAJump()
{
    ParsedImport import =
        parsed(session("r1", "10.0.0.1", string("Firewall Name", "Session:Jumps/gate")) +
               session("r2", "10.0.0.2", string("Firewall Name", "None")) +
               key("Jumps", session("gate", "192.0.2.1", string("Username", "g") + dword("[SSH2] Port", 2200))));
    QCOMPARE(import.sessions[0].hops.size(), 1);
    const ParsedHop &hop = import.sessions[0].hops.first();
    QCOMPARE(hop.sessionName, u"gate"_s);
    QCOMPARE(hop.host, u"192.0.2.1"_s);
    QCOMPARE(hop.port, 2200);
    QCOMPARE(hop.login.user, u"g"_s);
    QVERIFY(import.sessions[1].hops.isEmpty() && !import.sessions[1].routeLost);
}

void SecureCrtImportTest::otherFirewallsLoseTheRoute()
{
    ParsedImport import = parsed(session("a", "h", string("Firewall Name", "Corporate SOCKS")) +
                                 session("b", "h", string("Firewall Name", "Session:gone")) +
                                 session("c", "h", string("Firewall Name", "Session:a")));
    for (const ParsedSession &session : std::as_const(import.sessions))
        QVERIFY2(session.routeLost, qPrintable(session.name));
    QCOMPARE(saying(import).size(), 3);
}

void SecureCrtImportTest::forwardsAreReadOrSaid()
{
    const auto array = [](const char *name, std::initializer_list<const char *> entries) {
        QByteArray xml = QByteArray("<array name=\"") + name + "\">\n";
        for (const char *entry : entries)
            xml += QByteArray("<string>") + entry + "</string>\n";
        return QByteArray(xml + "</array>\n");
    };
    ParsedImport import = parsed(
        session("r1", "h",
                array("Port Forward Table V2", {"web|8080|1|web.example|80||", "bound|127.0.0.1|8081|0|10.0.0.9|81|",
                                                "same|8082|0||22||", "odd|words", "odd|x|y|z"}) +
                    array("Reverse Forward Table V2", {"back|9000|1|localhost|90|"})));
    const QList<ParsedForward> expected{{ForwardType::Local, {}, 8080, u"web.example"_s, 80},
                                        {ForwardType::Local, u"127.0.0.1"_s, 8081, u"10.0.0.9"_s, 81},
                                        {ForwardType::Local, {}, 8082, u"localhost"_s, 22},
                                        {ForwardType::Remote, {}, 9000, u"localhost"_s, 90}};
    QCOMPARE(import.sessions.first().forwards, expected);
    QCOMPARE(saying(import).size(), 2);
}

void SecureCrtImportTest::passwordsAreNeverImported()
{
    ParsedImport import = parsed(session("r1", "h",
                                         string("Password V2", "02:s3cr3t") + string("Password", "") +
                                             string("Login Script V3", "s3cr3t-script")));
    const QStringList said = saying(import);
    QCOMPARE(said.size(), 2);
    for (const QString &text : said)
        QVERIFY(text.contains("never imported"_L1) && !text.contains("s3cr3t"_L1));
}

void SecureCrtImportTest::unsupportedProtocolsAreLeftOut()
{
    ParsedImport import = parsed(session("com", "h", {}, "Serial") + session("rdp", "h", {}, "RDP"));
    QVERIFY(import.sessions.isEmpty());
    QCOMPARE(saying(import).size(), 2);
}

void SecureCrtImportTest::aDocumentTypeIsRefused()
{
    // The billion laughs, and a file of the machine.
    for (const char *head : {"<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>",
                             "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>", "<!DOCTYPE x>"}) {
        const auto import = parseSecureCrt({u"x"_s, "<?xml version=\"1.0\"?>" + QByteArray(head) +
                                                        "<VanDyke><key name=\"Sessions\"></key></VanDyke>"});
        QVERIFY2(!import, head);
        QVERIFY2(import.error().message.contains("document type"_L1), qPrintable(import.error().message));
    }
    // An entity that nobody declared is no text either.
    QVERIFY(!parseSecureCrt({u"x"_s, exportOf(session("r1", "&b;"))}));
}

void SecureCrtImportTest::whatIsNoExportIsRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("other root") << QByteArray("<html/>");
    QTest::newRow("cut") << exportOf(session("r1", "h")).chopped(30);
    QTest::newRow("no XML") << QByteArray("Host r1");
}

void SecureCrtImportTest::whatIsNoExportIsRefused()
{
    QFETCH(QByteArray, bytes);
    QVERIFY(!parseSecureCrt({u"x"_s, bytes}));
}

void SecureCrtImportTest::nestingIsBounded()
{
    QByteArray deep = session("r1", "h");
    for (int i = 0; i < 200; ++i)
        deep = key("f", deep);
    QVERIFY(!parseSecureCrt({u"x"_s, exportOf(deep)}));
}

QTEST_GUILESS_MAIN(SecureCrtImportTest)
#include "tst_securecrtimport.moc"
