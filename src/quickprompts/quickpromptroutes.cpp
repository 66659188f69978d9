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
    const auto rules = std::make_shared<const CrudRules<QuickPrompt>>(CrudRules<QuickPrompt>{
        .beforeCreate = [](Connection &, QuickPrompt &now) { return checkPrompt(now); },
        .beforeUpdate = [](Connection &, const QuickPrompt &, QuickPrompt &now) { return checkPrompt(now); }});
    constexpr auto path = "/api/quick-prompts", itemPath = "/api/quick-prompts/:id"; // none is read alone
    router.get(path, [&database](Request) { return crud::handleList<QuickPrompt>(database); })
        .describe("List every quick prompt, the favorites first")
        .returnsListOf(typeOf<QuickPrompt>());
    router
        .post(path,
              [&database, rules](Request r) { return crud::handleCreate<QuickPrompt>(database, rules, std::move(r)); })
        .describe("Create a quick prompt")
        .accepts(createBodyOf<QuickPrompt>())
        .returns(typeOf<QuickPrompt>(), 201);
    router
        .put(itemPath,
             [&database, rules](Request r) { return crud::handleUpdate<QuickPrompt>(database, rules, std::move(r)); })
        .describe("Change a quick prompt; absent fields keep their value")
        .accepts(updateBodyOf<QuickPrompt>())
        .returns(typeOf<QuickPrompt>());
    router
        .remove(itemPath, [&database,
                           rules](Request r) { return crud::handleDelete<QuickPrompt>(database, rules, std::move(r)); })
        .describe("Delete a quick prompt")
        .returnsNothing();
}

} // namespace agent
