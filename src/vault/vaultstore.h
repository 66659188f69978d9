#pragma once

#include "core/result.h"
#include "vault/secretbox.h"
#include "vault/vaultkey.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <span>

namespace agent {

class Connection;
struct SealedColumn;

/// The vault's SQL. Lives inside one database job, on the database thread; the caller owns the transaction.
class VaultStore
{
public:
    explicit VaultStore(Connection &connection)
        : m_connection(connection)
    {
    }

    /// The blob that proves the master password; empty when none is set.
    [[nodiscard]] Result<QByteArray> verificationRecord();
    /// Fails with Validation when there is one already.
    [[nodiscard]] Status addVerificationRecord(const QByteArray &blob);
    [[nodiscard]] Status replaceVerificationRecord(const QByteArray &blob);

    /// Opens every sealed value with `from` and seals it with `to`. @return Encryption naming the row that did not
    /// open; the caller rolls back.
    [[nodiscard]] Status resealAll(const SecretBox &from, const SecretBox &to);

    /// The salts of sealed values that are not `salt`, the most frequent first, at most `limit`.
    [[nodiscard]] Result<QList<QByteArray>> foreignSalts(QByteArrayView salt, int limit);
    /// Brings values sealed under one of `others` (by their salt) under `main`; what does not open stays as it is.
    /// @return how many were brought over.
    [[nodiscard]] Result<qint64> adopt(std::span<const SecretBox> others, const SecretBox &main);

    /// Brings the tokens of a file from 0.1.7 into the form of today's API resources; what does not open stays.
    [[nodiscard]] Status adoptLegacyTokens(const SecretBox &main);

    /// Removes the master password and every secret; what is not secret stays (contract 02 section 2.4).
    [[nodiscard]] Status wipe();

    /// Seals up to a batch of notes and note versions that still lie in plain text. @return how many it found.
    [[nodiscard]] Result<int> sealPlainNotes(const VaultKey &key);

    [[nodiscard]] Status disableBiometric();

private:
    struct SealedValue
    {
        qint64 row;
        QString name;
        QByteArray blob;
    };

    Result<std::vector<SealedValue>> sealedAfter(const SealedColumn &column, qint64 row);
    Status store(const SealedColumn &column, qint64 row, const QByteArray &blob);
    /// Calls `change(value) -> Result<QByteArray>` for all values and stores what it returns, unless that is empty.
    template <typename F>
    Status rewrite(const SealedColumn &column, F change);
    Result<int> sealPlainTexts(const VaultKey &key, const QString &select, const QString &update);

    Connection &m_connection;
};

} // namespace agent
