#include "profiles/profileroutes.h"

#include "api/crud.h"
#include "jumps/jumprules.h"
#include "profiles/profile.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxAutoCommands = 100;
constexpr qsizetype kMaxCommandBytes = 64 * 1024;

Status checkProfile(Connection &connection, const QString &id, const Profile &profile)
{
    if (Status name = checkText(profile.name, "name"_L1); !name)
        return name;
    // The client saves SNMP-only profiles with an empty user name.
    if (Status user = checkText(profile.username, "username"_L1, {.mayBeEmpty = true}); !user)
        return user;
    if (profile.autoCommands.size() > kMaxAutoCommands) {
        return Error{ErrorCode::Validation, u"field 'auto_commands' has more than %1 commands"_s.arg(kMaxAutoCommands),
                     u"auto_commands"_s};
    }
    for (const QString &command : profile.autoCommands) {
        if (Status text = checkText(command, "auto_commands"_L1,
                                    {.maxBytes = kMaxCommandBytes, .mayBeEmpty = true, .mayHaveLineBreaks = true});
            !text)
            return text;
    }
    return checkProfileJump(connection, id, {profile.jumpHostId, profile.jumpSessionId});
}

Result<qint64> count(Connection &connection, const QString &sql, const QString &id)
{
    auto value = connection.value(sql, {id});
    if (!value)
        return value.error();
    return value->toLongLong();
}

/// Deleting would take jump hosts and tunnels along and leave sessions without a login.
Status refuseWhileUsed(Connection &connection, const Profile &profile)
{
    static constexpr std::array uses{
        std::pair{"session", "SELECT count(*) FROM sessions WHERE profile_id = ?"},
        std::pair{"jump host", "SELECT count(*) FROM jump_hosts WHERE profile_id = ?"},
        std::pair{"tunnel", "SELECT count(*) FROM tunnels WHERE profile_id = ?"},
    };
    QStringList parts;
    for (const auto &[noun, sql] : uses) {
        auto users = count(connection, QLatin1StringView(sql), profile.id);
        if (!users)
            return users.error();
        if (*users > 0)
            parts.append(
                u"%1 %2%3"_s.arg(QString::number(*users), QLatin1StringView(noun), *users == 1 ? u""_s : u"s"_s));
    }
    if (parts.isEmpty())
        return {};
    return Error{ErrorCode::Validation, u"profile '%1' is in use by %2"_s.arg(profile.name, parts.join(", "_L1))};
}

} // namespace

void registerProfileRoutes(Router &router, Database &database)
{
    registerCrud<Profile>(
        router, database, "/api/profiles",
        {.beforeCreate = [](Connection &c, Profile &now) { return checkProfile(c, {}, now); },
         .beforeUpdate = [](Connection &c, const Profile &old, Profile &now) { return checkProfile(c, old.id, now); },
         .beforeDelete = refuseWhileUsed});
}

} // namespace agent
