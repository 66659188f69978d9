#pragma once

#include "core/result.h"

#include <QString>
#include <QVariantList>

namespace agent {

class Connection;

/// Where a dragged row lands among its siblings (contract 02 section 3.1, "Move").
///
/// The client asks for the mean of two neighbours, which is often fractional. Stored orders are integers: the
/// wanted value is truncated, and where no integer lies strictly between the neighbours, all siblings are
/// renumbered 1000, 2000, ... with the moved row in its place.
struct Placement
{
    QString table;       ///< "sessions" or "folders"
    QString siblings;    ///< SQL condition for the rows of the target folder, without the moved one
    QVariantList values; ///< for the condition
};

/// Renumbers siblings when it must. @return the integer to store for the moved row. On the database thread.
[[nodiscard]] Result<qint32> placeAmongSiblings(Connection &connection, const Placement &placement, double wanted);

} // namespace agent
