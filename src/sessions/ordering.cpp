#include "sessions/ordering.h"

#include "storage/connection.h"

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

    struct Sibling
    {
        QString id;
        double order;
    };
    QList<Sibling> siblings;
    const Status read = connection.forEach(
        u"SELECT id, COALESCE(sort_order, 0) FROM %1 WHERE %2 ORDER BY sort_order, name, id"_s.arg(placement.table,
                                                                                                   placement.siblings),
        placement.values,
        [&](const QSqlQuery &query) { siblings.append({query.value(0).toString(), query.value(1).toDouble()}); });
    if (!read)
        return read.error();

    const auto next = std::find_if(siblings.cbegin(), siblings.cend(),
                                   [wanted](const Sibling &sibling) { return sibling.order > wanted; });
    const bool free = (next == siblings.cbegin() || std::prev(next)->order < whole);
    if (free)
        return qint32(whole);

    constexpr qint32 kStep = 1000; // the client's own distance between rows
    qint32 order = 0, place = 0;
    for (auto sibling = siblings.cbegin();; ++sibling) {
        if (sibling == next)
            place = order += kStep;
        if (sibling == siblings.cend())
            break;
        order += kStep;
        auto moved = connection.execute(u"UPDATE %1 SET sort_order = ? WHERE id = ?"_s.arg(placement.table),
                                        {qint64(order), sibling->id});
        if (!moved)
            return moved.error();
    }
    return place;
}

} // namespace agent
