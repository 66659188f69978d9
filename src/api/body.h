#pragma once

#include "core/jsondocument.h"
#include "core/schema.h"
#include "net/request.h"
#include "net/response.h"

namespace agent {

/// The request's JSON body. The request gives up its bytes: they are parsed in place and wiped with the document.
/// @return WrongContentType when a body has no JSON content type, BadRequest when it is not JSON or absent.
[[nodiscard]] Result<JsonDocument> takeJsonBody(Request &request);

/// The same for routes that work without a body: nothing when it is absent or `null`; its content type does not count.
[[nodiscard]] Result<std::optional<JsonDocument>> takeOptionalJsonBody(Request &request);

/// The body and the headers of `request`, which gives up its bytes: to be decoded on a worker, because parsing tens of
/// megabytes takes longer than the main loop may stand still.
[[nodiscard]] Request takeForWorker(Request &request);

/// Reads a creating body: defaults first, required fields checked.
template <Described Model>
Result<Model> decodeNew(const JsonValue &value)
{
    Model model{};
    if (Status status = readObject(value, model, BodyKind::Create); !status) {
        return status.error();
    }
    return model;
}

/// The whole of it: body to model.
template <Described Model>
Result<Model> decodeBody(Request &request)
{
    auto document = takeJsonBody(request);
    if (!document)
        return std::move(document).error();
    return decodeNew<Model>(document->root());
}

/// Turns what a service answered into a response: JSON bytes with `status`, or the error.
[[nodiscard]] Response respond(Result<QByteArray> body, int status = 200);
/// 204, or the error.
[[nodiscard]] Response respond(const Status &outcome);

/// Length and content rules shared by names, hosts and the like (contract 02 section 5, item 12).
struct TextRule
{
    qsizetype maxBytes = 1024; ///< of UTF-8
    bool mayBeEmpty = false;
    bool mayHaveLineBreaks = false;
};
[[nodiscard]] Status checkText(const QString &text, QLatin1StringView field, TextRule rule = {});

} // namespace agent
