#include "storage/row.h"

#include <sqlite3.h>

namespace agent {

bool ColumnView::isNull() const { return sqlite3_column_type(m_statement, m_column) == SQLITE_NULL; }

qint64 ColumnView::toInteger() const
{
    if (sqlite3_column_type(m_statement, m_column) == SQLITE_FLOAT)
        return qint64(qRound64(sqlite3_column_double(m_statement, m_column)));
    return sqlite3_column_int64(m_statement, m_column);
}

double ColumnView::toReal() const { return sqlite3_column_double(m_statement, m_column); }

QByteArrayView ColumnView::utf8() const
{
    // In this order: the text's conversion sets its size.
    const unsigned char *text = sqlite3_column_text(m_statement, m_column);
    return {text, text ? sqlite3_column_bytes(m_statement, m_column) : 0};
}

} // namespace agent
