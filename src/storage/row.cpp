#include "storage/row.h"

#include <sqlite3.h>

namespace agent {

// Each sqlite3_column_* call finds the column anew and checks for an error; a list makes a million of them. A value may
// be read as it is because the connection has no mutex, and one thread: Connection::open makes sure of it.
ColumnView::ColumnView(sqlite3_stmt *statement, int column)
    : m_value(sqlite3_column_value(statement, column))
{
}

bool ColumnView::isNull() const { return sqlite3_value_type(m_value) == SQLITE_NULL; }

qint64 ColumnView::toInteger() const
{
    if (sqlite3_value_type(m_value) == SQLITE_FLOAT)
        return qint64(qRound64(sqlite3_value_double(m_value)));
    return sqlite3_value_int64(m_value);
}

double ColumnView::toReal() const { return sqlite3_value_double(m_value); }

QByteArrayView ColumnView::utf8() const
{
    // In this order: the text's conversion sets its size.
    const unsigned char *text = sqlite3_value_text(m_value);
    return {text, text ? sqlite3_value_bytes(m_value) : 0};
}

} // namespace agent
