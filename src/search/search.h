#pragma once

#include "core/result.h"
#include "search/searchresult.h"

#include <QStringList>

#include <atomic>

namespace agent {

class Connection;
class DocsKb;

/// What is looked for, in names only: never in what a document holds (contract 06 section 10).
struct SearchQuery
{
    QString text;      ///< trimmed, not empty
    QStringList types; ///< empty: all
    int limit = 30;
};

/// How well `text` fits `query`, whatever the case: 100 the same, 60 begins with it, 30 has it inside, else 0.
[[nodiscard]] int searchScore(QStringView text, QStringView query);

/// Reads every name of the file once; on the database thread. The best come first, equal ones by title. A source that
/// cannot be read is left out. @return Cancelled soon after `isCancelled` has become true
[[nodiscard]] Result<SearchAnswer> search(Connection &connection, const DocsKb &knowledge, const SearchQuery &query,
                                          const std::atomic<bool> &isCancelled);

} // namespace agent
