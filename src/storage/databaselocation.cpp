#include "storage/databaselocation.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxConfigBytes = 64 * 1024; ///< it holds one path

/// `db_path` of config.json; empty when the file or the key is missing, unreadable or not a text.
QString configuredPath(const QString &dataFolder)
{
    QFile file(dataFolder + u"/config.json"_s);
    if (!file.open(QIODevice::ReadOnly) || file.size() > kMaxConfigBytes)
        return {};
    return QJsonDocument::fromJson(file.readAll()).object().value("db_path"_L1).toString();
}

QString defaultPath(const DatabaseLocation::Inputs &inputs)
{
    const QString local = inputs.dataFolder + u"/netstacks.db"_s;
    if (inputs.roamingDataFolder.isEmpty() || QFileInfo::exists(local))
        return local;
    const QString roaming = inputs.roamingDataFolder + u"/netstacks.db"_s;
    return QFileInfo::exists(roaming) ? roaming : local;
}

bool sameFile(const QString &a, const QString &b)
{
    const QFileInfo first(a), second(b);
    if (!first.exists() || !second.exists())
        return first.absoluteFilePath() == second.absoluteFilePath();
    return first.canonicalFilePath() == second.canonicalFilePath();
}

} // namespace

QDateTime lastDatabaseChange(const QString &path)
{
    const QFileInfo log(path + u"-wal"_s);
    const QDateTime main = QFileInfo(path).lastModified();
    return log.exists() && log.size() > 0 ? std::max(main, log.lastModified()) : main;
}

DatabaseLocation::Inputs DatabaseLocation::Inputs::ofProcess()
{
    Inputs inputs;
    inputs.environmentPath = qEnvironmentVariable("NETSTACKS_DB_PATH");
    inputs.dataFolder = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + u"/netstacks"_s;
#ifdef Q_OS_WIN // only there is a second place where older files may lie
    if (const QString roaming = qEnvironmentVariable("APPDATA"); !roaming.isEmpty())
        inputs.roamingDataFolder = QDir::fromNativeSeparators(roaming) + u"/netstacks"_s;
#endif
    return inputs;
}

DatabaseLocation DatabaseLocation::resolve(const Inputs &inputs)
{
    DatabaseLocation location;
    if (!inputs.environmentPath.isEmpty()) {
        location.path = QFileInfo(QDir::fromNativeSeparators(inputs.environmentPath)).absoluteFilePath();
        location.source = Source::Environment;
        return location;
    }
    location.path = defaultPath(inputs);
    const QString configured = configuredPath(inputs.dataFolder);
    if (configured.isEmpty() || sameFile(configured, location.path))
        return location;
    if (!QDir::isAbsolutePath(configured)) {
        location.warning = u"config.json names the database by a relative path; ignored: "_s + configured;
        return location;
    }
    const bool defaultExists = QFileInfo::exists(location.path);
    if (defaultExists && !QFileInfo::exists(configured)) {
        // A drive that is not there, most likely. An empty database in its place would look like a loss.
        location.warning =
            u"config.json names '%1', which does not exist; '%2' is opened instead"_s.arg(configured, location.path);
        return location;
    }
    if (defaultExists && lastDatabaseChange(location.path) > lastDatabaseChange(configured)) {
        location.warning =
            u"config.json names '%1', but '%2' was used later and is opened instead; delete the one that "
            "is out of date, or config.json"_s.arg(configured, location.path);
        return location;
    }
    location.path = configured;
    location.source = Source::ConfigFile;
    return location;
}

} // namespace agent
