#include "platform/folders.h"

#include "platform/unix/homefolder.h"

#include <QDir>

namespace agent {

using namespace Qt::StringLiterals;

Result<BaseFolders> baseFolders()
{
    const Result<QString> home = homeFolder();
    if (!home)
        return home.error();
    const QString share = *home + u"/.local/share"_s;
    // Only the database follows XDG; the Terminal's shell looks for the other files below HOME (contract 01, 3).
    const QString data = qEnvironmentVariable("XDG_DATA_HOME");
    return BaseFolders{.config = share, .data = QDir::isAbsolutePath(data) ? QDir::cleanPath(data) : share};
}

} // namespace agent
