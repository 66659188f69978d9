#pragma once

#include "apiresources/apirequest.h"
#include "apiresources/authcache.h"
#include "apiresources/authflow.h"
#include "core/result.h"
#include "core/task.h"
#include "vault/vaultkey.h"

#include <QObject>

#include <chrono>
#include <memory>

namespace agent {

class ClientPresence;
class Database;
class HttpClient;
class Vault;

/// What became of a call. URL and headers are those that were sent, with every secret masked.
struct ApiOutcome
{
    Result<HttpResponse> response = Error{};
    QString sentUrl;                ///< empty when nothing was sent
    QList<QStringList> sentHeaders; ///< [name, value]
    std::chrono::milliseconds took{0};
};

/// Requests to API resources as every room makes them (contract 06 section 14.1): templates, authentication of all
/// kinds, one login for many calls and one new login after a 401. Main thread; the arguments outlive it, and it
/// outlives its tasks.
class ApiClient
{
public:
    ApiClient(Database &database, const Vault &vault, HttpClient &http,
              AuthCache::Clock clock = &std::chrono::steady_clock::now);

    /// The saved resource. @return NotFound; VaultLocked when it has credentials and the vault is locked.
    [[nodiscard]] Task<Result<ApiTarget>> load(QString resourceId) const;
    /// The same without its secrets, so also with a locked vault. @return NotFound
    [[nodiscard]] Task<Result<ApiResource>> describe(QString resourceId) const;
    /// Any answer of the far side is a response, of whatever status. Errors: those of HttpClient, Validation for a
    /// method or header that HTTP does not allow, AuthFlow when a step failed.
    [[nodiscard]] Task<ApiOutcome> call(std::shared_ptr<const ApiTarget> target, ApiCall call,
                                        std::shared_ptr<ClientPresence> client);
    /// Both, for callers with nothing to say in between.
    [[nodiscard]] Task<ApiOutcome> callSaved(QString resourceId, ApiCall call, std::shared_ptr<ClientPresence> client);
    /// One step of the target's flow, alone; `variables` override its credentials here. `index` must be in range.
    [[nodiscard]] Task<AuthStepRun> runStep(std::shared_ptr<const ApiTarget> target, qsizetype index,
                                            ApiVariables variables, std::shared_ptr<ClientPresence> client);

    /// The resource changed or is gone: its next call logs in again.
    void forget(const QString &resourceId) { m_logins.forget(resourceId); }

private:
    Task<Result<Login>> login(std::shared_ptr<const ApiTarget> target, std::shared_ptr<ClientPresence> client);

    Database &m_database;
    HttpClient &m_http;
    std::shared_ptr<const VaultKey> m_key;
    AuthCache m_logins;
    QObject m_context;
};

} // namespace agent
