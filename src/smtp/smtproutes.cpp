#include "smtp/smtproutes.h"

#include "api/checktexts.h"
#include "api/notimplemented.h"
#include "smtp/smtpconfig.h"
#include "storage/database.h"
#include "vault/apikeys.h"
#include "vault/secretbody.h"
#include "vault/vault.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMaxPasswordBytes = 64 * 1024;

const QString kKeyType = u"smtp_password"_s;

/// What a client sends; only described, never made: the password is taken apart from the rest.
struct SmtpConfigBody : SmtpConfig
{
    std::optional<Secret> password; ///< absent, null or empty: the stored one stays
};

} // namespace

template <>
struct Schema<SmtpConfigBody>
{
    static constexpr const char *name = "SmtpConfigBody";
    static constexpr auto fields =
        std::tuple_cat(Schema<SmtpConfig>::fields, std::tuple{field("password", &SmtpConfigBody::password)});
};

namespace {

using Key = std::shared_ptr<const VaultKey>;

Result<QByteArray> readConfig(Connection &connection)
{
    auto rows = repository::list<SmtpConfig>(connection, u"WHERE id = 'default'"_s);
    if (!rows)
        return rows.error();
    if (rows->isEmpty())
        return QByteArray("null");
    SmtpConfig config = std::move(rows->first());
    const auto hasPassword = ApiKeys::has(connection, kKeyType);
    if (!hasPassword)
        return hasPassword.error();
    config.hasPassword = *hasPassword;
    return encode(config);
}

Status storeConfig(Connection &connection, const VaultKey &key, const SmtpConfig &config,
                   const std::optional<Secret> &password)
{
    const QString now = Timestamp::now().toDatabaseText();
    const auto stored = connection.execute(
        u"INSERT INTO smtp_config (id, host, port, username, use_tls, from_email, from_name, created_at, updated_at) "
        "VALUES ('default', ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET host = excluded.host, "
        "port = excluded.port, username = excluded.username, use_tls = excluded.use_tls, "
        "from_email = excluded.from_email, from_name = excluded.from_name, updated_at = excluded.updated_at"_s,
        {config.host, qint64(config.port), config.username, config.useTls, config.fromEmail,
         config.fromName ? QVariant(*config.fromName) : QVariant(), now, now});
    if (!stored)
        return stored.error();
    return password && !password->isEmpty() ? ApiKeys::write(connection, key, kKeyType, *password) : Status();
}

Task<Response> handleRead(Database &database) { co_return respond(co_await database.read(readConfig)); }

Task<Response> handleStore(Database &database, Key key, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto config = decodeNew<SmtpConfig>(body->root());
    if (!config)
        co_return Response::error(config.error());
    auto password = secretMember(body->root(), "password", kMaxPasswordBytes);
    if (!password)
        co_return Response::error(password.error());
    if (Status texts = checkTexts(*config, {}, {{"from_name", {.mayBeEmpty = true}}}); !texts)
        co_return Response::error(texts.error());
    co_return respond(
        co_await database.run([key, config = std::move(*config), password = std::move(*password)](
                                  Connection &connection) { return storeConfig(connection, *key, config, password); }));
}

Task<Response> handleRemove(Database &database)
{
    co_return respond(co_await database.run([](Connection &connection) -> Status {
        if (const auto removed = connection.execute(u"DELETE FROM smtp_config WHERE id = 'default'"_s); !removed)
            return removed.error();
        return ApiKeys::erase(connection, kKeyType);
    }));
}

} // namespace

void registerSmtpRoutes(Router &router, Database &database, const Vault &vault)
{
    const QByteArray path = "/api/smtp/config";
    router.get(path, [&database](Request) { return handleRead(database); })
        .describe("The mail server, or null; never its password")
        .returns(typeOf<SmtpConfig>());
    router.post(path, [&database, key = vault.key()](Request r) { return handleStore(database, key, std::move(r)); })
        .describe("Store the mail server; without a password the stored one stays")
        .accepts(createBodyOf<SmtpConfigBody>())
        .returnsNothing();
    router.remove(path, [&database](Request) { return handleRemove(database); })
        .describe("Forget the mail server and its password")
        .returnsNothing();
    registerNotImplemented(router, {.feature = u"Trying a mail server"_s, .paths = {{Method::Post, "/api/smtp/test"}}});
}

} // namespace agent
