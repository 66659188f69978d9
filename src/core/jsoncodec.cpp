#include "core/jsoncodec.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

void describeSimple(JsonWriter &writer, QByteArrayView type, QByteArrayView format = {})
{
    writer.beginObject();
    writer.key("type");
    writer.utf8(type);
    if (!format.isEmpty()) {
        writer.key("format");
        writer.utf8(format);
    }
    writer.endObject();
}

} // namespace

Error wrongShape(const QString &what) { return Error{ErrorCode::WrongShape, u"must be "_s + what}; }

Error inField(Error error, QStringView outer)
{
    const QString separator = error.field.isEmpty() || error.field.startsWith(u'[') ? QString() : u"."_s;
    error.field = outer.toString() + separator + error.field;
    return error;
}

Status JsonCodec<bool>::read(const JsonValue &value, bool &out)
{
    if (!value.IsBool())
        return wrongShape(u"true or false"_s);
    out = value.GetBool();
    return {};
}

void JsonCodec<bool>::describe(JsonWriter &writer, SchemaCollector &) { describeSimple(writer, "boolean"); }

Status JsonCodec<double>::read(const JsonValue &value, double &out)
{
    if (!value.IsNumber())
        return wrongShape(u"a number"_s);
    out = value.GetDouble();
    return {};
}

void JsonCodec<double>::describe(JsonWriter &writer, SchemaCollector &) { describeSimple(writer, "number"); }

Status JsonCodec<QString>::read(const JsonValue &value, QString &out)
{
    if (!value.IsString())
        return wrongShape(u"a string"_s);
    out = toQString(value);
    return {};
}

void JsonCodec<QString>::describe(JsonWriter &writer, SchemaCollector &) { describeSimple(writer, "string"); }

Status JsonCodec<Timestamp>::read(const JsonValue &value, Timestamp &out)
{
    if (value.IsString()) {
        if (const auto time = Timestamp::parse(toQString(value))) {
            out = *time;
            return {};
        }
    }
    return wrongShape(u"an RFC 3339 time"_s);
}

void JsonCodec<Timestamp>::describe(JsonWriter &writer, SchemaCollector &)
{
    describeSimple(writer, "string", "date-time");
}

void JsonCodec<RawJson>::describe(JsonWriter &writer, SchemaCollector &)
{
    writer.beginObject();
    writer.endObject();
}

} // namespace agent
