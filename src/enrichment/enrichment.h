#pragma once

#include "core/answercache.h"
#include "core/task.h"
#include "enrichment/enrichanswers.h"
#include "enrichment/enrichmentmatcher.h"
#include "enrichment/tokenpattern.h"

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class ApiClient;
class Database;
class Lookups;

/// What a hover over a word in a terminal shows (contract 06 section 16.3). Matchers and sources are read for each
/// question, so that what was just edited counts; compiled patterns and answers are kept. Main thread; what it is given
/// outlives it, and it outlives its tasks.
class Enrichment
{
public:
    Enrichment(Database &database, Lookups &lookups, ApiClient &api, QThreadPool &workers);

    [[nodiscard]] Task<Result<ActiveMatchers>> activeMatchers();
    [[nodiscard]] Task<Result<MatchAnswer>> match(MatchRequest request);
    /// A source is asked only about a word for which some matcher names it.
    [[nodiscard]] Task<Result<SourceAnswer>> ask(SourceRequest request);
    [[nodiscard]] Task<Result<EnrichAnswer>> askAll(MatchRequest request);
    /// @return Validation for an API resource that is none
    [[nodiscard]] Task<Result<SourceTestAnswer>> test(SourceTestRequest request);

    /// Once at each start, before the first request: finds the API resources of built-in sources that have none.
    /// Blocks.
    void bindSources();
    /// Forgets all answers. How many matchers there are.
    [[nodiscard]] Task<Result<qint64>> reload();

    static constexpr std::chrono::seconds kAnswersLive{300};

private:
    struct Session
    {
        QString host;
        QString name;
        QString cliFlavor;
    };
    struct Catalog
    {
        QList<EnrichmentMatcher> matchers;
        QList<EnrichmentSource> sources;
        std::optional<Session> session; ///< the one asked for, if there is one
    };
    struct Outcome
    {
        std::optional<QByteArray> data; ///< JSON
        std::optional<QString> error;
        bool isPassing = false; ///< an error that another try may not meet
    };

    static Result<Catalog> readCatalog(Connection &connection, const std::optional<QString> &sessionId);
    Task<Result<Catalog>> catalog(std::optional<QString> sessionId);
    /// The first matcher that fits, and the part of the word that it matches.
    std::pair<const EnrichmentMatcher *, QString> matcherOf(const Catalog &catalog, const QString &token,
                                                            const QString &flavor);
    QString matchedBy(const EnrichmentMatcher &matcher, const QString &token);
    Task<Outcome> outcomeOf(EnrichmentSource source, QString token, std::optional<Session> session);
    Task<Outcome> askNow(EnrichmentSource source, QString token, std::optional<Session> session);
    Task<Outcome> askResource(EnrichmentSource source, QString token, Session session);
    static QString cacheKey(const EnrichmentSource &source, const QString &token,
                            const std::optional<Session> &session);

    Database &m_database;
    Lookups &m_lookups;
    ApiClient &m_api;
    QThreadPool &m_workers;
    QHash<QString, std::optional<TokenPattern>> m_patterns; ///< compiled; nothing for one that does not compile
    AnswerCache<Outcome> m_answers;
};

} // namespace agent
