#pragma once

#include "core/result.h"

#include <QPointF>
#include <QSet>

namespace agent {

class Connection;

/// Where a device can be put so that it hides no other: one near the middle first, then along a grid of 8 columns,
/// from the top. Loaded once for many devices; on the database thread.
class FreeSpots
{
public:
    /// The devices of a topology that are there already.
    static Result<FreeSpots> load(Connection &connection, const QString &topologyId);

    /// `wanted` when it is free, else the first free place of the grid; it is taken then.
    [[nodiscard]] QPointF take(QPointF wanted);

private:
    using Cell = std::pair<int, int>;
    static Cell cellOf(QPointF point);
    void occupy(QPointF point) { m_taken.insert(cellOf(point)); }

    QSet<Cell> m_taken;
    int m_next = 0; ///< places of the grid before this one are taken
};

} // namespace agent
