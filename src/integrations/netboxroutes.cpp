#include "integrations/netboxroutes.h"

#include "api/crud.h"
#include "api/notimplemented.h"
#include "apiresources/apiresourcestore.h"
#include "integrations/linkedresource.h"
#include "integrations/netboxsource.h"
#include "vault/secretbody.h"
#include "vault/vault.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct SyncNote
{
    SyncFilters filters;
    SyncResult result;
};

struct NotedSource
{
    NetBoxSource source;
};

struct SourceToken
{
    std::optional<Secret> token;
};

} // namespace

template <>
struct Schema<SyncNote>
{
    static constexpr const char *name = "SyncNote";
    static constexpr auto fields = std::tuple{field("filters", &SyncNote::filters, FieldFlag::Required),
                                              field("result", &SyncNote::result, FieldFlag::Required)};
};

template <>
struct Schema<NotedSource>
{
    static constexpr const char *name = "NotedNetBoxSource";
    static constexpr auto fields = std::tuple{field("source", &NotedSource::source)};
};

template <>
struct Schema<SourceToken>
{
    static constexpr const char *name = "SourceToken";
    static constexpr auto fields = std::tuple{field("token", &SourceToken::token)};
};

namespace {

using Key = std::shared_ptr<const VaultKey>;

constexpr qsizetype kMaxMappings = 10'000;
constexpr qsizetype kMaxFilters = 10'000;

Error tooMany(QLatin1StringView field, qsizetype most)
{
    return {ErrorCode::Validation, u"field '%1' has more than %2 entries"_s.arg(field, QString::number(most)), field};
}

template <typename Map>
Status checkMappings(const Map &mappings, QLatin1StringView field)
{
    if (mappings.size() > kMaxMappings)
        return tooMany(field, kMaxMappings);
    for (const auto &[slug, value] : mappings.asKeyValueRange()) {
        if (Status text = checkText(slug, field, {.mayBeEmpty = true}); !text)
            return text;
        if constexpr (std::same_as<typename Map::mapped_type, QString>) {
            if (Status text = checkText(value, field, {.mayBeEmpty = true}); !text)
                return text;
        }
    }
    return {};
}

/// An empty list means the same as none.
Status checkFilters(DeviceFilters &filters)
{
    constexpr auto field = "device_filters"_L1;
    Status status;
    forEachField<DeviceFilters>([&](const auto &list) {
        std::optional<QStringList> &words = filters.*list.member;
        if (!words)
            return;
        if (status && words->size() > kMaxFilters)
            status = tooMany(field, kMaxFilters);
        for (const QString &word : std::as_const(*words)) {
            if (status)
                status = checkText(word, field, {.mayBeEmpty = true});
        }
        if (words->isEmpty())
            words.reset();
    });
    return status;
}

Status check(Connection &connection, NetBoxSource &source)
{
    if (Status linked = linkedresource::check(connection, source); !linked)
        return linked;
    if (source.defaultProfileId) {
        const auto known =
            connection.value(u"SELECT 1 FROM credential_profiles WHERE id = ?"_s, {*source.defaultProfileId});
        if (!known)
            return known.error();
        if (!known->isValid()) {
            return Error{ErrorCode::Validation, u"field 'default_profile_id' names no profile"_s,
                         u"default_profile_id"_s};
        }
    }
    for (const auto *mappings : {&source.profileMappings.bySite, &source.profileMappings.byRole}) {
        if (Status valid = checkMappings(*mappings, "profile_mappings"_L1); !valid)
            return valid;
    }
    for (const auto *mappings : {&source.cliFlavorMappings.byManufacturer, &source.cliFlavorMappings.byPlatform}) {
        if (Status valid = checkMappings(*mappings, "cli_flavor_mappings"_L1); !valid)
            return valid;
    }
    return source.deviceFilters ? checkFilters(*source.deviceFilters) : Status();
}

Task<Response> noteSync(Database &database, Request request)
{
    auto note = decodeBody<SyncNote>(request);
    if (!note)
        co_return Response::error(note.error());
    co_return respond(
        co_await database.run([id = request.param("id"), note = std::move(*note)](Connection &c) -> Result<QByteArray> {
            auto source = repository::get<NetBoxSource>(c, id);
            if (!source)
                return source.error();
            source->lastSyncAt = source->updatedAt = Timestamp::now();
            source->lastSyncFilters = note.filters;
            source->lastSyncResult = note.result;
            if (Status updated = repository::update(c, *source); !updated)
                return updated.error();
            return encode(NotedSource{std::move(*source)});
        }));
}

Task<Response> readToken(Database &database, Key key, Request request)
{
    auto token =
        co_await database.read([key, id = request.param("id")](Connection &c) -> Result<std::optional<Secret>> {
            const auto source = repository::get<NetBoxSource>(c, id);
            if (!source)
                return source.error();
            auto secrets = apiresources::secretsOf(c, *key, source->apiResourceId);
            if (!secrets)
                return secrets.error();
            return std::move(secrets->token);
        });
    if (!token)
        co_return Response::error(token.error());
    // The client asks NetBox with it through the proxy routes, so it goes out in clear.
    co_return writeSecrets(SourceToken{std::move(*token)}).reveal([](QByteArrayView json) {
        return Response::json(json.toByteArray()).withHeader("Cache-Control", "no-store");
    });
}

void registerNetBoxLater(Router &router, const QByteArray &item)
{
    QList<NotImplementedRoutes::Path> paths{{Method::Post, "/api/netbox/test"},
                                            {Method::Post, item + "/test"},
                                            {Method::Get, item + "/devices"},
                                            {Method::Get, item + "/devices/:device_id/neighbors"}};
    for (const char *what :
         {"sites", "roles", "manufacturers", "platforms", "tags", "devices/count", "devices", "ip-addresses"})
        paths.append({Method::Post, QByteArray("/api/netbox/proxy/") + what});
    registerNotImplemented(router, {.feature = u"Asking NetBox"_s, .paths = std::move(paths)});
}

} // namespace

void registerNetBoxRoutes(Router &router, Database &database, const Vault &vault)
{
    const QByteArray path = "/api/netbox-sources", item = path + "/:id";
    registerCrud<NetBoxSource>(
        router, database, path,
        {.beforeCreate = [](Connection &c, NetBoxSource &now) { return check(c, now); },
         .beforeUpdate = [](Connection &c, const NetBoxSource &, NetBoxSource &now) { return check(c, now); }});
    router.post(item + "/sync-complete", [&database](Request r) { return noteSync(database, std::move(r)); })
        .describe("Note what a synchronisation by the client did")
        .accepts(createBodyOf<SyncNote>())
        .returns(typeOf<NotedSource>());
    router
        .get(item + "/token",
             [&database, key = vault.key()](Request r) { return readToken(database, key, std::move(r)); })
        .describe("The token of a NetBox source in clear, or null when none is stored")
        .returns(typeOf<SourceToken>());
    registerNetBoxLater(router, item);
}

} // namespace agent
