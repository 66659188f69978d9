#include "mcp/mcpserverroutes.h"

#include "api/crud.h"
#include "api/notimplemented.h"
#include "mcp/mcpserverstore.h"
#include "vault/secretbody.h"
#include "vault/vault.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMaxTokenBytes = 64 * 1024;

/// What a client sends; only described, never made: the token is taken apart from the rest.
struct McpServerBody : McpServer
{
    std::optional<Secret> authToken;
};

struct McpToolSwitch
{
    bool enabled = false;
};

} // namespace

template <>
struct Schema<McpServerBody>
{
    static constexpr const char *name = "McpServerBody";
    static constexpr auto fields =
        std::tuple_cat(Schema<McpServer>::fields, std::tuple{field("auth_token", &McpServerBody::authToken)});
};

template <>
struct Schema<McpToolSwitch>
{
    static constexpr const char *name = "McpToolSwitch";
    static constexpr auto fields = std::tuple{field("enabled", &McpToolSwitch::enabled, FieldFlag::Required)};
};

namespace {

using Key = std::shared_ptr<const VaultKey>;

template <typename T>
Result<QByteArray> encoded(const Result<T> &value)
{
    if (!value)
        return value.error();
    return encode(*value);
}

Task<Response> list(Database &database)
{
    co_return respond(co_await database.read([](Connection &c) { return encoded(mcp::list(c)); }));
}

Task<Response> create(Database &database, Key key, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto server = decodeNew<McpServer>(body->root());
    if (!server)
        co_return Response::error(server.error());
    auto token = secretMember(body->root(), "auth_token", kMaxTokenBytes);
    if (!token)
        co_return Response::error(token.error());
    auto created = co_await database.run([key, server = std::move(*server), token = std::move(*token)](Connection &c) {
        return encoded(mcp::create(c, *key, server, token));
    });
    co_return respond(std::move(created), 201);
}

Task<Response> update(Database &database, Key key, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto token = secretMember(body->root(), "auth_token", kMaxTokenBytes);
    if (!token)
        co_return Response::error(token.error());
    co_return respond(
        co_await database.run([key, id = request.param("id"), body = std::move(*body), token = std::move(*token)](
                                  Connection &c) { return encoded(mcp::update(c, *key, id, body.root(), token)); }));
}

Task<Response> disconnect(Database &database, Request request)
{
    co_return respond(co_await database.run([id = request.param("id")](Connection &c) { return mcp::disable(c, id); }));
}

Task<Response> allowTool(Database &database, Request request)
{
    auto body = decodeBody<McpToolSwitch>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await database.run(
        [id = request.param("id"), enabled = body->enabled](Connection &c) { return mcp::allowTool(c, id, enabled); }));
}

} // namespace

void registerMcpRoutes(Router &router, Database &database, const Vault &vault)
{
    const QByteArray servers = "/api/mcp/servers", server = servers + "/:id";
    const QByteArray tool = "/api/mcp/tools/*id"; // the id ends in a name that its server chose
    router.get(servers, [&database](Request) { return list(database); })
        .describe("List every MCP server with its tools; never the tokens")
        .returnsListOf(typeOf<McpServer>());
    router.post(servers, [&database, key = vault.key()](Request r) { return create(database, key, std::move(r)); })
        .describe("Add an MCP server; it is not connected")
        .accepts(createBodyOf<McpServerBody>())
        .returns(typeOf<McpServer>(), 201);
    router.put(server, [&database, key = vault.key()](Request r) { return update(database, key, std::move(r)); })
        .describe("Change an MCP server and disconnect it; absent and null fields keep their value")
        .accepts(updateBodyOf<McpServerBody>())
        .returns(typeOf<McpServer>());
    const auto rules = std::make_shared<const CrudRules<McpServer>>();
    router
        .remove(server,
                [&database, rules](Request r) { return crud::handleDelete<McpServer>(database, rules, std::move(r)); })
        .describe("Delete an MCP server with its tools and its token")
        .returnsNothing();
    router.post(server + "/disconnect", [&database](Request r) { return disconnect(database, std::move(r)); })
        .describe("Disconnect an MCP server, also from the next start on")
        .returnsNothing();
    router.put(tool + "/enabled", [&database](Request r) { return allowTool(database, std::move(r)); })
        .describe("Allow or forbid a tool")
        .accepts(createBodyOf<McpToolSwitch>())
        .returnsNothing();
    registerNotImplemented(router, {.feature = u"Connecting to an MCP server"_s,
                                    .paths = {{Method::Post, server + "/connect"},
                                              {Method::Post, server + "/restart"},
                                              {Method::Post, server + "/test"}}});
    registerNotImplemented(router, {.feature = u"Running an MCP tool"_s, .paths = {{Method::Post, tool + "/execute"}}});
}

} // namespace agent
