#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

class Connection;

/// Puts the rows in place that contract 02 section 1.8 wants at every start, and expires the task interactions that
/// a former run left pending (contract 01 section 4). One query when there is nothing to do; otherwise one
/// transaction.
[[nodiscard]] Status seed(Connection &connection);

/// What the user wants of a built-in matcher's built-in source.
enum class PairWish { Assigned, Removed };

/// Remembers that the user took a source away from a built-in matcher, or gave it back: the reference assigns all of
/// them anew at each of its starts, and seed() undoes that for the ones removed. The enrichment room calls it in the
/// transaction that edits `enrichment_matcher_sources`; pairs that were never seeded are ignored.
[[nodiscard]] Status rememberPairWish(Connection &connection, const QString &matcherId, const QString &sourceId,
                                      PairWish wish);

} // namespace agent
