#include "mop/moproutes.h"

#include "api/notimplemented.h"
#include "mop/mopstore.h"
#include "storage/database.h"

#include <QLoggingCategory>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Q_LOGGING_CATEGORY(lcMop, "netstacks.mop")

} // namespace

void registerMopRoutes(Router &router, Database &database, QThreadPool &workers)
{
    registerMopTemplateRoutes(router, database);
    registerMopExecutionRoutes(router, database);
    registerMopDeviceRoutes(router, database, workers);
    registerMopStepRoutes(router, database);
    registerMopDiffRoutes(router, workers);
    registerNotImplemented(router,
                           {.feature = u"running the steps of an execution on devices"_s,
                            .paths = {{Method::Post, "/api/mop-executions/:id/steps/:step_id/execute"},
                                      {Method::Post, "/api/mop-executions/:id/devices/:device_id/execute-phase"}}});
}

void pauseInterruptedExecutions(Database &database)
{
    const auto paused = database.runBlocking(&mopstore::pauseInterrupted);
    if (!paused)
        qCWarning(lcMop) << "interrupted executions are still shown as running:" << paused.error().message;
    else if (*paused > 0)
        qCInfo(lcMop) << *paused << "executions were interrupted by a restart";
}

} // namespace agent
