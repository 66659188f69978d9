#pragma once

#include "vault/secretbody.h"

#include <optional>

namespace agent {

/// The secrets of an API resource, as `api_resource_credentials` seals them (contract 02 section 2.2).
struct ResourceSecrets
{
    std::optional<Secret> token;
    std::optional<Secret> username;
    std::optional<Secret> password;
};

template <>
struct Schema<ResourceSecrets>
{
    static constexpr const char *name = "ResourceSecrets";
    static constexpr auto fields = std::tuple{
        field("token", &ResourceSecrets::token),
        field("username", &ResourceSecrets::username),
        field("password", &ResourceSecrets::password),
    };
};

} // namespace agent
