#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"

#include <QHash>
#include <QString>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace agent {

class ClientPresence;

/// What the steps of an authentication flow stored: names and values for `{{name}}`.
using FlowValues = std::vector<std::pair<QString, Secret>>;
using Login = std::shared_ptr<const FlowValues>;

/// Keeps the outcome of multi-step logins for a while, by resource, in memory only (contract 06 section 14.1, item 9).
/// Whoever needs a login that is under way waits for that one; it ends early only when all who wait are gone. A failure
/// is told to everybody who waited and not kept. Main thread.
class AuthCache
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;
    /// Runs the flow for a client that stands for everybody who waits.
    using Flow = std::function<Task<Result<Login>>(std::shared_ptr<ClientPresence>)>;

    static constexpr auto kKeptFor = std::chrono::minutes(10);

    explicit AuthCache(Clock clock = &std::chrono::steady_clock::now);

    [[nodiscard]] Task<Result<Login>> login(QString resourceId, Flow flow, std::shared_ptr<ClientPresence> client);
    /// The resource changed: also a login under way is not kept.
    void forget(const QString &resourceId);
    /// The far side does not take `used` any more. A newer one stays.
    void forget(const QString &resourceId, const Login &used);
    void clear();

private:
    struct Entry
    {
        Login login;
        std::chrono::steady_clock::time_point until;
    };
    struct Flight;
    struct State;
    static Task<> fly(std::shared_ptr<State> state, std::shared_ptr<Flight> flight, QString resourceId, Flow flow);

    std::shared_ptr<State> m_state; ///< shared with the flights
};

} // namespace agent
