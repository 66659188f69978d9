#pragma once

#include "core/jsondocument.h"
#include "core/task.h"
#include "mcp/mcpserver.h"
#include "vault/vaultkey.h"

namespace agent {

class Database;

/// MCP servers with their tools and sealed tokens, in one transaction each (contract 07 section 8). On the database
/// thread.
namespace mcp {

[[nodiscard]] Result<QList<McpServer>> list(Connection &connection);
/// An empty token is none. @return VaultLocked when there is one to seal, or what the rules of the fields say
[[nodiscard]] Result<McpServer> create(Connection &connection, const VaultKey &key, McpServer server,
                                       const std::optional<Secret> &token);
/// Also disconnects the server for good. An absent token stays, an empty one is removed.
/// @return NotFound, VaultLocked or what the rules say
[[nodiscard]] Result<McpServer> update(Connection &connection, const VaultKey &key, const QString &id,
                                       const JsonValue &body, const std::optional<Secret> &token);
/// The server is not connected to at the next start; an unknown id is no error.
[[nodiscard]] Status disable(Connection &connection, const QString &id);
/// @return NotFound
[[nodiscard]] Status allowTool(Connection &connection, const QString &id, bool enabled);

/// Seals tokens that lie in plain text. For every unlock; main thread.
Task<> sealPlainTokens(Database &database, std::shared_ptr<const VaultKey> key);

} // namespace mcp

} // namespace agent
