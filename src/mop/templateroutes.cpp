#include "api/crud.h"
#include "changes/fieldsizes.h"
#include "mop/moproutes.h"
#include "mop/moptemplate.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxTextBytes = 1024 * 1024;

Status checkTemplate(const MopTemplate &made)
{
    for (const Status &status :
         {checkText(made.name, "name"_L1), checkText(made.createdBy, "created_by"_L1, {.mayBeEmpty = true}),
          checkFieldSizes(made, kMaxTextBytes), checkSteps(made.steps, "mop_steps"_L1)}) {
        if (!status)
            return status;
    }
    return {};
}

} // namespace

void registerMopTemplateRoutes(Router &router, Database &database)
{
    registerCrud<MopTemplate>(
        router, database, "/api/mop-templates",
        {.beforeCreate = [](Connection &, MopTemplate &made) { return checkTemplate(made); },
         .beforeUpdate = [](Connection &, const MopTemplate &, MopTemplate &now) { return checkTemplate(now); }});
}

} // namespace agent
