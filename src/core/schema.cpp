#include "core/schema.h"

#include <algorithm>

namespace agent::detail {

using namespace Qt::StringLiterals;

namespace {

bool isShown(const FieldInfo &field, SchemaKind kind)
{
    switch (kind) {
    case SchemaKind::Answer:
        return true;
    case SchemaKind::CreateBody:
        return !field.is(FieldFlag::ReadOnly) && !field.is(FieldFlag::UpdateOnly);
    case SchemaKind::UpdateBody:
        return !field.is(FieldFlag::ReadOnly) && !field.is(FieldFlag::CreateOnly);
    }
    Q_UNREACHABLE_RETURN(false);
}

bool isNeeded(const FieldInfo &field, SchemaKind kind)
{
    if (kind == SchemaKind::Answer)
        return !field.is(FieldFlag::OmitNull);
    return kind == SchemaKind::CreateBody && field.is(FieldFlag::Required) && isShown(field, kind);
}

QString textOf(std::string_view name) { return QLatin1StringView(name.data(), qsizetype(name.size())).toString(); }

} // namespace

Status readFields(const JsonValue &object, void *model, std::span<const FieldReader> fields, BodyKind kind)
{
    if (!object.IsObject())
        return wrongShape(u"a JSON object"_s);
    const FieldFlag otherKind = kind == BodyKind::Create ? FieldFlag::UpdateOnly : FieldFlag::CreateOnly;
    for (const auto &[field, readValue, clear] : fields) {
        if (field.is(FieldFlag::ReadOnly) || field.is(otherKind))
            continue;
        const JsonValue *value = memberOf(object, field.name);
        if (!value || value->IsNull()) {
            if (kind == BodyKind::Create && field.is(FieldFlag::Required)) {
                const QString name = textOf(field.name);
                return Error{ErrorCode::WrongShape, u"missing field '%1'"_s.arg(name), name};
            }
            if (value && clear && (!field.is(FieldFlag::NullKeeps) || kind == BodyKind::Create))
                clear(model);
            continue;
        }
        if (Status read = readValue(*value, model); !read) {
            Error error = inField(read.error(), textOf(field.name));
            // The innermost codec says "must be ..."; the outermost names the whole path once.
            if (error.message.startsWith("must be"_L1))
                error.message = u"field '%1' "_s.arg(error.field) + error.message;
            return error;
        }
    }
    return {};
}

Error unprefixed(Error error)
{
    const QString prefix = u"field '%1' "_s.arg(error.field);
    if (error.message.startsWith(prefix))
        error.message = error.message.mid(prefix.size());
    return error;
}

void ObjectSchema::operator()(JsonWriter &writer, SchemaCollector &collector) const
{
    writer.beginObject();
    writer.key("type");
    writer.utf8("object");
    writer.key("properties");
    writer.beginObject();
    for (const auto &[field, describe] : fields) {
        if (!isShown(field, kind))
            continue;
        writer.key(field.name);
        describe(writer, collector);
    }
    writer.endObject();
    const auto needed = [this](const FieldDescription &described) { return isNeeded(described.field, kind); };
    if (std::ranges::any_of(fields, needed)) {
        writer.key("required");
        writer.beginArray();
        for (const FieldDescription &described : fields) {
            if (needed(described))
                writer.utf8(QByteArrayView(described.field.name.data(), qsizetype(described.field.name.size())));
        }
        writer.endArray();
    }
    writer.endObject();
}

} // namespace agent::detail
