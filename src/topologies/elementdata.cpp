#include "topologies/elementdata.h"

#include <optional>

namespace agent::elementdata {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxBytes = 256 * 1024; // a group names its members, a line its points
constexpr std::array kRowMembers = {"id", "type", "topologyId", "zIndex", "createdAt", "updatedAt"};

using Object = rapidjson::Document;

const QString kField = u"element_data"_s;

Result<Object> objectOf(const RawObject &data)
{
    Object object;
    object.Parse<rapidjson::kParseFullPrecisionFlag>(data.text.constData(), std::size_t(data.text.size()));
    if (object.HasParseError() || !object.IsObject())
        return Error{ErrorCode::WrongShape, u"field 'element_data' must be an object"_s, kField};
    return object;
}

Result<RawObject> store(Object &object)
{
    for (const char *name : kRowMembers)
        object.EraseMember(name);
    RawObject data{toJsonText(object)};
    if (data.text.size() > kMaxBytes)
        return Error{ErrorCode::Validation, u"field 'element_data' is longer than %1 bytes"_s.arg(kMaxBytes), kField};
    return data;
}

struct Point
{
    double x, y;
};

std::optional<Point> pointOf(const JsonValue *value)
{
    if (!value || !value->IsObject())
        return std::nullopt;
    const JsonValue *x = memberOf(*value, "x"), *y = memberOf(*value, "y");
    if (!x || !y || !x->IsNumber() || !y->IsNumber())
        return std::nullopt;
    return Point{x->GetDouble(), y->GetDouble()};
}

/// Moves the points of a line so that the first is at `position`.
void movePoints(Object &line, Point position)
{
    const auto points = line.FindMember("points");
    if (points == line.MemberEnd() || !points->value.IsArray() || points->value.Empty())
        return;
    const auto first = pointOf(&points->value[0]);
    if (!first)
        return;
    for (JsonValue &value : points->value.GetArray()) {
        if (const auto point = pointOf(&value)) {
            value["x"].SetDouble(point->x + position.x - first->x);
            value["y"].SetDouble(point->y + position.y - first->y);
        }
    }
}

} // namespace

Result<RawObject> fresh(const RawObject &data)
{
    auto object = objectOf(data);
    if (!object)
        return object.error();
    return store(*object);
}

Result<RawObject> patched(const RawObject &stored, const RawObject &patch, AnnotationType type)
{
    auto changes = objectOf(patch);
    if (!changes)
        return changes.error();
    auto object = objectOf(stored);
    if (!object) // what an older agent left there is nothing to merge with
        object = Object(rapidjson::kObjectType);
    if (type == AnnotationType::Line && changes->HasMember("position") && !changes->HasMember("points")) {
        if (const auto position = pointOf(memberOf(*changes, "position")))
            movePoints(*object, *position);
        changes->RemoveMember("position");
    }
    for (auto &[name, value] : changes->GetObject()) {
        if (value.IsNull()) {
            object->EraseMember(name);
            continue;
        }
        JsonValue ownName(name, object->GetAllocator()), ownValue(value, object->GetAllocator());
        if (const auto known = object->FindMember(name); known != object->MemberEnd())
            known->value = ownValue;
        else
            object->AddMember(ownName, ownValue, object->GetAllocator());
    }
    return store(*object);
}

} // namespace agent::elementdata
