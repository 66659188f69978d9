#include "enrichment/enrichmentstore.h"

#include "api/body.h"
#include "enrichment/tokenpattern.h"

#include <QHash>
#include <QSet>

#include <algorithm>

namespace agent::enrichmentstore {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxPatterns = 64;
constexpr qsizetype kMaxListItems = 200;

Result<QHash<QString, QStringList>> assignments(Connection &connection, const QString &where,
                                                const QVariantList &values)
{
    QHash<QString, QStringList> sources;
    const Status read =
        connection.scan(u"SELECT matcher_id, source_id FROM enrichment_matcher_sources "_s + where +
                            u" ORDER BY matcher_id, sort_order, rowid"_s,
                        values, [&](const Row &row) { sources[row[0].toText()].append(row[1].toText()); });
    if (!read)
        return read.error();
    return sources;
}

} // namespace

Result<QList<EnrichmentMatcher>> matchers(Connection &connection)
{
    auto all = repository::list<EnrichmentMatcher>(connection);
    if (!all)
        return all.error();
    const auto sources = assignments(connection, {}, {});
    if (!sources)
        return sources.error();
    for (EnrichmentMatcher &matcher : *all)
        matcher.sourceIds = sources->value(matcher.id);
    return all;
}

Result<EnrichmentMatcher> matcher(Connection &connection, const QString &id)
{
    auto found = repository::get<EnrichmentMatcher>(connection, id);
    if (!found)
        return found;
    const auto sources = assignments(connection, u"WHERE matcher_id = ?"_s, {id});
    if (!sources)
        return sources.error();
    found->sourceIds = sources->value(id);
    return found;
}

Status setSources(Connection &connection, const QString &matcherId, const QStringList &sourceIds)
{
    const auto known = repository::exists<EnrichmentMatcher>(connection, matcherId);
    if (!known)
        return known.error();
    if (!*known)
        return repository::notFound<EnrichmentMatcher>();
    if (sourceIds.size() > kMaxListItems)
        return Error{ErrorCode::Validation, u"source_ids has more than %1 entries"_s.arg(kMaxListItems),
                     u"source_ids"_s};
    if (auto cleared =
            connection.execute(u"DELETE FROM enrichment_matcher_sources WHERE matcher_id = ?"_s, {matcherId});
        !cleared)
        return cleared.error();
    QSet<QString> seen;
    for (const QString &id : sourceIds) {
        if (seen.contains(id))
            continue;
        const auto exists = repository::exists<EnrichmentSource>(connection, id);
        if (!exists)
            return exists.error();
        if (!*exists)
            return Error{ErrorCode::Validation, u"source_ids: there is no source '%1'"_s.arg(id.left(80)),
                         u"source_ids"_s};
        const auto added = connection.execute(
            u"INSERT INTO enrichment_matcher_sources (matcher_id, source_id, sort_order) VALUES (?, ?, ?)"_s,
            {matcherId, id, int(seen.size())});
        if (!added)
            return added.error();
        seen.insert(id);
    }
    return {};
}

Status check(const EnrichmentMatcher &matcher)
{
    if (Status name = checkText(matcher.name, "name"_L1); !name)
        return name;
    if (Status text = checkText(matcher.description, "description"_L1,
                                {.maxBytes = 8192, .mayBeEmpty = true, .mayHaveLineBreaks = true});
        !text)
        return text;
    if (matcher.patterns.isEmpty() || matcher.patterns.size() > kMaxPatterns)
        return Error{ErrorCode::Validation, u"patterns must have 1 to %1 entries"_s.arg(kMaxPatterns), u"patterns"_s};
    for (const QString &pattern : matcher.patterns) {
        if (const auto compiled = TokenPattern::compile(pattern); !compiled)
            return compiled.error();
    }
    if (matcher.cliFlavors.size() > kMaxListItems)
        return Error{ErrorCode::Validation, u"cli_flavors has more than %1 entries"_s.arg(kMaxListItems),
                     u"cli_flavors"_s};
    for (const QString &flavor : matcher.cliFlavors) {
        if (Status word = checkText(flavor, "cli_flavors"_L1, {.maxBytes = 100}); !word)
            return word;
    }
    return {};
}

Status check(Connection &connection, const EnrichmentSource &source)
{
    if (Status name = checkText(source.name, "name"_L1); !name)
        return name;
    if (Status text = checkText(source.description, "description"_L1,
                                {.maxBytes = 8192, .mayBeEmpty = true, .mayHaveLineBreaks = true});
        !text)
        return text;
    if (Status method = checkText(source.method, "method"_L1, {.maxBytes = 32}); !method)
        return method;
    if (Status path = checkText(source.pathTemplate, "path_template"_L1, {.maxBytes = 8192, .mayBeEmpty = true}); !path)
        return path;
    if (Status unwrap = checkText(source.responseUnwrap, "response_unwrap"_L1, {.maxBytes = 4096, .mayBeEmpty = true});
        !unwrap)
        return unwrap;
    if (source.pickedFields.size() > kMaxListItems)
        return Error{ErrorCode::Validation, u"picked_fields has more than %1 entries"_s.arg(kMaxListItems),
                     u"picked_fields"_s};
    for (const PickedField &field : source.pickedFields) {
        if (Status key = checkText(field.key, "picked_fields"_L1); !key)
            return key;
        if (Status label = checkText(field.label, "picked_fields"_L1, {.mayBeEmpty = true}); !label)
            return label;
    }
    if (source.apiResourceId) {
        const auto known = connection.value(u"SELECT 1 FROM api_resources WHERE id = ?"_s, {*source.apiResourceId});
        if (!known)
            return known.error();
        if (!known->isValid())
            return Error{ErrorCode::Validation, u"api_resource_id: there is no such API resource"_s,
                         u"api_resource_id"_s};
    }
    return {};
}

Status bindBuiltinSources(Connection &connection)
{
    const std::pair<QString, QString> families[] = {
        {u"crawler_%"_s, u"lower(name) LIKE '%netdisco%' OR lower(name) LIKE '%crawler%'"_s},
        {u"netbox_%"_s, u"lower(name) LIKE '%netbox%'"_s},
    };
    for (const auto &[sources, resources] : families) {
        const auto bound = connection.execute(
            u"UPDATE enrichment_sources SET api_resource_id = (SELECT id FROM api_resources WHERE %1 ORDER BY "
            u"created_at, id "
            "LIMIT 1) WHERE api_resource_id IS NULL AND is_builtin = 1 AND name LIKE ? AND EXISTS (SELECT 1 FROM "
            "api_resources WHERE %1)"_s.arg(resources),
            {sources});
        if (!bound)
            return bound.error();
    }
    return {};
}

} // namespace agent::enrichmentstore
