#include "platform/folders.h"

#include <QDir>

#include <qt_windows.h>

#include <objbase.h>
#include <shlobj.h>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

QString knownFolder(const char *variable, const KNOWNFOLDERID &id)
{
    const QString value = qEnvironmentVariable(variable);
    if (QDir::isAbsolutePath(value))
        return QDir::cleanPath(QDir::fromNativeSeparators(value));
    PWSTR path = nullptr;
    QString folder;
    if (SUCCEEDED(SHGetKnownFolderPath(id, KF_FLAG_DEFAULT, nullptr, &path)))
        folder = QDir::fromNativeSeparators(QString::fromWCharArray(path));
    CoTaskMemFree(path);
    return folder;
}

} // namespace

Result<BaseFolders> baseFolders()
{
    const QString roaming = knownFolder("APPDATA", FOLDERID_RoamingAppData);
    const QString local = knownFolder("LOCALAPPDATA", FOLDERID_LocalAppData);
    if (roaming.isEmpty() || local.isEmpty())
        return Error{.code = ErrorCode::Config, .message = u"Windows names no application data folder"_s};
    return BaseFolders{.config = roaming, .data = local, .olderData = roaming};
}

} // namespace agent
