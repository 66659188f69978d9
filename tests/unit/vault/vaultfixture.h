#pragma once

#include "storage/connection.h"
#include "storage/database.h"
#include "storage/migrations.h"
#include "vault/sealedcolumns.h"
#include "vault/secretbox.h"
#include "vault/vault.h"

#include <QCoroTask>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

namespace agent {

/// A vault on a database of its own in a temporary folder, with a clock that tests turn.
class VaultFixture
{
public:
    using Clock = std::chrono::steady_clock;

    explicit VaultFixture(const QString &path = {})
        : m_path(path.isEmpty() ? m_folder.filePath(QStringLiteral("netstacks.db")) : path)
    {
        open();
    }
    ~VaultFixture() { close(); }

    void open()
    {
        database = std::make_unique<Database>();
        const Status opened = database->open(m_path, [](Connection &connection) -> Status {
            const auto upgraded = bringUpToDate(connection);
            return upgraded ? Status() : Status(upgraded.error());
        });
        if (!opened)
            qFatal("%s", qPrintable(opened.error().message));
        vault = std::make_unique<Vault>(*database, [this] { return now; });
    }
    void close()
    {
        vault.reset();
        database.reset();
        QCoreApplication::processEvents(); // the last answers of the database: nobody waits for them for good
    }
    void restart()
    {
        close();
        open();
    }

    /// Runs `job(Connection &)` on the database thread and returns what it returned.
    template <typename F>
    auto inDatabase(F job)
    {
        return database->runBlocking(std::move(job));
    }
    qint64 execute(const QString &sql, const QVariantList &values = {})
    {
        const auto done = inDatabase([&](Connection &connection) { return connection.execute(sql, values); });
        if (!done)
            qFatal("%s: %s", qPrintable(sql), qPrintable(done.error().message));
        return *done;
    }
    QVariant value(const QString &sql, const QVariantList &values = {})
    {
        const auto read = inDatabase([&](Connection &connection) { return connection.value(sql, values); });
        if (!read)
            qFatal("%s: %s", qPrintable(sql), qPrintable(read.error().message));
        return *read;
    }

    Status setPassword(QByteArrayView password) { return QCoro::waitFor(vault->setPassword(Secret(password))); }
    Status unlock(QByteArrayView password) { return QCoro::waitFor(vault->unlock(Secret(password))); }
    Status change(QByteArrayView from, QByteArrayView to)
    {
        return QCoro::waitFor(vault->changePassword(Secret(from), Secret(to)));
    }
    Status wipe(QByteArrayView password) { return QCoro::waitFor(vault->wipe(Secret(password))); }

    /// A blob under the vault's key, which must be unlocked.
    QByteArray seal(QByteArrayView text) const
    {
        const auto blob = vault->key()->seal(text);
        if (!blob)
            qFatal("%s", qPrintable(blob.error().message));
        return *blob;
    }

    /// One row, or its parents, for each sealed column, holding "secret of <table> <i>" where i < `rows`.
    void fillEveryColumn(int rows);
    /// How many sealed values of all columns open with the vault's key; -1 when any does not.
    int countReadable();
    /// All sealed values and the verification record, as they are on disk.
    QByteArrayList everyBlob();
    /// The bytes of the database file and of its log.
    [[nodiscard]] QByteArray bytesOnDisk() const
    {
        QByteArray bytes;
        for (const QString &suffix : {QString(), QStringLiteral("-wal")}) {
            QFile file(m_path + suffix);
            if (file.open(QIODevice::ReadOnly))
                bytes += file.readAll();
        }
        return bytes;
    }
    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] QString folder() const { return m_folder.path(); }

    Clock::time_point now{};
    std::unique_ptr<Database> database;
    std::unique_ptr<Vault> vault;

private:
    QTemporaryDir m_folder;
    QString m_path;
};

inline void VaultFixture::fillEveryColumn(int rows)
{
    const auto key = vault->key();
    const Status filled = inDatabase([&](Connection &connection) -> Status {
        const auto run = [&](const QString &sql, const QVariantList &values) {
            if (const auto done = connection.execute(sql, values); !done)
                qFatal("%s: %s", qPrintable(sql), qPrintable(done.error().message));
        };
        for (int i = 0; i < rows; ++i) {
            const QString id = QStringLiteral("id-%1").arg(i);
            const auto sealed = [&](const char *table) -> QByteArray {
                const QByteArray text = QByteArray("secret of ") + table + ' ' + QByteArray::number(i);
                return *key->seal(text);
            };
            run(QStringLiteral("INSERT INTO credential_profiles (id, name, username, auth_type) "
                               "VALUES (?, 'p', 'u', 'password')"),
                {id});
            run(QStringLiteral("INSERT INTO sessions (id, name, host, username, auth_type, profile_id) "
                               "VALUES (?, 's', 'h', '', 'password', ?)"),
                {id, id});
            run(QStringLiteral("INSERT INTO api_resources (id, name, base_url) VALUES (?, 'r', 'https://r')"), {id});
            run(QStringLiteral("INSERT INTO profile_credentials (profile_id, encrypted_data) VALUES (?, ?)"),
                {id, sealed("profile_credentials")});
            run(QStringLiteral("INSERT INTO credentials (session_id, encrypted_data) VALUES (?, ?)"),
                {id, sealed("credentials")});
            run(QStringLiteral("INSERT INTO api_keys (key_type, encrypted_data) VALUES (?, ?)"),
                {id, sealed("api_keys")});
            run(QStringLiteral("INSERT INTO api_resource_credentials (api_resource_id, encrypted_data) VALUES (?, ?)"),
                {id, sealed("api_resource_credentials")});
            run(QStringLiteral("INSERT INTO documents (id, name, category, content_type, content, encrypted_content) "
                               "VALUES (?, 'd', 'notes', 'text', '', ?)"),
                {id, sealed("documents")});
            run(QStringLiteral("INSERT INTO document_versions (id, document_id, content, encrypted_content) "
                               "VALUES (?, ?, '', ?)"),
                {id, id, sealed("document_versions")});
            run(QStringLiteral("INSERT INTO mapped_keys (id, key_combo, command, is_secret, command_encrypted) "
                               "VALUES (?, ?, '', 1, ?)"),
                {id, id, sealed("mapped_keys")});
            run(QStringLiteral("INSERT INTO mcp_servers (id, name, command, auth_token_encrypted) "
                               "VALUES (?, 'm', 'c', ?)"),
                {id, sealed("mcp_servers")});
            run(QStringLiteral("INSERT INTO nsx_legacy_tokens (api_resource_id, form, encrypted_data) "
                               "VALUES (?, 'token', ?)"),
                {id, sealed("nsx_legacy_tokens")});
        }
        run(QStringLiteral("INSERT INTO cert_auth_state (id, private_key_encrypted, public_key_openssh) "
                           "VALUES (1, ?, 'ssh-ed25519 AAAA')"),
            {QByteArray(*key->seal("secret of cert_auth_state 0"))});
        return {};
    });
    QVERIFY(filled.ok());
}

inline int VaultFixture::countReadable()
{
    const auto key = vault->key();
    const auto counted = inDatabase([&](Connection &connection) -> Result<int> {
        int readable = 0;
        for (const SealedColumn &column : sealedColumns()) {
            const Status read = connection.forEach(
                QStringLiteral("SELECT %1 FROM %2 WHERE length(%1) > 0").arg(column.column, column.table), {},
                [&](const QSqlQuery &row) -> Status {
                    const auto text = key->open(row.value(0).toByteArray());
                    ++readable;
                    return text ? Status() : Status(text.error());
                });
            if (!read)
                return read.error();
        }
        return readable;
    });
    return counted ? *counted : -1;
}

inline QByteArrayList VaultFixture::everyBlob()
{
    QByteArrayList blobs;
    const Status read = inDatabase([&](Connection &connection) -> Status {
        const auto add = [&](const QSqlQuery &row) { blobs.append(row.value(0).toByteArray()); };
        for (const SealedColumn &column : sealedColumns()) {
            const Status done = connection.forEach(QStringLiteral("SELECT %1 FROM %2 WHERE length(%1) > 0 ORDER BY %3")
                                                       .arg(column.column, column.table, column.key),
                                                   {}, add);
            if (!done)
                return done;
        }
        return connection.forEach(QStringLiteral("SELECT verification_data FROM vault_config"), {}, add);
    });
    return read ? blobs : QByteArrayList();
}

} // namespace agent
