#include "api/notimplemented.h"

#include "core/secret.h"

#include <QWebSocket>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Error refusalOf(const QString &feature)
{
    return {ErrorCode::NotImplemented, u"%1: this version of the agent cannot do that yet"_s.arg(feature)};
}

Task<Response> refuse(QString feature, Request request)
{
    wipe(request.body); // it may hold a password or a token
    co_return Response::error(refusalOf(feature));
}

} // namespace

void registerNotImplemented(Router &router, const NotImplementedRoutes &routes)
{
    for (const auto &[method, pattern] : routes.paths) {
        router
            .add(method, pattern, Access::Bearer,
                 [feature = routes.feature](Request r) { return refuse(feature, std::move(r)); })
            .describe(routes.feature.toUtf8() + " (not implemented)")
            .returnsNothing(501);
    }
    for (const QByteArray &pattern : routes.webSockets) {
        router.addWebSocket(pattern, [](std::unique_ptr<QWebSocket>, Request) {})
            .checksQuery([feature = routes.feature](const Route::Query &) -> Status { return refusalOf(feature); })
            .describe(routes.feature.toUtf8() + " (not implemented)")
            .returnsNothing(501);
    }
}

} // namespace agent
