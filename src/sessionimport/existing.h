#pragma once

#include "jumps/jumphost.h"
#include "profiles/profile.h"
#include "sessions/session.h"

#include <QHash>
#include <QSet>

namespace agent {
class Connection;
}

namespace agent::sessionimport {

/// What is in the database already, as far as an import has to look at it. Names that more than one profile or jump
/// host has stand for the first, as the session export format has it.
struct Existing
{
    struct KnownSession
    {
        SessionProtocol protocol = SessionProtocol::Ssh;
        QString host;
        quint16 port = 22;
        bool canBeJump = false; ///< neither it nor its profile has a jump
    };
    QHash<QString, KnownSession> sessions;
    QHash<QString, Profile> profiles;
    QHash<QString, JumpHost> jumpHosts;
    QSet<QStringList> folders; ///< paths
};

/// On the database thread.
[[nodiscard]] Result<Existing> readExisting(Connection &connection);

} // namespace agent::sessionimport
