#include "vault/vaultstore.h"

#include "core/timestamp.h"
#include "storage/connection.h"
#include "storage/legacytokens.h"
#include "vault/resourcesecrets.h"
#include "vault/sealedcolumns.h"
#include "vault/vaultlog.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

constexpr int kRowsAtATime = 64;  // notes can be large, and a batch is held in memory
constexpr int kNotesAtATime = 16; // a transaction of the background job; other rooms' jobs come in between

} // namespace

Result<QByteArray> VaultStore::verificationRecord()
{
    const auto record = m_connection.value(u"SELECT verification_data FROM vault_config WHERE id = 1"_s);
    if (!record)
        return record.error();
    return record->toByteArray();
}

Status VaultStore::addVerificationRecord(const QByteArray &blob)
{
    const auto added = m_connection.execute(
        u"INSERT INTO vault_config (id, verification_data, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING"_s,
        {blob, Timestamp::now().toDatabaseText()});
    if (!added)
        return added.error();
    if (*added == 0)
        return Error{ErrorCode::Validation, u"A master password is already set. Change it instead."_s};
    return {};
}

Status VaultStore::replaceVerificationRecord(const QByteArray &blob)
{
    const auto replaced = m_connection.execute(u"UPDATE vault_config SET verification_data = ? WHERE id = 1"_s, {blob});
    if (!replaced)
        return replaced.error();
    if (*replaced != 1)
        return Error{ErrorCode::Validation, u"No master password is set."_s};
    return {};
}

Result<std::vector<VaultStore::SealedValue>> VaultStore::sealedAfter(const SealedColumn &column, qint64 row)
{
    std::vector<SealedValue> values;
    const QString sql = u"SELECT rowid, %1, %2 FROM %3 WHERE rowid > ? AND length(%2) > 0 ORDER BY rowid LIMIT ?"_s.arg(
        column.key, column.column, column.table);
    const Status read = m_connection.forEach(sql, {row, qint64(kRowsAtATime)}, [&](const QSqlQuery &found) {
        values.push_back({found.value(0).toLongLong(), found.value(1).toString(), found.value(2).toByteArray()});
    });
    if (!read)
        return read.error();
    return values;
}

Status VaultStore::store(const SealedColumn &column, qint64 row, const QByteArray &blob)
{
    // updated_at stays: the secret did not change.
    const auto stored =
        m_connection.execute(u"UPDATE %1 SET %2 = ? WHERE rowid = ?"_s.arg(column.table, column.column), {blob, row});
    return stored ? Status() : Status(stored.error());
}

template <typename F>
Status VaultStore::rewrite(const SealedColumn &column, F change)
{
    for (qint64 row = std::numeric_limits<qint64>::min();;) {
        // Read first, then written: SQLite leaves it open which rows a running SELECT sees change.
        const auto values = sealedAfter(column, row);
        if (!values)
            return values.error();
        if (values->empty())
            return {};
        for (const SealedValue &value : *values) {
            const Result<QByteArray> blob = change(value);
            if (!blob)
                return blob.error();
            if (blob->isEmpty())
                continue;
            if (Status stored = store(column, value.row, *blob); !stored)
                return stored;
        }
        row = values->back().row;
    }
}

Status VaultStore::resealAll(const SecretBox &from, const SecretBox &to)
{
    for (const SealedColumn &column : sealedColumns()) {
        const Status done = rewrite(column, [&](const SealedValue &value) -> Result<QByteArray> {
            const auto text = from.open(value.blob);
            if (!text) {
                return Error{ErrorCode::Encryption,
                             u"Nothing was changed: the secret of '%1' in %2 cannot be decrypted."_s.arg(value.name,
                                                                                                         column.table)};
            }
            return text->reveal([&](QByteArrayView bytes) { return to.seal(bytes); });
        });
        if (!done)
            return done;
    }
    return {};
}

Result<QList<QByteArray>> VaultStore::foreignSalts(QByteArrayView salt, int limit)
{
    QHash<QByteArray, qint64> counts;
    for (const SealedColumn &column : sealedColumns()) {
        // Each column gives at most `limit` salts too, so that a damaged file cannot fill the memory.
        const QString sql =
            u"SELECT substr(%1, 1, 32) AS salt, count(*) FROM %2 WHERE length(%1) >= 44 AND "
            "substr(%1, 1, 32) <> ? GROUP BY salt ORDER BY 2 DESC LIMIT ?"_s.arg(column.column, column.table);
        const Status read = m_connection.forEach(sql, {salt.toByteArray(), qint64(limit)}, [&](const QSqlQuery &found) {
            counts[found.value(0).toByteArray()] += found.value(1).toLongLong();
        });
        if (!read)
            return read.error();
    }
    QList<QByteArray> salts = counts.keys();
    std::ranges::sort(salts, [&](const QByteArray &a, const QByteArray &b) {
        return std::pair(counts[b], a) < std::pair(counts[a], b);
    });
    return salts.first(std::min<qsizetype>(salts.size(), limit));
}

Result<qint64> VaultStore::adopt(std::span<const SecretBox> others, const SecretBox &main)
{
    qint64 adopted = 0;
    for (const SealedColumn &column : sealedColumns()) {
        const Status done = rewrite(column, [&](const SealedValue &value) -> Result<QByteArray> {
            const auto box = std::ranges::find(others, SecretBox::saltOf(value.blob), &SecretBox::salt);
            if (box == others.end())
                return QByteArray();
            const auto text = box->open(value.blob);
            if (!text)
                return QByteArray();
            ++adopted;
            return text->reveal([&](QByteArrayView bytes) { return main.seal(bytes); });
        });
        if (!done)
            return done.error();
    }
    return adopted;
}

Status VaultStore::adoptLegacyTokens(const SecretBox &main)
{
    const auto tokens = legacyTokens(m_connection);
    if (!tokens)
        return tokens.error();
    for (const LegacyToken &token : *tokens) {
        auto text = main.open(token.sealed);
        if (!text) {
            qCWarning(lcVault) << "the old token of API resource" << token.apiResourceId << "cannot be decrypted";
            continue;
        }
        ResourceSecrets secrets;
        if (token.form == LegacyToken::Form::Password) {
            secrets.username = Secret(token.username.toUtf8());
            secrets.password = std::move(*text);
        } else {
            secrets.token = std::move(*text);
        }
        const auto blob = writeSecrets(secrets).reveal([&](QByteArrayView bytes) { return main.seal(bytes); });
        if (!blob)
            return blob.error();
        if (Status adopted = adoptLegacyToken(m_connection, token.apiResourceId, *blob); !adopted)
            return adopted;
    }
    return {};
}

Status VaultStore::wipe()
{
    QStringList statements{u"DELETE FROM vault_config"_s};
    for (const SealedColumn &column : sealedColumns()) {
        if (column.onWipe == OnWipe::DeleteRow)
            statements.append(u"DELETE FROM %1"_s.arg(column.table));
        if (column.onWipe == OnWipe::DeleteSecretRow)
            statements.append(u"DELETE FROM %1 WHERE is_secret = 1"_s.arg(column.table));
        if (column.onWipe != OnWipe::DeleteRow)
            statements.append(u"UPDATE %1 SET %2 = NULL WHERE %2 IS NOT NULL"_s.arg(column.table, column.column));
    }
    for (const QString &statement : std::as_const(statements)) {
        if (const auto done = m_connection.execute(statement); !done)
            return done.error();
    }
    return {};
}

Result<int> VaultStore::sealPlainNotes(const VaultKey &key)
{
    const auto notes = sealPlainTexts(
        key,
        u"SELECT rowid, CAST(content AS BLOB) FROM documents WHERE category = 'notes' AND content <> '' AND "
        "coalesce(length(encrypted_content), 0) = 0 ORDER BY rowid LIMIT ?"_s,
        u"UPDATE documents SET content = '', encrypted_content = ? WHERE rowid = ?"_s);
    if (!notes || *notes > 0)
        return notes;
    return sealPlainTexts(
        key,
        u"SELECT v.rowid, CAST(v.content AS BLOB) FROM document_versions v JOIN documents d ON d.id = v.document_id "
        "WHERE d.category = 'notes' AND v.content <> '' AND coalesce(length(v.encrypted_content), 0) = 0 "
        "ORDER BY v.rowid LIMIT ?"_s,
        u"UPDATE document_versions SET content = '', encrypted_content = ? WHERE rowid = ?"_s);
}

Result<int> VaultStore::sealPlainTexts(const VaultKey &key, const QString &select, const QString &update)
{
    std::vector<std::pair<qint64, Secret>> texts;
    const Status read = m_connection.forEach(select, {qint64(kNotesAtATime)}, [&](const QSqlQuery &found) {
        QByteArray bytes = found.value(1).toByteArray();
        if (!bytes.isValidUtf8()) // a damaged row: seal what readers see, or it would never open again
            bytes = QString::fromUtf8(bytes).toUtf8();
        texts.emplace_back(found.value(0).toLongLong(), Secret::takeFrom(bytes));
    });
    if (!read)
        return read.error();
    for (const auto &[row, text] : texts) {
        const auto blob = key.seal(text);
        if (!blob)
            return blob.error();
        if (const auto stored = m_connection.execute(update, {*blob, row}); !stored)
            return stored.error();
    }
    return int(texts.size());
}

Status VaultStore::disableBiometric()
{
    const auto stored = m_connection.execute(
        u"INSERT INTO settings (key, value, updated_at) VALUES ('vault.biometric_enabled', 'false', ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"_s,
        {Timestamp::now().toDatabaseText()});
    return stored ? Status() : Status(stored.error());
}

} // namespace agent
