#include "storage/backup.h"
#include "vaultfixture.h"

#include "vault/keyderivation.h"
#include "vault/resourcesecrets.h"

#include <QSignalSpy>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr QByteArrayView kPassword("correct horse battery");
constexpr QByteArrayView kOther("another long password");
constexpr int kColumns = 9;            // filled by fillEveryColumn, without cert_auth_state's single row
constexpr int kColumnsAfterUnlock = 8; // an unlock moves the legacy tokens, whose resources have newer ones

/// A box for `password` under a salt that is not the vault's.
SecretBox boxFor(QByteArrayView password, const QByteArray &salt)
{
    return SecretBox(std::move(*deriveVaultKey(Secret(password), salt)), salt);
}

/// Starts `task` and keeps its answer; the caller waits with QTRY_VERIFY.
template <typename T>
std::shared_ptr<std::optional<T>> start(Task<T> task)
{
    auto answer = std::make_shared<std::optional<T>>();
    task.then([answer](T &&value) { answer->emplace(std::move(value)); });
    return answer;
}

} // namespace

class VaultTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aFreshFileHasNoPasswordAndIsLocked()
    {
        VaultFixture f;
        const auto status = QCoro::waitFor(f.vault->status());
        QVERIFY(status.ok());
        QVERIFY(!status->hasMasterPassword);
        QVERIFY(!status->unlocked);
        QCOMPARE(f.unlock(kPassword).error().code, ErrorCode::Validation);
        QCOMPARE(f.wipe(kPassword).error().code, ErrorCode::Validation);
    }

    void settingThePasswordUnlocks()
    {
        VaultFixture f;
        QSignalSpy unlocked(f.vault.get(), &Vault::unlocked);
        QVERIFY(f.setPassword(kPassword).ok());
        QVERIFY(f.vault->isUnlocked());
        QCOMPARE(unlocked.size(), 1);
        const auto status = QCoro::waitFor(f.vault->status());
        QVERIFY(status->hasMasterPassword && status->unlocked);
        QCOMPARE(f.value(u"SELECT typeof(verification_data) FROM vault_config"_s).toString(), u"blob"_s);
        QCOMPARE(f.value(u"SELECT length(verification_data) FROM vault_config"_s).toInt(), 76);
        QVERIFY(f.unlock(kPassword).ok()); // as the client's setup does; unlocked already
        QCOMPARE(unlocked.size(), 1);
        QCOMPARE(f.setPassword(kOther).error().code, ErrorCode::Validation);
        QVERIFY(f.setPassword(kOther).error().message.contains("already set"_L1));
    }

    void thePasswordsLengthIsCountedInBytes_data()
    {
        QTest::addColumn<QByteArray>("password");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("11 letters") << QByteArray(11, 'a') << false;
        QTest::newRow("12 letters") << QByteArray(12, 'a') << true;
        QTest::newRow("6 umlauts of 2 bytes") << u"äöüäöü"_s.toUtf8() << true;
        QTest::newRow("blanks are not cut off") << QByteArray(12, ' ') << true;
        QTest::newRow("1024 letters") << QByteArray(1024, 'a') << true;
        QTest::newRow("1025 letters") << QByteArray(1025, 'a') << false;
        QTest::newRow("empty") << QByteArray() << false;
    }
    void thePasswordsLengthIsCountedInBytes()
    {
        QFETCH(QByteArray, password);
        QFETCH(bool, accepted);
        VaultFixture f;
        const Status set = f.setPassword(password);
        QCOMPARE(set.ok(), accepted);
        if (!accepted)
            QCOMPARE(set.error().code, ErrorCode::Validation);
    }

    void aRestartLocksAndThePasswordUnlocks()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        const QByteArray blob = f.seal("text");
        f.restart();
        QVERIFY(!f.vault->isUnlocked());
        QCOMPARE(f.unlock(kOther).error().code, ErrorCode::InvalidPassword);
        QVERIFY(!f.vault->isUnlocked());
        QVERIFY(f.unlock(kPassword).ok());
        QVERIFY(f.vault->key()->open(blob)->equals("text"));
    }

    void aRecordOfThePublishedVectorUnlocks()
    {
        VaultFixture f;
        f.execute(u"INSERT INTO vault_config (id, verification_data) VALUES (1, ?)"_s,
                  {QByteArray::fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                                       "a0a1a2a3a4a5a6a7a8a9aaab2473040fb68b4d78fd67cc2b66d57417560f33691a6efd5ed7e511"
                                       "b1c735f11d")});
        QVERIFY(f.unlock("netstacks-test-master-1").ok());
    }

    void aWrongPasswordWhileUnlockedChangesNothing()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        QCOMPARE(f.unlock(kOther).error().code, ErrorCode::InvalidPassword);
        QVERIFY(f.vault->isUnlocked());
    }

    void aDamagedRecordIsSaidToBeDamaged()
    {
        VaultFixture f;
        f.execute(u"INSERT INTO vault_config (id, verification_data) VALUES (1, ?)"_s, {QByteArray(20, 'x')});
        QCOMPARE(f.unlock(kPassword).error().code, ErrorCode::Encryption);
    }

    void lockingTakesTheKeyFromEverybody()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        const auto key = f.vault->key();
        QSignalSpy locked(f.vault.get(), &Vault::locked);
        f.vault->lock();
        f.vault->lock();
        QCOMPARE(locked.size(), 1);
        QCOMPARE(key->seal("text").error().code, ErrorCode::VaultLocked);
        QVERIFY(f.unlock(kPassword).ok());
        f.vault.reset();
        QVERIFY(!key->isUnlocked());
    }

    void changeRefusesInTheContractsOrder()
    {
        VaultFixture f;
        // Too short comes before everything, then "same as before", then locked, then the password itself.
        QCOMPARE(f.change("short", "short").error().message, f.change("other", "short").error().message);
        QVERIFY(f.change("other", "short").error().message.contains("at least 12"_L1));
        QCOMPARE(f.change(kPassword, kPassword).error().code, ErrorCode::Validation);
        QVERIFY(f.change(kPassword, kPassword).error().message.contains("differ"_L1));
        QCOMPARE(f.change(kPassword, kOther).error().code, ErrorCode::VaultLocked);
        QVERIFY(f.setPassword(kPassword).ok());
        QCOMPARE(f.change("wrong wrong wrong", kOther).error().code, ErrorCode::InvalidPassword);
        QCOMPARE(f.change(kPassword, QByteArray(1025, 'x')).error().code, ErrorCode::Validation);
        QVERIFY(f.change(kPassword, kOther).ok());
        QVERIFY(f.vault->isUnlocked());
        f.vault->lock();
        QCOMPARE(f.change(kOther, kPassword).error().code, ErrorCode::VaultLocked);
    }

    void changeReencryptsEveryColumnUnderOneFreshSalt()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(100);
        const int all = 100 * kColumns + 1;
        QCOMPARE(f.countReadable(), all);
        const QByteArray oldSalt = f.everyBlob().last().first(32);

        QVERIFY(f.change(kPassword, kOther).ok());
        QCOMPARE(f.countReadable(), all); // with the key in memory
        QSet<QByteArray> salts;
        for (const QByteArray &blob : f.everyBlob())
            salts.insert(blob.first(32));
        QCOMPARE(salts.size(), 1);
        QVERIFY(!salts.contains(oldSalt));

        f.restart();
        QCOMPARE(f.unlock(kPassword).error().code, ErrorCode::InvalidPassword);
        QVERIFY(f.unlock(kOther).ok());
        QCOMPARE(f.countReadable(), 100 * kColumnsAfterUnlock + 1);
    }

    void aRowThatDoesNotOpenStopsTheChangeAndNothingIsChanged()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(100);
        f.execute(u"UPDATE mcp_servers SET auth_token_encrypted = ? WHERE id = 'id-77'"_s, {QByteArray(80, 'x')});
        const QByteArrayList before = f.everyBlob();
        const Status changed = f.change(kPassword, kOther);
        QCOMPARE(changed.error().code, ErrorCode::Encryption);
        QVERIFY2(changed.error().message.contains("id-77"_L1), qPrintable(changed.error().message));
        QVERIFY(changed.error().message.contains("mcp_servers"_L1));
        QCOMPARE(f.everyBlob(), before);
        QVERIFY(f.vault->isUnlocked());
        QVERIFY(f.vault->key()->open(before.first()).ok());
        f.restart();
        QVERIFY(f.unlock(kPassword).ok());
    }

    void writersDuringAChangeNeverLeaveARowUnderTheOldKey()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(20);
        const auto changed = start(f.vault->changePassword(Secret(kPassword), Secret(kOther)));
        int writes = 0;
        while (!changed->has_value()) {
            const auto key = f.vault->key();
            const auto stored =
                QCoro::waitFor([](Database &database, std::shared_ptr<const VaultKey> key, int i) -> Task<Status> {
                    co_return co_await database.run([key, i](Connection &connection) -> Status {
                        const auto blob = key->seal("written meanwhile");
                        if (!blob)
                            return blob.error();
                        const auto done =
                            connection.execute(u"INSERT INTO api_keys (key_type, encrypted_data) VALUES (?, ?)"_s,
                                               {QString::number(i), *blob});
                        return done ? Status() : Status(done.error());
                    });
                }(*f.database, key, writes));
            QVERIFY(stored.ok());
            ++writes;
        }
        QVERIFY((**changed).ok());
        QVERIFY(writes > 0);
        f.restart();
        QVERIFY(f.unlock(kOther).ok());
        QCOMPARE(f.countReadable(), 20 * kColumnsAfterUnlock + 1 + writes);
    }

    void aLockDuringAnUnlockWins()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.vault->lock();
        const auto unlocked = start(f.vault->unlock(Secret(kPassword)));
        f.vault->lock();
        QTRY_VERIFY(unlocked->has_value());
        QCOMPARE((*unlocked)->error().code, ErrorCode::Conflict);
        QVERIFY(!f.vault->isUnlocked());
    }

    void aLockDuringAChangeLeavesTheNewPasswordAndALockedVault()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(3);
        const auto changed = start(f.vault->changePassword(Secret(kPassword), Secret(kOther)));
        f.vault->lock();
        QTRY_VERIFY(changed->has_value());
        QVERIFY((*changed)->ok());
        QVERIFY(!f.vault->isUnlocked());
        QVERIFY(f.unlock(kOther).ok());
        QCOMPARE(f.countReadable(), 3 * kColumnsAfterUnlock + 1);
    }

    void theLoopRunsOnWhileAKeyIsDerived()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        int turns = 0;
        QTimer timer;
        QObject::connect(&timer, &QTimer::timeout, &timer, [&turns] { ++turns; });
        timer.start(0);
        QVERIFY(f.unlock(kPassword).ok());
        QVERIFY2(turns > 20, QByteArray::number(turns).constData());
    }

    void wrongPasswordsOfAllKindsCountTogether()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        QCOMPARE(f.unlock(kOther).error().code, ErrorCode::InvalidPassword);
        QCOMPARE(f.wipe(kOther).error().code, ErrorCode::InvalidPassword);
        QCOMPARE(f.change(kOther, "a third long password").error().code, ErrorCode::InvalidPassword);
        QCOMPARE(f.unlock(kOther).error().code, ErrorCode::InvalidPassword);
        QCOMPARE(f.wipe(kOther).error().code, ErrorCode::InvalidPassword);
        // The right one does not help now, whatever asks for it.
        QCOMPARE(f.unlock(kPassword).error().code, ErrorCode::RateLimited);
        QCOMPARE(f.wipe(kPassword).error().code, ErrorCode::RateLimited);
        QCOMPARE(f.change(kPassword, kOther).error().code, ErrorCode::RateLimited);
        QCOMPARE(f.unlock(kPassword).error().retryAfter, 60s);
        f.now += 60s;
        QVERIFY(f.unlock(kPassword).ok());
        QCOMPARE(f.unlock(kOther).error().code, ErrorCode::InvalidPassword); // counting starts anew
        QVERIFY(f.unlock(kPassword).ok());
    }

    void parallelWrongPasswordsAreLimitedLikeOneAfterAnother()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.vault->lock();
        std::vector<std::shared_ptr<std::optional<Status>>> answers;
        for (int i = 0; i < 50; ++i)
            answers.push_back(start(f.vault->unlock(Secret(kOther))));
        int wrong = 0;
        int limited = 0;
        for (const auto &answer : answers) {
            QTRY_VERIFY(answer->has_value());
            wrong += (*answer)->error().code == ErrorCode::InvalidPassword;
            limited += (*answer)->error().code == ErrorCode::RateLimited;
        }
        QCOMPARE(wrong, 5);
        QCOMPARE(limited, 45);
        QCOMPARE(f.unlock(kPassword).error().code, ErrorCode::RateLimited);
    }

    void secretsUnderAnotherSaltAreAdoptedAtUnlock()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(3);
        f.vault->lock();
        const SecretBox foreign = boxFor(kPassword, randomBytes(32));
        for (const SealedColumn &column : sealedColumns())
            f.execute(u"UPDATE %1 SET %2 = ?"_s.arg(column.table, column.column),
                      {*foreign.seal("under another salt")});
        const QByteArray unreadable = *boxFor(kOther, randomBytes(32)).seal("under another password");
        f.execute(u"UPDATE api_keys SET encrypted_data = ? WHERE key_type = 'id-1'"_s, {unreadable});

        QVERIFY(f.unlock(kPassword).ok());
        QCOMPARE(f.value(u"SELECT encrypted_data FROM api_keys WHERE key_type = 'id-1'"_s).toByteArray(), unreadable);
        f.execute(u"DELETE FROM api_keys WHERE key_type = 'id-1'"_s);
        QCOMPARE(f.countReadable(), 3 * kColumnsAfterUnlock + 1 - 1); // but the one deleted
        f.restart();
        QVERIFY(f.unlock(kPassword).ok());
        QCOMPARE(f.countReadable(), 3 * kColumnsAfterUnlock + 1 - 1); // but the one deleted
    }

    void anUnlockDerivesForEightForeignSaltsAtMost()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.vault->lock();
        for (int i = 0; i < 10; ++i) {
            f.execute(u"INSERT INTO api_keys (key_type, encrypted_data) VALUES (?, ?)"_s,
                      {QString::number(i), *boxFor(kPassword, randomBytes(32)).seal("text")});
        }
        const QString foreign = u"SELECT count(*) FROM api_keys WHERE substr(encrypted_data, 1, 32) <> "
                                "(SELECT substr(verification_data, 1, 32) FROM vault_config)"_s;
        QVERIFY(f.unlock(kPassword).ok());
        QCOMPARE(f.value(foreign).toInt(), 2);
        QVERIFY(f.unlock(kPassword).ok());
        QCOMPARE(f.value(foreign).toInt(), 0);
    }

    void wipeDeletesEverySecretAndKeepsTheRest()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(5);
        f.execute(u"INSERT INTO mapped_keys (id, key_combo, command) VALUES ('plain', 'F1', 'show version')"_s);
        QSignalSpy wiped(f.vault.get(), &Vault::wiped);
        QCOMPARE(f.wipe(kOther).error().code, ErrorCode::InvalidPassword);
        QCOMPARE(f.value(u"SELECT count(*) FROM api_keys"_s).toInt(), 5);

        f.vault->lock(); // works locked as well
        QVERIFY(f.wipe(kPassword).ok());
        QCOMPARE(wiped.size(), 1);
        QVERIFY(!f.vault->isUnlocked());
        const auto status = QCoro::waitFor(f.vault->status());
        QVERIFY(!status->hasMasterPassword && !status->unlocked);
        QVERIFY(f.everyBlob().isEmpty());
        for (const QString &table :
             {u"credentials"_s, u"profile_credentials"_s, u"api_keys"_s, u"api_resource_credentials"_s,
              u"vault_config"_s, u"cert_auth_state"_s, u"nsx_legacy_tokens"_s})
            QCOMPARE(f.value(u"SELECT count(*) FROM "_s + table).toInt(), 0);
        for (const QString &table : {u"sessions"_s, u"credential_profiles"_s, u"api_resources"_s, u"documents"_s,
                                     u"document_versions"_s, u"mcp_servers"_s})
            QVERIFY(f.value(u"SELECT count(*) FROM "_s + table).toInt() >= 5);
        QCOMPARE(f.value(u"SELECT command FROM mapped_keys"_s).toString(), u"show version"_s);
        QCOMPARE(f.value(u"SELECT count(*) FROM mapped_keys"_s).toInt(), 1);
        QVERIFY(f.setPassword(kOther).ok());
    }

    void wipeLeavesNoOldCiphertextInTheFile()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(200);
        const QByteArrayList blobs = f.everyBlob();
        QVERIFY(f.bytesOnDisk().contains(blobs.first().mid(32)));
        QVERIFY(f.wipe(kPassword).ok());
        const QByteArray bytes = f.bytesOnDisk();
        for (const QByteArray &blob : blobs)
            QVERIFY(!bytes.contains(blob.mid(32)));
        QVERIFY(!bytes.contains(blobs.first().first(32))); // nor the salt
    }

    void changeLeavesNoOldCiphertextInTheFile()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(200);
        const QByteArrayList blobs = f.everyBlob();
        QVERIFY(f.change(kPassword, kOther).ok());
        const QByteArray bytes = f.bytesOnDisk();
        for (const QByteArray &blob : blobs)
            QVERIFY(!bytes.contains(blob.mid(32)));
    }

    void changeKeepsABackupThatTheOldPasswordOpens()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(2);
        f.execute(u"INSERT INTO settings (key, value) VALUES ('database.backups_kept', '1')"_s);
        QVERIFY(f.change(kPassword, kOther).ok());
        const QStringList backups = Backup::listOf(f.path(), Backup::Kind::VaultKey);
        QCOMPARE(backups.size(), 1);
        {
            VaultFixture old(backups.first());
            QVERIFY(old.unlock(kPassword).ok());
            QVERIFY(old.countReadable() > 10);
        }
        QVERIFY(f.change(kOther, kPassword).ok());
        QCOMPARE(Backup::listOf(f.path(), Backup::Kind::VaultKey).size(), 1); // as many as the setting says
    }

    void aChangeThatFailsKeepsNoBackup()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.execute(u"INSERT INTO api_keys (key_type, encrypted_data) VALUES ('k', x'00010203')"_s);
        QVERIFY(!f.change(kPassword, kOther).ok());
        QVERIFY(Backup::listOf(f.path(), Backup::Kind::VaultKey).isEmpty());
    }

    void changeWithoutABackupTouchesNothing()
    {
        const QTemporaryDir folder;
        VaultFixture f(folder.filePath(QString(240, u'n'))); // leaves no room for the backup's name
        QVERIFY(f.setPassword(kPassword).ok());
        const Status changed = f.change(kPassword, kOther);
        QCOMPARE(changed.error().code, ErrorCode::Internal);
        f.restart();
        QVERIFY(f.unlock(kPassword).ok());
    }

    void resetBacksUpAndNeedsNoPassword()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(5);
        f.vault->lock();
        for (int i = 0; i < 5; ++i)
            QVERIFY(!f.unlock(kOther).ok()); // who forgot the password is limited by now
        f.execute(u"INSERT OR REPLACE INTO settings (key, value) VALUES ('vault.biometric_enabled', 'true')"_s);
        QSignalSpy wiped(f.vault.get(), &Vault::wiped);

        const auto backup = QCoro::waitFor(f.vault->reset());
        QVERIFY2(backup.ok(), qPrintable(backup ? QString() : backup.error().message));
        QCOMPARE(wiped.size(), 1);
        QVERIFY(backup->startsWith(f.path() + u".bak-vault-reset-"_s));
        QCOMPARE(QFile::permissions(*backup) & (QFile::ReadGroup | QFile::ReadOther | QFile::ExeOwner),
                 QFile::Permissions());
        QVERIFY(f.everyBlob().isEmpty());
        QCOMPARE(f.value(u"SELECT value FROM settings WHERE key = 'vault.biometric_enabled'"_s).toString(), u"false"_s);
        QVERIFY(f.setPassword(kOther).ok()); // and the failures are forgotten
        const auto second = QCoro::waitFor(f.vault->reset());
        QVERIFY(second.ok() && *second != *backup);

        VaultFixture old(*backup);
        QVERIFY(old.unlock(kPassword).ok());
        QCOMPARE(old.value(u"SELECT count(*) FROM api_keys"_s).toInt(), 5);
    }

    void resetWithoutABackupTouchesNothing()
    {
        const QTemporaryDir folder;
        VaultFixture f(folder.filePath(QString(240, u'n'))); // leaves no room for the backup's name
        QVERIFY(f.setPassword(kPassword).ok());
        f.fillEveryColumn(2);
        const QByteArrayList before = f.everyBlob();
        const auto backup = QCoro::waitFor(f.vault->reset());
        QCOMPARE(backup.error().code, ErrorCode::Internal);
        QCOMPARE(f.everyBlob(), before);
        QVERIFY(f.vault->isUnlocked());
    }

    void notesInPlainTextAreSealedAfterAnUnlock()
    {
        VaultFixture f;
        for (int i = 0; i < 40; ++i) {
            f.execute(
                u"INSERT INTO documents (id, name, category, content_type, content) VALUES (?, 'n', ?, 'text', ?)"_s,
                {QString::number(i), i % 2 ? u"notes"_s : u"outputs"_s, u"plain nöte %1"_s.arg(i)});
            f.execute(u"INSERT INTO document_versions (id, document_id, content) VALUES (?, ?, ?)"_s,
                      {QString::number(i), QString::number(i), u"plain versiön %1"_s.arg(i)});
        }
        QVERIFY(f.setPassword(kPassword).ok());
        const QString plain = u"SELECT (SELECT count(*) FROM documents WHERE category = 'notes' AND content <> '') + "
                              "(SELECT count(*) FROM document_versions WHERE content <> '' AND document_id IN "
                              "(SELECT id FROM documents WHERE category = 'notes'))"_s;
        QTRY_COMPARE(f.value(plain).toInt(), 0);
        const auto blob = f.value(u"SELECT encrypted_content FROM documents WHERE id = '7'"_s).toByteArray();
        QVERIFY(f.vault->key()->open(blob)->equals(u"plain nöte 7"_s.toUtf8()));
        QCOMPARE(f.value(u"SELECT content FROM documents WHERE id = '6'"_s).toString(), u"plain nöte 6"_s);
        QTRY_VERIFY(!f.bytesOnDisk().contains(u"plain nöte 7"_s.toUtf8()));
        QVERIFY(!f.bytesOnDisk().contains(u"plain versiön 7"_s.toUtf8()));
        QVERIFY(f.bytesOnDisk().contains(u"plain nöte 6"_s.toUtf8()));
    }

    void tokensOfAnOlderFileMoveAtUnlock()
    {
        VaultFixture f;
        QVERIFY(f.setPassword(kPassword).ok());
        f.execute(u"INSERT INTO api_resources (id, name, base_url) VALUES ('t', 'a', 'https://a'), ('p', 'b', "
                  "'https://b'), ('x', 'c', 'https://c')"_s);
        const QString insert = u"INSERT INTO nsx_legacy_tokens (api_resource_id, form, username, encrypted_data) "
                               "VALUES (?, ?, ?, ?)"_s;
        f.execute(insert, {u"t"_s, u"token"_s, u""_s, f.seal("tok-1")});
        f.execute(insert, {u"p"_s, u"password"_s, u"api-user"_s, f.seal("pass-1")});
        f.execute(insert, {u"x"_s, u"token"_s, u""_s, QByteArray(70, 'x')});
        f.restart();
        QVERIFY(f.unlock(kPassword).ok());
        const auto stored = [&](const QString &id) {
            const auto blob =
                f.value(u"SELECT encrypted_data FROM api_resource_credentials WHERE api_resource_id = ?"_s, {id});
            const auto text = f.vault->key()->open(blob.toByteArray());
            return text ? text->reveal([](QByteArrayView bytes) { return bytes.toByteArray(); }) : QByteArray();
        };
        QCOMPARE(stored(u"t"_s), R"({"token":"tok-1","username":null,"password":null})"_ba);
        QCOMPARE(stored(u"p"_s), R"({"token":null,"username":"api-user","password":"pass-1"})"_ba);
        QCOMPARE(f.value(u"SELECT group_concat(api_resource_id) FROM nsx_legacy_tokens"_s).toString(), u"x"_s);
    }

    void everySealedColumnOfTheSchemaIsListed()
    {
        VaultFixture f;
        QStringList found;
        const Status read = f.inDatabase([&](Connection &connection) {
            return connection.forEach(
                u"SELECT t.name || '.' || c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
                "WHERE t.type = 'table' AND c.type = 'BLOB' AND c.name <> 'verification_data'"_s,
                {}, [&](const QSqlQuery &row) { found.append(row.value(0).toString()); });
        });
        QVERIFY(read.ok());
        QStringList listed;
        for (const SealedColumn &column : sealedColumns())
            listed.append(column.table + u'.' + column.column);
        found.sort();
        listed.sort();
        QCOMPARE(found, listed);
    }
};

QTEST_GUILESS_MAIN(VaultTest)
#include "tst_vault.moc"
