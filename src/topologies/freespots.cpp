#include "topologies/freespots.h"

#include "storage/connection.h"

#include <cmath>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

// The grid of the imports (contract 05 section 4.8), on a canvas of 1000 by 1000.
constexpr double kFirst = 100;
constexpr double kStep = 110;
constexpr int kColumns = 8;

int cellAlong(double value)
{
    constexpr double kFar = 1e6; // coordinates are not limited
    return int(std::lround((std::clamp(value, -kFar, kFar) - kFirst) / kStep));
}

} // namespace

FreeSpots::Cell FreeSpots::cellOf(QPointF point) { return {cellAlong(point.x()), cellAlong(point.y())}; }

Result<FreeSpots> FreeSpots::load(Connection &connection, const QString &topologyId)
{
    FreeSpots spots;
    const Status read = connection.scan(u"SELECT x, y FROM topology_devices WHERE topology_id = ?"_s, {topologyId},
                                        [&](const Row &row) { spots.occupy({row[0].toReal(), row[1].toReal()}); });
    if (!read)
        return read.error();
    return spots;
}

QPointF FreeSpots::take(QPointF wanted)
{
    QPointF spot = wanted;
    while (m_taken.contains(cellOf(spot))) {
        spot = {kFirst + kStep * (m_next % kColumns), kFirst + kStep * (m_next / kColumns)};
        ++m_next;
    }
    occupy(spot);
    return spot;
}

} // namespace agent
