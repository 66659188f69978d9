#pragma once

#include "core/result.h"

#include <QHash>
#include <QMap>
#include <QString>
#include <QStringList>

namespace agent {

class Connection;

/// What a database file is made of, as SQLite tells it.
struct Catalog
{
    struct Column
    {
        QString name;
        QString type;
        QString defaultValue; ///< SQL text; null when there is none
        QString references;   ///< "table(column) ON DELETE action", or null
        bool notNull = false;
        bool primaryKey = false;
    };
    struct Table
    {
        QString sql; ///< the CREATE TABLE statement
        QList<Column> columns;

        [[nodiscard]] const Column *column(QStringView name) const;
        [[nodiscard]] bool has(QStringView name) const { return column(name); }
    };

    QMap<QString, Table> tables;
    QMap<QString, QString> indexes; ///< name to CREATE INDEX statement, without the implicit ones
    QByteArray fingerprint;         ///< changes whenever any table or index does

    [[nodiscard]] bool has(const QString &table) const { return tables.contains(table); }
    [[nodiscard]] bool has(const QString &table, QStringView column) const;
    [[nodiscard]] bool isEmpty() const { return tables.isEmpty(); }
};

/// Reads the whole catalog: three queries, whatever the number of tables.
[[nodiscard]] Result<Catalog> readCatalog(Connection &connection);

/// Only the fingerprint: one query. Tables of our own (`nsx_…`) and SQLite's statistics do not count.
[[nodiscard]] Result<QByteArray> readFingerprint(Connection &connection);

} // namespace agent
