#include "jumps/jumprules.h"

#include "jumps/jumphost.h"
#include "storage/connection.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Error refused(const QString &message, QLatin1StringView field) { return Error{ErrorCode::Validation, message, field}; }

/// What a row names as its jump and its login.
struct JumpRow
{
    QString name;
    QString profileId;
    bool hasJump = false;
};

Result<std::optional<JumpRow>> findRow(Connection &connection, const QString &sql, const QString &id)
{
    std::optional<JumpRow> row;
    const Status status = connection.forEach(sql, {id}, [&](const QSqlQuery &query) {
        row = JumpRow{query.value(0).toString(), query.value(1).toString(), query.value(2).toBool()};
    });
    if (!status)
        return status.error();
    return row;
}

Result<std::optional<JumpRow>> findSession(Connection &connection, const QString &id)
{
    return findRow(connection,
                   u"SELECT name, profile_id, jump_host_id IS NOT NULL OR jump_session_id IS NOT NULL "
                   "FROM sessions WHERE id = ?"_s,
                   id);
}

Result<std::optional<JumpRow>> findProfile(Connection &connection, const QString &id)
{
    return findRow(connection,
                   u"SELECT name, id, jump_host_id IS NOT NULL OR jump_session_id IS NOT NULL "
                   "FROM credential_profiles WHERE id = ?"_s,
                   id);
}

Result<std::optional<JumpRow>> findJumpHost(Connection &connection, const QString &id)
{
    return findRow(connection, u"SELECT name, profile_id, 0 FROM jump_hosts WHERE id = ?"_s, id);
}

/// The rules every kind of user shares: one of the two at most, and what it names must be able to serve as a jump.
Status checkTarget(Connection &connection, const JumpChoice &choice)
{
    if (choice.jumpHostId && choice.jumpSessionId)
        return refused(u"choose either a jump host or a jump session, not both"_s, "jump_session_id"_L1);
    if (choice.jumpHostId) {
        auto jumpHost = findJumpHost(connection, *choice.jumpHostId);
        if (!jumpHost)
            return jumpHost.error();
        if (!*jumpHost)
            return refused(u"the chosen jump host does not exist"_s, "jump_host_id"_L1);
        auto login = findProfile(connection, (*jumpHost)->profileId);
        if (!login)
            return login.error();
        if (*login && (*login)->hasJump) {
            return refused(u"jump host '%1' logs in with profile '%2', which itself goes through a jump"_s.arg(
                               (*jumpHost)->name, (*login)->name),
                           "jump_host_id"_L1);
        }
    }
    if (choice.jumpSessionId) {
        auto session = findSession(connection, *choice.jumpSessionId);
        if (!session)
            return session.error();
        if (!*session)
            return refused(u"the chosen jump session does not exist"_s, "jump_session_id"_L1);
        if ((*session)->hasJump) {
            return refused(u"session '%1' goes through a jump itself and cannot serve as one"_s.arg((*session)->name),
                           "jump_session_id"_L1);
        }
        auto login = findProfile(connection, (*session)->profileId);
        if (!login)
            return login.error();
        if (*login && (*login)->hasJump) {
            return refused(u"session '%1' logs in with profile '%2', which itself goes through a jump"_s.arg(
                               (*session)->name, (*login)->name),
                           "jump_session_id"_L1);
        }
    }
    return {};
}

Result<QList<JumpUser>> usersBy(Connection &connection, QLatin1StringView column, const QString &id)
{
    static constexpr std::array sources{std::pair{JumpUserKind::Session, "sessions"},
                                        std::pair{JumpUserKind::Tunnel, "tunnels"},
                                        std::pair{JumpUserKind::Profile, "credential_profiles"}};
    QList<JumpUser> users;
    for (const auto &[kind, table] : sources) {
        const Status status = connection.forEach(
            u"SELECT id, name FROM %1 WHERE %2 = ? ORDER BY name"_s.arg(QLatin1StringView(table), column), {id},
            [&](const QSqlQuery &query) {
                users.append({kind, query.value(0).toString(), query.value(1).toString()});
            });
        if (!status)
            return status.error();
    }
    return users;
}

QLatin1StringView kindName(JumpUserKind kind)
{
    switch (kind) {
    case JumpUserKind::Session:
        return "session"_L1;
    case JumpUserKind::Profile:
        return "profile"_L1;
    case JumpUserKind::Tunnel:
        return "tunnel"_L1;
    }
    Q_UNREACHABLE_RETURN(QLatin1StringView());
}

} // namespace

Status checkSessionJump(Connection &connection, const QString &id, const QString &profileId, const JumpChoice &choice)
{
    if (choice.jumpSessionId && *choice.jumpSessionId == id)
        return refused(u"a session cannot be its own jump"_s, "jump_session_id"_L1);
    if (Status target = checkTarget(connection, choice); !target)
        return target;
    if (id.isEmpty())
        return {};
    auto users = jumpSessionUsers(connection, id);
    if (!users)
        return users.error();
    if (users->isEmpty())
        return {};
    if (choice.isSet()) {
        return refused(
            u"this session serves as a jump for %1 and cannot go through a jump itself"_s.arg(describeUsers(*users)),
            choice.jumpHostId ? "jump_host_id"_L1 : "jump_session_id"_L1);
    }
    auto login = findProfile(connection, profileId);
    if (!login)
        return login.error();
    if (*login && (*login)->hasJump) {
        return refused(
            u"this session serves as a jump for %1 and cannot use profile '%2', which goes through a jump"_s.arg(
                describeUsers(*users), (*login)->name),
            "profile_id"_L1);
    }
    return {};
}

Status checkProfileJump(Connection &connection, const QString &id, const JumpChoice &choice)
{
    if (Status target = checkTarget(connection, choice); !target)
        return target;
    if (id.isEmpty() || !choice.isSet())
        return {};
    const auto at = choice.jumpHostId ? "jump_host_id"_L1 : "jump_session_id"_L1;

    auto jumpHost = connection.value(u"SELECT name FROM jump_hosts WHERE profile_id = ? ORDER BY name"_s, {id});
    if (!jumpHost)
        return jumpHost.error();
    if (jumpHost->isValid()) {
        return refused(
            u"this profile logs in to jump host '%1' and cannot go through a jump itself"_s.arg(jumpHost->toString()),
            at);
    }
    auto session = connection.value(
        u"SELECT s.name FROM sessions s WHERE s.profile_id = ? AND (EXISTS (SELECT 1 FROM sessions u WHERE "
        "u.jump_session_id = s.id) OR EXISTS (SELECT 1 FROM tunnels t WHERE t.jump_session_id = s.id) OR "
        "EXISTS (SELECT 1 FROM credential_profiles p WHERE p.jump_session_id = s.id)) ORDER BY s.name"_s,
        {id});
    if (!session)
        return session.error();
    if (session->isValid()) {
        return refused(
            u"session '%1' uses this profile and serves as a jump, so the profile cannot go through one"_s.arg(
                session->toString()),
            at);
    }
    if (choice.jumpSessionId) {
        auto own = connection.value(u"SELECT name FROM sessions WHERE id = ? AND profile_id = ?"_s,
                                    {*choice.jumpSessionId, id});
        if (!own)
            return own.error();
        if (own->isValid()) {
            return refused(u"session '%1' logs in with this very profile and cannot be its jump"_s.arg(own->toString()),
                           at);
        }
    }
    return {};
}

Status checkTunnelJump(Connection &connection, const JumpChoice &choice) { return checkTarget(connection, choice); }

Status checkJumpHostProfile(Connection &connection, const JumpHost &jumpHost)
{
    auto login = findProfile(connection, jumpHost.profileId);
    if (!login)
        return login.error();
    if (!*login)
        return refused(u"the profile does not exist"_s, "profile_id"_L1);
    if ((*login)->hasJump) {
        return refused(u"profile '%1' itself goes through a jump and cannot log in to jump host '%2'"_s.arg(
                           (*login)->name, jumpHost.name),
                       "profile_id"_L1);
    }
    return {};
}

Result<QList<JumpUser>> jumpSessionUsers(Connection &connection, const QString &sessionId)
{
    auto users = usersBy(connection, "jump_session_id"_L1, sessionId);
    if (users)
        users->removeIf([&](const JumpUser &user) { return user.id == sessionId; });
    return users;
}

Result<QList<JumpUser>> jumpHostUsers(Connection &connection, const QString &jumpHostId)
{
    auto users = usersBy(connection, "jump_host_id"_L1, jumpHostId);
    if (!users)
        return users;
    const Status read = connection.forEach(
        u"SELECT DISTINCT s.id, s.name FROM nsx_jump_chain c JOIN sessions s ON s.id = c.session_id "
        "WHERE c.jump_host_id = ? AND s.jump_host_id IS NOT ? ORDER BY s.name"_s,
        {jumpHostId, jumpHostId}, [&](const QSqlQuery &query) {
            users->append({JumpUserKind::Session, query.value(0).toString(), query.value(1).toString()});
        });
    if (!read)
        return read.error();
    return users;
}

QString describeUsers(const QList<JumpUser> &users)
{
    constexpr qsizetype kShown = 5; // enough to act on; the rest is a number
    QStringList parts;
    for (const JumpUser &user : users.first(std::min(users.size(), kShown)))
        parts.append(u"%1 '%2'"_s.arg(kindName(user.kind), user.name));
    if (users.size() > kShown)
        parts.append(u"and %1 more"_s.arg(users.size() - kShown));
    return parts.join(", "_L1);
}

} // namespace agent
