#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// An account at a git hosting service (contract 07 section 9). Its credential is in the vault and never leaves it.
struct GitAccount
{
    QString id;
    QString name;
    QString provider; ///< free text: the client knows github, gitlab, gitea, bitbucket and more
    std::optional<QString> host;
    QString authMethod = QStringLiteral("pat");
    bool hasCredential = false;
    bool isDefault = false; ///< of at most one account
    QString createdAt;      ///< as in the file, `YYYY-MM-DD HH:MM:SS`, on the wire too
    QString updatedAt;

    friend bool operator==(const GitAccount &, const GitAccount &) = default;
};

template <>
struct Schema<GitAccount>
{
    static constexpr const char *name = "GitAccount";
    static constexpr auto fields = std::tuple{
        field("id", &GitAccount::id, FieldFlag::ReadOnly),
        field("name", &GitAccount::name, FieldFlag::Required),
        field("provider", &GitAccount::provider, FieldFlag::Required),
        field("host", &GitAccount::host, FieldFlag::NullKeeps),
        field("auth_method", &GitAccount::authMethod),
        field("has_credential", &GitAccount::hasCredential, FieldFlag::ReadOnly | FieldFlag::NotStored),
        field("is_default", &GitAccount::isDefault),
        field("created_at", &GitAccount::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &GitAccount::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<GitAccount>
{
    static constexpr const char *table = "git_accounts";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "git account";
};

} // namespace agent
