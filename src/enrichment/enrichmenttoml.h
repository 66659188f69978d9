#pragma once

#include "core/result.h"
#include "core/schema.h"
#include "enrichment/enrichmentmatcher.h"
#include "enrichment/enrichmentsource.h"

namespace agent {

class Connection;

/// What an import did.
struct EnrichmentImportResult
{
    qint64 matchersAdded = 0;
    qint64 matchersUpdated = 0;
    qint64 sourcesAdded = 0;
    qint64 sourcesUpdated = 0;
    qint64 assignmentsUpdated = 0;

    friend bool operator==(const EnrichmentImportResult &, const EnrichmentImportResult &) = default;
};

template <>
struct Schema<EnrichmentImportResult>
{
    static constexpr const char *name = "EnrichmentImportResult";
    static constexpr auto fields = std::tuple{
        field("matchers_added", &EnrichmentImportResult::matchersAdded),
        field("matchers_updated", &EnrichmentImportResult::matchersUpdated),
        field("sources_added", &EnrichmentImportResult::sourcesAdded),
        field("sources_updated", &EnrichmentImportResult::sourcesUpdated),
        field("assignments_updated", &EnrichmentImportResult::assignmentsUpdated),
    };
};

/// Matchers and sources as a TOML text that people exchange (contract 06 section 16.2).
namespace enrichmenttoml {

/// A matcher with its sources by name; a source with the name of its API resource.
struct NamedMatcher
{
    EnrichmentMatcher matcher;
    QStringList sources;
};
struct NamedSource
{
    EnrichmentSource source;
    std::optional<QString> apiResourceName;
};
struct Collection
{
    QList<NamedMatcher> matchers;
    QList<NamedSource> sources;
};

/// Any text. @return Validation saying where it is wrong
[[nodiscard]] Result<Collection> parse(const QByteArray &toml);
[[nodiscard]] QByteArray write(const Collection &collection);

/// On the database thread:
[[nodiscard]] Result<Collection> stored(Connection &connection);
/// Keyed on names. What exists changes only with `overwrite`; the sources that a matcher names always replace those it
/// has.
/// @return Validation, or Conflict; then the caller's transaction is to be rolled back
[[nodiscard]] Result<EnrichmentImportResult> apply(Connection &connection, const Collection &collection,
                                                   bool overwrite);

} // namespace enrichmenttoml

} // namespace agent
