#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "enrichment/enrichmentsource.h"

namespace agent {

// What `/api/enrich*` takes and answers (contract 06 sections 16.2, 16.3 and 16.5).

struct MatchRequest
{
    QString token;
    std::optional<QString> sessionId;
    std::optional<QString> cliFlavor; ///< instead of the session's

    friend bool operator==(const MatchRequest &, const MatchRequest &) = default;
};
template <>
struct Schema<MatchRequest>
{
    static constexpr const char *name = "MatchRequest";
    static constexpr auto fields = std::tuple{
        field("token", &MatchRequest::token, FieldFlag::Required),
        field("session_id", &MatchRequest::sessionId),
        field("cli_flavor", &MatchRequest::cliFlavor),
    };
};

struct MatchAnswer
{
    QString token;
    QString tokenNormalized; ///< the part that matched
    std::optional<QString> matcherName;
    QStringList sourceNames; ///< that can be asked, in order

    friend bool operator==(const MatchAnswer &, const MatchAnswer &) = default;
};
template <>
struct Schema<MatchAnswer>
{
    static constexpr const char *name = "MatchAnswer";
    static constexpr auto fields = std::tuple{
        field("token", &MatchAnswer::token),
        field("token_normalized", &MatchAnswer::tokenNormalized),
        field("matcher_name", &MatchAnswer::matcherName),
        field("source_names", &MatchAnswer::sourceNames),
    };
};

struct SourceRequest
{
    QString token;
    QString source; ///< its name
    std::optional<QString> sessionId;

    friend bool operator==(const SourceRequest &, const SourceRequest &) = default;
};
template <>
struct Schema<SourceRequest>
{
    static constexpr const char *name = "SourceRequest";
    static constexpr auto fields = std::tuple{
        field("token", &SourceRequest::token, FieldFlag::Required),
        field("source", &SourceRequest::source, FieldFlag::Required),
        field("session_id", &SourceRequest::sessionId),
    };
};

struct SourceAnswer
{
    QString source;
    std::optional<RawJson> data; ///< null: nothing found, or an error
    std::optional<QString> error;

    friend bool operator==(const SourceAnswer &, const SourceAnswer &) = default;
};
template <>
struct Schema<SourceAnswer>
{
    static constexpr const char *name = "SourceAnswer";
    static constexpr auto fields = std::tuple{
        field("source", &SourceAnswer::source),
        field("data", &SourceAnswer::data),
        field("error", &SourceAnswer::error),
    };
};

struct ActiveMatcher
{
    QString name;
    QStringList patterns;
    QStringList cliFlavors;
    qint32 priority = 0;

    friend bool operator==(const ActiveMatcher &, const ActiveMatcher &) = default;
};
template <>
struct Schema<ActiveMatcher>
{
    static constexpr const char *name = "ActiveMatcher";
    static constexpr auto fields = std::tuple{
        field("name", &ActiveMatcher::name),
        field("patterns", &ActiveMatcher::patterns),
        field("cli_flavors", &ActiveMatcher::cliFlavors),
        field("priority", &ActiveMatcher::priority),
    };
};

struct ActiveMatchers
{
    QList<ActiveMatcher> matchers; ///< with at least one source that can be asked
    bool crawlerAvailable = false;
    bool netboxAvailable = false;

    friend bool operator==(const ActiveMatchers &, const ActiveMatchers &) = default;
};
template <>
struct Schema<ActiveMatchers>
{
    static constexpr const char *name = "ActiveMatchers";
    static constexpr auto fields = std::tuple{
        field("matchers", &ActiveMatchers::matchers),
        field("crawler_available", &ActiveMatchers::crawlerAvailable),
        field("netbox_available", &ActiveMatchers::netboxAvailable),
    };
};

/// All sources at once.
struct EnrichAnswer
{
    QString token;
    QString tokenType; ///< the matcher's name again
    std::optional<QString> matcherName;
    RawObject sources; ///< by name
    std::optional<RawObject> errors;
    bool cached = false; ///< each of them
    qint64 elapsedMs = 0;

    friend bool operator==(const EnrichAnswer &, const EnrichAnswer &) = default;
};
template <>
struct Schema<EnrichAnswer>
{
    static constexpr const char *name = "EnrichAnswer";
    static constexpr auto fields = std::tuple{
        field("token", &EnrichAnswer::token),
        field("token_type", &EnrichAnswer::tokenType),
        field("matcher_name", &EnrichAnswer::matcherName),
        field("sources", &EnrichAnswer::sources),
        field("errors", &EnrichAnswer::errors, FieldFlag::OmitNull),
        field("cached", &EnrichAnswer::cached),
        field("elapsed_ms", &EnrichAnswer::elapsedMs),
    };
};

struct SourceTestRequest
{
    std::optional<QString> apiResourceId;
    QString method = QStringLiteral("GET");
    QString pathTemplate;
    QString responseUnwrap;
    QString sampleToken;
    std::optional<QString> sampleSessionHost;
    std::optional<QString> sampleSessionName;

    friend bool operator==(const SourceTestRequest &, const SourceTestRequest &) = default;
};
template <>
struct Schema<SourceTestRequest>
{
    static constexpr const char *name = "SourceTestRequest";
    static constexpr auto fields = std::tuple{
        field("api_resource_id", &SourceTestRequest::apiResourceId),
        field("method", &SourceTestRequest::method),
        field("path_template", &SourceTestRequest::pathTemplate, FieldFlag::Required),
        field("response_unwrap", &SourceTestRequest::responseUnwrap),
        field("sample_token", &SourceTestRequest::sampleToken, FieldFlag::Required),
        field("sample_session_host", &SourceTestRequest::sampleSessionHost),
        field("sample_session_name", &SourceTestRequest::sampleSessionName),
    };
};

struct SourceTestAnswer
{
    bool success = false;
    std::optional<qint64> statusCode;
    qint64 durationMs = 0;
    QString url;
    RawJson rawResponse;
    RawJson unwrapped;
    QStringList flattenedKeys;
    std::optional<QString> error;
    std::optional<QString> rawText; ///< of a body that is not JSON
    std::optional<QString> contentType;

    friend bool operator==(const SourceTestAnswer &, const SourceTestAnswer &) = default;
};
template <>
struct Schema<SourceTestAnswer>
{
    static constexpr const char *name = "SourceTestAnswer";
    static constexpr auto fields = std::tuple{
        field("success", &SourceTestAnswer::success),
        field("status_code", &SourceTestAnswer::statusCode),
        field("duration_ms", &SourceTestAnswer::durationMs),
        field("url", &SourceTestAnswer::url),
        field("raw_response", &SourceTestAnswer::rawResponse, FieldFlag::ReadOnly),
        field("unwrapped", &SourceTestAnswer::unwrapped, FieldFlag::ReadOnly),
        field("flattened_keys", &SourceTestAnswer::flattenedKeys),
        field("error", &SourceTestAnswer::error),
        field("raw_text", &SourceTestAnswer::rawText, FieldFlag::OmitNull),
        field("content_type", &SourceTestAnswer::contentType, FieldFlag::OmitNull),
    };
};

struct PatternMatch
{
    qint64 start = 0; ///< in UTF-8 bytes
    qint64 end = 0;
    QString text;

    friend bool operator==(const PatternMatch &, const PatternMatch &) = default;
};
template <>
struct Schema<PatternMatch>
{
    static constexpr const char *name = "PatternMatch";
    static constexpr auto fields = std::tuple{
        field("start", &PatternMatch::start),
        field("end", &PatternMatch::end),
        field("text", &PatternMatch::text),
    };
};

struct PatternTest
{
    QString pattern;
    QList<PatternMatch> matches;
    std::optional<QString> error;

    friend bool operator==(const PatternTest &, const PatternTest &) = default;
};
template <>
struct Schema<PatternTest>
{
    static constexpr const char *name = "PatternTest";
    static constexpr auto fields = std::tuple{
        field("pattern", &PatternTest::pattern),
        field("matches", &PatternTest::matches),
        field("error", &PatternTest::error),
    };
};

struct PatternTestRequest
{
    QStringList patterns;
    QString sampleText;

    friend bool operator==(const PatternTestRequest &, const PatternTestRequest &) = default;
};
template <>
struct Schema<PatternTestRequest>
{
    static constexpr const char *name = "PatternTestRequest";
    static constexpr auto fields = std::tuple{
        field("patterns", &PatternTestRequest::patterns, FieldFlag::Required),
        field("sample_text", &PatternTestRequest::sampleText, FieldFlag::Required),
    };
};

} // namespace agent
