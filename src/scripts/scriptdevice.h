#pragma once

#include "core/result.h"
#include "core/secret.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace agent {

class Connection;
class VaultKey;

/// A device as a script gets to see it (contract 04 section 5.6).
struct ScriptDevice
{
    QString sessionId;
    QString name;
    QString host;
    QByteArray type; ///< netmiko's word: "cisco_ios"
    Secret json;     ///< all of it, with what logs in
};

/// The devices of these saved sessions, in their order, all or none; on the database thread.
/// @return VaultLocked, or Internal with the word SESSION_ERROR, PROFILE_ERROR or CREDENTIAL_ERROR
[[nodiscard]] Result<std::vector<ScriptDevice>> scriptDevices(Connection &connection, const VaultKey &key,
                                                              const QStringList &sessionIds);

} // namespace agent
