#include "agents/agentdefinitionroutes.h"

#include "agents/agentdefinition.h"
#include "api/crud.h"
#include "api/notimplemented.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr TextRule kDescriptionRule{.maxBytes = 16 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};
constexpr TextRule kPromptRule{.maxBytes = 256 * 1024, .mayHaveLineBreaks = true};
constexpr TextRule kNameOfModelRule{.mayBeEmpty = true};

template <typename T>
Status checkRange(T value, QLatin1StringView field, T min, T max)
{
    if (value >= min && value <= max) // false for NaN too
        return {};
    return Error{ErrorCode::Validation, u"field '%1' must be from %2 to %3"_s.arg(field).arg(min).arg(max), field};
}

/// Bounds as the form of the user interface has them (contract 09 section A6).
Status checkDefinition(AgentDefinition &definition)
{
    for (std::optional<QString> *text : {&definition.provider, &definition.model}) {
        if (*text && (*text)->trimmed().isEmpty())
            text->reset();
    }
    for (const Status &status :
         {checkText(definition.name, "name"_L1), checkText(definition.systemPrompt, "system_prompt"_L1, kPromptRule),
          checkText(definition.description.value_or(QString()), "description"_L1, kDescriptionRule),
          checkText(definition.provider.value_or(QString()), "provider"_L1, kNameOfModelRule),
          checkText(definition.model.value_or(QString()), "model"_L1, kNameOfModelRule),
          checkRange(definition.temperature.value_or(0), "temperature"_L1, 0.0, 1.0),
          checkRange(definition.maxIterations, "max_iterations"_L1, 1, 50),
          checkRange(definition.maxTokens, "max_tokens"_L1, 256, 32768)}) {
        if (!status)
            return status;
    }
    return {};
}

/// The user interface's form always sends five fields, and leaves out the other four when they are blank: they are
/// cleared then.
void clearBlanksOfForm(const JsonValue &body, AgentDefinition &now)
{
    constexpr std::array kAlwaysSent{"name", "system_prompt", "max_iterations", "max_tokens", "enabled"};
    const auto isSent = [&body](const char *name) { return memberOf(body, name) != nullptr; };
    if (!body.IsObject() || !std::ranges::all_of(kAlwaysSent, isSent))
        return;
    now.description.reset();
    now.provider.reset();
    now.model.reset();
    now.temperature.reset();
}

/// Its tasks stay, without it: the columns have no cascade.
Status releaseTasks(Connection &connection, const AgentDefinition &definition)
{
    for (const QString &column : {u"agent_definition_id"_s, u"spawned_by_agent_definition_id"_s}) {
        auto released =
            connection.execute(u"UPDATE agent_tasks SET %1 = NULL WHERE %1 = ?"_s.arg(column), {definition.id});
        if (!released)
            return released.error();
    }
    return {};
}

} // namespace

void registerAgentDefinitionRoutes(Router &router, Database &database)
{
    registerCrud<AgentDefinition>(
        router, database, "/api/agent-definitions",
        {.beforeCreate = [](Connection &, AgentDefinition &made) { return checkDefinition(made); },
         .beforeRead = &clearBlanksOfForm,
         .beforeUpdate = [](Connection &, const AgentDefinition &,
                            AgentDefinition &now) { return checkDefinition(now); },
         .beforeDelete = &releaseTasks},
        {.silentUpdateStatus = 200});
    registerNotImplemented(
        router, {.feature = u"running agents"_s, .paths = {{Method::Post, "/api/agent-definitions/:id/run"}}});
}

} // namespace agent
