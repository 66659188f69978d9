#include "storage/catalog.h"

#include "storage/connection.h"

#include <QCryptographicHash>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// `_` is a wildcard of LIKE, hence GLOB.
const QString kOurShare = u"name NOT GLOB 'sqlite_*' AND name NOT GLOB 'nsx_*' AND tbl_name NOT GLOB 'nsx_*'"_s;

QString referenceText(const QSqlQuery &row)
{
    const QString target = row.value(3).toString();
    QString text = row.value(2).toString() + u'(' + (target.isEmpty() ? u"id"_s : target) + u')';
    if (const QString action = row.value(4).toString(); action != "NO ACTION"_L1)
        text += u" ON DELETE "_s + action;
    return text;
}

} // namespace

const Catalog::Column *Catalog::Table::column(QStringView name) const
{
    const auto found = std::ranges::find_if(
        columns, [name](const Column &column) { return column.name.compare(name, Qt::CaseInsensitive) == 0; });
    return found == columns.end() ? nullptr : &*found;
}

bool Catalog::has(const QString &table, QStringView column) const
{
    const auto found = tables.constFind(table);
    return found != tables.constEnd() && found->has(column);
}

Result<Catalog> readCatalog(Connection &connection)
{
    Catalog catalog;
    Status read = connection.forEach(
        u"SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND name NOT GLOB 'sqlite_*'"_s,
        {}, [&](const QSqlQuery &row) {
            if (row.value(0).toString() == "table"_L1)
                catalog.tables[row.value(1).toString()].sql = row.value(2).toString();
            else
                catalog.indexes[row.value(1).toString()] = row.value(2).toString();
        });
    if (!read)
        return read.error();
    read = connection.forEach(u"SELECT m.name, c.name, c.type, c.dflt_value, c.\"notnull\", c.pk "
                              "FROM sqlite_master m JOIN pragma_table_info(m.name) c "
                              "WHERE m.type = 'table' AND m.name NOT GLOB 'sqlite_*' ORDER BY m.name, c.cid"_s,
                              {}, [&](const QSqlQuery &row) {
                                  Catalog::Column column;
                                  column.name = row.value(1).toString();
                                  column.type = row.value(2).toString();
                                  column.defaultValue = row.value(3).toString();
                                  column.notNull = row.value(4).toBool();
                                  column.primaryKey = row.value(5).toInt() > 0;
                                  catalog.tables[row.value(0).toString()].columns.append(column);
                              });
    if (!read)
        return read.error();
    read = connection.forEach(u"SELECT m.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete "
                              "FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"_s,
                              {}, [&](const QSqlQuery &row) {
                                  const QString from = row.value(1).toString();
                                  for (Catalog::Column &column : catalog.tables[row.value(0).toString()].columns) {
                                      if (column.name == from)
                                          column.references = referenceText(row);
                                  }
                              });
    if (!read)
        return read.error();
    auto fingerprint = readFingerprint(connection);
    if (!fingerprint)
        return fingerprint.error();
    catalog.fingerprint = *std::move(fingerprint);
    return catalog;
}

Result<QByteArray> readFingerprint(Connection &connection)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    const Status read =
        connection.forEach(u"SELECT name, sql FROM sqlite_master WHERE "_s + kOurShare + u" ORDER BY name"_s, {},
                           [&](const QSqlQuery &row) {
                               hash.addData(row.value(0).toString().toUtf8());
                               hash.addData(QByteArrayView("\0", 1));
                               hash.addData(row.value(1).toString().toUtf8());
                               hash.addData(QByteArrayView("\0", 1));
                           });
    if (!read)
        return read.error();
    return hash.result().toHex();
}

} // namespace agent
