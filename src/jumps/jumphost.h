#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A host to hop over, with the profile that logs in to it (contract 02 section 3.3).
struct JumpHost
{
    QString id;
    QString name;
    QString host;
    quint16 port = 22;
    QString profileId;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const JumpHost &, const JumpHost &) = default;
};

template <>
struct Schema<JumpHost>
{
    static constexpr const char *name = "JumpHost";
    static constexpr auto fields = std::tuple{
        field("id", &JumpHost::id, FieldFlag::ReadOnly),
        field("name", &JumpHost::name, FieldFlag::Required),
        field("host", &JumpHost::host, FieldFlag::Required),
        field("port", &JumpHost::port),
        field("profile_id", &JumpHost::profileId, FieldFlag::Required),
        field("created_at", &JumpHost::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &JumpHost::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<JumpHost>
{
    static constexpr const char *table = "jump_hosts";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "jump host";
};

} // namespace agent
