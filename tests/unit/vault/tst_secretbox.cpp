#include "vault/keyderivation.h"
#include "vault/secretbox.h"
#include "vault/vaultkey.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTest>
#include <QThread>
#include <QThreadPool>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

QByteArray hex(const char *text) { return QByteArray::fromHex(text); }

/// 00 01 ... for `size` bytes, from `first`: the salts and nonces of the published vectors.
QByteArray counting(int first, int size)
{
    QByteArray bytes;
    for (int i = 0; i < size; ++i)
        bytes.append(char(first + i));
    return bytes;
}

QByteArray revealed(const Secret &secret)
{
    return secret.reveal([](QByteArrayView bytes) { return bytes.toByteArray(); });
}

const QByteArray kSalt = counting(0, 32);
const char *const kPassword = "netstacks-test-master-1";
const char *const kKey = "0970e9ed999a95ee61293c28eb4372ddc4bb85f7ec112a247e8951083054a9df";
const char *const kRecord = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3a4a5a6a7a8a9aaab"
                            "2473040fb68b4d78fd67cc2b66d57417560f33691a6efd5ed7e511b1c735f11d";
const char *const kProfile =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fb0b1b2b3b4b5b6b7b8b9babba967c24d46d6823225e13aec"
    "b3cbb8f9e22c157fb30662febd20effb45baa69a962f14d6a03c8c6887fd0cd237d3dcd54332f5799033510d45f9e0f5fe204cf13bb84aec"
    "a4102bb19a146bb8ac2d0d2af8ffe9c8f6746fca15";
const char *const kProfileText = R"({"password":"s3cret","key_passphrase":null,"snmp_communities":["public"]})";

SecretBox publishedBox() { return SecretBox(Secret(hex(kKey)), kSalt); }

/// What the openssl program prints for these arguments, or nothing when it fails.
QByteArray openssl(const QStringList &arguments)
{
    QProcess process;
    process.start(u"openssl"_s, arguments);
    if (!process.waitForFinished() || process.exitCode() != 0)
        return {};
    return process.readAllStandardOutput();
}

} // namespace

class SecretBoxTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // First, so that the threads are gone for good, with all that OpenSSL keeps for each, when the program ends.
    void manyThreadsMaySealAndOpenAtOnce()
    {
        const SecretBox box = publishedBox();
        std::atomic<int> failures = 0;
        QThreadPool pool;
        pool.setMaxThreadCount(8);
        for (int thread = 0; thread < 8; ++thread) {
            pool.start([&] {
                for (int i = 0; i < 200; ++i) {
                    const QByteArray text = QByteArray::number(i);
                    const auto opened = box.open(*box.seal(text));
                    if (!opened || !opened->equals(text))
                        ++failures;
                }
            });
        }
        pool.waitForDone();
        QCOMPARE(failures.load(), 0);
    }

    void passwordsDeriveThePublishedKeys_data()
    {
        QTest::addColumn<QByteArray>("password");
        QTest::addColumn<QByteArray>("key");
        QTest::newRow("contract 02 2.1, ASCII") << QByteArray(kPassword) << hex(kKey);
        QTest::newRow("contract 02 2.1, UTF-8 bytes as received")
            << u"päßwörd-Überlänge"_s.toUtf8()
            << hex("c515f6331106a16f06147cd8fcde29096c244037cb2c8a1dd58e86aa82d2a769");
    }
    void passwordsDeriveThePublishedKeys()
    {
        QFETCH(QByteArray, password);
        QFETCH(QByteArray, key);
        const auto derived = deriveVaultKey(Secret(password), kSalt);
        QVERIFY(derived.ok());
        QCOMPARE(revealed(*derived).toHex(), key.toHex());
    }

    void theOpensslProgramDerivesTheSameKey()
    {
        if (QStandardPaths::findExecutable(u"openssl"_s).isEmpty())
            QSKIP("openssl is not installed");
        const QByteArray salt = randomBytes(32);
        const QString printed = QString::fromLatin1(
            openssl({u"kdf"_s, u"-keylen"_s, u"32"_s, u"-kdfopt"_s, u"pass:a password, 1st"_s, u"-kdfopt"_s,
                     QString(u"hexsalt:"_s + QString::fromLatin1(salt.toHex())), u"-kdfopt"_s, u"lanes:1"_s,
                     u"-kdfopt"_s, u"memcost:19456"_s, u"-kdfopt"_s, u"iter:2"_s, u"ARGON2ID"_s}));
        QVERIFY2(!printed.isEmpty(), "openssl has no ARGON2ID");
        const auto derived = deriveVaultKey(Secret("a password, 1st"), salt);
        QVERIFY(derived.ok());
        QCOMPARE(revealed(*derived).toHex(), QByteArray::fromHex(printed.toLatin1()).toHex());
    }

    void textsSealIntoThePublishedBlobs_data()
    {
        QTest::addColumn<QByteArray>("nonce");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("blob");
        QTest::newRow("contract 02 2.1, verification record")
            << counting(0xa0, 12) << QByteArray("COCKPIT_VAULT_OK") << hex(kRecord);
        QTest::newRow("contract 02 2.1, profile credential")
            << counting(0xb0, 12) << QByteArray(kProfileText) << hex(kProfile);
    }
    void textsSealIntoThePublishedBlobs()
    {
        QFETCH(QByteArray, nonce);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, blob);
        const SecretBox box = publishedBox();
        const auto sealed = box.sealWithNonce(text, nonce);
        QVERIFY(sealed.ok());
        QCOMPARE(sealed->toHex(), blob.toHex());
        const auto opened = box.open(blob);
        QVERIFY(opened.ok());
        QCOMPARE(revealed(*opened), text);
    }

    void theCipherGivesThePublishedTags_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("nonce");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("sealed");
        // "The Galois/Counter Mode of Operation" (McGrew, Viega), appendix B, also in NIST's CAVS files.
        QTest::newRow("GCM spec, test case 13: AES-256, empty text")
            << QByteArray(32, '\0') << QByteArray(12, '\0') << QByteArray() << hex("530f8afbc74536b9a963b4f1c4cb738b");
        QTest::newRow("GCM spec, test case 14: AES-256, one block of zeroes")
            << QByteArray(32, '\0') << QByteArray(12, '\0') << QByteArray(16, '\0')
            << hex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
        QTest::newRow("GCM spec, test case 15: AES-256, four blocks")
            << hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
            << hex("cafebabefacedbaddecaf888")
            << hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                   "b16aedf5aa0de657ba637b391aafd255")
            << hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                   "c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c");
    }
    void theCipherGivesThePublishedTags()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, nonce);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, sealed);
        const auto blob = SecretBox(Secret(key), kSalt).sealWithNonce(text, nonce);
        QVERIFY(blob.ok());
        QCOMPARE(blob->mid(44).toHex(), sealed.toHex());
    }

    void everySealHasItsOwnNonce()
    {
        const SecretBox box = publishedBox();
        QSet<QByteArray> nonces;
        for (int i = 0; i < 200; ++i)
            nonces.insert(box.seal("same text")->mid(32, 12));
        QCOMPARE(nonces.size(), 200);
    }

    void aBlobChangedInAnyByteIsRefused()
    {
        const SecretBox box = publishedBox();
        const QByteArray blob = hex(kRecord);
        for (qsizetype i = 32; i < blob.size(); ++i) { // the salt is no part of the sealed text
            QByteArray changed = blob;
            changed[i] = char(changed[i] ^ 1);
            const auto opened = box.open(changed);
            QVERIFY2(!opened.ok(), QByteArray::number(i).constData());
            QCOMPARE(opened.error().code, ErrorCode::Encryption);
        }
    }

    void aBlobCutAnywhereIsRefused()
    {
        const SecretBox box = publishedBox();
        const QByteArray blob = hex(kRecord);
        for (qsizetype size = 0; size < blob.size(); ++size)
            QVERIFY2(!box.open(blob.first(size)).ok(), QByteArray::number(size).constData());
    }

    void anotherKeyDoesNotOpenABlob()
    {
        QVERIFY(!SecretBox(Secret(QByteArray(32, 'k')), kSalt).open(hex(kRecord)).ok());
    }

    void aSealedTextThatIsNotUtf8IsRefused()
    {
        const SecretBox box = publishedBox();
        QVERIFY(!box.open(*box.seal("\xc3\x28")).ok());
    }

    void largeAndEmptyTextsComeBackWhole()
    {
        const SecretBox box = publishedBox();
        for (const qsizetype size : {0, 1, 15, 16, 17, 70'000, 5'000'000}) {
            const QByteArray text(size, 'n');
            const auto opened = box.open(*box.seal(text));
            QVERIFY(opened.ok());
            QVERIFY(opened->equals(text));
        }
    }

    void aLockedHandleTellsWhereToUnlock()
    {
        VaultKey key;
        const auto sealed = key.seal("text");
        QCOMPARE(sealed.error().code, ErrorCode::VaultLocked);
        QVERIFY(sealed.error().message.contains("Settings > Security"_L1));
        QVERIFY(vaultLocked(u"jump host 'edge-1'"_s).message.startsWith("jump host 'edge-1': "_L1));
    }

    void aHandleRefusesToSealWhatCouldNeverBeOpened()
    {
        VaultKey key;
        key.set(publishedBox());
        QCOMPARE(key.seal("\xed\xb8\x80").error().code, ErrorCode::Validation); // half a surrogate pair
        QVERIFY(key.seal("").ok());
    }

    void aHandleTakesANewKeyOnlyInPlaceOfTheOldOne()
    {
        VaultKey key;
        const QByteArray newSalt = counting(1, 32);
        QVERIFY(!key.replace(kSalt, SecretBox(Secret(QByteArray(32, 'n')), newSalt)));
        QVERIFY(!key.isUnlocked());
        key.set(publishedBox());
        QVERIFY(!key.replace(newSalt, SecretBox(Secret(QByteArray(32, 'n')), newSalt)));
        QVERIFY(key.replace(kSalt, SecretBox(Secret(QByteArray(32, 'n')), newSalt)));
        QCOMPARE(SecretBox::saltOf(*key.seal("text")), newSalt);
        QVERIFY(key.clear());
        QVERIFY(!key.clear());
        QVERIFY(!key.open(hex(kRecord)).ok());
    }
};

QTEST_GUILESS_MAIN(SecretBoxTest)
#include "tst_secretbox.moc"
