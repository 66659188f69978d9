#include "storage/databaseschema.h"

#include "storage/connection.h"

#include <QFile>

namespace agent {

using namespace Qt::StringLiterals;

Result<Catalog> freshCatalog()
{
    Connection memory;
    if (Status opened = memory.open(u":memory:"_s); !opened)
        return opened.error();
    for (const QString &name : {u"connections"_s, u"documents"_s, u"mop"_s, u"topology"_s, u"integrations"_s,
                                u"enrichment"_s, u"assistant"_s, u"own"_s}) {
        if (Status made = memory.executeScript(resourceText(u"schema/"_s + name + u".sql"_s)); !made)
            return Error{ErrorCode::Internal, u"schema script '%1': %2"_s.arg(name, made.error().message)};
    }
    return readCatalog(memory);
}

QString resourceText(const QString &name)
{
    QFile file(u":/storage/"_s + name);
    const bool opened = file.open(QIODevice::ReadOnly);
    Q_ASSERT(opened);
    return opened ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace agent
