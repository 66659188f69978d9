#include "docskb/docskbroutes.h"

#include "core/schema.h"
#include "docskb/docskb.h"
#include "net/router.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kSnippetCharacters = 200;

struct TopicName
{
    QString slug;
    QString title;
};
struct TopicHit
{
    QString slug;
    QString title;
    QString snippet;
};

} // namespace

template <>
struct Schema<TopicName>
{
    static constexpr const char *name = "HelpTopicName";
    static constexpr auto fields = std::tuple{field("slug", &TopicName::slug), field("title", &TopicName::title)};
};
template <>
struct Schema<TopicHit>
{
    static constexpr const char *name = "HelpTopicHit";
    static constexpr auto fields = std::tuple{field("slug", &TopicHit::slug), field("title", &TopicHit::title),
                                              field("snippet", &TopicHit::snippet)};
};
template <>
struct Schema<KbTopic>
{
    static constexpr const char *name = "HelpTopic";
    static constexpr auto fields =
        std::tuple{field("slug", &KbTopic::slug), field("title", &KbTopic::title), field("content", &KbTopic::content)};
};

namespace {

Task<Response> list(const DocsKb &knowledge)
{
    QList<TopicName> names;
    for (const KbTopic &topic : knowledge.topics())
        names.append({topic.slug, topic.title});
    co_return Response::json(encode(names));
}

Task<Response> search(const DocsKb &knowledge, Request request)
{
    QList<TopicHit> hits;
    for (const KbTopic *topic : knowledge.search(request.queryValue(u"q").value_or(QString())))
        hits.append({topic->slug, topic->title, topic->content.left(kSnippetCharacters).trimmed()});
    co_return Response::json(encode(hits));
}

Task<Response> read(const DocsKb &knowledge, Request request)
{
    const KbTopic *topic = knowledge.find(request.param("slug"));
    if (!topic)
        co_return Response::error({ErrorCode::NotFound, u"help topic not found"_s});
    co_return Response::json(encode(*topic));
}

} // namespace

void registerDocsKbRoutes(Router &router, const DocsKb &knowledge)
{
    router.get("/api/docs-kb", [&knowledge](Request) { return list(knowledge); })
        .describe("The topics of the built-in help")
        .returnsListOf(typeOf<TopicName>());
    router.get("/api/docs-kb/search", [&knowledge](Request r) { return search(knowledge, std::move(r)); })
        .describe("The topics that have a word of the query, best first")
        .takesQuery({"q"})
        .returnsListOf(typeOf<TopicHit>());
    router.get("/api/docs-kb/:slug", [&knowledge](Request r) { return read(knowledge, std::move(r)); })
        .describe("A topic of the built-in help")
        .returns(typeOf<KbTopic>());
}

} // namespace agent
