#pragma once

#include "core/jsonwriter.h"

#include <QByteArray>

#include <initializer_list>
#include <utility>

namespace agent::test {

/// `{"<member>":"<value>",...}`; moc cannot read every raw string that this would take.
inline QByteArray object(std::initializer_list<std::pair<const char *, QByteArray>> members)
{
    JsonWriter writer;
    writer.beginObject();
    for (const auto &[name, value] : members) {
        writer.key(std::string_view(name));
        writer.utf8(value);
    }
    writer.endObject();
    return writer.take();
}
inline QByteArray object(const char *member, const QByteArray &value) { return object({{member, value}}); }

} // namespace agent::test
