#pragma once

#include "vault/secretbody.h"

#include <optional>
#include <vector>

namespace agent {

/// The secrets of a credential profile, as they are sealed (contract 02 section 2.2) and as the client sends changes
/// to them. Absent means none, or, in a change, "unchanged".
struct Credential
{
    std::optional<Secret> password;
    std::optional<Secret> keyPassphrase;
    std::optional<std::vector<Secret>> snmpCommunities;

    /// Takes over what `changes` has; an empty list clears the communities (contract 02 section 3.3).
    void merge(Credential changes)
    {
        if (changes.password)
            password = std::move(changes.password);
        if (changes.keyPassphrase)
            keyPassphrase = std::move(changes.keyPassphrase);
        if (changes.snmpCommunities)
            snmpCommunities = std::move(changes.snmpCommunities);
    }
};

template <>
struct Schema<Credential>
{
    static constexpr const char *name = "Credential";
    static constexpr auto fields = std::tuple{
        field("password", &Credential::password),
        field("key_passphrase", &Credential::keyPassphrase),
        field("snmp_communities", &Credential::snmpCommunities),
    };
};

} // namespace agent
