#include "storage/rowjson.h"

#include <algorithm>

namespace agent::detail {

void writeText(JsonWriter &writer, const ColumnView &stored)
{
    const QByteArrayView utf8 = stored.utf8();
    if (utf8.isValidUtf8() && !utf8.startsWith("\xef\xbb\xbf"))
        writer.utf8(utf8);
    else
        writer.string(stored.toText());
}

void RowTexts::endRow(qint64 id)
{
    // Each row but the first begins behind the comma that the writer sets before it.
    const qsizetype begin = m_rows.empty() ? 1 : m_rows.back().begin + m_rows.back().size + 1;
    m_rows.push_back({id, begin, m_writer.written().size() - begin});
}

QByteArray RowTexts::take()
{
    m_writer.endArray();
    return m_writer.take();
}

QByteArray RowTexts::take(const std::vector<qint64> &order)
{
    if (std::ranges::equal(m_rows, order, {}, &Row::id))
        return take();
    if (!std::ranges::is_sorted(m_rows, {}, &Row::id))
        std::ranges::sort(m_rows, {}, &Row::id);
    const QByteArrayView text = m_writer.written();
    QByteArray list;
    list.reserve(text.size() + 1);
    list.append('[');
    for (const qint64 id : order) {
        const auto row = std::ranges::lower_bound(m_rows, id, {}, &Row::id);
        Q_ASSERT(row != m_rows.end() && row->id == id); // both statements run in one transaction
        if (list.size() > 1)
            list.append(',');
        list.append(text.sliced(row->begin, row->size));
    }
    list.append(']');
    return list;
}

} // namespace agent::detail
