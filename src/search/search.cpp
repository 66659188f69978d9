#include "search/search.h"

#include "docskb/docskb.h"
#include "storage/connection.h"

#include <QLoggingCategory>

#include <algorithm>
#include <array>
#include <tuple>

using namespace Qt::StringLiterals;

namespace agent {

Q_LOGGING_CATEGORY(lcSearch, "netstacks.search", QtInfoMsg)

namespace {

constexpr int kSame = 100, kPrefix = 60, kInside = 30, kHelp = 40;

/// Rows of id, title, subtitle; a subtitle may be searched, too.
struct Source
{
    QLatin1StringView type;
    QLatin1StringView sql;
    bool searchesSubtitle = false;
};

// Straight from the tables: a search is over the names of rooms that need to know nothing of each other.
constexpr std::array kSources = {
    Source{"session"_L1, "SELECT id, name, host FROM sessions"_L1, true},
    Source{"topology"_L1, "SELECT id, name, NULL FROM topologies"_L1},
    Source{"mop"_L1, "SELECT id, name, NULL FROM mop_templates"_L1},
    Source{"doc"_L1, "SELECT id, name, category FROM documents"_L1},
    Source{"script"_L1, "SELECT id, name, NULL FROM scripts"_L1},
};

/// The best results so far, at most `limit` of them.
class Best
{
public:
    explicit Best(qsizetype limit)
        : m_limit(limit)
    {
    }

    [[nodiscard]] bool wants(int score, QStringView title) const
    {
        if (m_results.size() < m_limit)
            return true;
        const SearchResult &worst = m_results.front();
        return score != worst.score ? score > worst.score : title <= worst.title;
    }

    void add(SearchResult result)
    {
        m_results.append(std::move(result));
        std::ranges::push_heap(m_results, isBefore);
        if (m_results.size() > m_limit) {
            std::ranges::pop_heap(m_results, isBefore); // the worst goes to the end
            m_results.removeLast();
        }
    }

    [[nodiscard]] QList<SearchResult> take()
    {
        std::ranges::sort_heap(m_results, isBefore);
        return std::move(m_results);
    }

private:
    static bool isBefore(const SearchResult &a, const SearchResult &b)
    {
        return std::tie(b.score, a.title, a.type, a.id) < std::tie(a.score, b.title, b.type, b.id);
    }

    qsizetype m_limit;
    QList<SearchResult> m_results; ///< a heap, the worst in front
};

Status searchIn(Connection &connection, const Source &source, const QString &text, const std::atomic<bool> &isCancelled,
                Best &best)
{
    return connection.scan(source.sql, {}, [&](const Row &row) {
        if (isCancelled.load(std::memory_order_relaxed))
            return;
        const QString title = row[1].toText();
        int score = searchScore(title, text);
        if (source.searchesSubtitle && score < kSame)
            score = std::max(score, searchScore(row[2].toText(), text));
        if (score == 0 || !best.wants(score, title))
            return;
        best.add({.type = source.type,
                  .id = row[0].toText(),
                  .title = title,
                  .subtitle = row[2].isNull() ? std::optional<QString>() : row[2].toText(),
                  .score = score});
    });
}

} // namespace

int searchScore(QStringView text, QStringView query)
{
    const qsizetype at = text.indexOf(query, 0, Qt::CaseInsensitive);
    if (at < 0)
        return 0;
    if (at > 0)
        return kInside;
    return text.size() == query.size() ? kSame : kPrefix;
}

Result<SearchAnswer> search(Connection &connection, const DocsKb &knowledge, const SearchQuery &query,
                            const std::atomic<bool> &isCancelled)
{
    const auto isWanted = [&](QLatin1StringView type) { return query.types.isEmpty() || query.types.contains(type); };
    Best best(query.limit);
    for (const Source &source : kSources) {
        if (isCancelled)
            return Error{ErrorCode::Cancelled, u"nobody waits for the search any more"_s};
        if (!isWanted(source.type))
            continue;
        if (const Status read = searchIn(connection, source, query.text, isCancelled, best); !read)
            qCWarning(lcSearch).noquote() << "a search leaves out" << source.type << read.error().message;
    }
    if (isWanted("doc"_L1)) {
        for (const KbTopic *topic : knowledge.search(query.text))
            best.add({.type = u"doc"_s,
                      .id = topic->slug,
                      .title = topic->title,
                      .subtitle = u"Documentation"_s,
                      .score = kHelp});
    }
    return SearchAnswer{best.take()};
}

} // namespace agent
