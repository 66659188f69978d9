#include "configmode/configmoderoutes.h"

#include "api/body.h"
#include "commandfilter/readonlyfilter.h"
#include "configmode/configmode.h"
#include "net/router.h"
#include "vault/secretbody.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxCommands = 1000;

struct EnableBody
{
    Secret masterPassword;
};
struct CheckBody
{
    QList<QString> commands;
};
struct CheckAnswer
{
    bool allowed = true;
    std::optional<QString> rejectedCommand;
    std::optional<QString> reason;
    bool configModeActive = false;
};

} // namespace

template <>
struct Schema<EnableBody>
{
    static constexpr const char *name = "ConfigModePassword";
    static constexpr auto fields =
        std::tuple{field("master_password", &EnableBody::masterPassword, FieldFlag::Required)};
};
template <>
struct Schema<ConfigModeStatus>
{
    static constexpr const char *name = "ConfigMode";
    static constexpr auto fields = std::tuple{
        field("enabled", &ConfigModeStatus::enabled, FieldFlag::ReadOnly),
        field("expires_at", &ConfigModeStatus::expiresAt, FieldFlag::ReadOnly),
        field("seconds_remaining", &ConfigModeStatus::secondsRemaining, FieldFlag::ReadOnly),
    };
};
template <>
struct Schema<CheckBody>
{
    static constexpr const char *name = "CommandCheck";
    static constexpr auto fields = std::tuple{field("commands", &CheckBody::commands, FieldFlag::Required)};
};
template <>
struct Schema<CheckAnswer>
{
    static constexpr const char *name = "CommandVerdict";
    static constexpr auto fields = std::tuple{
        field("allowed", &CheckAnswer::allowed, FieldFlag::ReadOnly),
        field("rejected_command", &CheckAnswer::rejectedCommand, FieldFlag::ReadOnly | FieldFlag::OmitNull),
        field("reason", &CheckAnswer::reason, FieldFlag::ReadOnly | FieldFlag::OmitNull),
        field("config_mode_active", &CheckAnswer::configModeActive, FieldFlag::ReadOnly),
    };
};

namespace {

CheckAnswer check(const QList<QString> &commands, bool isConfigMode)
{
    CheckAnswer answer{.configModeActive = isConfigMode};
    if (isConfigMode)
        return answer;
    for (const QString &command : commands) {
        if (auto reason = readOnlyRefusal(command)) {
            answer.allowed = false;
            answer.rejectedCommand = command;
            answer.reason = std::move(reason);
            break;
        }
    }
    return answer;
}

Task<Response> enable(ConfigMode &mode, Request request)
{
    auto body = takeSecretBody<EnableBody>(request);
    if (!body)
        co_return Response::error(body.error());
    const auto status = co_await mode.enable(std::move(body->masterPassword));
    co_return status ? Response::json(encode(*status)) : Response::error(status.error());
}

Task<Response> disable(ConfigMode &mode)
{
    mode.disable();
    co_return Response::json(encode(mode.status()));
}

Task<Response> readStatus(ConfigMode &mode) { co_return Response::json(encode(mode.status())); }

Task<Response> checkCommands(ConfigMode &mode, Request request)
{
    const auto body = decodeBody<CheckBody>(request);
    if (!body)
        co_return Response::error(body.error());
    if (body->commands.size() > kMaxCommands)
        co_return Response::error({ErrorCode::Validation,
                                   u"field 'commands' must have at most %1 entries"_s.arg(kMaxCommands),
                                   u"commands"_s});
    co_return Response::json(encode(check(body->commands, mode.isActive())));
}

} // namespace

void registerConfigModeRoutes(Router &router, ConfigMode &mode)
{
    router.post("/api/ai/config-mode/enable", [&mode](Request r) { return enable(mode, std::move(r)); })
        .describe("Let an assistant change devices for five minutes")
        .accepts(createBodyOf<EnableBody>())
        .returns(typeOf<ConfigModeStatus>());
    router.post("/api/ai/config-mode/disable", [&mode](Request) { return disable(mode); })
        .describe("Hold an assistant to commands that only read")
        .returns(typeOf<ConfigModeStatus>());
    router.get("/api/ai/config-mode/status", [&mode](Request) { return readStatus(mode); })
        .describe("Whether an assistant may change devices")
        .returns(typeOf<ConfigModeStatus>());
    router.post("/api/ai/command-check", [&mode](Request r) { return checkCommands(mode, std::move(r)); })
        .describe("Whether commands may be typed into a terminal")
        .accepts(createBodyOf<CheckBody>())
        .returns(typeOf<CheckAnswer>());
}

} // namespace agent
