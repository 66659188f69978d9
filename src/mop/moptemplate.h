#pragma once

#include "changes/mopstep.h"
#include "storage/repository.h"

namespace agent {

/// Steps to begin a plan with (contract 09 section C1).
struct MopTemplate
{
    QString id;
    QString name;
    std::optional<QString> description;
    MopSteps steps;
    QString createdBy;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const MopTemplate &, const MopTemplate &) = default;
};

template <>
struct Schema<MopTemplate>
{
    static constexpr const char *name = "MopTemplate";
    static constexpr auto fields = std::tuple{
        field("id", &MopTemplate::id, FieldFlag::ReadOnly),
        field("name", &MopTemplate::name, FieldFlag::Required),
        field("description", &MopTemplate::description),
        field("mop_steps", &MopTemplate::steps, FieldFlag::Required),
        field("created_by", &MopTemplate::createdBy, FieldFlag::Required | FieldFlag::CreateOnly),
        field("created_at", &MopTemplate::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &MopTemplate::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<MopTemplate>
{
    static constexpr const char *table = "mop_templates";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "template";
};

} // namespace agent
