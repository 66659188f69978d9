#pragma once

#include "core/jsondocument.h"
#include "net/router.h"

#include <QByteArray>

namespace agent::test {

/// What a route answered.
struct Answer
{
    int status = 0;
    QByteArray body;
    Response::Headers headers;
    QByteArray contentType = {};
    bool isCut = false; ///< a streamed body that ended before its end

    /// The body as a JSON value; aborts the test run when it is not JSON.
    [[nodiscard]] const JsonValue &json() const;
    /// The member's text, or a null QString when it is absent or no string.
    [[nodiscard]] QString text(const char *member) const;
    [[nodiscard]] QString code() const { return text("code"); }

    mutable std::shared_ptr<JsonDocument> parsed = {}; ///< the body, parsed when it is first asked for
};

/// Calls routes as the front door does, without sockets, and waits in the event loop for the answer, all of it: what
/// is streamed is taken as fast as it comes.
class RouteCaller
{
public:
    explicit RouteCaller(const Router &router)
        : m_router(router)
    {
    }

    Answer get(const QByteArray &target) { return call(Method::Get, target); }
    Answer post(const QByteArray &target, const QByteArray &json = {}) { return call(Method::Post, target, json); }
    Answer put(const QByteArray &target, const QByteArray &json) { return call(Method::Put, target, json); }
    Answer remove(const QByteArray &target) { return call(Method::Delete, target); }

    /// `target` may have a query. A route that does not exist answers 404 or 405.
    Answer call(Method method, const QByteArray &target, const QByteArray &body = {},
                const QByteArray &contentType = "application/json");

    /// Who asks, so that a test can hang up; null: somebody who stays.
    std::shared_ptr<ClientPresence> client = {};
    std::chrono::milliseconds patience = std::chrono::seconds(10);

private:
    const Router &m_router;
};

} // namespace agent::test
