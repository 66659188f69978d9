#include "givenincludes.h"

#include <QtTest>

using namespace agent;
using namespace agent::sessionimport;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

QStringList names(const ParsedImport &import)
{
    QStringList all;
    for (const ParsedSession &session : import.sessions)
        all.append(session.name);
    return all;
}

QStringList hopsOf(const ParsedSession &session)
{
    QStringList all;
    for (const ParsedHop &hop : session.hops)
        all.append(hop.login.user + u'@' + hop.host + u':' + QString::number(hop.port));
    return all;
}

} // namespace

/// ssh_config(5). What ssh itself says of the same files is compared in tst_opensshoracle.
class OpenSshImportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyNameWithoutAWildcardIsASession();
    void theFirstValueWinsAndWildcardBlocksGiveDefaults();
    void aNegatedPatternTakesTheHostOutOfItsBlock();
    void quotesCommentsAndEqualSignsAreReadAsSshReadsThem_data();
    void quotesCommentsAndEqualSignsAreReadAsSshReadsThem();
    void matchExecIsNeverRun();
    void includesAreReadInPlaceAndEndTheirBlocks();
    void anIncludeThatLeadsIntoItselfEnds();
    void aMissingIncludeIsNamed();
    void includesGoSixteenDeep();
    void aJumpOfItsOwnComesBeforeTheList();
    void aJumpWithAnotherUserIsNotTheSessionOfThatName();
    void aJumpThatLeadsBackLosesTheRoute();
    void noneIsNoJump();
    void theOldProxyCommandIsAJump_data();
    void theOldProxyCommandIsAJump();
    void anyOtherProxyCommandLosesTheRoute();
    void forwardsAreReadInEverySpelling_data();
    void forwardsAreReadInEverySpelling();
    void keyFilesAreExpanded();
    void whatIsNotCarriedOverIsSaidOnceWithItsLine();
    void oldAlgorithmsMarkALegacyDevice();
    void fiveThousandHostsAreRead();
    void hostileFilesAreBounded();
};

void OpenSshImportTest::everyNameWithoutAWildcardIsASession()
{
    const ParsedImport import = parsedOpenSsh("Host r1 r2 *.lab !r3 r1\nHost r?\nHost sw1\n  HostName 10.0.0.9\n");
    QCOMPARE(names(import), (QStringList{u"r1"_s, u"r2"_s, u"sw1"_s}));
    QCOMPARE(import.sessions[0].host, u"r1"_s);
    QCOMPARE(import.sessions[0].login.user, u"me"_s);
    QCOMPARE(import.sessions[0].line, 1);
    QCOMPARE(import.sessions[2].host, u"10.0.0.9"_s);
    QCOMPARE(import.sessions[2].line, 3);
}

void OpenSshImportTest::theFirstValueWinsAndWildcardBlocksGiveDefaults()
{
    const ParsedImport import = parsedOpenSsh(
        "Port 2022\nHost core\n HostName %h.example.net\n User admin\n Port 1\n"
        "Host *\n User nobody\n ServerAliveInterval 1m30s\n ConnectTimeout 7\n IdentityFile ~/.ssh/all\n");
    const ParsedSession &core = import.sessions.first();
    QCOMPARE(core.host, u"core.example.net"_s);
    QCOMPARE(core.port, 2022);
    QCOMPARE(core.login.user, u"admin"_s);
    QCOMPARE(core.login.keepalive, 90u);
    QCOMPARE(core.login.connectTimeout, 7u);
    QCOMPARE(core.login.keyPath, u"~/.ssh/all"_s);
}

void OpenSshImportTest::aNegatedPatternTakesTheHostOutOfItsBlock()
{
    const ParsedImport import = parsedOpenSsh("Host a.lab b.lab\nHost *.lab !b.lab\n User lab\n");
    QCOMPARE(import.sessions[0].login.user, u"lab"_s);
    QCOMPARE(import.sessions[1].login.user, u"me"_s);
}

void OpenSshImportTest::quotesCommentsAndEqualSignsAreReadAsSshReadsThem_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("user");
    QTest::newRow("plain") << QByteArray("User joe") << u"joe"_s;
    QTest::newRow("equals") << QByteArray("user=joe") << u"joe"_s;
    QTest::newRow("spaced equals") << QByteArray("\tUSER = joe  ") << u"joe"_s;
    QTest::newRow("quoted") << QByteArray("User \"joe smith\"") << u"joe smith"_s;
    QTest::newRow("single quotes") << QByteArray("User 'joe # smith'") << u"joe # smith"_s;
    QTest::newRow("escaped space") << QByteArray("User joe\\ smith") << u"joe smith"_s;
    QTest::newRow("escaped quote") << QByteArray("User \"a\\\"b\"") << u"a\"b"_s;
    QTest::newRow("a domain's backslash") << QByteArray("User dom\\joe") << u"dom\\joe"_s;
    QTest::newRow("comment behind") << QByteArray("User joe # not jim") << u"joe"_s;
    QTest::newRow("hash in the word") << QByteArray("User joe#1") << u"joe#1"_s;
    QTest::newRow("carriage return") << QByteArray("User joe\r") << u"joe"_s;
    QTest::newRow("commented out") << QByteArray("#User joe") << u"me"_s;
    QTest::newRow("open quote") << QByteArray("User \"joe") << u"me"_s;
}

void OpenSshImportTest::quotesCommentsAndEqualSignsAreReadAsSshReadsThem()
{
    QFETCH(QByteArray, line);
    QTEST(parsedOpenSsh("Host r1\n" + line + "\n").sessions.first().login.user, "user");
}

void OpenSshImportTest::matchExecIsNeverRun()
{
    QTemporaryDir folder;
    const QString witness = folder.filePath(u"ran"_s);
    ParsedImport import = parsedOpenSsh("Host r1\nMatch host r1 exec \"touch " + witness.toUtf8() +
                                        "\"\n User evil\nMatch !exec false\n User worse\n");
    QVERIFY(!QFile::exists(witness));
    QCOMPARE(import.sessions.first().login.user, u"me"_s);
    const QStringList said = saying(import);
    QCOMPARE(said.size(), 2);
    QVERIFY2(said[0].startsWith("config:2: "_L1) && said[0].contains("exec is never run"_L1), qPrintable(said[0]));
    QVERIFY2(said[1].startsWith("config:4: "_L1), qPrintable(said[1]));
}

void OpenSshImportTest::includesAreReadInPlaceAndEndTheirBlocks()
{
    ParsedImport import = parsedOpenSsh("Include conf.d/*\nHost r1\n Include ~/.ssh/extra\n User late\nHost other\n",
                                        {{u"conf.d/b"_s, "Host r1\n Port 2\nHost nothing\n"},
                                         {u"conf.d/a"_s, "Host r1\n Port 1\n"},
                                         {u"conf.d/.hidden"_s, "Host r1\n HostName wrong\n"},
                                         {u"extra"_s, "Match host nowhere\n User wrong\n"}});
    QCOMPARE(saying(import), QStringList());
    QCOMPARE(names(import), (QStringList{u"r1"_s, u"nothing"_s, u"other"_s}));
    QCOMPARE(import.sessions.first().port, 1);
    QCOMPARE(import.sessions.first().file, u"conf.d/a"_s);
    // The block the Include stands in goes on after it.
    QCOMPARE(import.sessions.first().login.user, u"late"_s);
    QCOMPARE(import.sessions.last().login.user, u"me"_s);
}

void OpenSshImportTest::anIncludeThatLeadsIntoItselfEnds()
{
    ParsedImport import =
        parsedOpenSsh("Include a\nHost r1\n", {{u"a"_s, "Include b\n"}, {u"b"_s, "User fromb\nInclude a\n"}});
    QCOMPARE(import.sessions.first().login.user, u"fromb"_s);
    const QStringList said = saying(import);
    QCOMPARE(said.size(), 1);
    QVERIFY2(said[0].startsWith("b:2: "_L1) && said[0].contains("back into itself"_L1), qPrintable(said[0]));
}

void OpenSshImportTest::aMissingIncludeIsNamed()
{
    ParsedImport import = parsedOpenSsh("Include /etc/ssh/site.d/*.conf\nHost r1\nInclude /etc/ssh/site.d/*.conf\n");
    QCOMPARE(import.missingIncludes, QStringList{u"/etc/ssh/site.d/*.conf"_s});
    QCOMPARE(saying(import).size(), 1);
}

void OpenSshImportTest::includesGoSixteenDeep()
{
    QList<SourceFile> files;
    for (int i = 1; i < 30; ++i)
        files.append({u"f%1"_s.arg(i), QByteArray("Host deep%1\nInclude f%2\n")
                                           .replace("%1", QByteArray::number(i))
                                           .replace("%2", QByteArray::number(i + 1))});
    ParsedImport import = parsedOpenSsh("Include f1\n", files);
    QCOMPARE(import.sessions.size(), 15);
    QVERIFY(saying(import).first().contains("16 levels deep"_L1));
}

void OpenSshImportTest::aJumpOfItsOwnComesBeforeTheList()
{
    const ParsedImport import = parsedOpenSsh("Host outer\n HostName 192.0.2.1\n User o\n"
                                              "Host bastion\n HostName 192.0.2.2\n User b\n ProxyJump outer\n"
                                              "Host r1\n ProxyJump bastion,me2@[2001:db8::5]:2222,ssh://x@last:23/\n"
                                              "Host r2\n ProxyJump outer\n");
    QCOMPARE(hopsOf(import.sessions[2]),
             (QStringList{u"o@192.0.2.1:22"_s, u"b@192.0.2.2:22"_s, u"me2@2001:db8::5:2222"_s, u"x@last:23"_s}));
    QCOMPARE(import.sessions[2].hops[0].sessionName, u"outer"_s);
    QCOMPARE(import.sessions[2].hops[3].sessionName, QString());
    QCOMPARE(hopsOf(import.sessions[3]), QStringList{u"o@192.0.2.1:22"_s});
    QVERIFY(import.sessions[0].hops.isEmpty());
}

void OpenSshImportTest::aJumpWithAnotherUserIsNotTheSessionOfThatName()
{
    const ParsedImport import = parsedOpenSsh("Host bastion\n User b\n Port 2200\nHost r1\n ProxyJump other@bastion\n"
                                              "Host r2\n ProxyJump b@bastion:2200\n");
    QCOMPARE(import.sessions[1].hops.first().sessionName, QString());
    QCOMPARE(hopsOf(import.sessions[1]), QStringList{u"other@bastion:2200"_s});
    QCOMPARE(import.sessions[2].hops.first().sessionName, u"bastion"_s);
}

void OpenSshImportTest::aJumpThatLeadsBackLosesTheRoute()
{
    ParsedImport import = parsedOpenSsh("Host a\n ProxyJump b\nHost b\n ProxyJump a\nHost *\n User x\n");
    QVERIFY(import.sessions[0].routeLost && import.sessions[0].hops.isEmpty());
    QVERIFY(import.sessions[1].routeLost);
    QVERIFY(saying(import).first().contains("leads back"_L1));
}

void OpenSshImportTest::noneIsNoJump()
{
    const ParsedImport import = parsedOpenSsh("Host edge\n ProxyJump none\nHost e2\n ProxyCommand none\n"
                                              "Host *\n ProxyJump gate\n");
    QVERIFY(import.sessions[0].hops.isEmpty() && !import.sessions[0].routeLost);
    QVERIFY(import.sessions[1].hops.isEmpty() && !import.sessions[1].routeLost);
}

void OpenSshImportTest::theOldProxyCommandIsAJump_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::addColumn<QString>("hop");
    QTest::newRow("-W first") << QByteArray("ssh -W %h:%p gate") << u"me@gate:22"_s;
    QTest::newRow("-W last") << QByteArray("ssh -q joe@gate -W %h:%p") << u"joe@gate:22"_s;
    QTest::newRow("options") << QByteArray("/usr/bin/ssh -p 2222 -l joe gate -W [%h]:%p") << u"joe@gate:2222"_s;
    QTest::newRow("nc") << QByteArray("exec ssh gate nc %h %p") << u"me@gate:22"_s;
}

void OpenSshImportTest::theOldProxyCommandIsAJump()
{
    QFETCH(QByteArray, command);
    QFETCH(QString, hop);
    QCOMPARE(hopsOf(parsedOpenSsh("Host r1\n ProxyCommand " + command + "\n").sessions.first()), QStringList{hop});
}

void OpenSshImportTest::anyOtherProxyCommandLosesTheRoute()
{
    for (const char *command :
         {"nc -X 5 -x proxy:1080 %h %p", "ssh -o ProxyCommand=evil -W %h:%p gate", "ssh -W %h:22 gate",
          "ssh gate nc other 22", "ssh gate", "ssh -W %h:%p -oProxyJump=x"}) {
        ParsedImport import = parsedOpenSsh("Host r1\n ProxyCommand " + QByteArray(command) + "\n");
        QVERIFY2(import.sessions.first().routeLost, command);
        QVERIFY2(import.sessions.first().hops.isEmpty(), command);
        QCOMPARE(saying(import).size(), 1);
    }
}

void OpenSshImportTest::forwardsAreReadInEverySpelling_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<bool>("carried");
    QTest::addColumn<ParsedForward>("forward");
    const auto row = [](const char *line, ParsedForward forward) {
        QTest::newRow(line) << QByteArray(line) << true << forward;
    };
    row("LocalForward 8080 web:80", {ForwardType::Local, {}, 8080, u"web"_s, 80});
    row("LocalForward [::1]:8080 [2001:db8::1]:80", {ForwardType::Local, u"::1"_s, 8080, u"2001:db8::1"_s, 80});
    row("LocalForward 127.0.0.1:8080 web:80", {ForwardType::Local, u"127.0.0.1"_s, 8080, u"web"_s, 80});
    row("LocalForward *:8080 web:80", {ForwardType::Local, u"*"_s, 8080, u"web"_s, 80});
    row("LocalForward :8080 web:80", {ForwardType::Local, u"*"_s, 8080, u"web"_s, 80});
    row("RemoteForward 9000 localhost:80", {ForwardType::Remote, {}, 9000, u"localhost"_s, 80});
    row("DynamicForward 1080", {ForwardType::Dynamic, {}, 1080, {}, 0});
    row("DynamicForward [::1]:1080", {ForwardType::Dynamic, u"::1"_s, 1080, {}, 0});
    for (const char *line :
         {"LocalForward 8080", "RemoteForward 9000", "LocalForward /tmp/a /tmp/b", "LocalForward 8080 /tmp/b",
          "LocalForward 0 web:80", "LocalForward 70000 web:80", "LocalForward 8080 web", "DynamicForward ::1:1080"})
        QTest::newRow(line) << QByteArray(line) << false << ParsedForward{};
}

void OpenSshImportTest::forwardsAreReadInEverySpelling()
{
    QFETCH(QByteArray, line);
    QFETCH(bool, carried);
    QFETCH(ParsedForward, forward);
    ParsedImport import = parsedOpenSsh("Host r1\n" + line + "\n");
    QCOMPARE(import.sessions.first().forwards, carried ? QList{forward} : QList<ParsedForward>());
    QCOMPARE(saying(import).size(), carried ? 0 : 1);
}

void OpenSshImportTest::keyFilesAreExpanded()
{
    ParsedImport import = parsedOpenSsh("Host r1\n HostName h.example\n User u\n Port 99\n"
                                        " IdentityFile \"%d/.ssh/%n %r@%h-%p %u %%\"\n IdentityFile ~/.ssh/second\n"
                                        "Host r2\n IdentityFile none\nHost r3\n IdentityFile ${HOME}/x\n"
                                        "Host r4\n IdentityFile ~/.ssh/%C\n");
    QCOMPARE(import.sessions[0].login.keyPath, u"~/.ssh/r1 u@h.example-99 me %"_s);
    QCOMPARE(import.sessions[1].login.keyPath, QString());
    QCOMPARE(import.sessions[2].login.keyPath, QString());
    QCOMPARE(import.sessions[3].login.keyPath, QString());
    const QStringList said = saying(import);
    QCOMPARE(said.size(), 3);
    QVERIFY2(said[0].contains("first of 2 key files"_L1), qPrintable(said[0]));
}

void OpenSshImportTest::whatIsNotCarriedOverIsSaidOnceWithItsLine()
{
    ParsedImport import = parsedOpenSsh("Host r1\n ForwardAgent yes\nHost r2\n forwardagent=yes\n Port abc\n Bogus\n");
    QCOMPARE(saying(import), (QStringList{u"config:5: 'port abc' is not understood and not carried over"_s,
                                          u"config:6: not understood: 'bogus' has no value"_s,
                                          u"config:2: 'forwardagent' is not carried over (2 lines)"_s}));
}

void OpenSshImportTest::oldAlgorithmsMarkALegacyDevice()
{
    ParsedImport import = parsedOpenSsh("Host old\n KexAlgorithms +diffie-hellman-group1-sha1\n"
                                        "Host old2\n HostKeyAlgorithms=+ssh-rsa\n"
                                        "Host new\n KexAlgorithms -diffie-hellman-group1-sha1\n"
                                        "Host new2\n Ciphers aes256-gcm@openssh.com\n");
    QVERIFY(import.sessions[0].legacySsh && import.sessions[1].legacySsh);
    QVERIFY(!import.sessions[2].legacySsh && !import.sessions[3].legacySsh);
}

void OpenSshImportTest::fiveThousandHostsAreRead()
{
    QByteArray text;
    for (int i = 0; i < 5001; ++i)
        text += "Host router-in-building-" + QByteArray::number(i) + "\n HostName 10.0.0.1\n ProxyJump gate\n";
    ParsedImport import = parsedOpenSsh(text + "Host *\n User admin\n");
    QCOMPARE(import.sessions.size(), kMaxSessions);
    QCOMPARE(import.sessions.last().hops.size(), 1);
    QVERIFY(saying(import).first().contains("first 5000"_L1));
}

void OpenSshImportTest::hostileFilesAreBounded()
{
    const GivenFiles none({});
    // Too much work: every host against very many patterns that almost match.
    QByteArray costly;
    for (int i = 0; i < 4000; ++i)
        costly += "Host a" + QByteArray::number(i) + QByteArray(100, 'a') + "\nHost *a*a*a*a*a*a*ab\n";
    auto parsed = parseOpenSsh({u"config"_s, costly}, none, u"me"_s);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().code, ErrorCode::TooLarge);
    // More than a file may hold.
    parsed = parseOpenSsh({u"config"_s, QByteArray(kMaxBytes + 1, '\n')}, none, u"me"_s);
    QCOMPARE(parsed.error().code, ErrorCode::TooLarge);
    // Includes that multiply.
    QList<SourceFile> files;
    for (int i = 0; i < 15; ++i)
        files.append(
            {u"f%1"_s.arg(i),
             QByteArray("Include f%\nInclude f%\nInclude f%\nInclude f%\n").replace('%', QByteArray::number(i + 1))});
    parsed = parseOpenSsh({u"config"_s, "Include f0\n"}, GivenFiles(files), u"me"_s);
    QVERIFY(!parsed);
    // More warnings than anybody reads.
    QByteArray wrong = "Host r1\n";
    for (int i = 0; i < 2000; ++i)
        wrong += "Port x\n";
    ParsedImport import = parsedOpenSsh(wrong);
    const QStringList said = saying(import);
    QCOMPARE(said.size(), kMaxWarnings + 1);
    QVERIFY(said.last().contains("1500 more"_L1));
}

QTEST_GUILESS_MAIN(OpenSshImportTest)
#include "tst_opensshimport.moc"
