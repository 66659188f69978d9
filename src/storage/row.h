#pragma once

#include "core/utf8.h"

struct sqlite3_stmt;
struct sqlite3_value;

namespace agent {

/// One column of a row, as SQLite holds it; nothing is copied until asked for. Conversions are SQLite's own: text that
/// is no number reads as 0, a number reads as its digits.
class ColumnView
{
public:
    ColumnView(sqlite3_stmt *statement, int column);

    [[nodiscard]] bool isNull() const;
    [[nodiscard]] qint64 toInteger() const; ///< a REAL is rounded
    [[nodiscard]] double toReal() const;
    [[nodiscard]] QByteArrayView utf8() const; ///< as stored, which may be no valid UTF-8; empty for NULL
    [[nodiscard]] QString toText() const { return textFromUtf8(utf8()); }

private:
    sqlite3_value *m_value;
};

/// The row a running statement stands on. Valid only inside the call that got it.
class Row
{
public:
    explicit Row(sqlite3_stmt *statement)
        : m_statement(statement)
    {
    }

    [[nodiscard]] ColumnView operator[](int column) const { return {m_statement, column}; }

private:
    sqlite3_stmt *m_statement;
};

} // namespace agent
