#pragma once

#include "apiresources/apiclient.h"
#include "core/schema.h"
#include "net/response.h"

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

/// What a client sees of a call (contract 06 section 14.1): always an answer with status 200.
struct QuickActionResult
{
    bool success = false;
    int statusCode = 0; ///< of the far side; 0: it gave no answer
    RawJson extractedValue;
    RawJson rawBody;
    std::optional<QString> error;
    qint64 durationMs = 0;
    std::optional<QString> sentUrl;
    std::optional<QList<QStringList>> sentHeaders;
    std::optional<QString> warning;
    std::optional<QString> rawText; ///< of a body that is not JSON
    std::optional<QString> contentType;
};

template <>
struct Schema<QuickActionResult>
{
    static constexpr const char *name = "QuickActionResult";
    static constexpr auto fields = std::tuple{
        field("success", &QuickActionResult::success, FieldFlag::ReadOnly),
        field("status_code", &QuickActionResult::statusCode, FieldFlag::ReadOnly),
        field("extracted_value", &QuickActionResult::extractedValue, FieldFlag::ReadOnly),
        field("raw_body", &QuickActionResult::rawBody, FieldFlag::ReadOnly),
        field("error", &QuickActionResult::error, FieldFlag::ReadOnly),
        field("duration_ms", &QuickActionResult::durationMs, FieldFlag::ReadOnly),
        field("sent_url", &QuickActionResult::sentUrl, FieldFlag::ReadOnly | FieldFlag::OmitNull),
        field("sent_headers", &QuickActionResult::sentHeaders, FieldFlag::ReadOnly | FieldFlag::OmitNull),
        field("warning", &QuickActionResult::warning, FieldFlag::ReadOnly | FieldFlag::OmitNull),
        field("raw_text", &QuickActionResult::rawText, FieldFlag::ReadOnly | FieldFlag::OmitNull),
        field("content_type", &QuickActionResult::contentType, FieldFlag::ReadOnly | FieldFlag::OmitNull),
    };
};

/// The result of an outcome. Parses the body: for a worker when that may be large.
[[nodiscard]] QuickActionResult resultOf(const ApiOutcome &outcome, const QString &extractPath);
/// What a person reads of a call that failed before there was an answer.
[[nodiscard]] QString failureText(const Error &error);

/// How a call is shown: what to take out of the body, and what to add when it went well.
struct CallView
{
    QString extractPath;
    std::optional<QString> warningOnSuccess;
};

/// Makes the call, and the answer of the route that asked for it. `target` that failed to load: 404 for an unknown
/// resource, a result without a request for a locked vault.
[[nodiscard]] Task<Response> answerCall(ApiClient &api, QThreadPool &pool, Result<ApiTarget> target, ApiCall call,
                                        CallView view, std::shared_ptr<ClientPresence> client);

/// The member `variables` of a body: an object of strings, or absent. @return WrongShape naming the one at fault
[[nodiscard]] Result<ApiVariables> variablesIn(const JsonValue &body);

} // namespace agent
