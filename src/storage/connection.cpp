#include "storage/connection.h"

#include "storage/files.h"
#include "storage/sqlscript.h"

#include <QSqlDriver>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlResult>

#include <sqlite3.h>

#include <atomic>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kDriver = "QSQLITE"_L1;
constexpr auto kInMemory = ":memory:"_L1;
constexpr QChar kByteOrderMark(0xfeff);
/// Contract 02 section 1.2. Another program (a backup tool) may hold the file for a moment.
constexpr int kBusyTimeoutMs = 5000;
/// What the write-ahead log may keep on disk after a large transaction has gone into the main file.
constexpr int kKeptLogBytes = 16 * 1024 * 1024;
/// Pages kept in memory, once read: some ten thousand sessions and what belongs to them.
constexpr int kPageCacheKib = 16 * 1024;
/// The rooms have some hundred distinct statements; lists built on the fly must not pile up.
constexpr std::size_t kKeptStatements = 256;

QString freshConnectionName()
{
    static std::atomic<quint64> counter = 0;
    return u"agent-"_s + QString::number(++counter);
}

/// What the driver binds as the contract wants it; nothing for a type that has no place in the file.
std::optional<QVariant> bindable(const QVariant &value)
{
    switch (value.typeId()) {
    case QMetaType::UnknownType:
    case QMetaType::Nullptr:
        return QVariant();
    case QMetaType::QString: {
        // The driver writes a null QString as NULL; here NULL is said on purpose or not at all.
        const QString text = value.toString();
        if (text.startsWith(kByteOrderMark)) // SQLite takes the first for a sign of the encoding and drops it
            return QVariant(QString(kByteOrderMark + text));
        return text.isNull() ? QVariant(u""_s) : value;
    }
    case QMetaType::QByteArray:
        return value.toByteArray().isNull() ? QVariant(QByteArray("")) : value;
    case QMetaType::Bool:
    case QMetaType::Int:
    case QMetaType::UInt:
    case QMetaType::Short:
    case QMetaType::UShort:
    case QMetaType::Long:
    case QMetaType::LongLong:
        return QVariant(value.toLongLong());
    case QMetaType::Double:
        return value;
    default:
        return std::nullopt;
    }
}

/// Nothing refers to the connection any more when this returns, so that it can be removed again.
Status addConnection(const QString &name, const QString &path, Connection::Access access)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(kDriver, name);
    if (!database.isValid())
        return Error{ErrorCode::Database, u"Qt's SQLite driver (QSQLITE) is not installed"_s};
    database.setDatabaseName(path);
    QString options = u"QSQLITE_BUSY_TIMEOUT="_s + QString::number(kBusyTimeoutMs);
    if (access == Connection::Access::ReadOnly)
        options += u";QSQLITE_OPEN_READONLY"_s;
    database.setConnectOptions(options);
    return database.open() ? Status() : Status(databaseError(database.lastError()));
}

} // namespace

Connection::~Connection() { close(); }

Status Connection::open(const QString &path, Access access)
{
    Q_ASSERT(!isOpen());
    if (access == Access::ReadWrite && path != kInMemory) {
        // Created by us and not by SQLite: so no other user can read it, not even for a moment. The -wal and -shm
        // files take over its mode.
        if (Status created = createPrivateFile(path); !created)
            return created;
    }
    m_name = freshConnectionName();
    m_path = path;
    auto fail = [this](Error error) -> Status {
        close();
        return error;
    };
    if (Status added = addConnection(m_name, path, access); !added)
        return fail(added.error());
    // `scan` reads the driver's statements through the library linked here.
    if (auto source = value(u"SELECT sqlite_source_id()"_s); !source)
        return fail(source.error());
    else if (source->toString() != QLatin1StringView(sqlite3_sourceid()))
        return fail({ErrorCode::Database, u"Qt's SQLite driver carries an SQLite of its own; use the system's"_s});
    if (!isWithoutMutex())
        return fail({ErrorCode::Database, u"Qt's SQLite driver opens connections for several threads"_s});
    for (const QString &pragma :
         {u"PRAGMA foreign_keys = ON"_s, u"PRAGMA synchronous = FULL"_s, u"PRAGMA secure_delete = ON"_s,
          u"PRAGMA temp_store = MEMORY"_s, u"PRAGMA journal_size_limit = %1"_s.arg(kKeptLogBytes),
          u"PRAGMA cache_size = -%1"_s.arg(kPageCacheKib)}) {
        if (auto set = value(pragma); !set)
            return fail(set.error());
    }
    return {};
}

void Connection::close()
{
    if (!isOpen())
        return;
    m_statements.clear(); // before the connection they belong to
    QSqlDatabase::database(m_name, false).close();
    QSqlDatabase::removeDatabase(std::exchange(m_name, {}));
    m_path.clear();
}

Result<qint64> Connection::execute(const QString &sql, const QVariantList &values)
{
    auto lease = start(sql, values);
    if (!lease)
        return lease.error();
    return qint64(lease->query().numRowsAffected());
}

Status Connection::forEachUntil(const QString &sql, const QVariantList &values,
                                FunctionRef<Status(const QSqlQuery &)> onRow)
{
    auto lease = start(sql, values);
    if (!lease)
        return lease.error();
    QSqlQuery &query = lease->query();
    while (query.next()) {
        if (Status status = onRow(query); !status)
            return status;
    }
    return statusOf(query);
}

Status Connection::scan(const QString &sql, const QVariantList &values, FunctionRef<void(const Row &)> onRow)
{
    auto lease = start(sql, values);
    if (!lease)
        return lease.error();
    sqlite3_stmt *statement = handleOf(lease->query());
    for (bool isOnRow = standsOnRow(statement); isOnRow;) {
        onRow(Row(statement));
        auto stepped = step(statement);
        if (!stepped)
            return stepped.error();
        isOnRow = *stepped;
    }
    return {};
}

Status Connection::executeScript(QStringView script)
{
    for (const QStringView statement : splitScript(script)) {
        // Not kept: a script runs once.
        auto once = std::make_unique<Prepared>(QSqlQuery(QSqlDatabase::database(m_name, false)));
        if (!once->query.exec(statement.toString()))
            return databaseError(once->query.lastError());
    }
    return {};
}

Result<QVariant> Connection::value(const QString &sql, const QVariantList &values)
{
    auto lease = start(sql, values);
    if (!lease)
        return lease.error();
    QSqlQuery &query = lease->query();
    if (query.next())
        return query.isNull(0) ? QVariant() : query.value(0);
    if (Status status = statusOf(query); !status)
        return status.error();
    return QVariant();
}

void Connection::stopWhen(const std::atomic<bool> &stop)
{
    constexpr int kStepsBetweenLooks = 1000; // of SQLite's virtual machine: well under a millisecond
    const QVariant handle = QSqlDatabase::database(m_name, false).driver()->handle();
    Q_ASSERT(qstrcmp(handle.typeName(), "sqlite3*") == 0);
    sqlite3_progress_handler(
        *static_cast<sqlite3 *const *>(handle.constData()), kStepsBetweenLooks,
        [](void *asked) { return static_cast<const std::atomic<bool> *>(asked)->load() ? 1 : 0; },
        const_cast<std::atomic<bool> *>(&stop));
}

bool Connection::hasTable(const QString &table)
{
    const auto found = value(u"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"_s, {table});
    return found && found->isValid();
}

bool Connection::hasColumn(const QString &table, const QString &column)
{
    const auto found = value(u"SELECT 1 FROM pragma_table_info(?) WHERE name = ?"_s, {table, column});
    return found && found->isValid();
}

Result<Connection::Lease> Connection::start(const QString &sql, const QVariantList &values)
{
    if (!isOpen())
        return Error{ErrorCode::Unavailable, u"the database is closed"_s};
    auto lease = prepared(sql);
    if (!lease)
        return lease;
    QSqlQuery &query = lease->query();
    for (qsizetype i = 0; i < values.size(); ++i) {
        const auto bound = bindable(values[i]);
        if (!bound) {
            return Error{ErrorCode::Internal,
                         u"a value of type %1 cannot be stored"_s.arg(QString::fromLatin1(values[i].typeName()))};
        }
        query.bindValue(int(i), *bound);
    }
    if (!query.exec())
        return databaseError(query.lastError());
    return lease;
}

Result<Connection::Lease> Connection::prepared(const QString &sql)
{
    const auto known = m_statements.find(sql);
    if (known != m_statements.end() && !known->second->inUse) {
        known->second->lastUse = ++m_uses;
        return Lease(*known->second);
    }
    auto fresh = std::make_unique<Prepared>(QSqlQuery(QSqlDatabase::database(m_name, false)));
    fresh->query.setForwardOnly(true);
    if (!fresh->query.prepare(sql))
        return databaseError(fresh->query.lastError());
    // The same statement inside its own loop: a second one for the time being.
    if (known != m_statements.end())
        return Lease(std::move(fresh));
    makeRoom();
    fresh->lastUse = ++m_uses;
    Prepared &kept = *m_statements.emplace(sql, std::move(fresh)).first->second;
    return Lease(kept);
}

void Connection::makeRoom()
{
    if (m_statements.size() < kKeptStatements)
        return;
    auto oldest = m_statements.end();
    for (auto it = m_statements.begin(); it != m_statements.end(); ++it) {
        if (!it->second->inUse && (oldest == m_statements.end() || it->second->lastUse < oldest->second->lastUse))
            oldest = it;
    }
    if (oldest != m_statements.end())
        m_statements.erase(oldest);
}

Status Connection::statusOf(const QSqlQuery &query)
{
    const QSqlError error = query.lastError();
    return error.isValid() ? Status(databaseError(error)) : Status();
}

sqlite3_stmt *Connection::handleOf(const QSqlQuery &query)
{
    const QVariant handle = query.result()->handle();
    Q_ASSERT(qstrcmp(handle.typeName(), "sqlite3_stmt*") == 0);
    return *static_cast<sqlite3_stmt *const *>(handle.constData());
}

bool Connection::isWithoutMutex() const
{
    const QVariant handle = QSqlDatabase::database(m_name, false).driver()->handle();
    Q_ASSERT(qstrcmp(handle.typeName(), "sqlite3*") == 0);
    return !sqlite3_db_mutex(*static_cast<sqlite3 *const *>(handle.constData()));
}

bool Connection::standsOnRow(sqlite3_stmt *statement)
{
    return sqlite3_data_count(statement) > 0; // the driver took the first step when it executed
}

Result<bool> Connection::step(sqlite3_stmt *statement)
{
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    sqlite3 *database = sqlite3_db_handle(statement);
    return databaseError(QSqlError(u"cannot fetch a row"_s, QString::fromUtf8(sqlite3_errmsg(database)),
                                   QSqlError::StatementError, QString::number(sqlite3_extended_errcode(database))));
}

Connection::Lease::~Lease()
{
    if (!m_statement)
        return;
    m_statement->query.finish();
    // A kept statement would otherwise keep the last document it wrote in memory.
    for (qsizetype i = 0, count = m_statement->query.boundValues().size(); i < count; ++i)
        m_statement->query.bindValue(int(i), QVariant());
    m_statement->inUse = false;
}

} // namespace agent
