#include "enrichment/enrichmentroutes.h"

#include "api/crud.h"
#include "core/async.h"
#include "enrichment/enrichment.h"
#include "enrichment/enrichmentstore.h"
#include "enrichment/enrichmenttoml.h"
#include "enrichment/tokenpattern.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct SourceList
{
    QStringList sourceIds;
};

struct ReloadAnswer
{
    bool success = true;
    qint64 matchersLoaded = 0;
    qint64 cacheTtlSeconds = Enrichment::kAnswersLive.count();
};

struct TomlBody
{
    Utf8Text toml;
    bool overwrite = false;
};

} // namespace

template <>
struct Schema<SourceList>
{
    static constexpr const char *name = "SourceList";
    static constexpr auto fields = std::tuple{field("source_ids", &SourceList::sourceIds, FieldFlag::Required)};
};

template <>
struct Schema<ReloadAnswer>
{
    static constexpr const char *name = "ReloadAnswer";
    static constexpr auto fields = std::tuple{
        field("success", &ReloadAnswer::success),
        field("matchers_loaded", &ReloadAnswer::matchersLoaded),
        field("cache_ttl_seconds", &ReloadAnswer::cacheTtlSeconds),
    };
};

template <>
struct Schema<TomlBody>
{
    static constexpr const char *name = "EnrichmentImport";
    static constexpr auto fields = std::tuple{
        field("toml", &TomlBody::toml, FieldFlag::Required),
        field("overwrite", &TomlBody::overwrite),
    };
};

namespace {

constexpr int kMaxSampleMatches = 1000;
constexpr qsizetype kMaxSample = 64 * 1024;

Error builtinStays(QLatin1StringView what)
{
    return {ErrorCode::Validation, u"a built-in %1 can neither be renamed nor deleted"_s.arg(what), u"name"_s};
}

template <Stored Model>
CrudRules<Model> rules(QLatin1StringView what, std::function<Status(Connection &, const Model &)> check)
{
    return {.beforeCreate = [check](Connection &c, Model &now) { return check(c, now); },
            .beforeUpdate = [check, what](Connection &c, const Model &old, Model &now) -> Status {
                if (old.isBuiltin && now.name != old.name)
                    return builtinStays(what);
                return check(c, now);
            },
            .beforeDelete = [what](Connection &, const Model &old) -> Status {
                return old.isBuiltin ? Status(builtinStays(what)) : Status();
            }};
}

Task<Response> listMatchers(Database &database)
{
    co_return respond(co_await database.read([](Connection &connection) -> Result<QByteArray> {
        const auto all = enrichmentstore::matchers(connection);
        return all ? Result<QByteArray>(encode(*all)) : all.error();
    }));
}

Task<Response> getMatcher(Database &database, Request request)
{
    co_return respond(co_await database.read([id = request.param("id")](Connection &connection) -> Result<QByteArray> {
        const auto found = enrichmentstore::matcher(connection, id);
        return found ? Result<QByteArray>(encode(*found)) : found.error();
    }));
}

Task<Response> setSources(Database &database, Request request)
{
    auto body = decodeBody<SourceList>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await database.run([id = request.param("id"), ids = body->sourceIds](Connection &connection) {
        return enrichmentstore::setSources(connection, id, ids);
    }));
}

QList<PatternTest> testPatterns(const PatternTestRequest &request)
{
    QList<PatternTest> tests;
    for (const QString &pattern : request.patterns) {
        PatternTest &test = tests.emplaceBack(PatternTest{.pattern = pattern});
        const auto compiled = TokenPattern::compile(pattern);
        if (!compiled) {
            test.error = compiled.error().message;
            continue;
        }
        for (const auto &[start, end, text] : compiled->allMatches(request.sampleText, kMaxSampleMatches))
            test.matches.append({start, end, text});
    }
    return tests;
}

Task<Response> testMatcher(QThreadPool &workers, Request request)
{
    auto body = decodeBody<PatternTestRequest>(request);
    if (!body)
        co_return Response::error(body.error());
    if (body->sampleText.size() > kMaxSample || body->patterns.size() > 64) {
        co_return Response::error(
            {ErrorCode::Validation, u"sample_text may have %1 characters, patterns 64 entries"_s.arg(kMaxSample)});
    }
    co_return Response::json(
        co_await onWorker(workers, [request = std::move(*body)] { return encode(testPatterns(request)); }));
}

Task<Response> reload(Enrichment &enrichment)
{
    const auto count = co_await enrichment.reload();
    if (!count)
        co_return Response::error(count.error());
    co_return Response::json(encode(ReloadAnswer{.matchersLoaded = *count}));
}

Task<Response> exportToml(Database &database)
{
    auto toml = co_await database.read([](Connection &connection) -> Result<QByteArray> {
        const auto all = enrichmenttoml::stored(connection);
        return all ? Result<QByteArray>(enrichmenttoml::write(*all)) : all.error();
    });
    co_return toml ? Response::text(std::move(*toml)) : Response::error(toml.error());
}

Task<Response> importToml(Database &database, QThreadPool &workers, Request request)
{
    auto body = decodeBody<TomlBody>(request);
    if (!body)
        co_return Response::error(body.error());
    auto collection = co_await onWorker(workers, [toml = body->toml.bytes] { return enrichmenttoml::parse(toml); });
    if (!collection)
        co_return Response::error(collection.error());
    auto imported = co_await database.run([collection = std::move(*collection),
                                           overwrite = body->overwrite](Connection &connection) -> Result<QByteArray> {
        const auto result = enrichmenttoml::apply(connection, collection, overwrite);
        return result ? Result<QByteArray>(encode(*result)) : result.error();
    });
    co_return respond(std::move(imported));
}

constexpr int kNoContent = 204; ///< what the Terminal takes for a change

void registerMatcherRoutes(Router &router, Database &database, QThreadPool &workers)
{
    constexpr auto path = "/api/enrichment-matchers";
    registerCrud<EnrichmentMatcher>(
        router, database, path,
        rules<EnrichmentMatcher>(
            "matcher"_L1, [](Connection &, const EnrichmentMatcher &now) { return enrichmentstore::check(now); }),
        {.list = [&database](Request) { return listMatchers(database); },
         .read = [&database](Request r) { return getMatcher(database, std::move(r)); },
         .silentUpdateStatus = kNoContent});
    router.post(QByteArray(path) + "/test", [&workers](Request r) { return testMatcher(workers, std::move(r)); })
        .describe("What patterns find in a text")
        .accepts(createBodyOf<PatternTestRequest>())
        .returnsListOf(typeOf<PatternTest>());
    router.put(QByteArray(path) + "/:id/sources", [&database](Request r) { return setSources(database, std::move(r)); })
        .describe("Replace the ordered list of a matcher's sources")
        .accepts(createBodyOf<SourceList>())
        .returnsNothing();
}

void registerSourceRoutes(Router &router, Database &database)
{
    registerCrud<EnrichmentSource>(
        router, database, "/api/enrichment-sources",
        rules<EnrichmentSource>(
            "source"_L1, [](Connection &c, const EnrichmentSource &now) { return enrichmentstore::check(c, now); }),
        {.silentUpdateStatus = kNoContent});
}

} // namespace

void registerEnrichmentRoutes(Router &router, Database &database, Enrichment &enrichment, QThreadPool &workers)
{
    registerMatcherRoutes(router, database, workers);
    registerSourceRoutes(router, database);
    router.post("/api/enrichment/reload", [&enrichment](Request) { return reload(enrichment); })
        .describe("Forget what sources answered")
        .returns(typeOf<ReloadAnswer>());
    router.post("/api/enrichment/export", [&database](Request) { return exportToml(database); })
        .describe("All matchers and sources as TOML");
    router
        .post("/api/enrichment/import",
              [&database, &workers](Request r) { return importToml(database, workers, std::move(r)); })
        .describe("Take in matchers and sources from TOML, all or nothing")
        .accepts(createBodyOf<TomlBody>())
        .returns(typeOf<EnrichmentImportResult>());
}

} // namespace agent
