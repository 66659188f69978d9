#include "console/consolearguments.h"
#include "console/escapefilter.h"
#include "console/handshakereader.h"
#include "console/keyfile.h"
#include "console/launchfolder.h"

#include <QDir>
#include <QFile>
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
};

QTEST_GUILESS_MAIN(TestConsole)
#include "tst_console.moc"
