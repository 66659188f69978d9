#pragma once

#include "changes/mopstep.h"

namespace agent {

class Connection;

/// Steps as a package carries them: without what only one agent's run of them knows. What is null is left out.
struct PackagedSteps
{
    MopSteps steps;

    friend bool operator==(const PackagedSteps &, const PackagedSteps &) = default;
};

template <>
struct JsonCodec<PackagedSteps>
{
    static void write(JsonWriter &writer, const PackagedSteps &packaged);
    static Status read(const JsonValue &value, PackagedSteps &out)
    {
        return JsonCodec<MopSteps>::read(value, out.steps);
    }
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        JsonCodec<MopSteps>::describe(writer, collector);
    }
};

struct PackagedDocument
{
    QString name;
    QString contentType;
    Utf8Text content;
};

template <>
struct Schema<PackagedDocument>
{
    static constexpr const char *name = "MopPackageDocument";
    static constexpr auto fields = std::tuple{
        field("name", &PackagedDocument::name, FieldFlag::Required),
        field("content_type", &PackagedDocument::contentType),
        field("content", &PackagedDocument::content, FieldFlag::Required),
    };
};

struct PackagedPlan
{
    QString name;
    std::optional<QString> description;
    QString author;
    PackagedSteps steps;
    std::optional<QMap<QString, PackagedSteps>> deviceOverrides; ///< by "name (host)"
    std::optional<PackagedDocument> document;
};

template <>
struct Schema<PackagedPlan>
{
    static constexpr const char *name = "MopPackagePlan";
    static constexpr auto fields = std::tuple{
        field("name", &PackagedPlan::name, FieldFlag::Required),
        field("description", &PackagedPlan::description, FieldFlag::OmitNull),
        field("author", &PackagedPlan::author),
        field("steps", &PackagedPlan::steps, FieldFlag::Required),
        field("device_overrides", &PackagedPlan::deviceOverrides, FieldFlag::OmitNull),
        field("document", &PackagedPlan::document, FieldFlag::OmitNull),
    };
};

/// A plan as a file, `*.mop.json` (contract 09 section B3).
struct MopPackage
{
    static constexpr const char *kFormat = "netstacks-mop", *kVersion = "1.0";

    QString format = QLatin1StringView(kFormat);
    QString version = QLatin1StringView(kVersion);
    QString exportedAt;
    QString source;
    PackagedPlan plan;
    std::optional<RawObject> metadata;
};

template <>
struct Schema<MopPackage>
{
    static constexpr const char *name = "MopPackage";
    static constexpr auto fields = std::tuple{
        field("format", &MopPackage::format, FieldFlag::Required),
        field("version", &MopPackage::version, FieldFlag::Required),
        field("exported_at", &MopPackage::exportedAt),
        field("source", &MopPackage::source),
        field("mop", &MopPackage::plan, FieldFlag::Required),
        field("metadata", &MopPackage::metadata, FieldFlag::OmitNull),
    };
};

/// What became of a package.
struct MopImportResult
{
    QString changeId;
    QString name;
    qint64 stepsImported = 0;
    qint64 overridesImported = 0; ///< devices
    bool documentCreated = false;
    QList<QString> warnings;
};

template <>
struct Schema<MopImportResult>
{
    static constexpr const char *name = "MopImportResult";
    static constexpr auto fields = std::tuple{
        field("change_id", &MopImportResult::changeId, FieldFlag::ReadOnly),
        field("name", &MopImportResult::name, FieldFlag::ReadOnly),
        field("steps_imported", &MopImportResult::stepsImported, FieldFlag::ReadOnly),
        field("overrides_imported", &MopImportResult::overridesImported, FieldFlag::ReadOnly),
        field("document_created", &MopImportResult::documentCreated, FieldFlag::ReadOnly),
        field("warnings", &MopImportResult::warnings, FieldFlag::ReadOnly),
    };
};

/// Why a package cannot be one of ours: answered 400 with a code that no other route has.
struct PackageFault
{
    const char *code; ///< INVALID_FORMAT, UNSUPPORTED_VERSION, INVALID_STEP
    QString message;
    QString field;
};

namespace moppackage {

/// What the body says it is, before it is read as a package of a kind and version we know. Pure.
[[nodiscard]] std::optional<PackageFault> faultOfKind(const JsonValue &body);
/// A step without a command. Pure.
[[nodiscard]] std::optional<PackageFault> faultOfSteps(const PackagedPlan &plan);

// On the database thread, in the transaction of their request:

/// The package of a change, which is also kept as a new document, because that is where clients send their user. A
/// linked note is left out: it is sealed, and a package is plain text. NotFound when there is no such change.
[[nodiscard]] Result<MopPackage> exportChange(Connection &connection, const QString &id);

/// Makes a draft of a plan without faults. @return Validation for what is too large.
[[nodiscard]] Result<MopImportResult> importPlan(Connection &connection, const PackagedPlan &plan);

} // namespace moppackage

} // namespace agent
