#include "ssh/algorithms.h"
#include "ssh/hostkeyverifier.h"
#include "ssh/knownhosts.h"
#include "ssh/privatekey.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMessageAuthenticationCode>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

HostKey ed25519(char fill)
{
    return {"ssh-ed25519", QByteArray("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19) + QByteArray(32, fill)};
}

HostKey rsa(char fill)
{
    return {"ssh-rsa", QByteArray("\0\0\0\x07ssh-rsa\0\0\0\x03\1\0\1\0\0\0\x10", 22) + QByteArray(16, fill)};
}

QByteArray written(const HostKey &key) { return key.type + ' ' + key.blob.toBase64(); }

} // namespace

class KnownHostsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ourLinesAreFound_data();
    void ourLinesAreFound();
    void openSshLinesCountAsTrust_data();
    void openSshLinesCountAsTrust();
    void certificateAuthoritiesAndDamagedLinesDoNotCount();
    void editsKeepEveryOtherByte();
    void anUnfinishedLastLineIsFinishedFirst();
    void severalTypesOfKeyLiveTogether();
    void verdicts();
    void theListIsSortedByHostAndThenPort();
    void aNewFileAndFolderArePrivate();
    void nothingIsWrittenAfterAFailedRead();
    void parallelPinsAllSurvive();
    void aSymbolicLinkStaysALink();
    void recordedTypesComeFirst();
    void homeIsExpandedInKeyPaths();
};

void KnownHostsTest::ourLinesAreFound_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::newRow("name") << QByteArray("router.example:22") << u"router.example"_s << 22;
    QTest::newRow("other case") << QByteArray("Router.Example:22") << u"router.EXAMPLE"_s << 22;
    QTest::newRow("other port") << QByteArray("10.0.0.7:2222") << u"10.0.0.7"_s << 2222;
    QTest::newRow("IPv6") << QByteArray("::1:22") << u"::1"_s << 22;
    QTest::newRow("IPv6 configured in brackets") << QByteArray("::1:22") << u"[::1]"_s << 22;
    QTest::newRow("IPv6 with zone") << QByteArray("fe80::1%eth0:22") << u"fe80::1%eth0"_s << 22;
}

void KnownHostsTest::ourLinesAreFound()
{
    QFETCH(QByteArray, field);
    QFETCH(QString, host);
    QFETCH(int, port);
    KnownHostsFile file("# comment\n" + field + ' ' + written(ed25519('a')) + '\n');
    QCOMPARE(file.trustFor(host, quint16(port)).trusted, QList<HostKey>{ed25519('a')});
    QVERIFY(file.trustFor(host, quint16(port + 1)).trusted.isEmpty());
    QCOMPARE(file.pinnedKeys().size(), 1);
    QCOMPARE(file.remove(host, quint16(port)), 1);
    QCOMPARE(file.text(), "# comment\n");
}

void KnownHostsTest::openSshLinesCountAsTrust_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<bool>("found");
    const QByteArray key = ' ' + written(ed25519('a'));
    const auto hashed = [&key](const QByteArray &name) {
        const QByteArray salt(20, 's');
        return "|1|" + salt.toBase64() + '|' +
               QMessageAuthenticationCode::hash(name, salt, QCryptographicHash::Sha1).toBase64() + key;
    };
    const QString host = u"host.example"_s;
    QTest::newRow("plain") << QByteArray("host.example" + key) << host << 22 << true;
    QTest::newRow("plain, other port") << QByteArray("host.example" + key) << host << 2222 << false;
    QTest::newRow("plain IPv6") << QByteArray("2001:db8::5" + key) << u"2001:db8::5"_s << 22 << true;
    QTest::newRow("port in brackets") << QByteArray("[host.example]:2222" + key) << host << 2222 << true;
    QTest::newRow("list") << QByteArray("a,host.example,b" + key) << host << 22 << true;
    QTest::newRow("hashed") << hashed("host.example") << host << 22 << true;
    QTest::newRow("hashed, other port") << hashed("[host.example]:2222") << host << 2222 << true;
    QTest::newRow("hashed, another host") << hashed("other.example") << host << 22 << false;
    QTest::newRow("wildcard") << QByteArray("*.example" + key) << host << 22 << true;
    QTest::newRow("question mark") << QByteArray("hos?.example" + key) << host << 22 << true;
    QTest::newRow("negated") << QByteArray("*.example,!host.example" + key) << host << 22 << false;
    QTest::newRow("comment after the key") << QByteArray("host.example" + key + " me@home") << host << 22 << true;
    QTest::newRow("Windows line end") << QByteArray("host.example" + key + '\r') << host << 22 << true;
}

void KnownHostsTest::openSshLinesCountAsTrust()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, host);
    QFETCH(int, port);
    QFETCH(bool, found);
    KnownHostsFile file(line + '\n');
    QCOMPARE(file.trustFor(host, quint16(port)).trusted.size(), found ? 1 : 0);
    QVERIFY(file.pinnedKeys().isEmpty());
    QCOMPARE(file.remove(host, quint16(port)) + file.removeAll(), 0);
    QCOMPARE(file.text(), line + '\n');
}

void KnownHostsTest::certificateAuthoritiesAndDamagedLinesDoNotCount()
{
    const KnownHostsFile file("@cert-authority * " + written(ed25519('a')) + "\nhost.example:22 ssh-ed25519 AAAA\n" +
                              "host.example:22 ssh-rsa " + ed25519('a').blob.toBase64() + "\nhost.example:22\n" +
                              "@odd host.example " + written(ed25519('b')) + "\n\xff\xfe garbage \x01\n");
    QVERIFY(file.trustFor(u"host.example"_s, 22).trusted.isEmpty());
    const KnownHostsFile revoked("@revoked host.example " + written(ed25519('a')) + '\n');
    QCOMPARE(revoked.trustFor(u"host.example"_s, 22).revoked.size(), 1);
}

void KnownHostsTest::editsKeepEveryOtherByte()
{
    const QByteArray foreign = "# my hosts\r\n\n  \nold.example,1.2.3.4 " + written(rsa('o')) +
                               " note\n@cert-authority * " + written(rsa('c')) +
                               "\n|1|c2FsdA==|aGFzaA== " + written(rsa('h')) + "\n\xff\xfe not UTF-8\n";
    KnownHostsFile file(foreign + "host.example:22 " + written(ed25519('a')) + "\n# the end");
    file.add(u"new.example"_s, 2222, ed25519('n'));
    QCOMPARE(file.text(), foreign + "host.example:22 " + written(ed25519('a')) + "\n# the end\nnew.example:2222 " +
                              written(ed25519('n')) + '\n');
    QCOMPARE(file.remove(u"host.example"_s, 22), 1);
    QCOMPARE(file.removeAll(), 1);
    QCOMPARE(file.text(), foreign + "# the end\n");
}

void KnownHostsTest::anUnfinishedLastLineIsFinishedFirst()
{
    KnownHostsFile file("other.example " + written(rsa('o')));
    file.add(u"host.example"_s, 22, ed25519('a'));
    QCOMPARE(file.text().count('\n'), 2);
    QCOMPARE(file.trustFor(u"other.example"_s, 22).trusted.size(), 1);
}

void KnownHostsTest::severalTypesOfKeyLiveTogether()
{
    KnownHostsFile file;
    file.add(u"h"_s, 22, ed25519('a'));
    file.add(u"h"_s, 22, rsa('a'));
    const HostTrust trust = file.trustFor(u"h"_s, 22);
    QCOMPARE(judge(trust, ed25519('a')), HostKeyVerdict::Known);
    QCOMPARE(judge(trust, rsa('a')), HostKeyVerdict::Known);
    QCOMPARE(judge(trust, rsa('b')), HostKeyVerdict::Changed);
    QCOMPARE(supersededBy(trust, rsa('b')), rsa('a'));
}

void KnownHostsTest::verdicts()
{
    QCOMPARE(judge({}, rsa('a')), HostKeyVerdict::Unknown);
    QCOMPARE(judge({.trusted = {rsa('a')}, .revoked = {}}, rsa('a')), HostKeyVerdict::Known);
    QCOMPARE(judge({.trusted = {rsa('a')}, .revoked = {}}, rsa('b')), HostKeyVerdict::Changed);
    // The recorded type was asked for first and did not come: it is no longer offered.
    QCOMPARE(judge({.trusted = {rsa('a')}, .revoked = {}}, ed25519('a')), HostKeyVerdict::Changed);
    QCOMPARE(judge({.trusted = {rsa('a')}, .revoked = {rsa('a')}}, rsa('a')), HostKeyVerdict::Revoked);
    const Error error = changedKeyError(u"h"_s, 22, rsa('a'), rsa('b'));
    QVERIFY(error.message.contains(QLatin1StringView(fingerprintOf(rsa('a')))));
    QVERIFY(error.message.contains(QLatin1StringView(fingerprintOf(rsa('b')))));
}

void KnownHostsTest::theListIsSortedByHostAndThenPort()
{
    QTemporaryDir folder;
    KnownHosts hosts(folder.filePath(u"known_hosts"_s));
    for (const auto &[host, port] : {std::pair(u"b"_s, 22), {u"a"_s, 2222}, {u"a"_s, 22}, {u"B"_s, 22}})
        QVERIFY(hosts.pin(host, quint16(port), ed25519('a')).ok());
    QStringList order;
    const auto keys = hosts.list();
    for (const PinnedKey &pinned : *keys)
        order << u"%1:%2"_s.arg(pinned.host).arg(pinned.port);
    QCOMPARE(order, (QStringList{u"a:22"_s, u"a:2222"_s, u"b:22"_s})); // "B" and "b" are one host
}

void KnownHostsTest::aNewFileAndFolderArePrivate()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(u"ssh/known_hosts"_s);
    KnownHosts hosts(path);
    QCOMPARE(hosts.list()->size(), 0);
    QCOMPARE(*hosts.removeAll(), 0);
    QVERIFY(!QFileInfo::exists(QFileInfo(path).path()));
    QVERIFY(hosts.pin(u"h"_s, 22, rsa('a')).ok());
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeGroup;
    QVERIFY((QFile::permissions(path) & others) == 0);
    QVERIFY((QFile::permissions(QFileInfo(path).path()) & others) == 0);
    QCOMPARE(QDir(QFileInfo(path).path()).entryList(QDir::Files | QDir::Hidden), QStringList{u"known_hosts"_s});
}

void KnownHostsTest::nothingIsWrittenAfterAFailedRead()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(u"known_hosts"_s);
    QVERIFY(QDir().mkdir(path)); // something that is there and cannot be read as a file, also by root
    KnownHosts hosts(path);
    QVERIFY(!hosts.trustFor(u"h"_s, 22));
    QVERIFY(!hosts.pin(u"h"_s, 22, rsa('a')));
    QVERIFY(!hosts.removeAll());
    QVERIFY(QFileInfo(path).isDir());
}

void KnownHostsTest::parallelPinsAllSurvive()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(u"known_hosts"_s);
    KnownHosts first(path), second(path); // two agents
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i)
        threads.emplace_back([&, i] {
            if (!(i % 2 ? first : second).pin(u"host%1"_s.arg(i), 22, ed25519(char('a' + i))).ok())
                qFatal("not pinned");
        });
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(first.list()->size(), 20);
}

void KnownHostsTest::aSymbolicLinkStaysALink()
{
    QTemporaryDir folder;
    const QString real = folder.filePath(u"dotfiles"_s), link = folder.filePath(u"known_hosts"_s);
    QFile file(real);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("# mine\n");
    file.close();
    QVERIFY(QFile::link(real, link));
    QVERIFY(KnownHosts(link).pin(u"h"_s, 22, rsa('a')).ok());
    QVERIFY(QFileInfo(link).isSymLink());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().startsWith("# mine\nh:22 ssh-rsa "));
}

void KnownHostsTest::recordedTypesComeFirst()
{
    QVERIFY(algorithmsFor(AlgorithmSet::Modern, {}).hostKeys.startsWith("ssh-ed25519,"));
    QVERIFY(algorithmsFor(AlgorithmSet::Modern, {}).ciphers.startsWith("chacha20-poly1305@openssh.com,"));
    QVERIFY(algorithmsFor(AlgorithmSet::Modern, {}, CipherOrder::Bulk).ciphers.startsWith("aes128-gcm@openssh.com,"));
    QVERIFY(
        algorithmsFor(AlgorithmSet::Modern, {"ssh-rsa"}).hostKeys.startsWith("rsa-sha2-512,rsa-sha2-256,ssh-ed25519"));
    QVERIFY(!algorithmsFor(AlgorithmSet::Modern, {"ssh-rsa"}).hostKeys.contains(",ssh-rsa"));
    const AlgorithmLists legacy = algorithmsFor(AlgorithmSet::Legacy, {"ssh-rsa"});
    QVERIFY(legacy.hostKeys.startsWith("rsa-sha2-512,rsa-sha2-256,ssh-rsa,"));
    QVERIFY(legacy.keyExchange.endsWith("diffie-hellman-group1-sha1"));
    QVERIFY(legacy.ciphers.contains("aes128-cbc") && legacy.macs.contains("hmac-sha1"));
}

void KnownHostsTest::homeIsExpandedInKeyPaths()
{
    QCOMPARE(expandHome(u"~/.ssh/id"_s), QDir::homePath() + u"/.ssh/id"_s);
    QCOMPARE(expandHome(u"%USERPROFILE%/id"_s), QDir::homePath() + u"/id"_s);
    QCOMPARE(expandHome(u"/tmp/~/id"_s), u"/tmp/~/id"_s);
    QCOMPARE(expandHome(u"~other/id"_s), u"~other/id"_s);
}

QTEST_GUILESS_MAIN(KnownHostsTest)
#include "tst_knownhosts.moc"
