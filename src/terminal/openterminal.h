#pragma once

#include "backend/terminalbackend.h"
#include "core/result.h"
#include "core/secret.h"
#include "ssh/sshtarget.h"

#include <QList>
#include <QString>

#include <optional>

namespace agent {

enum class TerminalKind { Local, Ssh, Telnet };

/// What a client asks for in the query of /ws/terminal (contract 03 section 2.1).
struct OpenTerminal
{
    TerminalKind kind = TerminalKind::Local;
    TerminalSize size;
    QString sessionId;              ///< null when not given
    std::optional<SshTarget> adHoc; ///< ssh with a credential in the query: takes the place of the saved session
};

using QueryPairs = QList<std::pair<QString, QString>>;

/// @return BadRequest naming the parameter for values that are none: an unknown type, a port above 65535
[[nodiscard]] Result<OpenTerminal> parseOpenTerminal(const QueryPairs &query);

} // namespace agent
