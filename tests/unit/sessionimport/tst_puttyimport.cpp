#include "sessionimport/puttyimport.h"

#include <QStringEncoder>
#include <QtTest>

using namespace agent;
using namespace agent::sessionimport;
using namespace Qt::StringLiterals;

namespace {

/// As `reg export` writes it.
QByteArray asUtf16(const QByteArray &text)
{
    QStringEncoder encoder(QStringConverter::Utf16LE, QStringConverter::Flag::WriteBom);
    return encoder(QString::fromUtf8(text));
}

ParsedImport registry(const QByteArray &bytes)
{
    auto parsed = parsePuttyRegistry({u"putty.reg"_s, bytes});
    if (!parsed)
        qFatal("refused: %s", qPrintable(parsed.error().message));
    return std::move(*parsed);
}

QByteArray key(const QByteArray &name)
{
    return "\r\n[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\" + name + "]\r\n";
}

QStringList saying(ParsedImport &import)
{
    QStringList texts;
    for (const Warning &warning : import.warnings.take())
        texts.append(QString::number(warning.line.value_or(0)) + u": "_s + warning.message);
    return texts;
}

const QByteArray kHead = "Windows Registry Editor Version 5.00\r\n";

} // namespace

class PuttyImportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aRegistryExportIsRead_data();
    void aRegistryExportIsRead();
    void sessionNamesAreUnescaped();
    void textsAndNumbersAreReadInEveryForm();
    void unixFilesAreRead();
    void forwardsAreReadInEverySpelling();
    void anSshProxyIsAJump();
    void otherProxiesLoseTheRoute();
    void unsupportedProtocolsAndHostlessSessionsAreLeftOut();
    void passwordsAreNeverImported();
    void ppkKeysAreSaid();
    void whatIsNoExportIsRefused();
};

void PuttyImportTest::aRegistryExportIsRead_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray text = kHead +
                            "\r\n[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY]\r\n"
                            "\r\n[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions]\r\n" +
                            key("Default%20Settings") + "\"HostName\"=\"\"\r\n\"PortNumber\"=dword:00000016\r\n" +
                            key("K\xc3\xb6ln%20core") +
                            "\"Present\"=dword:00000001\r\n\"HostName\"=\"10.0.0.1\"\r\n\"Protocol\"=\"ssh\"\r\n"
                            "\"PortNumber\"=dword:000008ae\r\n\"UserName\"=\"DOM\\\\admin\"\r\n"
                            "\"PingInterval\"=dword:00000001\r\n\"PingIntervalSecs\"=dword:0000001e\r\n"
                            "\"PublicKeyFile\"=\"C:\\\\keys\\\\id \\\"x\\\".pem\"\r\n"
                            "\"Colour0\"=\"187,187,187\"\r\n\"Wordness0\"=hex:00,01,\\\r\n  02,03\r\n" +
                            key("console") +
                            "\"HostName\"=\"ts1\"\r\n\"Protocol\"=\"telnet\"\r\n\"PortNumber\"=dword:00000017\r\n"
                            "\r\n[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\SshHostKeys]\r\n"
                            "\"ssh-ed25519@22:10.0.0.1\"=\"0x1,0x2\"\r\n";
    QTest::newRow("UTF-16 with BOM") << asUtf16(text);
    QTest::newRow("UTF-8") << text;
    QTest::newRow("UTF-8 with BOM") << QByteArray("\xef\xbb\xbf" + text);
    QTest::newRow("REGEDIT4, lines of Unix") << QByteArray(text).replace(kHead, "REGEDIT4\n").replace("\r\n", "\n");
}

void PuttyImportTest::aRegistryExportIsRead()
{
    QFETCH(QByteArray, bytes);
    ParsedImport import = registry(bytes);
    QCOMPARE(import.sessions.size(), 2);
    const ParsedSession &core = import.sessions[0];
    QCOMPARE(core.name, u"Köln core"_s);
    QCOMPARE(core.host, u"10.0.0.1"_s);
    QCOMPARE(core.port, 2222);
    QCOMPARE(core.protocol, SessionProtocol::Ssh);
    QCOMPARE(core.login.user, u"DOM\\admin"_s);
    QCOMPARE(core.login.keyPath, u"C:\\keys\\id \"x\".pem"_s);
    QCOMPARE(core.login.keepalive, 90u);
    QCOMPARE(core.line, 11);
    QCOMPARE(import.sessions[1].protocol, SessionProtocol::Telnet);
    QCOMPARE(import.sessions[1].port, 23);
    QCOMPARE(saying(import), QStringList());
}

void PuttyImportTest::sessionNamesAreUnescaped()
{
    QCOMPARE(registry(kHead + key("a%5Cb%2Fc%20%25%C3%BC") + "\"HostName\"=\"h\"\r\n").sessions.first().name,
             u"a\\b/c %ü"_s);
    // Written by an older PuTTY in the machine's code page.
    QCOMPARE(registry(kHead + key("M%FCnchen") + "\"HostName\"=\"h\"\r\n").sessions.first().name, u"München"_s);
    // KiTTY, and a key that is being deleted.
    const ParsedImport import = registry(
        kHead + "[HKEY_CURRENT_USER\\Software\\9bis.com\\KiTTY\\Sessions\\k]\r\n\"HostName\"=\"k\"\r\n"
                "[-HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\gone]\r\n\"HostName\"=\"x\"\r\n");
    QCOMPARE(import.sessions.size(), 1);
    QCOMPARE(import.sessions.first().name, u"k"_s);
}

void PuttyImportTest::textsAndNumbersAreReadInEveryForm()
{
    ParsedImport import =
        registry(kHead + key("r1") +
                 "\"HostName\"=hex(1):31,00,30,00,2e,00,\\\r\n  31,00,00,00\r\n\"PortNumber\"=dword:zz\r\n"
                 "\"UserName\"=\"joe\r\n\"Broken\r\n\"Gone\"=-\r\n\"Protocol\"=\"ssh\"\r\n");
    QCOMPARE(import.sessions.first().host, u"10.1"_s);
    QCOMPARE(import.sessions.first().port, 22);
    QCOMPARE(import.sessions.first().login.user, QString());
    QCOMPARE(saying(import), (QStringList{u"6: the value is not understood"_s, u"7: the value is not understood"_s,
                                          u"8: the value is not understood"_s}));
}

void PuttyImportTest::unixFilesAreRead()
{
    auto import = parsePuttyFiles({{u"core%20router"_s, "Present=1\nHostName=joe@192.0.2.1\nProtocol=ssh\n"
                                                        "PortNumber=22022\nUserName=ignored\nPublicKeyFile=/k/id\n"
                                                        "PortForwardings=L80=a\\=b:81\nTitle=x=y\n"},
                                   {u"sessions/old"_s, "HostName=ts\nProtocol=telnet\nPortNumber=23\n"}});
    QVERIFY(import);
    QCOMPARE(import->sessions.size(), 2);
    const ParsedSession &core = import->sessions[0];
    QCOMPARE(core.name, u"core router"_s);
    QCOMPARE(core.host, u"192.0.2.1"_s);
    QCOMPARE(core.login.user, u"joe"_s); // PuTTY takes the one before the @
    QCOMPARE(core.port, 22022);
    QCOMPARE(core.forwards.first().host, u"a=b"_s);
    QCOMPARE(import->sessions[1].name, u"old"_s);
}

void PuttyImportTest::forwardsAreReadInEverySpelling()
{
    ParsedImport import = registry(
        kHead + key("r1") +
        "\"HostName\"=\"h\"\r\n\"PortForwardings\"=\"L8080=web:80,4L8081=[::1]:81,R9000=localhost:90,D1080,D1081=,"
        "L[::1]:8082=web:82,6L127.0.0.1:8083=w:83,L1082=D,X1=a:1,L99999=a:1,L5=nowhere\"\r\n");
    const QList<ParsedForward> expected{{ForwardType::Local, {}, 8080, u"web"_s, 80},
                                        {ForwardType::Local, {}, 8081, u"::1"_s, 81},
                                        {ForwardType::Remote, {}, 9000, u"localhost"_s, 90},
                                        {ForwardType::Dynamic, {}, 1080, {}, 0},
                                        {ForwardType::Dynamic, {}, 1081, {}, 0},
                                        {ForwardType::Local, u"::1"_s, 8082, u"web"_s, 82},
                                        {ForwardType::Local, u"127.0.0.1"_s, 8083, u"w"_s, 83},
                                        {ForwardType::Dynamic, {}, 1082, {}, 0}};
    QCOMPARE(import.sessions.first().forwards, expected);
    QCOMPARE(saying(import).size(), 3);
}

void PuttyImportTest::anSshProxyIsAJump()
{
    const ParsedImport import = registry(
        kHead + key("gate") + "\"HostName\"=\"192.0.2.9\"\r\n\"PortNumber\"=dword:00000017\r\n\"UserName\"=\"g\"\r\n" +
        key("by-session") + "\"HostName\"=\"a\"\r\n\"ProxyMethod\"=dword:00000006\r\n\"ProxyHost\"=\"gate\"\r\n" +
        key("other-user") +
        "\"HostName\"=\"b\"\r\n\"ProxyMethod\"=dword:00000006\r\n\"ProxyHost\"=\"gate\"\r\n"
        "\"ProxyUsername\"=\"x\"\r\n" +
        key("by-name") +
        "\"HostName\"=\"c\"\r\n\"ProxyMethod\"=dword:00000006\r\n\"ProxyHost\"=\"jump.example\"\r\n"
        "\"ProxyPort\"=dword:00000016\r\n\"ProxyUsername\"=\"j\"\r\n");
    const ParsedHop bySession = import.sessions[1].hops.first();
    QCOMPARE(bySession.sessionName, u"gate"_s);
    QCOMPARE(bySession.host, u"192.0.2.9"_s);
    QCOMPARE(bySession.port, 23);
    QCOMPARE(bySession.login.user, u"g"_s);
    const ParsedHop otherUser = import.sessions[2].hops.first();
    QCOMPARE(otherUser.sessionName, QString());
    QCOMPARE(otherUser.login.user, u"x"_s);
    const ParsedHop byName = import.sessions[3].hops.first();
    QCOMPARE(byName.host, u"jump.example"_s);
    QCOMPARE(byName.port, 22);
    QCOMPARE(byName.login.user, u"j"_s);
}

void PuttyImportTest::otherProxiesLoseTheRoute()
{
    ParsedImport import = registry(
        kHead + key("socks") + "\"HostName\"=\"a\"\r\n\"ProxyMethod\"=dword:00000002\r\n\"ProxyHost\"=\"p\"\r\n" +
        key("chained") + "\"HostName\"=\"b\"\r\n\"ProxyMethod\"=dword:00000006\r\n\"ProxyHost\"=\"socks\"\r\n" +
        key("itself") + "\"HostName\"=\"c\"\r\n\"ProxyMethod\"=dword:00000006\r\n\"ProxyHost\"=\"itself\"\r\n");
    for (const ParsedSession &session : std::as_const(import.sessions))
        QVERIFY2(session.routeLost && session.hops.isEmpty(), qPrintable(session.name));
    QCOMPARE(saying(import).size(), 3);
}

void PuttyImportTest::unsupportedProtocolsAndHostlessSessionsAreLeftOut()
{
    ParsedImport import = registry(kHead + key("com1") + "\"HostName\"=\"\"\r\n\"Protocol\"=\"serial\"\r\n" +
                                   key("empty") + "\"Protocol\"=\"ssh\"\r\n");
    QVERIFY(import.sessions.isEmpty());
    const QStringList said = saying(import);
    QCOMPARE(said.size(), 2);
    QVERIFY(said[0].contains("'serial'"_L1) && said[1].contains("no host"_L1));
}

void PuttyImportTest::passwordsAreNeverImported()
{
    ParsedImport import = registry(kHead + key("r1") +
                                   "\"HostName\"=\"h\"\r\n\"Password\"=\"s3cr3t-blob\"\r\n"
                                   "\"ProxyPassword\"=\"s3cr3t-proxy\"\r\n");
    const QStringList said = saying(import);
    QCOMPARE(said.size(), 2);
    for (const QString &text : said)
        QVERIFY(text.contains("never imported"_L1) && !text.contains("s3cr3t"_L1));
}

void PuttyImportTest::ppkKeysAreSaid()
{
    ParsedImport import = registry(kHead + key("r1") + "\"HostName\"=\"h\"\r\n\"PublicKeyFile\"=\"C:\\\\k.PPK\"\r\n");
    QVERIFY(saying(import).first().contains("puttygen"_L1));
}

void PuttyImportTest::whatIsNoExportIsRefused()
{
    for (const char *bytes : {"", "HostName=x", "\xff\xfe\x00", "[HKEY_CURRENT_USER\\Software]"})
        QVERIFY(!parsePuttyRegistry({u"x"_s, bytes}));
    QVERIFY(registry(kHead).sessions.isEmpty());
}

QTEST_GUILESS_MAIN(PuttyImportTest)
#include "tst_puttyimport.moc"
