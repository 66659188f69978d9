#pragma once

#include "core/result.h"
#include "sessions/session.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace agent {

class Connection;

/// What sessions can do beyond the plain resource. All functions run on the database thread, inside one
/// transaction.
namespace sessions {

/// The rules of a write (contract 02 section 3.1): names unique on create, references that exist, the jump rules.
[[nodiscard]] Status checkNew(Connection &connection, Session &session);
/// The same without the name, for who has looked at all names already.
[[nodiscard]] Status checkNewButName(Connection &connection, Session &session);
[[nodiscard]] Error nameTaken(const QString &name);
/// Also drops a jump chain that the update makes meaningless.
[[nodiscard]] Status checkUpdate(Connection &connection, const Session &old, Session &now);

/// Moves a session into a folder (null: the root), at a place among its siblings.
[[nodiscard]] Result<Session> move(Connection &connection, const QString &id, const std::optional<QString> &folderId,
                                   double sortOrder);
/// `{"sessions":[{id,name}],"tunnels":[...],"profiles":[...]}`
[[nodiscard]] Result<QByteArray> jumpDependentsJson(Connection &connection, const QString &id);
/// Notes that a terminal connected, now. An unknown id is no error.
[[nodiscard]] Status stampConnected(Connection &connection, const QString &id);

} // namespace sessions

} // namespace agent
