#include "core/jsoncontainers.h"

#include "core/jsondocument.h"

namespace agent {

QList<std::pair<QString, QString>> stringMembers(const RawObject &object)
{
    QList<std::pair<QString, QString>> members;
    const auto document = JsonDocument::parse(object.text);
    if (!document || !document->root().IsObject())
        return members;
    for (const auto &[name, value] : document->root().GetObject()) {
        if (value.IsString())
            members.emplaceBack(toQString(name), toQString(value));
    }
    return members;
}

} // namespace agent
