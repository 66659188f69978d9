#include "apiresources/apiresourceroutes.h"

#include "api/body.h"
#include "apiresources/apiclient.h"
#include "apiresources/apiresourcestore.h"
#include "net/router.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMaxSecretBytes = 64 * 1024;

/// What a client sends: a resource with its secrets; only described, never made.
struct ApiResourceBody : ApiResource
{
    std::optional<Secret> authToken;
    std::optional<Secret> authUsername;
    std::optional<Secret> authPassword;
};

struct Room
{
    Database &database;
    std::shared_ptr<const VaultKey> key;
    const AddressGuard &guard;
    ApiClient &api;
};
using SharedRoom = std::shared_ptr<const Room>;

Result<ResourceSecrets> secretsIn(const JsonValue &body)
{
    ResourceSecrets secrets;
    for (const auto &[name, member] :
         {std::pair{"auth_token", &ResourceSecrets::token}, std::pair{"auth_username", &ResourceSecrets::username},
          std::pair{"auth_password", &ResourceSecrets::password}}) {
        auto secret = secretMember(body, name, kMaxSecretBytes);
        if (!secret)
            return std::move(secret).error();
        secrets.*member = std::move(*secret);
    }
    return secrets;
}

Response respondWith(const Result<ApiResource> &resource, int status = 200)
{
    return resource ? Response::json(encode(*resource), status) : Response::error(resource.error());
}

Task<Response> listAll(SharedRoom room)
{
    co_return respond(co_await room->database.read([](Connection &c) -> Result<QByteArray> {
        const auto resources = apiresources::list(c);
        if (!resources)
            return resources.error();
        return encode(*resources);
    }));
}

Task<Response> read(SharedRoom room, Request request)
{
    co_return respondWith(
        co_await room->database.read([id = request.param("id")](Connection &c) { return apiresources::get(c, id); }));
}

Task<Response> create(SharedRoom room, Request request)
{
    const auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto resource = decodeNew<ApiResource>(body->root());
    if (!resource)
        co_return Response::error(resource.error());
    auto secrets = secretsIn(body->root());
    if (!secrets)
        co_return Response::error(secrets.error());
    const auto created =
        co_await room->database.run([key = room->key, guard = room->guard, resource = std::move(*resource),
                                     secrets = std::move(*secrets)](Connection &c) mutable {
            return apiresources::create(c, *key, guard, std::move(resource), std::move(secrets));
        });
    co_return respondWith(created, 201);
}

Task<Response> update(SharedRoom room, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto secrets = secretsIn(body->root());
    if (!secrets)
        co_return Response::error(secrets.error());
    const QString id = request.param("id");
    const auto updated = co_await room->database.run([key = room->key, guard = room->guard, id, body = std::move(*body),
                                                      secrets = std::move(*secrets)](Connection &c) mutable {
        return apiresources::update(c, *key, guard, id, body.root(), std::move(secrets));
    });
    if (updated)
        room->api.forget(id);
    co_return respondWith(updated);
}

Task<Response> remove(SharedRoom room, Request request)
{
    const QString id = request.param("id");
    const Status removed = co_await room->database.run([id](Connection &c) { return apiresources::remove(c, id); });
    if (removed)
        room->api.forget(id);
    co_return respond(removed);
}

} // namespace

template <>
struct Schema<ApiResourceBody>
{
    static constexpr const char *name = "ApiResourceWithSecrets";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{
            field("auth_token", &ApiResourceBody::authToken),
            field("auth_username", &ApiResourceBody::authUsername),
            field("auth_password", &ApiResourceBody::authPassword),
        },
        Schema<ApiResource>::fields);
};

void registerApiResourceRoutes(Router &router, Database &database, const Vault &vault, const AddressGuard &guard,
                               ApiClient &api)
{
    const auto room = std::make_shared<const Room>(Room{database, vault.key(), guard, api});
    constexpr auto path = "/api/api-resources", itemPath = "/api/api-resources/:id";
    router.get(path, [room](Request) { return listAll(room); })
        .describe("List every API resource, without secrets")
        .returnsListOf(typeOf<ApiResource>());
    router.post(path, [room](Request r) { return create(room, std::move(r)); })
        .describe("Create an API resource; its secrets need the unlocked vault")
        .accepts(createBodyOf<ApiResourceBody>())
        .returns(typeOf<ApiResource>(), 201);
    router.get(itemPath, [room](Request r) { return read(room, std::move(r)); })
        .describe("Read an API resource")
        .returns(typeOf<ApiResource>());
    router.put(itemPath, [room](Request r) { return update(room, std::move(r)); })
        .describe("Change an API resource; absent fields keep their value, null clears, also a secret keeps its value "
                  "unless given")
        .accepts(updateBodyOf<ApiResourceBody>())
        .returns(typeOf<ApiResource>());
    router.remove(itemPath, [room](Request r) { return remove(room, std::move(r)); })
        .describe("Delete an API resource with its credentials and quick actions")
        .returnsNothing();
}

} // namespace agent
