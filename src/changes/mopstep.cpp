#include "changes/mopstep.h"

#include "changes/fieldsizes.h"
#include "core/uuid.h"

#include <cmath>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxSteps = 2000;
constexpr qsizetype kMaxTextBytes = 1024 * 1024;
constexpr qsizetype kMaxDeviceIds = 10'000;

} // namespace

Status JsonCodec<StepOrder>::read(const JsonValue &value, StepOrder &out)
{
    constexpr double kExact = 9007199254740992.0; // 2^53: beyond it a double is no place in a list
    if (value.IsInt64()) {
        out.value = value.GetInt64();
        return {};
    }
    if (value.IsDouble() && std::abs(value.GetDouble()) <= kExact) {
        out.value = std::llround(value.GetDouble());
        return {};
    }
    return wrongShape(u"a number"_s);
}

void MopSteps::fillGaps()
{
    for (qsizetype i = 0; i < size(); ++i) {
        MopStep &step = (*this)[i];
        if (step.id.isNull())
            step.id = newUuid();
        if (!step.order.value)
            step.order.value = i;
    }
}

MopSteps MopSteps::fromStored(const JsonValue &value)
{
    MopSteps steps;
    if (!value.IsArray())
        return steps;
    for (const JsonValue &element : value.GetArray()) {
        MopStep step;
        if (JsonCodec<MopStep>::read(element, step))
            steps.append(std::move(step));
    }
    steps.fillGaps();
    return steps;
}

Status JsonCodec<MopSteps>::read(const JsonValue &value, MopSteps &out)
{
    MopSteps steps;
    if (Status status = JsonCodec<QList<MopStep>>::read(value, steps); !status)
        return status;
    steps.fillGaps();
    out = std::move(steps);
    return {};
}

void SqlCodec<MopSteps>::fromSql(const ColumnView &stored, MopSteps &steps)
{
    if (const auto document = JsonDocument::parse(stored.utf8().toByteArray()))
        steps = MopSteps::fromStored(document->root());
}

void SqlCodec<DeviceOverrides>::fromSql(const ColumnView &stored, DeviceOverrides &overrides)
{
    const auto document = JsonDocument::parse(stored.utf8().toByteArray());
    if (!document || !document->root().IsObject())
        return;
    overrides.clear();
    for (const auto &member : document->root().GetObject())
        overrides.insert(toQString(member.name), MopSteps::fromStored(member.value));
}

Status checkSteps(const MopSteps &steps, QLatin1StringView name)
{
    const auto tooMany = [&name](const QString &path, qsizetype max) {
        return Error{ErrorCode::Validation, u"field '%1' must have at most %2 entries"_s.arg(name + path).arg(max),
                     name + path};
    };
    if (steps.size() > kMaxSteps)
        return tooMany({}, kMaxSteps);
    for (qsizetype i = 0; i < steps.size(); ++i) {
        const MopStep &step = steps.at(i);
        if (Status sizes = checkFieldSizes(step, kMaxTextBytes, u"%1[%2]."_s.arg(name).arg(i)); !sizes)
            return sizes;
        if (step.deviceIds && step.deviceIds->size() > kMaxDeviceIds)
            return tooMany(u"[%1].device_ids"_s.arg(i), kMaxDeviceIds);
    }
    return {};
}

} // namespace agent
