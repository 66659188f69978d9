#pragma once

#include "apiresources/apiresource.h"
#include "apiresources/apitemplate.h"
#include "core/result.h"
#include "httpclient/httprequest.h"
#include "vault/resourcesecrets.h"

#include <QStringList>

namespace agent {

/// Names and values for `{{name}}`, from whoever calls.
using ApiVariables = QList<std::pair<QString, QString>>;

/// A resource with its opened secrets, ready to be called. Move-only; may be changed before a call (another auth type,
/// say), which does not change what is stored.
struct ApiTarget
{
    ApiResource resource;
    ResourceSecrets secrets;
    /// Whether the outcome of its multi-step flow is kept, by the resource's id, for the next call. Off for resources
    /// that are not saved.
    bool keepsLogin = false;
};

/// One request to a resource. Path, header values and body are templates (contract 06 section 14.1, item 2).
struct ApiCall
{
    QString method = QStringLiteral("GET");
    QString path = QStringLiteral("/");
    QList<std::pair<QString, QString>> headers = {};
    std::optional<QString> body = {};
    ApiVariables variables = {};                     ///< never override what comes from the resource's credentials
    QString bearerScheme = QStringLiteral("Bearer"); ///< NetBox wants "Token"
    qint64 maxBodyBytes = 10_MiB;
    int maxRedirects = 10;
};

/// A request as it goes out, and as people may see it: with every secret masked.
struct ApiRequest
{
    HttpRequest http;
    QString shownUrl;
    QList<QStringList> shownHeaders; ///< [name, value]
};

/// `{{username}}`, `{{password}}` and `{{token}}`, as far as the resource has them.
[[nodiscard]] ApiValues credentialValues(const ResourceSecrets &secrets);

/// The request of a call (contract 06 section 14.1, items 1 to 7). @return InvalidUrl or Validation
[[nodiscard]] Result<ApiRequest> makeRequest(const ApiTarget &target, const ApiCall &call, const ApiValues &values);
/// The request of one step of an authentication flow (item 8). @return also AuthFlow when the step wants Basic and
/// there is no user name.
[[nodiscard]] Result<ApiRequest> makeStepRequest(const ApiTarget &target, const AuthFlowStep &step,
                                                 const ApiValues &values);

} // namespace agent
