#include "mcp/mcpserverstore.h"

#include "api/checktexts.h"
#include "httpclient/addressguard.h"
#include "vault/plainsecrets.h"

namespace agent::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxArguments = 1000;
constexpr TextRule kArgument{.maxBytes = 64 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};

Status checkWay(const McpServer &server)
{
    if (server.isRemote())
        return AddressGuard().judgeText(server.url.value_or(QString()).trimmed(), "url"_L1);
    return checkText(server.command, "command"_L1, {.maxBytes = 4096});
}

Status check(const McpServer &server)
{
    constexpr TextRule kOptional{.maxBytes = 4096, .mayBeEmpty = true};
    if (Status texts = checkTexts(server, {.maxBytes = 1024}, {{"command", kOptional}, {"url", kOptional}}); !texts)
        return texts;
    if (server.args.size() > kMaxArguments) {
        return Error{ErrorCode::Validation, u"field 'args' has more than %1 entries"_s.arg(kMaxArguments), u"args"_s};
    }
    for (const QString &argument : server.args) {
        if (Status valid = checkText(argument, "args"_L1, kArgument); !valid)
            return valid;
    }
    return {};
}

/// What an older agent stored may be incomplete; only who changes the way has to complete it.
bool isSameWay(const McpServer &a, const McpServer &b)
{
    return a.transportType == b.transportType && a.command == b.command && a.url == b.url;
}

Status storeToken(Connection &connection, const VaultKey &key, const QString &id, const Secret &token)
{
    QVariant sealed;
    if (!token.isEmpty()) {
        auto blob = key.seal(token);
        if (!blob)
            return blob.error();
        sealed = std::move(*blob);
    }
    // The column of older agents would win otherwise, once this one is empty.
    const auto stored = connection.execute(
        u"UPDATE mcp_servers SET auth_token_encrypted = ?, auth_token = NULL WHERE id = ?"_s, {sealed, id});
    return stored ? Status() : Status(stored.error());
}

/// One that is sealed already was only forgotten in plain text.
Status sealPlain(Connection &connection, const VaultKey &key, const QString &id, const Secret &token)
{
    const auto forgotten = connection.execute(
        u"UPDATE mcp_servers SET auth_token = NULL WHERE id = ? AND length(auth_token_encrypted) > 0"_s, {id});
    if (!forgotten)
        return forgotten.error();
    return *forgotten > 0 ? Status() : storeToken(connection, key, id, token);
}

Status loadTools(Connection &connection, McpServer &server)
{
    auto tools = repository::list<McpTool>(connection, u"WHERE server_id = ?"_s, {server.id});
    if (!tools)
        return tools.error();
    server.tools = std::move(*tools);
    return {};
}

Status stampUpdated(Connection &connection, const QString &id)
{
    const auto stamped = connection.execute(u"UPDATE mcp_servers SET updated_at = ? WHERE id = ?"_s,
                                            {Timestamp::now().toDatabaseText(), id});
    return stamped ? Status() : Status(stamped.error());
}

} // namespace

Result<QList<McpServer>> list(Connection &connection)
{
    auto servers = repository::list<McpServer>(connection);
    if (!servers)
        return servers;
    for (McpServer &server : *servers) {
        if (Status loaded = loadTools(connection, server); !loaded)
            return loaded.error();
    }
    return servers;
}

Result<McpServer> create(Connection &connection, const VaultKey &key, McpServer server,
                         const std::optional<Secret> &token)
{
    if (Status valid = check(server); !valid)
        return valid.error();
    if (Status way = checkWay(server); !way)
        return way.error();
    server.id = newUuid();
    if (Status inserted = repository::insert(connection, server); !inserted)
        return inserted.error();
    if (token && !token->isEmpty()) {
        if (Status stored = storeToken(connection, key, server.id, *token); !stored)
            return stored.error();
    }
    return server;
}

Result<McpServer> update(Connection &connection, const VaultKey &key, const QString &id, const JsonValue &body,
                         const std::optional<Secret> &token)
{
    const auto old = repository::get<McpServer>(connection, id);
    if (!old)
        return old.error();
    McpServer now = *old;
    if (Status read = readObject(body, now, BodyKind::Update); !read)
        return read.error();
    if (Status valid = check(now); !valid)
        return valid.error();
    if (!isSameWay(now, *old)) {
        if (Status way = checkWay(now); !way)
            return way.error();
    }
    now.enabled = false;
    if (Status updated = repository::update(connection, now); !updated)
        return updated.error();
    if (token) {
        if (Status stored = storeToken(connection, key, id, *token); !stored)
            return stored.error();
    }
    if (Status stamped = stampUpdated(connection, id); !stamped)
        return stamped.error();
    if (Status loaded = loadTools(connection, now); !loaded)
        return loaded.error();
    return now;
}

Status disable(Connection &connection, const QString &id)
{
    const auto disabled = connection.execute(u"UPDATE mcp_servers SET enabled = 0 WHERE id = ?"_s, {id});
    if (!disabled)
        return disabled.error();
    return stampUpdated(connection, id);
}

Status allowTool(Connection &connection, const QString &id, bool enabled)
{
    const auto changed = connection.execute(u"UPDATE mcp_tools SET enabled = ?, updated_at = ? WHERE id = ?"_s,
                                            {enabled, Timestamp::now().toDatabaseText(), id});
    if (!changed)
        return changed.error();
    return *changed > 0 ? Status() : Status(repository::notFound<McpTool>());
}

Task<> sealPlainTokens(Database &database, std::shared_ptr<const VaultKey> key)
{
    return sealPlainSecrets(database, std::move(key),
                            {.select = u"SELECT id, CAST(auth_token AS BLOB) FROM mcp_servers WHERE auth_token <> ''"_s,
                             .seal = &sealPlain});
}

} // namespace agent::mcp
