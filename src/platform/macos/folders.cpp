#include "platform/folders.h"

#include "platform/unix/homefolder.h"

namespace agent {

using namespace Qt::StringLiterals;

Result<BaseFolders> baseFolders()
{
    const Result<QString> home = homeFolder();
    if (!home)
        return home.error();
    const QString support = *home + u"/Library/Application Support"_s;
    return BaseFolders{.config = support, .data = support};
}

} // namespace agent
