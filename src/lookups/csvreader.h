#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace agent {

/// Reads the rows of a CSV text (RFC 4180: quoted fields may hold commas, line ends and doubled quotes), one at a time.
class CsvReader
{
public:
    explicit CsvReader(QByteArrayView text)
        : m_rest(text)
    {
    }

    [[nodiscard]] bool atEnd() const { return m_rest.isEmpty(); }

    /// The next row's fields, unquoted. A field that a missing quote leaves open ends with the text.
    QList<QByteArray> row()
    {
        QList<QByteArray> fields(1);
        bool quoted = false;
        qsizetype i = 0;
        for (; i < m_rest.size(); ++i) {
            const char c = m_rest[i];
            if (quoted) {
                if (c != '"')
                    fields.last() += c;
                else if (i + 1 < m_rest.size() && m_rest[i + 1] == '"')
                    fields.last() += m_rest[++i];
                else
                    quoted = false;
            } else if (c == '"') {
                quoted = true;
            } else if (c == ',') {
                fields.emplaceBack();
            } else if (c == '\n') {
                ++i;
                break;
            } else if (c != '\r') {
                fields.last() += c;
            }
        }
        m_rest = m_rest.sliced(i);
        return fields;
    }

private:
    QByteArrayView m_rest;
};

} // namespace agent
