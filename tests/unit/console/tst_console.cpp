#include "console/consolearguments.h"
#include "console/escapefilter.h"
#include "console/handshakereader.h"
#include "console/importfiles.h"
#include "console/keyfile.h"
#include "console/launchfolder.h"
#include "console/plantext.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace agent::console;
using namespace Qt::StringLiterals;

namespace {

Result<Arguments> parsed(const QStringList &words)
{
    return parseArguments(QStringList{u"netstacks-console"_s} + words);
}

} // namespace

class TestConsole : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // the handshake, contract 01 section 7.1

    void handshakeIsReadWhereverItIsSplit()
    {
        const QByteArray whole = "NETSTACKS_AUTH_TOKEN= abc \nhello\r\nNETSTACKS_TLS_CERT=UEVN\nNETSTACKS_PORT=4711\n";
        for (qsizetype at = 0; at <= whole.size(); ++at) {
            HandshakeReader reader;
            QList<QByteArray> others;
            for (const QByteArray &part : {whole.first(at), whole.mid(at)}) {
                const auto lines = reader.feed(part);
                QVERIFY(lines.ok());
                others += *lines;
            }
            QCOMPARE(others, QList<QByteArray>{"hello"});
            QCOMPARE(reader.handshake().token, "abc");
            QCOMPARE(reader.handshake().certificatePem, "PEM");
            QCOMPARE(reader.handshake().port, 4711);
        }
    }

    void handshakeIsIncompleteWithoutAWholePortLine()
    {
        HandshakeReader reader;
        QVERIFY(reader.feed("NETSTACKS_PORT=47").ok());
        QVERIFY(!reader.isComplete());
        QVERIFY(reader.feed("11\n").ok());
        QVERIFY(reader.isComplete());
    }

    void handshakeIgnoresWhatCannotBeDecoded()
    {
        HandshakeReader reader;
        QVERIFY(reader.feed("NETSTACKS_PORT=70000\nNETSTACKS_PORT=x\nNETSTACKS_TLS_CERT=***\n").ok());
        QVERIFY(!reader.isComplete());
        QVERIFY(reader.handshake().certificatePem.isEmpty());
    }

    void handshakeRefusesALineWithoutEnd()
    {
        HandshakeReader reader;
        QVERIFY(!reader.feed(QByteArray(HandshakeReader::kMaxLine + 1, 'x')).ok());
    }

    // what a person types

    void escapeEndsOnlyAtTheStartOfALine_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("sent");
        QTest::addColumn<bool>("ends");
        QTest::newRow("first keys") << u"~."_s << u""_s << true;
        QTest::newRow("after return") << u"ls\r~."_s << u"ls\r"_s << true;
        QTest::newRow("inside a line") << u"cd ~.\r"_s << u"cd ~.\r"_s << false;
        QTest::newRow("doubled") << u"~~.\r"_s << u"~.\r"_s << false;
        QTest::newRow("before another key") << u"~x"_s << u"~x"_s << false;
        QTest::newRow("return after it") << u"~\r~."_s << u"~\r"_s << true;
    }
    void escapeEndsOnlyAtTheStartOfALine()
    {
        QFETCH(QString, typed);
        EscapeFilter atOnce, byKey;
        const EscapeFilter::Typed whole = atOnce.feed(typed);
        QTEST(whole.text, "sent");
        QTEST(whole.wantsEnd, "ends");
        QString text;
        bool ends = false;
        for (const QChar key : typed) {
            const EscapeFilter::Typed one = byKey.feed(QString(key));
            text += one.text;
            ends = ends || one.wantsEnd;
        }
        QCOMPARE(text, whole.text);
        QCOMPARE(ends, whole.wantsEnd);
    }

    // the command line

    void sshDestinationIsRead_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("user");
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::newRow("all three") << u"joe@r1:2222"_s << u"joe"_s << u"r1"_s << 2222;
        QTest::newRow("no port") << u"joe@r1"_s << u"joe"_s << u"r1"_s << 22;
        QTest::newRow("mail address as user") << u"joe@corp@r1"_s << u"joe@corp"_s << u"r1"_s << 22;
        QTest::newRow("bare IPv6") << u"joe@fe80::1%eth0"_s << u"joe"_s << u"fe80::1%eth0"_s << 22;
        QTest::newRow("IPv6 with port") << u"joe@[::1]:830"_s << u"joe"_s << u"::1"_s << 830;
    }
    void sshDestinationIsRead()
    {
        QFETCH(QString, text);
        const auto arguments = parsed({u"ssh"_s, text, u"-i"_s, u"/k"_s});
        QVERIFY(arguments.ok());
        QTEST(arguments->user, "user");
        QTEST(arguments->host, "host");
        QFETCH(int, port);
        QCOMPARE(int(arguments->port), port);
        QCOMPARE(arguments->keyPath, u"/k"_s);
    }

    void wrongUsageIsRefused_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::newRow("unknown command") << QStringList{u"fly"_s};
        QTest::newRow("unknown option") << QStringList{u"--fly"_s};
        QTest::newRow("no destination") << QStringList{u"ssh"_s};
        QTest::newRow("no host") << QStringList{u"ssh"_s, u"joe@"_s};
        QTest::newRow("port zero") << QStringList{u"ssh"_s, u"joe@r1:0"_s};
        QTest::newRow("port missing") << QStringList{u"ssh"_s, u"joe@r1:"_s};
        QTest::newRow("port too large") << QStringList{u"ssh"_s, u"joe@[::1]:65536"_s};
        QTest::newRow("bracket left open") << QStringList{u"ssh"_s, u"joe@[::1"_s};
        QTest::newRow("path without slash") << QStringList{u"request"_s, u"GET"_s, u"api/info"_s};
        QTest::newRow("two bodies") << QStringList{u"request"_s, u"GET"_s, u"/"_s, u"{}"_s, u"{}"_s};
        QTest::newRow("key without ssh") << QStringList{u"shell"_s, u"-i"_s, u"/k"_s};
        QTest::newRow("frontend without a page") << QStringList{u"--frontend"_s, u"/nonexistent"_s};
    }
    void wrongUsageIsRefused()
    {
        QFETCH(QStringList, words);
        const auto arguments = parsed(words);
        QVERIFY(!arguments.ok());
        QVERIFY(!arguments.error().message.isEmpty());
    }

    void consoleIsTheDefault() { QVERIFY(parsed({})->command == Command::Console); }

    // keys

    void encryptedKeysAreRecognised_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<bool>("encrypted");
        for (const bool encrypted : {false, true}) {
            const QString passphrase = encrypted ? u"sixteen words"_s : QString();
            for (const QString &format : {u"RFC4716"_s, u"PEM"_s, u"PKCS8"_s})
                QTest::newRow(qPrintable(format + (encrypted ? u" encrypted"_s : u" plain"_s)))
                    << QStringList{u"-q"_s, u"-t"_s, u"ecdsa"_s, u"-m"_s, format, u"-N"_s, passphrase} << encrypted;
        }
    }
    void encryptedKeysAreRecognised()
    {
        QFETCH(QStringList, arguments);
        QTemporaryDir folder;
        const QString path = folder.filePath(u"key"_s);
        QCOMPARE(QProcess::execute(u"ssh-keygen"_s, arguments << u"-f"_s << path), 0);
        const auto encrypted = keyNeedsPassphrase(path);
        QVERIFY(encrypted.ok());
        QTEST(*encrypted, "encrypted");
    }

    void missingKeyIsNamed()
    {
        const auto encrypted = keyNeedsPassphrase(u"/nonexistent/key"_s);
        QVERIFY(!encrypted.ok());
        QVERIFY(encrypted.error().message.contains("/nonexistent/key"_L1));
    }

    // the private folder

    void launchFolderHidesTheRealHomeFromTheAgentAndShowsItToTheShell()
    {
        QString private_;
        {
            LaunchFolder folder;
            QVERIFY(folder.prepare({}, {}).ok());
            const auto environment = folder.environment();
            private_ = QFileInfo(folder.workingDir()).path();
            QVERIFY(environment[u"HOME"_s].startsWith(private_));
            QVERIFY(environment[u"XDG_DATA_HOME"_s].startsWith(private_));
            const QFileDevice::Permissions others = QFileDevice::ReadGroup | QFileDevice::WriteGroup |
                                                    QFileDevice::ExeGroup | QFileDevice::ReadOther |
                                                    QFileDevice::WriteOther | QFileDevice::ExeOther;
            QVERIFY(!(QFile::permissions(private_) & others));
            QProcess shell;
            shell.start(environment[u"SHELL"_s], {u"-c"_s, u"printf %s \"$HOME\""_s});
            QVERIFY(shell.waitForFinished());
            QCOMPARE(shell.readAllStandardOutput(), qgetenv("HOME"));
        }
        QVERIFY(!QFile::exists(private_));
    }

    void launchFolderStartsWithTheKnownHostKeysAndNeverOverwritesThem()
    {
        QTemporaryDir real, data;
        QVERIFY(QDir(real.path()).mkpath(u".ssh"_s));
        QFile known(real.filePath(u".ssh/known_hosts"_s));
        QVERIFY(known.open(QIODevice::WriteOnly) && known.write("r1 ssh-ed25519 AAAA\n") > 0);
        known.close();
        const QByteArray before = qgetenv("HOME");
        qputenv("HOME", QFile::encodeName(real.path()));
        QFile copy(data.filePath(u".ssh/known_hosts"_s));
        QVERIFY(LaunchFolder().prepare(data.path(), {}).ok());
        QVERIFY(copy.open(QIODevice::ReadOnly));
        QCOMPARE(copy.readAll(), "r1 ssh-ed25519 AAAA\n");
        copy.close();
        QVERIFY(copy.open(QIODevice::WriteOnly) && copy.write("mine\n") > 0);
        copy.close();
        QVERIFY(LaunchFolder().prepare(data.path(), {}).ok());
        QVERIFY(copy.open(QIODevice::ReadOnly));
        QCOMPARE(copy.readAll(), "mine\n");
        qputenv("HOME", before);
    }

    // import

    void importNeedsADataFolderAndOneFile()
    {
        const auto complete = parsed({u"import"_s, u"config"_s, u"--data-dir"_s, u"d"_s, u"--folder"_s, u"a/b"_s,
                                      u"-y"_s, u"--format"_s, u"openssh"_s, u"-i"_s, u"key"_s});
        QVERIFY(complete.ok());
        QCOMPARE(complete->command, Command::Import);
        QCOMPARE(complete->importPath, u"config"_s);
        QCOMPARE(complete->importFolder, (QStringList{u"a"_s, u"b"_s}));
        QCOMPARE(complete->importFormat, u"openssh"_s);
        QVERIFY(complete->assumeYes);
        QVERIFY(complete->keyPath.endsWith("/key"_L1));
        QVERIFY(!parsed({u"import"_s, u"config"_s}).ok());
        QVERIFY(!parsed({u"import"_s, u"--data-dir"_s, u"d"_s}).ok());
        QVERIFY(!parsed({u"import"_s, u"a"_s, u"b"_s, u"--data-dir"_s, u"d"_s}).ok());
        QVERIFY(!parsed({u"shell"_s, u"--yes"_s}).ok());
    }

    void includesAreReadFromTheSshFolderUnderTheNameTheyAreWrittenBy()
    {
        QTemporaryDir home;
        QVERIFY(QDir(home.path()).mkpath(u".ssh/conf.d"_s));
        const auto write = [&](const QString &name) {
            QFile file(home.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(name.toUtf8()) > 0);
        };
        for (const QString &name : {u".ssh/conf.d/b"_s, u".ssh/conf.d/a"_s, u".ssh/own"_s, u"site"_s, u"config"_s})
            write(name);
        ImportFiles files(home.path());
        QVERIFY(files.read(home.filePath(u"config"_s)).ok());
        const QStringList patterns{u"conf.d/*"_s, u"~/.ssh/own"_s, home.filePath(u"site"_s),
                                   u"gone"_s,     u"~other/x"_s,   u"conf.d"_s};
        QVERIFY(files.include(patterns).value());
        QStringList names;
        for (const ImportFile &file : files.files())
            names.append(file.name);
        QCOMPARE(names, (QStringList{home.filePath(u"config"_s), u"conf.d/a"_s, u"conf.d/b"_s, u"~/.ssh/own"_s,
                                     home.filePath(u"site"_s)}));
        QCOMPARE(files.files()[1].bytes, ".ssh/conf.d/a");
        QVERIFY(!files.include(patterns).value()); // nothing new
        QVERIFY(!ImportFiles(home.path()).read(home.filePath(u"none"_s)).ok());
        ImportFiles folder(home.path());
        QVERIFY(folder.read(home.filePath(u".ssh/conf.d"_s)).ok());
        QCOMPARE(folder.files()[1].name, u"b"_s);
    }

    void aPlanIsATableThatCannotSteerTheTerminal()
    {
        const QByteArray json =
            "{'sessions':[{'action':'create','state':'new','session':{'name':'r1\\u001b]0;x\\u0007','host':'::1',"
            "'port':22,'protocol':'ssh','profile_name':'admin','jump_chain':['one'],'jump_host_name':'two',"
            "'port_forwards':[{}],'folder_path':['A','B']}},"
            "{'action':'skip','state':'duplicate','session':{'name':'r2','host':'h','port':23,'protocol':'telnet',"
            "'profile_name':'me'}}],'profiles':[{'name':'admin'},{'name':'me','exists':true}],"
            "'warnings':[{'file':'c','line':3,'message':'bad\\u001b[2J'},{'message':'plain'}]}";
        const QJsonObject plan = QJsonDocument::fromJson(QByteArray(json).replace('\'', '"')).object();
        QVERIFY(!plan.isEmpty());
        const QString text = planText(plan);
        QVERIFY(!text.contains(u'\x1b') && !text.contains(u'\a'));
        const QStringList lines = text.split(u'\n');
        QCOMPARE(lines[1].simplified(), u"create r1?]0;x? [::1]:22 admin one > two 1 A/B"_s);
        QCOMPARE(lines[2].simplified(), u"skip (is there) r2 telnet h:23 me"_s);
        QVERIFY(text.contains("Profiles:   new: admin; there already: me\n"_L1));
        QVERIFY(text.contains("  c:3: bad?[2J\n  plain\n"_L1));
        QCOMPARE(sessionsToCreate(plan), 1);
    }
};

QTEST_GUILESS_MAIN(TestConsole)
#include "tst_console.moc"
