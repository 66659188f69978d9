#pragma once

#include "core/jsonwriter.h"

#include <QByteArray>

#include <functional>
#include <map>

namespace agent {

class SchemaCollector;

/// A type with a name in the OpenAPI document, and the function that writes its JSON Schema.
struct TypeDescription
{
    QByteArray name;
    std::function<void(JsonWriter &writer, SchemaCollector &collector)> write;
};

/// Gathers the named types that schemas refer to, each once.
class SchemaCollector
{
public:
    /// Writes `{"$ref": ...}` and remembers the type.
    void reference(JsonWriter &writer, const TypeDescription &type)
    {
        m_types.try_emplace(type.name, &type);
        writer.beginObject();
        writer.key("$ref");
        writer.utf8(QByteArray("#/components/schemas/" + type.name));
        writer.endObject();
    }

    /// Writes all gathered types as the members of one object; writing one may gather more.
    void writeAll(JsonWriter &writer)
    {
        writer.beginObject();
        std::map<QByteArray, const TypeDescription *> written;
        while (written.size() < m_types.size()) {
            const auto types = m_types;
            for (const auto &[name, type] : types) {
                if (written.try_emplace(name, type).second) {
                    writer.key(std::string_view(name.constData(), std::size_t(name.size())));
                    type->write(writer, *this);
                }
            }
        }
        writer.endObject();
    }

private:
    std::map<QByteArray, const TypeDescription *> m_types;
};

} // namespace agent
