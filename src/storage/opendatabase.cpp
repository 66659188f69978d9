#include "storage/opendatabase.h"

#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/seeds.h"
#include "storage/storagelog.h"

#include <QFile>
#include <QFileInfo>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Names the file and the way out.
Error cannotOpen(const QString &path, const Error &error)
{
    QString text = u"cannot open the database '%1': %2."_s.arg(path, error.message);
    // Only then: whose disk is full or read-only must not be talked into an older state.
    if (error.code == ErrorCode::DatabaseDamaged)
        text += u' ' + Backup::wayBack(path);
    text += u" The file is left as it is; to start with an empty database, move it away."_s;
    return {error.code, text};
}

} // namespace

Result<OpenedDatabase> openDatabase(const DatabaseLocation &location)
{
    OpenedDatabase opened{std::make_unique<Database>(), {}, {}, {}};
    if (!location.warning.isEmpty())
        opened.warnings.append(location.warning);
    const QString folder = QFileInfo(location.path).absolutePath();
    // Only the folder that is ours: a database elsewhere may lie among other people's files.
    if (location.source == DatabaseLocation::Source::Default && QFileInfo::exists(folder))
        QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);

    Backup::removeLeftovers(location.path);
    opened.import = applyStagedImport(location.path);
    if (!opened.import.message.isEmpty())
        opened.warnings.append(opened.import.message);

    const Status status = opened.database->open(location.path, [&opened](Connection &connection) -> Status {
        auto upgraded = bringUpToDate(connection);
        if (!upgraded)
            return upgraded.error();
        opened.upgrade = *std::move(upgraded);
        if (!opened.upgrade.backup.isEmpty() || !opened.import.backup.isEmpty())
            Backup::prune(connection.path(), Backup::Kind::Replaced, Backup::keptCount(connection));
        return seed(connection);
    });
    if (!status)
        return cannotOpen(location.path, status.error());
    for (const QString &warning : std::as_const(opened.warnings))
        qCWarning(lcStorage).noquote() << warning;
    return opened;
}

} // namespace agent
