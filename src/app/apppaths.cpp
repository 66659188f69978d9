#include "app/apppaths.h"

#include <QDir>

namespace agent {

using namespace Qt::StringLiterals;

AppPaths AppPaths::below(const BaseFolders &base)
{
    constexpr auto kData = "/netstacks"_L1;
    return {.configFolder = base.config + u"/com.netstacks.terminal"_s,
            .dataFolder = base.data + kData,
            .olderDataFolder = base.olderData.isEmpty() ? QString() : base.olderData + kData};
}

Result<AppPaths> AppPaths::locate()
{
    const Result<BaseFolders> base = baseFolders();
    if (!base)
        return base.error();
    return below(*base);
}

Status AppPaths::createFolders() const
{
    for (const QString &folder : {configFolder, dataFolder}) {
        if (!QDir().mkpath(folder))
            return Error{.code = ErrorCode::Io, .message = u"cannot create the folder "_s + folder};
    }
    return {};
}

QString AppPaths::appConfigFile() const { return configFolder + u"/app-config.json"_s; }

QString AppPaths::trustFlagFile() const { return configFolder + u"/tls_installed.txt"_s; }

QString AppPaths::lockFile() const { return configFolder + u"/agent.lock"_s; }

} // namespace agent
