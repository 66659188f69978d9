#include "enrichment/enrichment.h"

#include "apiresources/apiclient.h"
#include "apiresources/callresult.h"
#include "core/async.h"
#include "enrichment/answervalues.h"
#include "enrichment/builtinsources.h"
#include "enrichment/enrichmentstore.h"
#include "enrichment/sourcevariables.h"
#include "lookups/lookups.h"
#include "net/request.h"
#include "sessions/session.h"
#include "storage/database.h"

#include <QElapsedTimer>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxToken = 256;     ///< characters; a longer word is nothing
constexpr qsizetype kMaxPatterns = 2000; ///< compiled ones kept
constexpr qsizetype kMaxAnswers = 5000;

/// A source of a matcher's list that can be asked.
const EnrichmentSource *available(const QList<EnrichmentSource> &sources, const QString &id)
{
    const auto found = std::ranges::find(sources, id, &EnrichmentSource::id);
    return found != sources.end() && found->isAvailable() ? &*found : nullptr;
}

QStringList availableNames(const QList<EnrichmentSource> &sources, const EnrichmentMatcher &matcher)
{
    QStringList names;
    for (const QString &id : matcher.sourceIds) {
        if (const EnrichmentSource *source = available(sources, id))
            names.append(source->name);
    }
    return names;
}

bool isFamilyBound(const QList<EnrichmentSource> &sources, QLatin1StringView family)
{
    return std::ranges::any_of(sources, [&](const EnrichmentSource &source) {
        return source.name.startsWith(family) && source.apiResourceId;
    });
}

QStringList keysOf(const EnrichmentSource &source, const SourceVariables &variables)
{
    QStringList keys;
    for (const PickedField &field : source.pickedFields)
        keys.append(variables.fill(field.key, SourceVariables::Place::Expression));
    return keys;
}

/// What a person is shown of an answer. For a worker.
Result<std::optional<QByteArray>> sectionOf(const EnrichmentSource &source, const SourceVariables &variables,
                                            const QByteArray &body)
{
    const auto value =
        answervalues::unwrapped(body, variables.fill(source.responseUnwrap, SourceVariables::Place::Expression));
    if (!value)
        return value.error();
    if (!*value)
        return std::optional<QByteArray>();
    return answervalues::section(**value, source.pickedFields, keysOf(source, variables));
}

/// Answers are kept and shared, so a question is not dropped with the one who asked first.
std::shared_ptr<ClientPresence> nobodyInParticular() { return std::make_shared<ClientPresence>(); }

/// JSON objects by name, in one object.
RawObject joined(const QList<std::pair<QString, QByteArray>> &members)
{
    JsonWriter writer;
    writer.beginObject();
    for (const auto &[name, json] : members) {
        writer.key(QStringView(name));
        writer.raw(json);
    }
    writer.endObject();
    RawObject object;
    object.text = writer.take();
    return object;
}

} // namespace

Enrichment::Enrichment(Database &database, Lookups &lookups, ApiClient &api, QThreadPool &workers)
    : m_database(database)
    , m_lookups(lookups)
    , m_api(api)
    , m_workers(workers)
    , m_answers(kMaxAnswers, kAnswersLive, [](const Outcome &outcome) { return !outcome.isPassing; })
{
}

Result<Enrichment::Catalog> Enrichment::readCatalog(Connection &connection, const std::optional<QString> &sessionId)
{
    Catalog catalog;
    auto matchers = enrichmentstore::matchers(connection);
    if (!matchers)
        return matchers.error();
    catalog.matchers = std::move(*matchers);
    auto sources = repository::list<EnrichmentSource>(connection);
    if (!sources)
        return sources.error();
    catalog.sources = std::move(*sources);
    if (!sessionId)
        return catalog;
    const auto session = repository::find<agent::Session>(connection, *sessionId);
    if (!session)
        return session.error();
    if (*session)
        catalog.session = Session{(*session)->host, (*session)->name, wordOf((*session)->cliFlavor).toString()};
    return catalog;
}

Task<Result<Enrichment::Catalog>> Enrichment::catalog(std::optional<QString> sessionId)
{
    co_return co_await m_database.read(
        [sessionId](Connection &connection) { return readCatalog(connection, sessionId); });
}

QString Enrichment::matchedBy(const EnrichmentMatcher &matcher, const QString &token)
{
    if (token.size() > kMaxToken)
        return {};
    for (const QString &pattern : matcher.patterns) {
        auto compiled = m_patterns.find(pattern);
        if (compiled == m_patterns.end()) {
            if (m_patterns.size() >= kMaxPatterns)
                m_patterns.clear();
            auto made = TokenPattern::compile(pattern);
            if (!made)
                qWarning("enrichment matcher %s has a pattern that does not compile", qUtf8Printable(matcher.name));
            compiled = m_patterns.insert(pattern, made ? std::optional(std::move(*made)) : std::nullopt);
        }
        if (!*compiled)
            continue;
        if (const QString found = (*compiled)->firstMatch(token); !found.isEmpty())
            return found;
    }
    return {};
}

std::pair<const EnrichmentMatcher *, QString> Enrichment::matcherOf(const Catalog &catalog, const QString &token,
                                                                    const QString &flavor)
{
    for (const EnrichmentMatcher &matcher : catalog.matchers) {
        if (!matcher.cliFlavors.isEmpty() && !matcher.cliFlavors.contains(flavor))
            continue;
        if (const QString found = matchedBy(matcher, token); !found.isEmpty())
            return {&matcher, found};
    }
    return {nullptr, token};
}

void Enrichment::bindSources()
{
    const Status bound = m_database.runBlocking(&enrichmentstore::bindBuiltinSources);
    if (!bound)
        qWarning("cannot bind the sources of enrichment: %s", qUtf8Printable(bound.error().message));
}

Task<Result<ActiveMatchers>> Enrichment::activeMatchers()
{
    const auto catalog = co_await this->catalog({});
    if (!catalog)
        co_return catalog.error();
    ActiveMatchers active{.crawlerAvailable = isFamilyBound(catalog->sources, "crawler_"_L1),
                          .netboxAvailable = isFamilyBound(catalog->sources, "netbox_"_L1)};
    for (const EnrichmentMatcher &matcher : catalog->matchers) {
        if (!availableNames(catalog->sources, matcher).isEmpty())
            active.matchers.append({matcher.name, matcher.patterns, matcher.cliFlavors, matcher.priority});
    }
    co_return active;
}

Task<Result<MatchAnswer>> Enrichment::match(MatchRequest request)
{
    const auto catalog = co_await this->catalog(request.sessionId);
    if (!catalog)
        co_return catalog.error();
    const QString flavor = request.cliFlavor.value_or(catalog->session ? catalog->session->cliFlavor : QString());
    const auto [matcher, normalized] = matcherOf(*catalog, request.token, flavor);
    MatchAnswer answer{.token = request.token, .tokenNormalized = normalized};
    if (matcher) {
        answer.matcherName = matcher->name;
        answer.sourceNames = availableNames(catalog->sources, *matcher);
    }
    co_return answer;
}

Task<Result<SourceAnswer>> Enrichment::ask(SourceRequest request)
{
    const auto catalog = co_await this->catalog(request.sessionId);
    if (!catalog)
        co_return catalog.error();
    SourceAnswer answer{.source = request.source};
    const auto source = std::ranges::find(catalog->sources, request.source, &EnrichmentSource::name);
    if (source == catalog->sources.end()) {
        answer.error = u"there is no source '%1'"_s.arg(request.source.left(80));
        co_return answer;
    }
    QString token;
    for (const EnrichmentMatcher &matcher : catalog->matchers) {
        if (token.isEmpty() && matcher.sourceIds.contains(source->id))
            token = matchedBy(matcher, request.token);
    }
    if (token.isEmpty()) {
        answer.error = u"no matcher asks '%1' about such a word"_s.arg(source->name);
        co_return answer;
    }
    const Outcome outcome = co_await outcomeOf(*source, token, catalog->session);
    if (outcome.data)
        answer.data = RawJson{*outcome.data};
    answer.error = outcome.error;
    co_return answer;
}

Task<Result<EnrichAnswer>> Enrichment::askAll(MatchRequest request)
{
    QElapsedTimer timer;
    timer.start();
    const auto catalog = co_await this->catalog(request.sessionId);
    if (!catalog)
        co_return catalog.error();
    const QString flavor = request.cliFlavor.value_or(catalog->session ? catalog->session->cliFlavor : QString());
    const auto [matcher, token] = matcherOf(*catalog, request.token, flavor);
    EnrichAnswer answer{.token = request.token, .tokenType = matcher ? matcher->name : u"unknown"_s};
    QList<std::pair<QString, QByteArray>> sections, errors;
    if (matcher) {
        answer.matcherName = matcher->name;
        answer.cached = true;
        std::vector<std::pair<QString, Task<Outcome>>> asked; // all at once
        for (const QString &id : matcher->sourceIds) {
            const EnrichmentSource *source = available(catalog->sources, id);
            if (!source)
                continue;
            answer.cached = answer.cached && m_answers.known(cacheKey(*source, token, catalog->session));
            asked.emplace_back(source->name, outcomeOf(*source, token, catalog->session));
        }
        answer.cached = answer.cached && !asked.empty();
        for (auto &[name, task] : asked) {
            const Outcome outcome = co_await task;
            if (outcome.error)
                errors.emplaceBack(name, encode(*outcome.error));
            else
                sections.emplaceBack(name, outcome.data.value_or("null"));
        }
    }
    answer.sources = joined(sections);
    if (!errors.isEmpty())
        answer.errors = joined(errors);
    answer.elapsedMs = timer.elapsed();
    co_return answer;
}

QString Enrichment::cacheKey(const EnrichmentSource &source, const QString &token,
                             const std::optional<Session> &session)
{
    // With all that the answer was made from: a source that was edited is another one.
    return QStringList{source.apiResourceId.value_or(QString()),
                       source.name,
                       source.method,
                       source.pathTemplate,
                       source.responseUnwrap,
                       QString::fromUtf8(encode(source.pickedFields)),
                       session ? session->host : u"global"_s,
                       session ? session->name : QString(),
                       token}
        .join(u'\n');
}

Task<Enrichment::Outcome> Enrichment::outcomeOf(EnrichmentSource source, QString token, std::optional<Session> session)
{
    const QString key = cacheKey(source, token, session);
    return m_answers.get(key, [this, source = std::move(source), token = std::move(token),
                               session = std::move(session)] { return askNow(source, token, session); });
}

Task<Enrichment::Outcome> Enrichment::askNow(EnrichmentSource source, QString token, std::optional<Session> session)
{
    if (source.kind == SourceKind::ApiResource)
        co_return co_await askResource(std::move(source), std::move(token), session.value_or(Session()));
    const auto section = co_await builtinsources::ask(m_lookups, source.name, token);
    if (!section)
        co_return Outcome{.error = section.error().message};
    if (!*section)
        co_return Outcome();
    const auto shown = answervalues::section(**section, source.pickedFields, keysOf(source, {}));
    if (!shown)
        co_return Outcome{.error = shown.error().message};
    co_return Outcome{.data = *shown};
}

Task<Enrichment::Outcome> Enrichment::askResource(EnrichmentSource source, QString token, Session session)
{
    if (!source.apiResourceId)
        co_return Outcome{.error = u"'%1' has no API resource to ask"_s.arg(source.name), .isPassing = true};
    SourceVariables variables{.token = token, .sessionHost = session.host, .sessionName = session.name};
    const auto uses = [&](QLatin1StringView variable) {
        return source.pathTemplate.contains(variable) || source.responseUnwrap.contains(variable) ||
               std::ranges::any_of(source.pickedFields,
                                   [&](const PickedField &field) { return field.key.contains(variable); });
    };
    if (uses("{session_host_ip}"_L1))
        variables.sessionHostIp = co_await m_lookups.addressOf(session.host);
    ApiCall call;
    call.method = source.method;
    call.path = variables.fill(source.pathTemplate, SourceVariables::Place::Path);
    const ApiOutcome outcome = co_await m_api.callSaved(*source.apiResourceId, std::move(call), nobodyInParticular());
    if (!outcome.response)
        co_return Outcome{.error = failureText(outcome.response.error()), .isPassing = true};
    const int status = outcome.response->head.status;
    if (status == 404)
        co_return Outcome();
    if (status / 100 != 2)
        co_return Outcome{.error = u"HTTP %1"_s.arg(status),
                          .isPassing = status >= 500 || status == 429 || status == 401};
    const auto section = co_await onWorker(
        m_workers, [source, variables, body = outcome.response->body] { return sectionOf(source, variables, body); });
    if (!section)
        co_return Outcome{.error = section.error().message};
    co_return Outcome{.data = *section};
}

Task<Result<SourceTestAnswer>> Enrichment::test(SourceTestRequest request)
{
    SourceVariables variables{.token = request.sampleToken,
                              .sessionHost = request.sampleSessionHost.value_or(QString()),
                              .sessionName = request.sampleSessionName.value_or(QString())};
    if (request.pathTemplate.contains("{session_host_ip}"_L1) ||
        request.responseUnwrap.contains("{session_host_ip}"_L1))
        variables.sessionHostIp = co_await m_lookups.addressOf(variables.sessionHost);
    const QString path = variables.fill(request.pathTemplate, SourceVariables::Place::Path);
    if (!request.apiResourceId)
        co_return SourceTestAnswer{.url = path, .error = u"choose an API resource to ask"_s};
    const auto known = co_await m_api.describe(*request.apiResourceId);
    if (!known && known.error().code == ErrorCode::NotFound)
        co_return Error{ErrorCode::Validation, u"api_resource_id: there is no such API resource"_s,
                        u"api_resource_id"_s};
    if (!known)
        co_return known.error();
    ApiCall call;
    call.method = request.method;
    call.path = path;
    auto outcome = std::make_shared<ApiOutcome>(
        co_await m_api.callSaved(*request.apiResourceId, std::move(call), nobodyInParticular()));
    co_return co_await onWorker(
        m_workers, [outcome, path, variables, unwrap = request.responseUnwrap]() -> Result<SourceTestAnswer> {
            const QuickActionResult result = resultOf(*outcome, {});
            SourceTestAnswer answer{.success = result.success,
                                    .durationMs = result.durationMs,
                                    .url = result.sentUrl.value_or(path),
                                    .rawResponse = result.rawBody,
                                    .rawText = result.rawText,
                                    .contentType = result.contentType};
            if (!outcome->response) {
                answer.error = result.error;
                return answer;
            }
            answer.statusCode = result.statusCode;
            if (result.rawText || !result.success)
                return answer;
            const auto value = answervalues::unwrapped(result.rawBody.text,
                                                       variables.fill(unwrap, SourceVariables::Place::Expression));
            if (!value) {
                answer.error = value.error().message;
                return answer;
            }
            if (!*value)
                return answer;
            answer.unwrapped.text = **value;
            if (auto keys = answervalues::flattenedKeys(**value))
                answer.flattenedKeys = std::move(*keys);
            return answer;
        });
}

Task<Result<qint64>> Enrichment::reload()
{
    m_answers.clear();
    m_patterns.clear();
    const auto catalog = co_await this->catalog({});
    if (!catalog)
        co_return catalog.error();
    co_return qint64(catalog->matchers.size());
}

} // namespace agent
