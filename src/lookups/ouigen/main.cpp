// Writes the table of MAC vendors (lookups/ouiformat.h) from the CSV files of the IEEE registry.
//   ouigen <folder with oui.csv, mam.csv and oui36.csv> <output>

#include "lookups/csvreader.h"
#include "lookups/ouiformat.h"

#include <QFile>
#include <QHash>
#include <QMap>
#include <QtEndian>

#include <cstdio>
#include <limits>

using namespace agent;
using namespace agent::ouiformat;

namespace {

class Table
{
public:
    /// False when the file cannot be read or is no registry.
    bool read(std::size_t kind, const QString &path)
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return false;
        const QByteArray text = file.readAll();
        CsvReader rows(text);
        while (!rows.atEnd()) {
            const QList<QByteArray> row = rows.row();
            if (row.size() < 3)
                continue;
            const QByteArray prefix = row[1].trimmed();
            const QByteArray name = row[2].simplified();
            if (prefix.size() != kKinds[kind].digits || name.isEmpty() || prefixOf(prefix.data(), kKinds[kind]) < 0)
                continue;
            m_blocks[kind][prefixOf(prefix.data(), kKinds[kind])] = indexOf(name);
        }
        return !m_blocks[kind].isEmpty();
    }

    bool write(const QString &path) const
    {
        if (m_names.size() > std::numeric_limits<quint16>::max())
            return false;
        QByteArray out(kMagic.data(), kMagic.size());
        for (const auto &blocks : m_blocks)
            append(out, quint32(blocks.size()));
        append(out, quint32(m_names.size()));
        for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
            for (const auto &[prefix, name] : m_blocks[kind].asKeyValueRange()) {
                for (int byte = kKinds[kind].prefixBytes; byte-- > 0;)
                    out += char(prefix >> (8 * byte) & 0xff);
                append(out, name);
            }
        }
        quint32 end = 0;
        for (const QByteArray &name : m_names)
            append(out, end += quint32(name.size()));
        out += m_names.join();
        QFile file(path);
        return file.open(QIODevice::WriteOnly) && file.write(out) == out.size() && file.flush();
    }

private:
    template <typename T>
    static void append(QByteArray &out, T value)
    {
        const T little = qToLittleEndian(value);
        out.append(reinterpret_cast<const char *>(&little), sizeof little);
    }

    quint16 indexOf(const QByteArray &name)
    {
        const auto known = m_indexes.constFind(name);
        if (known != m_indexes.cend())
            return quint16(*known);
        m_indexes.insert(name, m_names.size());
        m_names.append(name);
        return quint16(m_names.size() - 1);
    }

    std::array<QMap<qint64, quint16>, kKinds.size()> m_blocks;
    QByteArrayList m_names;
    QHash<QByteArray, qsizetype> m_indexes;
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fputs("usage: ouigen <registry folder> <output>\n", stderr);
        return 2;
    }
    const QString folder = QFile::decodeName(argv[1]);
    Table table;
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
        const QString path = folder + QLatin1Char('/') + QLatin1StringView(kKinds[kind].file);
        if (!table.read(kind, path)) {
            std::fprintf(stderr, "ouigen: %s has no blocks of MAC addresses\n", qPrintable(path));
            return 1;
        }
    }
    if (!table.write(QFile::decodeName(argv[2]))) {
        std::fprintf(stderr, "ouigen: cannot write %s\n", argv[2]);
        return 1;
    }
    return 0;
}
