#include "quickprompts/quickpromptroutes.h"

#include "api/crud.h"
#include "quickprompts/quickprompt.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Status checkPrompt(const QuickPrompt &prompt)
{
    if (Status name = checkText(prompt.name, "name"_L1); !name)
        return name;
    return checkText(prompt.prompt, "prompt"_L1, {.maxBytes = 1024 * 1024, .mayHaveLineBreaks = true});
}

} // namespace

void registerQuickPromptRoutes(Router &router, Database &database)
{
    registerCrud<QuickPrompt>(
        router, database, "/api/quick-prompts",
        {.beforeCreate = [](Connection &, QuickPrompt &now) { return checkPrompt(now); },
         .beforeUpdate = [](Connection &, const QuickPrompt &, QuickPrompt &now) { return checkPrompt(now); }},
        {.isReadAlone = false});
}

} // namespace agent
