#pragma once

namespace agent {

class ApiKeys;
class ProfileCredentials;
class Router;
class SessionCredentials;
class Vault;

// The wire edge of the vault (contract 02 sections 2.4 and 3.3). Bodies that hold secrets are decoded in wiping memory
// and their bytes are wiped. What is passed outlives the router's last request.

/// `/api/vault/...` without the API keys.
void registerVaultRoutes(Router &router, Vault &vault);
/// `/api/vault/api-keys/...`
void registerApiKeyRoutes(Router &router, ApiKeys &keys);
/// `/api/profiles/:id/credential` and `/api/credentials/:session_id`
void registerCredentialRoutes(Router &router, ProfileCredentials &profiles, SessionCredentials &sessions);

} // namespace agent
