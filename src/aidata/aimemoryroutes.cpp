#include "aidata/aimemoryroutes.h"

#include "aidata/aimemory.h"
#include "api/crud.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxListed = 100;
constexpr TextRule kContentRule{.maxBytes = 16 * 1024, .mayHaveLineBreaks = true};

struct MemoryList
{
    QList<AiMemory> memories;
};

} // namespace

template <>
struct Schema<MemoryList>
{
    static constexpr const char *name = "AiMemoryList";
    static constexpr auto fields = std::tuple{field("memories", &MemoryList::memories, FieldFlag::ReadOnly)};
};

namespace {

Status checkMemory(const AiMemory &memory)
{
    for (const Status &status : {checkText(memory.content, "content"_L1, kContentRule),
                                 checkText(memory.category, "category"_L1), checkText(memory.source, "source"_L1)}) {
        if (!status)
            return status;
    }
    return {};
}

Task<Response> listMemories(Database &database, Request request)
{
    co_return respond(
        co_await database.read([category = request.queryValue(u"category")](Connection &c) -> Result<QByteArray> {
            QString tail = u"ORDER BY "_s + QLatin1StringView(Table<AiMemory>::order) + " LIMIT ?"_L1;
            QVariantList values{kMaxListed};
            if (category) {
                tail.prepend("WHERE category = ? "_L1);
                values.prepend(*category);
            }
            auto memories = repository::list<AiMemory>(c, tail, values);
            if (!memories)
                return memories.error();
            return encode(MemoryList{std::move(*memories)});
        }));
}

Task<Response> addMemory(Database &database, Request request)
{
    auto memory = decodeBody<AiMemory>(request);
    if (!memory)
        co_return Response::error(memory.error());
    if (Status valid = checkMemory(*memory); !valid)
        co_return Response::error(valid.error());
    co_return respond(co_await database.run(
        [memory = std::move(*memory)](Connection &c) { return crud::create<AiMemory>(c, memory, {}); }));
}

/// 204 for whatever has come about: also for a memory that is gone.
Response forgiving(const Status &outcome)
{
    const bool isGone = !outcome && outcome.error().code == ErrorCode::NotFound;
    return isGone ? Response::empty() : respond(outcome);
}

Task<Response> changeMemory(Database &database, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto changed =
        co_await database.run([body = std::move(*body), id = request.param("id")](Connection &c) -> Result<QByteArray> {
            // Judged alone first: a bad body is one for unknown memories too.
            AiMemory given;
            if (Status read = readObject(body.root(), given, BodyKind::Update); !read)
                return read.error();
            if (Status valid = checkMemory(given); !valid)
                return valid.error();
            return crud::update<AiMemory>(c, id, body.root(), {});
        });
    co_return forgiving(changed ? Status() : Status(changed.error()));
}

Task<Response> removeMemory(Database &database, Request request)
{
    co_return forgiving(co_await database.run(
        [id = request.param("id")](Connection &c) { return repository::remove<AiMemory>(c, id); }));
}

} // namespace

void registerAiMemoryRoutes(Router &router, Database &database)
{
    constexpr auto path = "/api/ai/memory", item = "/api/ai/memory/:id";
    router.get(path, [&database](Request r) { return listMemories(database, std::move(r)); })
        .describe("The newest things the assistant remembers")
        .takesQuery({"category"})
        .returns(typeOf<MemoryList>());
    router.post(path, [&database](Request r) { return addMemory(database, std::move(r)); })
        .describe("Let the assistant remember something")
        .accepts(createBodyOf<AiMemory>())
        .returns(typeOf<AiMemory>());
    router.put(item, [&database](Request r) { return changeMemory(database, std::move(r)); })
        .describe("Change what the assistant remembers")
        .accepts(updateBodyOf<AiMemory>())
        .returnsNothing();
    router.remove(item, [&database](Request r) { return removeMemory(database, std::move(r)); })
        .describe("Let the assistant forget something")
        .returnsNothing();
}

} // namespace agent
