#include "vault/vaultroutes.h"

#include "api/body.h"
#include "net/router.h"
#include "vault/apikeys.h"
#include "vault/profilecredentials.h"
#include "vault/secretbody.h"
#include "vault/sessioncredentials.h"
#include "vault/vault.h"

using namespace Qt::StringLiterals;

namespace agent {

namespace {

struct PasswordBody
{
    Secret password;
};
struct PasswordChangeBody
{
    Secret oldPassword;
    Secret newPassword;
};
struct WipeBody
{
    Secret confirmPassword;
};
struct ApiKeyBody
{
    Secret apiKey;
};
struct ApiKeyAnswer
{
    std::optional<Secret> apiKey;
};
struct SessionCredentialBody
{
    std::optional<Secret> password;
    std::optional<Secret> keyPassphrase;
};
struct ApiKeyExists
{
    bool exists = false;
};
struct ResetAnswer
{
    bool ok = true;
    QString backup;
};
/// There is no biometric unlock on this system: all three stay false.
struct BiometricStatus
{
    bool supported = false;
    bool enrolled = false;
    bool enabled = false;
};

} // namespace

template <>
struct Schema<PasswordBody>
{
    static constexpr const char *name = "VaultPassword";
    static constexpr auto fields = std::tuple{field("password", &PasswordBody::password, FieldFlag::Required)};
};
template <>
struct Schema<PasswordChangeBody>
{
    static constexpr const char *name = "VaultPasswordChange";
    static constexpr auto fields =
        std::tuple{field("old_password", &PasswordChangeBody::oldPassword, FieldFlag::Required),
                   field("new_password", &PasswordChangeBody::newPassword, FieldFlag::Required)};
};
template <>
struct Schema<WipeBody>
{
    static constexpr const char *name = "VaultWipe";
    static constexpr auto fields =
        std::tuple{field("confirm_password", &WipeBody::confirmPassword, FieldFlag::Required)};
};
template <>
struct Schema<ApiKeyBody>
{
    static constexpr const char *name = "ApiKey";
    static constexpr auto fields = std::tuple{field("api_key", &ApiKeyBody::apiKey, FieldFlag::Required)};
};
template <>
struct Schema<ApiKeyAnswer>
{
    static constexpr const char *name = "StoredApiKey";
    static constexpr auto fields = std::tuple{field("api_key", &ApiKeyAnswer::apiKey)};
};
template <>
struct Schema<SessionCredentialBody>
{
    static constexpr const char *name = "SessionCredential";
    static constexpr auto fields = std::tuple{field("password", &SessionCredentialBody::password),
                                              field("key_passphrase", &SessionCredentialBody::keyPassphrase)};
};
template <>
struct Schema<ApiKeyExists>
{
    static constexpr const char *name = "ApiKeyExists";
    static constexpr auto fields = std::tuple{field("exists", &ApiKeyExists::exists)};
};
template <>
struct Schema<ResetAnswer>
{
    static constexpr const char *name = "VaultReset";
    static constexpr auto fields = std::tuple{field("ok", &ResetAnswer::ok), field("backup", &ResetAnswer::backup)};
};
template <>
struct Schema<BiometricStatus>
{
    static constexpr const char *name = "BiometricStatus";
    static constexpr auto fields =
        std::tuple{field("supported", &BiometricStatus::supported), field("enrolled", &BiometricStatus::enrolled),
                   field("enabled", &BiometricStatus::enabled)};
};
template <>
struct Schema<VaultStatus>
{
    static constexpr const char *name = "VaultStatus";
    static constexpr auto fields = std::tuple{field("unlocked", &VaultStatus::unlocked),
                                              field("has_master_password", &VaultStatus::hasMasterPassword)};
};

namespace {

template <typename T>
Response answer(const Result<T> &value)
{
    return value ? Response::json(encode(*value)) : Response::error(value.error());
}

Task<Response> readStatus(Vault &vault) { co_return answer(co_await vault.status()); }

Task<Response> setPassword(Vault &vault, Request request)
{
    auto body = takeSecretBody<PasswordBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await vault.setPassword(std::move(body->password)));
}

Task<Response> changePassword(Vault &vault, Request request)
{
    auto body = takeSecretBody<PasswordChangeBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await vault.changePassword(std::move(body->oldPassword), std::move(body->newPassword)));
}

Task<Response> unlock(Vault &vault, Request request)
{
    auto body = takeSecretBody<PasswordBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await vault.unlock(std::move(body->password)));
}

Task<Response> lock(Vault &vault)
{
    vault.lock();
    co_return Response::empty();
}

Task<Response> wipeVault(Vault &vault, Request request)
{
    auto body = takeSecretBody<WipeBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await vault.wipe(std::move(body->confirmPassword)));
}

Task<Response> reset(Vault &vault)
{
    auto backup = co_await vault.reset();
    if (!backup)
        co_return Response::error(backup.error());
    co_return Response::json(encode(ResetAnswer{.ok = true, .backup = *backup}));
}

Task<Response> readBiometricStatus() { co_return Response::json(encode(BiometricStatus{})); }

Task<Response> refuseBiometric(Request request)
{
    wipe(request.body); // it may hold the master password
    co_return Response::error(
        {ErrorCode::BiometricUnsupported, u"This system has no biometric unlock for the vault."_s});
}

Task<Response> disableBiometric(Vault &vault) { co_return respond(co_await vault.disableBiometric()); }

Task<Response> readApiKey(ApiKeys &keys, Request request)
{
    auto key = co_await keys.key(request.param("key_type"));
    if (!key)
        co_return Response::error(key.error());
    // The client edits the key, so it goes out in clear (contract 02 section 2.4); only this copy is not wiped.
    const Secret body = writeSecrets(ApiKeyAnswer{.apiKey = std::move(*key)});
    co_return Response::json(body.reveal([](QByteArrayView bytes) { return bytes.toByteArray(); }));
}

Task<Response> apiKeyExists(ApiKeys &keys, Request request)
{
    const auto exists = co_await keys.exists(request.param("key_type"));
    if (!exists)
        co_return Response::error(exists.error());
    co_return Response::json(encode(ApiKeyExists{.exists = *exists}));
}

Task<Response> storeApiKey(ApiKeys &keys, Request request)
{
    auto body = takeSecretBody<ApiKeyBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await keys.store(request.param("key_type"), std::move(body->apiKey)));
}

Task<Response> removeApiKey(ApiKeys &keys, Request request)
{
    co_return respond(co_await keys.remove(request.param("key_type")));
}

Task<Response> readCredentialSummary(ProfileCredentials &profiles, Request request)
{
    co_return answer(co_await profiles.summary(request.param("id")));
}

Task<Response> mergeCredential(ProfileCredentials &profiles, Request request)
{
    auto body = takeSecretBody<Credential>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await profiles.merge(request.param("id"), std::move(*body)));
}

Task<Response> removeCredential(ProfileCredentials &profiles, Request request)
{
    co_return respond(co_await profiles.remove(request.param("id")));
}

Task<Response> storeSessionCredential(SessionCredentials &sessions, Request request)
{
    auto body = takeSecretBody<SessionCredentialBody>(request);
    if (!body)
        co_return Response::error(body.error());
    Credential credential;
    credential.password = std::move(body->password);
    credential.keyPassphrase = std::move(body->keyPassphrase);
    co_return respond(co_await sessions.store(request.param("session_id"), std::move(credential)));
}

Task<Response> removeSessionCredential(SessionCredentials &sessions, Request request)
{
    co_return respond(co_await sessions.remove(request.param("session_id")));
}

} // namespace

void registerVaultRoutes(Router &router, Vault &vault)
{
    router.get("/api/vault/status", [&vault](Request) { return readStatus(vault); })
        .describe("Whether the vault is unlocked and has a master password")
        .returns(typeOf<VaultStatus>());
    router.post("/api/vault/password", [&vault](Request r) { return setPassword(vault, std::move(r)); })
        .describe("Set the first master password")
        .accepts(createBodyOf<PasswordBody>())
        .returnsNothing();
    router.put("/api/vault/password", [&vault](Request r) { return changePassword(vault, std::move(r)); })
        .describe("Change the master password and re-encrypt every secret")
        .accepts(createBodyOf<PasswordChangeBody>())
        .returnsNothing();
    router.post("/api/vault/unlock", [&vault](Request r) { return unlock(vault, std::move(r)); })
        .describe("Unlock the vault")
        .accepts(createBodyOf<PasswordBody>())
        .returnsNothing();
    router.post("/api/vault/lock", [&vault](Request) { return lock(vault); })
        .describe("Lock the vault")
        .returnsNothing();
    router.post("/api/vault/wipe", [&vault](Request r) { return wipeVault(vault, std::move(r)); })
        .describe("Delete the master password and every secret")
        .accepts(createBodyOf<WipeBody>())
        .returnsNothing();
    router.post("/api/vault/reset", [&vault](Request) { return reset(vault); })
        .describe("Back up the database, then delete the master password and every secret")
        .returns(typeOf<ResetAnswer>());
    router.get("/api/vault/biometric/status", [](Request) { return readBiometricStatus(); })
        .describe("Whether a fingerprint can unlock the vault")
        .returns(typeOf<BiometricStatus>());
    router.post("/api/vault/biometric/enable", [](Request r) { return refuseBiometric(std::move(r)); })
        .describe("Not supported on this system")
        .returnsNothing();
    router.post("/api/vault/biometric/unlock", [](Request r) { return refuseBiometric(std::move(r)); })
        .describe("Not supported on this system")
        .returnsNothing();
    router.remove("/api/vault/biometric", [&vault](Request) { return disableBiometric(vault); })
        .describe("Forget the biometric enrolment")
        .returnsNothing();
}

void registerApiKeyRoutes(Router &router, ApiKeys &keys)
{
    router.get("/api/vault/api-keys/:key_type", [&keys](Request r) { return readApiKey(keys, std::move(r)); })
        .describe("Read an API key")
        .returns(typeOf<ApiKeyAnswer>());
    router.get("/api/vault/api-keys/:key_type/exists", [&keys](Request r) { return apiKeyExists(keys, std::move(r)); })
        .describe("Whether an API key is stored")
        .returns(typeOf<ApiKeyExists>());
    router.put("/api/vault/api-keys/:key_type", [&keys](Request r) { return storeApiKey(keys, std::move(r)); })
        .describe("Store an API key")
        .accepts(createBodyOf<ApiKeyBody>())
        .returnsNothing();
    router.remove("/api/vault/api-keys/:key_type", [&keys](Request r) { return removeApiKey(keys, std::move(r)); })
        .describe("Delete an API key")
        .returnsNothing();
}

void registerCredentialRoutes(Router &router, ProfileCredentials &profiles, SessionCredentials &sessions)
{
    router
        .get("/api/profiles/:id/credential",
             [&profiles](Request r) { return readCredentialSummary(profiles, std::move(r)); })
        .describe("Which secrets a profile has")
        .returns(typeOf<CredentialSummary>());
    router
        .put("/api/profiles/:id/credential", [&profiles](Request r) { return mergeCredential(profiles, std::move(r)); })
        .describe("Change a profile's secrets; absent fields stay")
        .accepts(updateBodyOf<Credential>())
        .returnsNothing();
    router
        .remove("/api/profiles/:id/credential",
                [&profiles](Request r) { return removeCredential(profiles, std::move(r)); })
        .describe("Delete a profile's secrets")
        .returnsNothing();
    router
        .post("/api/credentials/:session_id",
              [&sessions](Request r) { return storeSessionCredential(sessions, std::move(r)); })
        .describe("Store a session's own secrets (not used for logins)")
        .accepts(createBodyOf<SessionCredentialBody>())
        .returnsNothing();
    router
        .remove("/api/credentials/:session_id",
                [&sessions](Request r) { return removeSessionCredential(sessions, std::move(r)); })
        .describe("Delete a session's own secrets")
        .returnsNothing();
}

} // namespace agent
