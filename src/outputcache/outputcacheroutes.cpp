#include "outputcache/outputcacheroutes.h"

#include "api/body.h"
#include "net/router.h"
#include "outputcache/outputcache.h"

#include <limits>

namespace agent {

namespace {

struct PageAnswer
{
    Utf8Text content;
    qint64 offset = 0;
    qint64 length = 0;
    qint64 totalBytes = 0;
    bool hasMore = false;
};

} // namespace

template <>
struct Schema<PageAnswer>
{
    static constexpr const char *name = "OutputPage";
    static constexpr auto fields = std::tuple{
        field("content", &PageAnswer::content, FieldFlag::ReadOnly),
        field("offset", &PageAnswer::offset, FieldFlag::ReadOnly),
        field("length", &PageAnswer::length, FieldFlag::ReadOnly),
        field("total_bytes", &PageAnswer::totalBytes, FieldFlag::ReadOnly),
        field("has_more", &PageAnswer::hasMore, FieldFlag::ReadOnly),
    };
};

namespace {

Task<Response> readPage(OutputCache &cache, Request request)
{
    constexpr qint64 kAny = std::numeric_limits<qint64>::max();
    const auto offset = request.queryInteger(u"offset", 0, kAny);
    if (!offset)
        co_return Response::error(offset.error());
    const auto limit = request.queryInteger(u"limit", 0, kAny);
    if (!limit)
        co_return Response::error(limit.error());
    auto page = cache.page(request.param("request_id"), offset->value_or(0),
                           std::min(limit->value_or(OutputCache::kDefaultPage), OutputCache::kMaxPage));
    if (!page)
        co_return Response::error(page.error());
    const qint64 length = page->content.size();
    const bool hasMore = page->hasMore();
    co_return Response::json(encode(PageAnswer{.content = {std::move(page->content)},
                                               .offset = page->offset,
                                               .length = length,
                                               .totalBytes = page->totalBytes,
                                               .hasMore = hasMore}));
}

} // namespace

void registerOutputCacheRoutes(Router &router, OutputCache &cache)
{
    router.get("/api/ai/ssh-output/:request_id", [&cache](Request r) { return readPage(cache, std::move(r)); })
        .describe("A page of a long command output")
        .takesQuery({"offset", "limit"})
        .returns(typeOf<PageAnswer>());
}

} // namespace agent
