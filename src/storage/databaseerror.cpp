#include "storage/connection.h"

#include "storage/storagelog.h"

#include <QSqlError>

namespace agent {

using namespace Qt::StringLiterals;

Q_LOGGING_CATEGORY(lcStorage, "netstacks.storage")

namespace {

/// SQLite's extended result codes (sqlite.org/rescode.html); the low byte is the primary one.
enum SqliteCode {
    Permission = 3,
    Busy = 5,
    Locked = 6,
    OutOfMemory = 7,
    ReadOnly = 8,
    Interrupted = 9,
    InputOutput = 10,
    Corrupt = 11,
    Full = 13,
    CannotOpen = 14,
    TooBig = 18,
    Constraint = 19,
    NotADatabase = 26,
    ConstraintCheck = Constraint | (1 << 8),
    ConstraintForeignKey = Constraint | (3 << 8),
    ConstraintNotNull = Constraint | (5 << 8),
    ConstraintPrimaryKey = Constraint | (6 << 8),
    ConstraintTrigger = Constraint | (7 << 8), // ON DELETE RESTRICT reports this one
    ConstraintUnique = Constraint | (8 << 8),
    ConstraintRowId = Constraint | (10 << 8),
    IoWrite = InputOutput | (3 << 8),
    IoShmSize = InputOutput | (19 << 8), // the -shm file could not grow
};

/// The columns of "UNIQUE constraint failed: table.a, table.b".
QStringList columnsNamedIn(const QString &message)
{
    QStringList columns;
    const qsizetype colon = message.indexOf(": "_L1);
    if (colon < 0)
        return columns;
    for (const QStringView part : QStringView(message).sliced(colon + 2).split(u", "_s))
        columns.append(part.sliced(part.indexOf(u'.') + 1).trimmed().toString());
    return columns;
}

Error constraintError(int code, const QString &message)
{
    const QStringList columns = columnsNamedIn(message);
    const QString field = columns.size() == 1 ? columns.first() : QString();
    switch (code) {
    case ConstraintUnique:
    case ConstraintPrimaryKey:
    case ConstraintRowId:
        return {ErrorCode::Conflict, u"an entry with the same %1 exists already"_s.arg(columns.join(u" and "_s)),
                field};
    case ConstraintForeignKey:
        return {ErrorCode::Validation, u"it refers to an entry that does not exist"_s};
    case ConstraintTrigger:
        return {ErrorCode::Conflict, u"another entry still refers to it"_s};
    case ConstraintNotNull:
        return {ErrorCode::Validation, u"%1 must have a value"_s.arg(field), field};
    case ConstraintCheck:
        return {ErrorCode::Validation, u"a field has a value that is not allowed"_s};
    default:
        return {ErrorCode::Validation, u"a rule of the database forbids this change"_s};
    }
}

} // namespace

Error databaseError(const QSqlError &error)
{
    const int code = error.nativeErrorCode().toInt();
    const QString message = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    if ((code & 0xff) == Corrupt)
        qCWarning(lcStorage).noquote() << "the database file is damaged; SQLite says" << code << message;
    else if ((code & 0xff) != Constraint)
        qCDebug(lcStorage).noquote() << "SQLite says" << code << message;
    if (code == IoShmSize)
        return {ErrorCode::StorageFull, u"the disk that holds the database is full"_s};
    if (code == IoWrite) {
        return {ErrorCode::Database, u"the disk that holds the database refuses a write: it may be over a quota, or "
                                     "failing"_s};
    }
    switch (code & 0xff) {
    case Constraint:
        return constraintError(code, message);
    case Full:
        return {ErrorCode::StorageFull, u"the disk that holds the database is full"_s};
    case Busy:
    case Locked:
        return {ErrorCode::Database, u"another program keeps the database locked; try again"_s};
    case ReadOnly:
        return {ErrorCode::Database, u"the database file, or its folder, is read-only"_s};
    case Permission:
    case CannotOpen:
        return {ErrorCode::Database,
                u"the database file cannot be opened: check that it exists, that it and its folder "
                "may be written, and that the disk is not full"_s};
    case InputOutput:
        return {ErrorCode::Database, u"the disk that holds the database reports an error (SQLite code %1)"_s.arg(code)};
    case Corrupt:
    case NotADatabase:
        return {ErrorCode::DatabaseDamaged, u"the database file is damaged or not a database; restore a backup"_s};
    case TooBig:
        return {ErrorCode::TooLarge, u"a value is too large for the database"_s};
    case OutOfMemory:
        return {ErrorCode::Database, u"the database ran out of memory"_s};
    case Interrupted:
        return {ErrorCode::Cancelled, u"the database operation was interrupted"_s};
    default:
        return {ErrorCode::Database, u"database error: "_s + message.trimmed()};
    }
}

} // namespace agent
