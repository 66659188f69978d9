#pragma once

#include "apiresources/apirequest.h"
#include "apiresources/authcache.h"
#include "core/task.h"

#include <chrono>

namespace agent {

class ClientPresence;
class HttpClient;

/// What one step of an authentication flow did.
struct AuthStepRun
{
    int status = 0;   ///< 0: there was no answer
    QString shownUrl; ///< without secrets
    QByteArray body;
    Result<Secret> value = Error{}; ///< what was extracted; AuthFlow with the reason why there is nothing
    std::chrono::milliseconds took{0};
};

/// Steps and whole flows (contract 06 section 14.1, item 8). `http` outlives the tasks; main thread.
[[nodiscard]] Task<AuthStepRun> runAuthStep(HttpClient &http, std::shared_ptr<const ApiTarget> target, qsizetype index,
                                            std::shared_ptr<const ApiValues> values,
                                            std::shared_ptr<ClientPresence> client);
/// Steps in order, each with what the earlier ones stored. @return AuthFlow naming the step
[[nodiscard]] Task<Result<Login>> runAuthFlow(HttpClient &http, std::shared_ptr<const ApiTarget> target,
                                              std::shared_ptr<ClientPresence> client);

} // namespace agent
