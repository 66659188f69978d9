#pragma once

#include "core/result.h"
#include "core/task.h"
#include "ssh/sshtarget.h"
#include "telnet/telnettarget.h"

#include <QString>
#include <QStringList>

namespace agent {

/// A saved session, ready to be connected.
struct ResolvedSsh
{
    SshTarget target;
    QStringList autoCommands; ///< the session's, else the profile's
    QString viaJump = {};     ///< the name of the jump host or jump session; null: direct
};

/// The same for a session that is a Telnet connection.
struct ResolvedTelnet
{
    TelnetTarget target;
    QStringList autoCommands;
};

/// What a terminal asks about a saved session: contract 03 section 4.1. Lives on the main thread.
class SessionResolver
{
public:
    virtual ~SessionResolver() = default;

    /// Session, profile and credential together. Errors are for a person: unknown session, locked vault, no password.
    virtual Task<Result<ResolvedSsh>> resolve(QString sessionId) = 0;
    /// The same for Telnet (section 8): always direct, and a login may lack a name, a password or both.
    virtual Task<Result<ResolvedTelnet>> resolveTelnet(QString sessionId) = 0;
    /// The session is connected: stamps last_connected_at, best effort.
    virtual void connected(QString sessionId) = 0;
};

} // namespace agent
