#include "customcommands/customcommandroutes.h"

#include "api/crud.h"
#include "customcommands/customcommand.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr TextRule kCommandRule{.maxBytes = 64 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};
constexpr TextRule kReferenceRule{.maxBytes = 256, .mayBeEmpty = true};

Status checkActionType(const QString &type)
{
    if (type == "terminal"_L1 || type == "quick_action"_L1 || type == "script"_L1)
        return {};
    return Error{ErrorCode::Validation, u"field 'action_type' must be one of terminal, quick_action, script"_s,
                 u"action_type"_s};
}

Status checkCommand(const CustomCommand &command)
{
    const auto text = [](const std::optional<QString> &value, QLatin1StringView field, TextRule rule) {
        return value ? checkText(*value, field, rule) : Status();
    };
    for (const Status &checked : {
             checkText(command.name, "name"_L1),
             checkText(command.command, "command"_L1, kCommandRule),
             text(command.detectionTypes, "detection_types"_L1, kCommandRule),
             text(command.quickActionId, "quick_action_id"_L1, kReferenceRule),
             text(command.quickActionVariable, "quick_action_variable"_L1, kReferenceRule),
             text(command.scriptId, "script_id"_L1, kReferenceRule),
         }) {
        if (!checked)
            return checked;
    }
    return {};
}

Status beforeCreate(Connection &, CustomCommand &command)
{
    if (Status known = checkActionType(command.actionType); !known)
        return known;
    return checkCommand(command);
}

Status beforeUpdate(Connection &, const CustomCommand &old, CustomCommand &now)
{
    // What another agent stored may be switched on and off all the same.
    if (now.actionType != old.actionType) {
        if (Status known = checkActionType(now.actionType); !known)
            return known;
    }
    return checkCommand(now);
}

} // namespace

void registerCustomCommandRoutes(Router &router, Database &database)
{
    registerCrud<CustomCommand>(router, database, "/api/custom-commands",
                                {.beforeCreate = beforeCreate, .beforeUpdate = beforeUpdate});
}

} // namespace agent
