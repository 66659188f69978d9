// What tst_storage_crash does to a process that uses the database, done to this one.
//
//   open FILE           start-up sequence; prints "opened" or the error
//   write FILE          writes rows for ever; prints a row's number once its run() has been answered
//   full FOLDER         the same on a file system of 2 MiB, in a name space of its own; prints what happened
//   full-upgrade FOLDER GENERATION-FILE    start-up sequence with too little space for the backup
//   unprivileged FILE   start-up sequence as a user who may not write

#include "storage/connection.h"
#include "storage/opendatabase.h"

#include <QCoreApplication>
#include <QFile>
#include <QTextStream>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

void say(const QString &line) { QTextStream(stdout) << line << Qt::endl; }

QString nameOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::StorageFull:
        return u"StorageFull"_s;
    case ErrorCode::Database:
        return u"Database"_s;
    default:
        return QString::number(int(code));
    }
}

int open(const QString &path)
{
    const auto opened = openDatabase({.path = path, .warning = {}});
    say(opened ? u"opened"_s : nameOf(opened.error().code) + u": "_s + opened.error().message);
    return opened ? 0 : 1;
}

Result<qint64> insertRow(Connection &connection, int id, int size)
{
    return connection.execute(u"INSERT INTO documents (id, name, category, content_type, content) "
                              "VALUES (?, 'n', 'notes', 'text', ?)"_s,
                              {QString::number(id), QString(size, u'x')});
}

int write(const QString &path)
{
    const auto opened = openDatabase({.path = path, .warning = {}});
    if (!opened)
        return 1;
    for (int id = 0;; ++id) {
        if (!opened->database->runBlocking([id](Connection &connection) { return insertRow(connection, id, 200); }))
            return 1;
        say(QString::number(id));
    }
}

void writeText(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (file.open(QIODevice::WriteOnly | QIODevice::ExistingOnly))
        file.write(text);
}

/// Enters a name space of mounts; where that takes a user name space, this user becomes its root.
bool enterOwnMounts()
{
    if (::unshare(CLONE_NEWNS) == 0)
        return true;
    const QByteArray user = QByteArray::number(::geteuid()), group = QByteArray::number(::getegid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    writeText(u"/proc/self/setgroups"_s, "deny");
    writeText(u"/proc/self/uid_map"_s, "0 " + user + " 1");
    writeText(u"/proc/self/gid_map"_s, "0 " + group + " 1");
    return true;
}

/// A file system of `size` that only this process sees, and that goes with it.
bool mountSmallDisk(const QString &folder, const char *size)
{
    return enterOwnMounts() && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", QFile::encodeName(folder).constData(), "tmpfs", 0, size) == 0;
}

int full(const QString &folder)
{
    if (!mountSmallDisk(folder, "size=2m")) {
        say(u"no name space"_s);
        return 0;
    }
    const auto opened = openDatabase({.path = folder + u"/netstacks.db"_s, .warning = {}});
    if (!opened) {
        say(opened.error().message);
        return 1;
    }
    Database &database = *opened->database;
    int written = 0;
    Result<qint64> last = qint64(0);
    for (; written < 1000; ++written) {
        last =
            database.runBlocking([written](Connection &connection) { return insertRow(connection, written, 50'000); });
        if (!last)
            break;
    }
    say(last ? u"never full"_s : nameOf(last.error().code));
    const auto rows = database.runBlocking(
        [](Connection &connection) { return connection.value(u"SELECT count(*) FROM documents"_s); });
    say(rows && rows->toInt() == written ? u"all rows there"_s : u"rows lost"_s);
    const auto check =
        database.runBlocking([](Connection &connection) { return connection.value(u"PRAGMA integrity_check"_s); });
    say(check ? check->toString() : check.error().message);
    return 0;
}

int fullUpgrade(const QString &folder, const QString &generationFile)
{
    if (!mountSmallDisk(folder, "size=3m")) {
        say(u"no name space"_s);
        return 0;
    }
    const QString path = folder + u"/netstacks.db"_s;
    QFile script(generationFile);
    Connection connection;
    if (!script.open(QIODevice::ReadOnly) || !connection.open(path) ||
        !connection.executeScript(QString::fromUtf8(script.readAll())) ||
        !connection.execute(u"UPDATE documents SET content = hex(zeroblob(900000)) WHERE id = 'd1'"_s))
        return 1;
    connection.close();
    const auto content = [&path] {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray before = content();
    const auto opened = openDatabase({.path = path, .warning = {}});
    say(opened ? u"opened"_s : nameOf(opened.error().code));
    say(content() == before ? u"unchanged"_s : u"changed"_s);
    return 0;
}

int unprivileged(const QString &path)
{
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0)
        return 1;
    return open(path);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const QString mode = arguments.value(1), target = arguments.value(2);
    if (mode == "open"_L1)
        return open(target);
    if (mode == "write"_L1)
        return write(target);
    if (mode == "full"_L1)
        return full(target);
    if (mode == "full-upgrade"_L1)
        return fullUpgrade(target, arguments.value(3));
    if (mode == "unprivileged"_L1)
        return unprivileged(target);
    return 2;
}
