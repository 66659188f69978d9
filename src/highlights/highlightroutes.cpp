#include "highlights/highlightroutes.h"

#include "api/crud.h"
#include "highlights/highlightrule.h"
#include "sessions/session.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr TextRule kPatternRule{.maxBytes = 16 * 1024, .mayHaveLineBreaks = true};
constexpr TextRule kColourRule{.maxBytes = 64, .mayBeEmpty = true};

Status checkRule(const HighlightRule &rule)
{
    for (const Status &checked : {
             checkText(rule.name, "name"_L1),
             checkText(rule.pattern, "pattern"_L1, kPatternRule),
             checkText(rule.foreground.value_or(QString()), "foreground"_L1, kColourRule),
             checkText(rule.background.value_or(QString()), "background"_L1, kColourRule),
             checkText(rule.category, "category"_L1, {.mayBeEmpty = true}),
         }) {
        if (!checked)
            return checked;
    }
    return {};
}

Status checkSession(Connection &connection, const std::optional<QString> &id)
{
    if (!id)
        return {};
    const auto known = repository::exists<Session>(connection, *id);
    if (!known)
        return known.error();
    return *known ? Status()
                  : Status(Error{ErrorCode::Validation, u"field 'session_id' names no session"_s, u"session_id"_s});
}

Status beforeCreate(Connection &connection, HighlightRule &rule)
{
    if (Status checked = checkRule(rule); !checked)
        return checked;
    return checkSession(connection, rule.sessionId);
}

Status beforeUpdate(Connection &connection, const HighlightRule &, HighlightRule &now)
{
    return beforeCreate(connection, now);
}

Task<Response> listRules(Database &database, Request request)
{
    const auto session = request.queryValue(u"session_id");
    co_return respond(co_await database.read([session](Connection &c) {
        return session ? crud::listJson<HighlightRule>(c, u"WHERE session_id = ?"_s, {*session})
                       : crud::listJson<HighlightRule>(c);
    }));
}

/// A session's enabled rules, and the global ones whose name none of those has; the session's first at equal priority.
Task<Response> effectiveRules(Database &database, Request request)
{
    co_return respond(co_await database.read([session = request.param("session_id")](Connection &c) {
        return crud::listJson<HighlightRule>(
            c,
            u"WHERE enabled <> 0 AND (session_id = ? OR (session_id IS NULL AND name NOT IN (SELECT own.name FROM "
            "highlight_rules own WHERE own.session_id = ? AND own.enabled <> 0))) "
            "ORDER BY priority, session_id IS NULL, name, id"_s,
            {session, session});
    }));
}

} // namespace

void registerHighlightRoutes(Router &router, Database &database)
{
    constexpr auto path = "/api/highlight-rules";
    registerCrud<HighlightRule>(router, database, path, {.beforeCreate = beforeCreate, .beforeUpdate = beforeUpdate},
                                {.list = [&database](Request r) { return listRules(database, std::move(r)); }});
    router
        .get("/api/sessions/:session_id/highlight-rules/effective",
             [&database](Request r) { return effectiveRules(database, std::move(r)); })
        .describe("What a session's terminal colours: its own rules and the global ones it does not replace")
        .returnsListOf(typeOf<HighlightRule>());
}

} // namespace agent
