#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// Whose tree a folder belongs to.
enum class FolderScope { Session, Topology };

template <>
struct EnumWords<FolderScope>
{
    static constexpr std::array words{std::pair{FolderScope::Session, "session"},
                                      std::pair{FolderScope::Topology, "topology"}};
};

/// A folder of sessions or topologies (contract 02 section 3.2).
struct Folder
{
    QString id;
    QString name;
    std::optional<QString> parentId; ///< null: the root
    FolderScope scope = FolderScope::Session;
    qint32 sortOrder = 0;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const Folder &, const Folder &) = default;
};

template <>
struct Schema<Folder>
{
    static constexpr const char *name = "Folder";
    static constexpr auto fields = std::tuple{
        field("id", &Folder::id, FieldFlag::ReadOnly),
        field("name", &Folder::name, FieldFlag::Required),
        field("parent_id", &Folder::parentId),
        field("scope", &Folder::scope),
        field("sort_order", &Folder::sortOrder, FieldFlag::UpdateOnly),
        field("created_at", &Folder::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Folder::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<Folder>
{
    static constexpr const char *table = "folders";
    static constexpr const char *order = "sort_order, name, id";
    static constexpr const char *noun = "folder";
};

} // namespace agent
