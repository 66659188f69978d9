#pragma once

#include "core/schema.h"

namespace agent {

/// Where a dragged session or topology goes: a folder, and a place among what is in it.
struct MoveIntoFolder
{
    std::optional<QString> folderId; ///< missing and null both mean the root
    double sortOrder = 0;
};

template <>
struct Schema<MoveIntoFolder>
{
    static constexpr const char *name = "MoveIntoFolder";
    static constexpr auto fields = std::tuple{
        field("folder_id", &MoveIntoFolder::folderId),
        field("sort_order", &MoveIntoFolder::sortOrder, FieldFlag::Required),
    };
};

/// Where a dragged folder goes.
struct MoveFolder
{
    std::optional<QString> parentId; ///< missing and null both mean the root
    double sortOrder = 0;
};

template <>
struct Schema<MoveFolder>
{
    static constexpr const char *name = "MoveFolder";
    static constexpr auto fields = std::tuple{
        field("parent_id", &MoveFolder::parentId),
        field("sort_order", &MoveFolder::sortOrder, FieldFlag::Required),
    };
};

} // namespace agent
