#pragma once

#include "core/result.h"
#include "enrichment/enrichmentmatcher.h"
#include "enrichment/enrichmentsource.h"

namespace agent {

class Connection;

/// Matchers and sources with what binds them, by SQL. On the database thread.
namespace enrichmentstore {

/// All matchers with their sources, in the order in which they are tried.
[[nodiscard]] Result<QList<EnrichmentMatcher>> matchers(Connection &connection);
/// @return NotFound
[[nodiscard]] Result<EnrichmentMatcher> matcher(Connection &connection, const QString &id);
/// Replaces the ordered list. @return NotFound for the matcher, Validation for a source that is none
[[nodiscard]] Status setSources(Connection &connection, const QString &matcherId, const QStringList &sourceIds);

/// The rules of their fields, those of built-in ones, and that patterns compile. @return Validation
[[nodiscard]] Status check(const EnrichmentMatcher &matcher);
[[nodiscard]] Status check(Connection &connection, const EnrichmentSource &source);

/// Binds built-in sources that have no API resource to the oldest whose name says that it is what they ask: once at
/// each start, as the reference does.
[[nodiscard]] Status bindBuiltinSources(Connection &connection);

} // namespace enrichmentstore

} // namespace agent
