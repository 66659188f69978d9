#pragma once

#include "core/schema.h"

namespace agent {

/// One thing that a search found (contract 06 section 10).
struct SearchResult
{
    QString type; ///< how the client opens it: session, topology, mop, doc, script
    QString id;
    QString title;
    std::optional<QString> subtitle;
    qint32 score = 0;

    friend bool operator==(const SearchResult &, const SearchResult &) = default;
};

template <>
struct Schema<SearchResult>
{
    static constexpr const char *name = "SearchResult";
    static constexpr auto fields = std::tuple{
        field("type", &SearchResult::type, FieldFlag::Required),   field("id", &SearchResult::id, FieldFlag::Required),
        field("title", &SearchResult::title, FieldFlag::Required), field("subtitle", &SearchResult::subtitle),
        field("score", &SearchResult::score, FieldFlag::Required),
    };
};

struct SearchAnswer
{
    QList<SearchResult> results;

    friend bool operator==(const SearchAnswer &, const SearchAnswer &) = default;
};

template <>
struct Schema<SearchAnswer>
{
    static constexpr const char *name = "SearchAnswer";
    static constexpr auto fields = std::tuple{field("results", &SearchAnswer::results, FieldFlag::Required)};
};

} // namespace agent
