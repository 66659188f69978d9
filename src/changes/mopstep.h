#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/sqlcodec.h"

namespace agent {

/// Where a step stands. Clients may leave it out, and may send a fraction, which is rounded.
struct StepOrder
{
    std::optional<qint64> value; ///< none: it was left out

    friend bool operator==(const StepOrder &, const StepOrder &) = default;
};

template <>
struct JsonCodec<StepOrder>
{
    static void write(JsonWriter &writer, const StepOrder &order) { writer.integer(order.value.value_or(0)); }
    static Status read(const JsonValue &value, StepOrder &out);
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        JsonCodec<qint64>::describe(writer, collector);
    }
};

/// One step of a change or of a template (contract 09 section B1). Its words are the client's own; all of it comes back
/// unchanged.
struct MopStep
{
    QString id; ///< null: it was left out
    StepOrder order;
    QString stepType;
    QString command;
    QString status = QStringLiteral("pending");
    std::optional<QString> description;
    std::optional<QString> expectedOutput;
    std::optional<QString> output;
    std::optional<QString> executedAt;
    std::optional<QString> executionSource;
    std::optional<QString> quickActionId;
    std::optional<RawObject> quickActionVariables;
    std::optional<QString> scriptId;
    std::optional<RawObject> scriptArgs;
    std::optional<QString> pairedStepId;
    std::optional<QString> outputFormat;
    std::optional<QString> aiFeedback;
    std::optional<QString> deviceScope;
    std::optional<QList<QString>> deviceIds;
    std::optional<RawObject> deployMetadata;

    friend bool operator==(const MopStep &, const MopStep &) = default;
};

template <>
struct Schema<MopStep>
{
    static constexpr const char *name = "MopStep";
    static constexpr auto fields = std::tuple{
        field("id", &MopStep::id),
        field("order", &MopStep::order),
        field("step_type", &MopStep::stepType, FieldFlag::Required),
        field("command", &MopStep::command, FieldFlag::Required),
        field("status", &MopStep::status),
        field("description", &MopStep::description),
        field("expected_output", &MopStep::expectedOutput),
        field("output", &MopStep::output),
        field("executed_at", &MopStep::executedAt),
        field("execution_source", &MopStep::executionSource, FieldFlag::OmitNull),
        field("quick_action_id", &MopStep::quickActionId, FieldFlag::OmitNull),
        field("quick_action_variables", &MopStep::quickActionVariables, FieldFlag::OmitNull),
        field("script_id", &MopStep::scriptId, FieldFlag::OmitNull),
        field("script_args", &MopStep::scriptArgs, FieldFlag::OmitNull),
        field("paired_step_id", &MopStep::pairedStepId, FieldFlag::OmitNull),
        field("output_format", &MopStep::outputFormat, FieldFlag::OmitNull),
        field("ai_feedback", &MopStep::aiFeedback, FieldFlag::OmitNull),
        field("device_scope", &MopStep::deviceScope, FieldFlag::OmitNull),
        field("device_ids", &MopStep::deviceIds, FieldFlag::OmitNull),
        field("deploy_metadata", &MopStep::deployMetadata, FieldFlag::OmitNull),
    };
};

/// The steps of a change or template. What a client left out of one is made up: a new id, its place in the list.
class MopSteps : public QList<MopStep>
{
public:
    using QList::QList;

    /// Reads the array of a stored row: what is no step is passed over, so that the others stay.
    static MopSteps fromStored(const JsonValue &value);
    void fillGaps();
};

template <>
struct JsonCodec<MopSteps>
{
    static void write(JsonWriter &writer, const MopSteps &steps) { JsonCodec<QList<MopStep>>::write(writer, steps); }
    static Status read(const JsonValue &value, MopSteps &out);
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        JsonCodec<QList<MopStep>>::describe(writer, collector);
    }
};

/// Other steps for single devices, by session id.
using DeviceOverrides = QMap<QString, MopSteps>;

template <>
struct SqlCodec<MopSteps>
{
    static QVariant toSql(const MopSteps &steps) { return QString::fromUtf8(encode(steps)); }
    static void fromSql(const ColumnView &stored, MopSteps &steps);
};

template <>
struct SqlCodec<DeviceOverrides>
{
    static QVariant toSql(const DeviceOverrides &overrides) { return QString::fromUtf8(encode(overrides)); }
    static void fromSql(const ColumnView &stored, DeviceOverrides &overrides);
};

/// Bounds of what a client may store. `field` is the list's.
[[nodiscard]] Status checkSteps(const MopSteps &steps, QLatin1StringView field);

} // namespace agent
