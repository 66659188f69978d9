#include "sessions/ordering.h"

#include "storage/connection.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace agent {

using namespace Qt::StringLiterals;

Result<qint32> placeAmongSiblings(Connection &connection, const Placement &placement, double wanted)
{
    constexpr double low = std::numeric_limits<qint32>::min(), high = std::numeric_limits<qint32>::max();
    wanted = std::isnan(wanted) ? 0 : std::clamp(wanted, low, high);
    const double whole = std::floor(wanted);
    if (whole == wanted)
        return qint32(whole);

    QList<double> orders; // of the siblings
    const Status read =
        connection.scan(u"SELECT COALESCE(sort_order, 0) FROM %1 WHERE %2 ORDER BY sort_order, name, id"_s.arg(
                            placement.table, placement.siblings),
                        placement.values, [&](const Row &row) { orders.append(row[0].toReal()); });
    if (!read)
        return read.error();

    const auto next = std::ranges::find_if(orders, [wanted](double order) { return order > wanted; });
    const bool free = (next == orders.cbegin() || *std::prev(next) < whole);
    if (free)
        return qint32(whole);

    constexpr qint64 kStep = 1000; // the client's own distance between rows
    const qint64 before = std::distance(orders.begin(), next);
    auto moved = connection.execute(
        u"UPDATE %1 SET sort_order = %3 * (ranked.place + (ranked.place > ?)) FROM "
        "(SELECT id AS sibling, row_number() OVER (ORDER BY sort_order, name, id) AS place FROM %1 WHERE %2) AS ranked "
        "WHERE id = ranked.sibling"_s.arg(placement.table, placement.siblings, QString::number(kStep)),
        QVariantList{before} + placement.values);
    if (!moved)
        return moved.error();
    return qint32(kStep * (before + 1));
}

} // namespace agent
