#include "api/notimplemented.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Task<Response> refuse(QString feature)
{
    co_return Response::error(
        {ErrorCode::NotImplemented, u"%1: this version of the agent cannot do that yet"_s.arg(feature)});
}

} // namespace

void registerNotImplemented(Router &router, const NotImplementedRoutes &routes)
{
    for (const auto &[method, pattern] : routes.paths) {
        router.add(method, pattern, Access::Bearer, [feature = routes.feature](Request) { return refuse(feature); })
            .describe(routes.feature.toUtf8() + " (not implemented)")
            .returnsNothing(501);
    }
}

} // namespace agent
