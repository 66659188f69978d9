#pragma once

#include "core/result.h"

#include <QHash>
#include <QStringList>

namespace agent {

class Connection;

/// A way of more than one hop. The contract's data model has exactly one jump for each session (contract 03 section
/// 5.1); the jumps before that one stand in our own table `nsx_jump_chain` (session_id, position, jump_host_id),
/// ordered from this machine outwards: position 0 is dialled first, and the last of them reaches the session's own jump
/// host.
///
/// The chain belongs to the session's jump host: an update that chooses another one, or none, removes it. A chain whose
/// session has no jump host is not configured and counts for nothing (the reference agent does not know the table).
/// Positions that do not run from 0 without a gap are a chain that lost a jump host; it is refused, never shortened.
///
/// On the database thread.

/// Replaces the session's chain; an empty list removes it.
[[nodiscard]] Status storeJumpChain(Connection &connection, const QString &sessionId, const QStringList &jumpHostIds);
/// The ids of the jump hosts before the session's own, the first dialled first; empty when there are none.
/// @return Validation when the chain has a gap.
[[nodiscard]] Result<QStringList> readJumpChain(Connection &connection, const QString &sessionId);
/// All of them, by session id.
[[nodiscard]] Result<QHash<QString, QStringList>> readJumpChains(Connection &connection);

} // namespace agent
