#include "net/tlsidentity.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSslCertificate>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Checks against the openssl program, which also makes the old certificates.
class TestTlsIdentity : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void madePairIsWhatTheContractSays();
    void keyIsPkcs8AndPrivate();
    void serialsAreLongAndDiffer();
    void secondLoadLeavesTheFilesAlone();
    void storedPairIsKeptOrReplaced_data();
    void storedPairIsKeptOrReplaced();
    void damagedPairIsReplaced_data();
    void damagedPairIsReplaced();
    void widenedKeyModeIsNarrowed();
    void remotePairCoversTheNames();
    void remotePairIsRemadeForANewName();
    void namesAreSplitAndTrimmed();
    void trustFlagIsLengthAndFirst64Bytes();
    void unwritableFolderIsAnError();
    void certificateAndKeyLoadForTheServer();

private:
    QString path(const QString &name) const { return m_folder->filePath(name); }
    QByteArray content(const QString &name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray openssl(const QStringList &arguments) const
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(u"openssl"_s, arguments);
        process.waitForFinished();
        return process.readAll();
    }
    QByteArray describe(const QString &name) const
    {
        return openssl({u"x509"_s, u"-in"_s, path(name), u"-noout"_s, u"-text"_s});
    }
    void makePair(int days, const QString &names) const
    {
        openssl({u"req"_s, u"-x509"_s, u"-newkey"_s, u"ec"_s, u"-pkeyopt"_s, u"ec_paramgen_curve:P-256"_s, u"-nodes"_s,
                 u"-keyout"_s, path(u"localhost.key"_s), u"-out"_s, path(u"localhost.crt"_s), u"-days"_s,
                 QString::number(days), u"-subj"_s, u"/CN=NetStacks Local Agent"_s, u"-addext"_s,
                 u"subjectAltName="_s + names});
        QVERIFY(QFile::exists(path(u"localhost.crt"_s)));
    }
    Result<TlsIdentity> load() const { return TlsIdentity::loadOrCreate(TlsIdentity::localPair(m_folder->path())); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestTlsIdentity::initTestCase()
{
    if (QStandardPaths::findExecutable(u"openssl"_s).isEmpty())
        QSKIP("the openssl program is not installed");
}

void TestTlsIdentity::madePairIsWhatTheContractSays()
{
    const auto identity = load();
    QVERIFY(identity.ok());
    QVERIFY(identity->isNew());
    const QByteArray text = describe(u"localhost.crt"_s);
    QVERIFY(text.contains("Version: 3"));
    QVERIFY(text.contains("Issuer: CN=NetStacks Local Agent\n"));
    QVERIFY(text.contains("Subject: CN=NetStacks Local Agent\n"));
    QVERIFY(text.contains("ASN1 OID: prime256v1"));
    QVERIFY(text.contains("Signature Algorithm: ecdsa-with-SHA256"));
    QVERIFY(text.contains("DNS:localhost, IP Address:127.0.0.1\n"));
    QVERIFY(text.contains("TLS Web Server Authentication"));
    QVERIFY(!text.contains("CA:TRUE"));
    const QSslCertificate certificate(identity->certificatePem());
    const QDateTime now = QDateTime::currentDateTimeUtc();
    QVERIFY(certificate.effectiveDate() <= now.addSecs(-23 * 3600));
    QVERIFY(certificate.expiryDate() > now.addDays(3649));
    QVERIFY(certificate.expiryDate() < now.addDays(3651));
    QVERIFY(openssl({u"verify"_s, u"-CAfile"_s, path(u"localhost.crt"_s), path(u"localhost.crt"_s)}).contains(": OK"));
}

void TestTlsIdentity::keyIsPkcs8AndPrivate()
{
    QVERIFY(load().ok());
    QVERIFY(content(u"localhost.key"_s).startsWith("-----BEGIN PRIVATE KEY-----\n"));
    constexpr QFileDevice::Permissions others =
        QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ReadOther | QFileDevice::WriteOther;
    QVERIFY(!(QFileInfo(path(u"localhost.key"_s)).permissions() & others));
    QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files | QDir::Hidden),
             QStringList({u"localhost.crt"_s, u"localhost.key"_s})); // no temporary file stays
}

void TestTlsIdentity::serialsAreLongAndDiffer()
{
    const auto first = load();
    const QTemporaryDir other;
    const auto second = TlsIdentity::loadOrCreate(TlsIdentity::localPair(other.path()));
    QCOMPARE(QSslCertificate(first->certificatePem()).serialNumber().split(':').size(), 20);
    QVERIFY(first->trustFlag() != second->trustFlag());
}

void TestTlsIdentity::secondLoadLeavesTheFilesAlone()
{
    QVERIFY(load().ok());
    const QByteArray certificate = content(u"localhost.crt"_s), key = content(u"localhost.key"_s);
    const auto again = load();
    QVERIFY(!again->isNew());
    QCOMPARE(again->certificatePem(), certificate);
    QCOMPARE(content(u"localhost.crt"_s), certificate);
    QCOMPARE(content(u"localhost.key"_s), key);
}

void TestTlsIdentity::storedPairIsKeptOrReplaced_data()
{
    QTest::addColumn<int>("days");
    QTest::addColumn<QString>("names");
    QTest::addColumn<bool>("kept");
    QTest::newRow("60 days left") << 60 << u"DNS:localhost,IP:127.0.0.1"_s << true;
    QTest::newRow("20 days left") << 20 << u"DNS:localhost,IP:127.0.0.1"_s << false;
    QTest::newRow("more names than needed") << 60 << u"DNS:x,IP:127.0.0.1,DNS:LOCALHOST"_s << true;
    QTest::newRow("address missing") << 60 << u"DNS:localhost"_s << false;
    QTest::newRow("address only as a name") << 60 << u"DNS:localhost,DNS:127.0.0.1"_s << false;
}

void TestTlsIdentity::storedPairIsKeptOrReplaced()
{
    QFETCH(int, days);
    QFETCH(QString, names);
    QFETCH(bool, kept);
    makePair(days, names);
    const QByteArray before = content(u"localhost.crt"_s);
    const auto identity = load();
    QVERIFY(identity.ok());
    QCOMPARE(!identity->isNew(), kept);
    QCOMPARE(content(u"localhost.crt"_s) == before, kept);
    QVERIFY(!load()->isNew());
}

void TestTlsIdentity::damagedPairIsReplaced_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("certificate empty") << u"localhost.crt"_s << QByteArray("");
    QTest::newRow("certificate cut") << u"localhost.crt"_s << QByteArray("-----BEGIN CERTIFICATE-----\nMIIB");
    QTest::newRow("key empty") << u"localhost.key"_s << QByteArray("");
    QTest::newRow("key of another pair") << u"localhost.key"_s
                                         << openssl({u"genpkey"_s, u"-algorithm"_s, u"EC"_s, u"-pkeyopt"_s,
                                                     u"ec_paramgen_curve:P-256"_s});
    QTest::newRow("key encrypted") << u"localhost.key"_s
                                   << openssl({u"genpkey"_s, u"-algorithm"_s, u"EC"_s, u"-pkeyopt"_s,
                                               u"ec_paramgen_curve:P-256"_s, u"-aes256"_s, u"-pass"_s, u"pass:x"_s});
    QTest::newRow("key far too large") << u"localhost.key"_s << QByteArray(1024 * 1024, 'x');
}

void TestTlsIdentity::damagedPairIsReplaced()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, bytes);
    QVERIFY(load().ok());
    QFile damaged(path(file));
    QVERIFY(damaged.open(QIODevice::WriteOnly | QIODevice::Truncate));
    damaged.write(bytes);
    damaged.close();
    const auto identity = load();
    QVERIFY(identity.ok());
    QVERIFY(identity->isNew());
    QVERIFY(!load()->isNew());
}

void TestTlsIdentity::widenedKeyModeIsNarrowed()
{
    QVERIFY(load().ok());
    QFile::setPermissions(path(u"localhost.key"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther);
    QVERIFY(!load()->isNew());
    QVERIFY(!(QFileInfo(path(u"localhost.key"_s)).permissions() & QFile::ReadOther));
}

void TestTlsIdentity::remotePairCoversTheNames()
{
    const auto wanted = TlsIdentity::remotePair(
        m_folder->path(), {u"Router.example"_s, u"192.0.2.7"_s, u"2001:db8::1"_s, u"[2001:db8::2]"_s, u"localhost"_s});
    QVERIFY(TlsIdentity::loadOrCreate(wanted).ok());
    const QByteArray text = describe(u"remote.crt"_s);
    QVERIFY(text.contains("Subject: CN=NetStacks Remote Agent\n"));
    QVERIFY2(text.contains("DNS:localhost, IP Address:127.0.0.1, DNS:router.example, IP Address:192.0.2.7, "
                           "IP Address:2001:DB8:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:0:2\n"),
             text.constData());
    QVERIFY(!TlsIdentity::loadOrCreate(wanted)->isNew());
}

void TestTlsIdentity::remotePairIsRemadeForANewName()
{
    QVERIFY(TlsIdentity::loadOrCreate(TlsIdentity::remotePair(m_folder->path(), {u"a.example"_s})).ok());
    const auto more = TlsIdentity::remotePair(m_folder->path(), {u"a.example"_s, u"b.example"_s});
    QVERIFY(TlsIdentity::loadOrCreate(more)->isNew());
    QVERIFY(!TlsIdentity::loadOrCreate(TlsIdentity::remotePair(m_folder->path(), {u"b.example"_s}))->isNew());
}

void TestTlsIdentity::namesAreSplitAndTrimmed()
{
    QCOMPARE(TlsIdentity::parseNames(u" a.example ,, 10.0.0.1,"_s), QStringList({u"a.example"_s, u"10.0.0.1"_s}));
    QVERIFY(TlsIdentity::parseNames(u" , "_s).isEmpty());
}

void TestTlsIdentity::trustFlagIsLengthAndFirst64Bytes()
{
    const auto identity = load();
    const QByteArray text = content(u"localhost.crt"_s).trimmed();
    const QByteArray expected = QByteArray::number(text.size()) + ':' + text.first(64);
    QCOMPARE(identity->trustFlag(), expected);
}

void TestTlsIdentity::unwritableFolderIsAnError()
{
    QFile blocker(path(u"file"_s));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    const auto identity = TlsIdentity::loadOrCreate(TlsIdentity::localPair(path(u"file/below"_s)));
    QVERIFY(!identity.ok());
    QCOMPARE(identity.error().code, ErrorCode::Io);
    QVERIFY(identity.error().message.contains(u"file/below"_s));
}

void TestTlsIdentity::certificateAndKeyLoadForTheServer()
{
    const auto identity = load();
    QVERIFY(!identity->certificate().isNull());
    QVERIFY(!identity->privateKey().isNull());
    QCOMPARE(identity->privateKey().algorithm(), QSsl::Ec);
}

QTEST_GUILESS_MAIN(TestTlsIdentity)
#include "tst_tlsidentity.moc"
