#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A key combination that types a command (contract 02 section 3.4). The command of a secret one is sealed by the
/// vault in `command_encrypted`; `command` is empty then.
struct MappedKey
{
    QString id;
    QString keyCombo;
    QString command;
    std::optional<QString> description;
    bool isSecret = false;
    Timestamp createdAt;

    friend bool operator==(const MappedKey &, const MappedKey &) = default;
};

template <>
struct Schema<MappedKey>
{
    static constexpr const char *name = "MappedKey";
    static constexpr auto fields = std::tuple{
        field("id", &MappedKey::id, FieldFlag::ReadOnly),
        field("key_combo", &MappedKey::keyCombo, FieldFlag::Required),
        field("command", &MappedKey::command, FieldFlag::ReadOnly), // may be secret: never decoded into a QString
        field("description", &MappedKey::description),
        field("is_secret", &MappedKey::isSecret),
        field("created_at", &MappedKey::createdAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<MappedKey>
{
    static constexpr const char *table = "mapped_keys";
    static constexpr const char *order = "key_combo, id";
    static constexpr const char *noun = "mapped key";
};

} // namespace agent
