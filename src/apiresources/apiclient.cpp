#include "apiresources/apiclient.h"

#include "apiresources/apiresourcestore.h"
#include "httpclient/httpclient.h"
#include "net/request.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr int kUnauthorized = 401;

ApiValues valuesOf(const ApiTarget &target, const FlowValues &login, const ApiVariables &variables)
{
    ApiValues values = credentialValues(target.secrets);
    for (const auto &[name, value] : login)
        values.set(name, value.clone(), ApiValues::Kind::Secret);
    for (const auto &[name, value] : variables)
        values.add(name, Secret(QByteArrayView(value.toUtf8())), ApiValues::Kind::Plain);
    return values;
}

} // namespace

ApiClient::ApiClient(Database &database, const Vault &vault, HttpClient &http, AuthCache::Clock clock)
    : m_database(database)
    , m_http(http)
    , m_key(vault.key())
    , m_logins(std::move(clock))
{
    QObject::connect(&vault, &Vault::locked, &m_context, [this] { m_logins.clear(); });
    QObject::connect(&vault, &Vault::wiped, &m_context, [this] { m_logins.clear(); });
}

Task<Result<ApiTarget>> ApiClient::load(QString resourceId) const
{
    co_return co_await m_database.read([key = m_key, resourceId](Connection &connection) -> Result<ApiTarget> {
        auto resource = apiresources::get(connection, resourceId);
        if (!resource)
            return std::move(resource).error();
        auto secrets = apiresources::secretsOf(connection, *key, resourceId);
        if (!secrets)
            return std::move(secrets).error();
        return ApiTarget{.resource = std::move(*resource), .secrets = std::move(*secrets), .keepsLogin = true};
    });
}

Task<Result<ApiResource>> ApiClient::describe(QString resourceId) const
{
    co_return co_await m_database.read(
        [resourceId](Connection &connection) { return apiresources::get(connection, resourceId); });
}

Task<Result<Login>> ApiClient::login(std::shared_ptr<const ApiTarget> target, std::shared_ptr<ClientPresence> client)
{
    if (target->resource.authType != ApiAuth::MultiStep)
        co_return std::make_shared<const FlowValues>();
    if (!target->keepsLogin)
        co_return co_await runAuthFlow(m_http, target, client);
    co_return co_await m_logins.login(
        target->resource.id,
        [&http = m_http, target](std::shared_ptr<ClientPresence> all) {
            return runAuthFlow(http, target, std::move(all));
        },
        client);
}

Task<ApiOutcome> ApiClient::call(std::shared_ptr<const ApiTarget> target, ApiCall call,
                                 std::shared_ptr<ClientPresence> client)
{
    const auto started = std::chrono::steady_clock::now();
    const bool mayRetry = target->keepsLogin && target->resource.authType == ApiAuth::MultiStep;
    ApiOutcome outcome;
    for (int attempt = 0;; ++attempt) {
        const auto login = co_await this->login(target, client);
        if (!login) {
            outcome.response = login.error();
            break;
        }
        auto request = makeRequest(*target, call, valuesOf(*target, **login, call.variables));
        if (!request) {
            outcome.response = request.error();
            break;
        }
        outcome.sentUrl = request->shownUrl;
        outcome.sentHeaders = request->shownHeaders;
        outcome.response = co_await m_http.send(std::move(request->http), client);
        const bool isStale = outcome.response && outcome.response->head.status == kUnauthorized;
        if (!isStale || !mayRetry || attempt > 0)
            break;
        m_logins.forget(target->resource.id, *login);
    }
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    co_return outcome;
}

Task<ApiOutcome> ApiClient::callSaved(QString resourceId, ApiCall call, std::shared_ptr<ClientPresence> client)
{
    auto target = co_await load(resourceId);
    if (!target)
        co_return ApiOutcome{.response = target.error()};
    co_return co_await this->call(std::make_shared<const ApiTarget>(std::move(*target)), std::move(call), client);
}

Task<AuthStepRun> ApiClient::runStep(std::shared_ptr<const ApiTarget> target, qsizetype index, ApiVariables variables,
                                     std::shared_ptr<ClientPresence> client)
{
    const auto values = std::make_shared<ApiValues>(credentialValues(target->secrets));
    for (const auto &[name, value] : variables)
        values->set(name, Secret(QByteArrayView(value.toUtf8())), ApiValues::Kind::Secret);
    co_return co_await runAuthStep(m_http, target, index, values, client);
}

} // namespace agent
