#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class ScriptOrigin { User, Ai, Template };

template <>
struct EnumWords<ScriptOrigin>
{
    static constexpr std::array words{std::pair{ScriptOrigin::User, "user"}, std::pair{ScriptOrigin::Ai, "ai"},
                                      std::pair{ScriptOrigin::Template, "template"}};
};

/// Whatever else files hold is a user's.
struct ScriptOriginStorage
{
    static QVariant toSql(ScriptOrigin value) { return QString(wordOf(value)); }
    static void fromSql(const ColumnView &stored, ScriptOrigin &value)
    {
        value = enumOf<ScriptOrigin>(QUtf8StringView(stored.utf8())).value_or(ScriptOrigin::User);
    }
};

/// A Python script that runs on this machine (contract 04 section 5.1).
struct Script
{
    QString id;
    QString name;
    QString content;
    bool isTemplate = false;
    std::optional<Timestamp> lastRunAt;
    Timestamp createdAt;
    Timestamp updatedAt;
    ScriptOrigin createdBy = ScriptOrigin::User;
    bool approved = true; ///< a person has let it run

    friend bool operator==(const Script &, const Script &) = default;
};

template <>
struct Schema<Script>
{
    static constexpr const char *name = "Script";
    static constexpr auto fields = std::tuple{
        field("id", &Script::id, FieldFlag::ReadOnly),
        field("name", &Script::name, FieldFlag::Required),
        field("content", &Script::content, FieldFlag::Required),
        field("is_template", &Script::isTemplate),
        field("last_run_at", &Script::lastRunAt, FieldFlag::ReadOnly),
        field("created_at", &Script::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Script::updatedAt, FieldFlag::ReadOnly),
        fieldStoredAs<ScriptOriginStorage>("created_by", &Script::createdBy, FieldFlag::ReadOnly),
        field("approved", &Script::approved, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<Script>
{
    static constexpr const char *table = "scripts";
    static constexpr const char *order = "is_template DESC, name, id";
    static constexpr const char *noun = "script";
};

} // namespace agent
