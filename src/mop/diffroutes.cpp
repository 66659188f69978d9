#include "api/body.h"
#include "mop/moproutes.h"
#include "mop/stepdiff.h"
#include "net/router.h"

#include "core/async.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct DiffBody
{
    QString a;
    QString b;
    QString format;
};

} // namespace

template <>
struct Schema<DiffBody>
{
    static constexpr const char *name = "StepDiffRequest";
    static constexpr auto fields = std::tuple{
        field("a", &DiffBody::a, FieldFlag::Required),
        field("b", &DiffBody::b, FieldFlag::Required),
        field("format", &DiffBody::format, FieldFlag::Required),
    };
};

namespace {

Result<StepDiff> diffOf(Request &request)
{
    const auto body = decodeBody<DiffBody>(request);
    if (!body)
        return body.error();
    if (body->format == "json"_L1)
        return jsonDiff(body->a.toUtf8(), body->b.toUtf8());
    if (body->format == "text"_L1)
        return textDiff(body->a, body->b);
    return Error{ErrorCode::Validation, u"field 'format' must be json or text"_s, u"format"_s};
}

Task<Response> compare(QThreadPool &workers, Request request)
{
    co_return respond(co_await onWorker(workers, [part = takeForWorker(request)]() mutable -> Result<QByteArray> {
        const auto diff = diffOf(part);
        if (!diff)
            return diff.error();
        return encode(*diff);
    }));
}

} // namespace

void registerMopDiffRoutes(Router &router, QThreadPool &workers)
{
    router.post("/api/mop/diff", [&workers](Request r) { return compare(workers, std::move(r)); })
        .describe("How two outputs differ, as text by lines or as JSON by members")
        .accepts(createBodyOf<DiffBody>())
        .returns(typeOf<StepDiff>());
}

} // namespace agent
