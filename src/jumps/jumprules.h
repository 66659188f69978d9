#pragma once

#include "core/result.h"

#include <QList>
#include <QString>

#include <optional>

namespace agent {

class Connection;
struct JumpHost;

/// The write-time rules that keep a jump one hop deep (contract 02 section 3.1 "Jump rules", 03 section 5.3).
/// Everything here runs on the database thread, in the transaction of the write it guards.

enum class JumpUserKind { Session, Profile, Tunnel };

/// A session, profile or tunnel that goes through a jump.
struct JumpUser
{
    JumpUserKind kind = JumpUserKind::Session;
    QString id;
    QString name;
};

/// The jump a session, profile or tunnel is about to get.
struct JumpChoice
{
    std::optional<QString> jumpHostId;
    std::optional<QString> jumpSessionId;

    [[nodiscard]] bool isSet() const { return jumpHostId || jumpSessionId; }
};

/// The rules for a session: `id` is empty while it is created; `profileId` is the login profile it will have.
[[nodiscard]] Status checkSessionJump(Connection &connection, const QString &id, const QString &profileId,
                                      const JumpChoice &choice);
/// The rules for a profile; `id` is empty while it is created.
[[nodiscard]] Status checkProfileJump(Connection &connection, const QString &id, const JumpChoice &choice);
/// The rules for a tunnel.
[[nodiscard]] Status checkTunnelJump(Connection &connection, const JumpChoice &choice);
/// A jump host's login profile must exist and have no jump of its own.
[[nodiscard]] Status checkJumpHostProfile(Connection &connection, const JumpHost &jumpHost);

/// Everything that uses the session as its jump, itself excluded, by kind, then name.
[[nodiscard]] Result<QList<JumpUser>> jumpSessionUsers(Connection &connection, const QString &sessionId);
/// Everything that uses the jump host, as its own or in its chain.
[[nodiscard]] Result<QList<JumpUser>> jumpHostUsers(Connection &connection, const QString &jumpHostId);
/// "session 'a', profile 'b'", cut after a few.
[[nodiscard]] QString describeUsers(const QList<JumpUser> &users);

} // namespace agent
