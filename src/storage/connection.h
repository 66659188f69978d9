#pragma once

#include "core/result.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>
#include <QVariantList>

#include <unordered_map>

namespace agent {

/// The open connection, on the database thread. Statements are prepared once and kept.
///
/// Binding follows contract 02 section 1.3: QString for text, qint64 for integers, double only for REAL columns,
/// QByteArray only for BLOB columns, an invalid QVariant for NULL.
class Connection
{
public:
    Connection() = default;
    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    [[nodiscard]] Status open(const QString &path);
    void close();
    [[nodiscard]] bool isOpen() const;
    [[nodiscard]] QString path() const { return m_path; }

    /// Runs one statement that returns no rows. @return the number of rows it changed.
    Result<qint64> execute(const QString &sql, const QVariantList &values = {});
    /// Calls `onRow` for each row, in order. The query is valid only inside the call.
    template <typename F>
    Status forEach(const QString &sql, const QVariantList &values, F &&onRow)
    {
        auto query = start(sql, values);
        if (!query)
            return query.error();
        while ((*query)->next())
            onRow(static_cast<const QSqlQuery &>(**query));
        const Status ended = finish(**query);
        return ended;
    }
    /// The first column of the first row; an invalid QVariant when there is no row.
    Result<QVariant> value(const QString &sql, const QVariantList &values = {});

    [[nodiscard]] bool hasTable(const QString &table);
    [[nodiscard]] bool hasColumn(const QString &table, const QString &column);

private:
    Result<QSqlQuery *> start(const QString &sql, const QVariantList &values);
    Status finish(QSqlQuery &query);

    QString m_path;
    QString m_name;
    std::unordered_map<QString, std::unique_ptr<QSqlQuery>> m_statements;
};

/// Turns SQLite's own words into an Error: UNIQUE -> Conflict, FOREIGN KEY and CHECK -> Validation,
/// SQLITE_FULL -> StorageFull, everything else -> Database.
[[nodiscard]] Error databaseError(const QSqlError &error);

} // namespace agent
