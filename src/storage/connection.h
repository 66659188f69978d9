#pragma once

#include "core/functionref.h"
#include "core/result.h"
#include "storage/row.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>
#include <QVariantList>

#include <atomic>
#include <memory>
#include <type_traits>
#include <unordered_map>

QT_FORWARD_DECLARE_CLASS(QSqlError)

namespace agent {

/// The open connection, on the thread that opened it. Statements are prepared once and kept.
///
/// Binding follows contract 02 section 1.3: QString for text (a null QString is the empty text), qint64, int or bool
/// for integers, double only for REAL columns, QByteArray only for BLOB columns, an invalid QVariant for NULL. Any
/// other type, a QDateTime above all, is refused: the driver would store a form that nobody else can read.
class Connection
{
public:
    enum class Access { ReadWrite, ReadOnly };

    Connection() = default;
    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    /// Opens the file; with ReadWrite it is created, mode 0600, when missing. Sets foreign keys on, a busy time-out
    /// of 5 s, synchronous FULL and secure delete; the journal mode stays as it is.
    [[nodiscard]] Status open(const QString &path, Access access = Access::ReadWrite);
    void close();
    [[nodiscard]] bool isOpen() const { return !m_name.isEmpty(); }
    [[nodiscard]] QString path() const { return m_path; }

    /// Runs one statement that returns no rows. @return the number of rows an INSERT, UPDATE or DELETE changed.
    Result<qint64> execute(const QString &sql, const QVariantList &values = {});
    /// Runs the statements of a script, separated by `;`, and stops at the first that fails.
    [[nodiscard]] Status executeScript(QStringView script);
    /// Calls `onRow` for each row, in order. The query is valid only inside the call. An `onRow` that returns a
    /// Status ends the loop with its first error.
    template <typename F>
    Status forEach(const QString &sql, const QVariantList &values, F &&onRow)
    {
        if constexpr (std::is_same_v<std::invoke_result_t<F &, const QSqlQuery &>, Status>) {
            return forEachUntil(sql, values, onRow);
        } else {
            return forEachUntil(sql, values, [&onRow](const QSqlQuery &query) {
                onRow(query);
                return Status();
            });
        }
    }
    /// Calls `onRow` with a Row for each row, in order: without a QVariant per column, for lists of whole models.
    Status scan(const QString &sql, const QVariantList &values, FunctionRef<void(const Row &)> onRow);
    /// The first column of the first row; an invalid QVariant when there is no row or it holds NULL.
    Result<QVariant> value(const QString &sql, const QVariantList &values = {});

    /// Ends the statement that runs, with Cancelled, soon after `stop` has become true. `stop` outlives the connection.
    void stopWhen(const std::atomic<bool> &stop);

    [[nodiscard]] bool hasTable(const QString &table);
    [[nodiscard]] bool hasColumn(const QString &table, const QString &column);

private:
    struct Prepared
    {
        QSqlQuery query;
        quint64 lastUse = 0;
        bool inUse = false;
    };

    /// The use of one prepared statement: it is reset, and lets go of its values, at the end.
    class Lease
    {
    public:
        explicit Lease(Prepared &kept)
            : m_statement(&kept)
        {
            kept.inUse = true;
        }
        explicit Lease(std::unique_ptr<Prepared> own)
            : m_own(std::move(own))
            , m_statement(m_own.get())
        {
        }
        Lease(Lease &&other) noexcept
            : m_own(std::move(other.m_own))
            , m_statement(std::exchange(other.m_statement, {}))
        {
        }
        Lease &operator=(Lease &&) = delete;
        ~Lease();
        QSqlQuery &query() { return m_statement->query; }

    private:
        std::unique_ptr<Prepared> m_own;
        Prepared *m_statement;
    };

    Status forEachUntil(const QString &sql, const QVariantList &values, FunctionRef<Status(const QSqlQuery &)> onRow);
    Result<Lease> start(const QString &sql, const QVariantList &values);
    Result<Lease> prepared(const QString &sql);
    void makeRoom();
    static Status statusOf(const QSqlQuery &query);
    [[nodiscard]] bool isWithoutMutex() const; ///< which ColumnView counts on
    // SQLite's own face of a statement that Qt's driver has prepared, bound and executed
    static sqlite3_stmt *handleOf(const QSqlQuery &query);
    static bool standsOnRow(sqlite3_stmt *statement);
    static Result<bool> step(sqlite3_stmt *statement); ///< whether there is another row

    QString m_path;
    QString m_name; ///< of the QSqlDatabase connection; empty while closed
    std::unordered_map<QString, std::unique_ptr<Prepared>> m_statements;
    quint64 m_uses = 0;
};

/// Turns SQLite's own words into an Error a person can read: UNIQUE and PRIMARY KEY -> Conflict (also a row that is
/// still referred to), FOREIGN KEY, CHECK and NOT NULL -> Validation, a full disk -> StorageFull, a damaged file ->
/// DatabaseDamaged, everything else -> Database. `field` is the column at fault where SQLite names exactly one.
[[nodiscard]] Error databaseError(const QSqlError &error);

} // namespace agent
