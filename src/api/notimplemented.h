#pragma once

#include "net/router.h"

namespace agent {

/// Routes the agent knows and cannot serve yet.
struct NotImplementedRoutes
{
    QString feature; ///< what a person would call it: "SNMP queries"
    struct Path
    {
        Method method;
        QByteArray pattern;
    };
    QList<Path> paths;
    QList<QByteArray> webSockets = {}; ///< refused before the upgrade
};

/// Answers them 501 `NOT_IMPLEMENTED`, naming the feature, instead of the 404 of an unknown path. docs/status.md lists
/// them.
void registerNotImplemented(Router &router, const NotImplementedRoutes &routes);

} // namespace agent
