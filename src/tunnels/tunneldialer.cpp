#include "tunnels/tunneldialer.h"

#include "ssh/sshconnection.h"

#include <QPointer>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Contract 04 section 2.5. The profile's own interval is for terminals.
constexpr auto kProbeInterval = 30s;
constexpr auto kProbeLimit = 10s;

SshContext neverAsking(SshContext context)
{
    context.hostKeys = {};
    return context;
}

} // namespace

TunnelDialer::TunnelDialer(SshContext context, TunnelResolver &resolver)
    : m_context(neverAsking(std::move(context)))
    , m_resolver(resolver)
{
}

Task<Result<std::shared_ptr<SshConnection>>> TunnelDialer::connect(TunnelPlace place)
{
    const QPointer self(this);
    auto resolved = co_await m_resolver.resolveTunnel(std::move(place));
    if (!self)
        co_return Error{ErrorCode::Cancelled, u"the agent is stopping"_s};
    if (!resolved)
        co_return std::move(resolved).error();
    co_return take(std::move(*resolved));
}

Result<std::shared_ptr<SshConnection>> TunnelDialer::take(ResolvedTunnel resolved)
{
    m_pool.removeIf([](const auto &entry) { return entry.value().expired(); });
    auto &entry = m_pool[resolved.key];
    if (auto shared = entry.lock(); shared && !shared->isOver())
        return shared;
    auto made = std::make_shared<SshConnection>(m_context);
    resolved.target.keepalive = kProbeInterval;
    resolved.target.answerLimit = kProbeLimit;
    if (Status opened = made->open(std::move(resolved.target)); !opened)
        return std::move(opened).error();
    entry = made; // before the login: who comes meanwhile shares it
    return made;
}

} // namespace agent
