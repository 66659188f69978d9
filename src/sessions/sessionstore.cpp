#include "sessions/sessionstore.h"

#include "api/body.h"
#include "jumps/jumpchain.h"
#include "jumps/jumprules.h"
#include "sessions/folderrules.h"
#include "sessions/ordering.h"

namespace agent::sessions {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxAutoCommands = 100;
constexpr qsizetype kMaxPortForwards = 100;

Status refuse(const QString &message, QLatin1StringView field) { return Error{ErrorCode::Validation, message, field}; }

Status checkCommon(Connection &connection, const QString &id, const Session &session)
{
    if (Status name = checkText(session.name, "name"_L1); !name)
        return name;
    if (Status host = checkText(session.host, "host"_L1, {.maxBytes = 255}); !host)
        return host;
    if (session.autoCommands.size() > kMaxAutoCommands)
        return refuse(u"field 'auto_commands' has more than %1 commands"_s.arg(kMaxAutoCommands), "auto_commands"_L1);
    if (session.portForwards.size() > kMaxPortForwards)
        return refuse(u"field 'port_forwards' has more than %1 entries"_s.arg(kMaxPortForwards), "port_forwards"_L1);
    if (Status folder = folders::checkExists(connection, session.folderId, FolderScope::Session); !folder)
        return folder;
    auto profile = connection.value(u"SELECT 1 FROM credential_profiles WHERE id = ?"_s, {session.profileId});
    if (!profile)
        return profile.error();
    if (!profile->isValid())
        return refuse(u"the profile does not exist"_s, "profile_id"_L1);
    return checkSessionJump(connection, id, session.profileId, {session.jumpHostId, session.jumpSessionId});
}

} // namespace

Status checkNewButName(Connection &connection, Session &session)
{
    if (!session.icon)
        session.icon = u"server"_s;
    // An import without a saved source names one that does not exist (contract 07 section 2.7).
    if (session.netboxSourceId) {
        auto source = connection.value(u"SELECT 1 FROM netbox_sources WHERE id = ?"_s, {*session.netboxSourceId});
        if (!source)
            return source.error();
        if (!source->isValid())
            session.netboxSourceId.reset();
    }
    return checkCommon(connection, {}, session);
}

Error nameTaken(const QString &name)
{
    return {ErrorCode::Conflict, u"a session named '%1' already exists"_s.arg(name), u"name"_s};
}

Status checkNew(Connection &connection, Session &session)
{
    if (Status common = checkNewButName(connection, session); !common)
        return common;
    auto taken = connection.value(u"SELECT 1 FROM sessions WHERE name = ?"_s, {session.name});
    if (!taken)
        return taken.error();
    return taken->isValid() ? Status(nameTaken(session.name)) : Status();
}

Status checkUpdate(Connection &connection, const Session &old, Session &now)
{
    if (Status common = checkCommon(connection, old.id, now); !common)
        return common;
    // A chain leads to the jump host it was made for: another one, or none, ends it.
    return now.jumpHostId == old.jumpHostId ? Status() : storeJumpChain(connection, old.id, {});
}

Result<Session> move(Connection &connection, const QString &id, const std::optional<QString> &folderId,
                     double sortOrder)
{
    auto session = repository::get<Session>(connection, id);
    if (!session)
        return session;
    if (Status folder = folders::checkExists(connection, folderId, FolderScope::Session); !folder)
        return folder.error();
    auto order = placeAmongSiblings(
        connection, {u"sessions"_s, u"folder_id IS ? AND id <> ?"_s, {folderId ? QVariant(*folderId) : QVariant(), id}},
        sortOrder);
    if (!order)
        return order.error();
    session->folderId = folderId;
    session->sortOrder = *order;
    session->updatedAt = Timestamp::now();
    if (Status updated = repository::update(connection, *session); !updated)
        return updated.error();
    return session;
}

Result<QByteArray> jumpDependentsJson(Connection &connection, const QString &id)
{
    if (auto session = repository::get<Session>(connection, id); !session)
        return session.error();
    auto users = jumpSessionUsers(connection, id);
    if (!users)
        return users.error();
    JsonWriter writer;
    writer.beginObject();
    for (const auto &[kind, key] :
         {std::pair{JumpUserKind::Session, "sessions"}, std::pair{JumpUserKind::Tunnel, "tunnels"},
          std::pair{JumpUserKind::Profile, "profiles"}}) {
        writer.key(std::string_view(key));
        writer.beginArray();
        for (const JumpUser &user : std::as_const(*users)) {
            if (user.kind != kind)
                continue;
            writer.beginObject();
            writer.key("id");
            writer.string(user.id);
            writer.key("name");
            writer.string(user.name);
            writer.endObject();
        }
        writer.endArray();
    }
    writer.endObject();
    return writer.take();
}

Status stampConnected(Connection &connection, const QString &id)
{
    auto stamped = connection.execute(u"UPDATE sessions SET last_connected_at = ? WHERE id = ?"_s,
                                      {Timestamp::now().toDatabaseText(), id});
    return stamped ? Status() : Status(stamped.error());
}

} // namespace agent::sessions
