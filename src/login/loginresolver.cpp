#include "login/loginresolver.h"

#include "jumps/jumpchain.h"
#include "jumps/jumphost.h"
#include "profiles/profile.h"
#include "sessions/session.h"
#include "sessions/sessionstore.h"
#include "settings/settings.h"
#include "storage/database.h"
#include "vault/profilecredentials.h"
#include "vault/vault.h"

#include <QLoggingCategory>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

Q_LOGGING_CATEGORY(lcLogin, "netstacks.login")

constexpr std::chrono::seconds kDefaultConnectTimeout = 15s; // contract 03 section 14
constexpr std::chrono::seconds kLongestTimeout = 600s;       // a stored value is a user's, not a promise to hang

/// Whose login it is, as errors call it: "session 'core-1'", "jump host 'edge'".
QString labelled(const char *noun, const QString &name) { return u"%1 '%2'"_s.arg(QLatin1StringView(noun), name); }

Error loginError(const QString &owner, const QString &what)
{
    return {ErrorCode::AuthMissing, u"%1: %2"_s.arg(owner, what)};
}

std::chrono::seconds bounded(quint32 seconds) { return std::min(std::chrono::seconds(seconds), kLongestTimeout); }

/// The profile's secrets; none when there are none or they cannot be read. Only a locked vault stops a login.
Result<Credential> credentialFor(Connection &connection, const VaultKey &key, const Profile &profile,
                                 const QString &owner)
{
    auto credential = ProfileCredentials::read(connection, key, profile.id);
    if (credential)
        return credential;
    if (credential.error().code == ErrorCode::VaultLocked)
        return Error{ErrorCode::VaultLocked, u"%1: %2"_s.arg(owner, credential.error().message)};
    qCWarning(lcLogin).noquote() << "the credential of profile" << profile.id
                                 << "cannot be read:" << credential.error().message;
    return Credential{};
}

/// Opt-in, because the contract knows no such switch: the setting `ssh.agent.<profile id>`, `true`.
bool usesAgent(Connection &connection, const Profile &profile)
{
    const auto value = settings::value<bool>(connection, u"ssh.agent."_s + profile.id);
    return value && value->value_or(false);
}

Result<SshLogin> loginOf(Connection &connection, const VaultKey &key, const Profile &profile, const QString &owner)
{
    auto credential = credentialFor(connection, key, profile, owner);
    if (!credential)
        return std::move(credential).error();
    Secret password = std::move(credential->password).value_or(Secret());
    if (profile.authType == AuthType::Password) {
        if (password.isEmpty())
            return loginError(owner, u"profile '%1' has no password"_s.arg(profile.name));
        return SshLogin{.username = profile.username, .credential = PasswordLogin{.password = std::move(password)}};
    }
    const bool useAgent = usesAgent(connection, profile);
    const QString path = profile.keyPath.value_or(QString());
    if (path.isEmpty() && !useAgent)
        return loginError(owner, u"profile '%1' names no key file"_s.arg(profile.name));
    return SshLogin{.username = profile.username,
                    .credential = KeyLogin{.path = path,
                                           .passphrase = std::move(credential->keyPassphrase).value_or(Secret()),
                                           .password = std::move(password),
                                           .useAgent = useAgent}};
}

std::chrono::seconds connectTimeoutOf(const Profile &profile)
{
    const auto timeout = bounded(profile.connectionTimeout);
    return timeout > 0s ? timeout : kDefaultConnectTimeout;
}

/// A place to log in to: the session itself, or what its jump stands for.
struct Place
{
    QString label;
    QString host;
    quint16 port = 22;
    QString profileId;
    bool legacy = false;
};

Result<SshTarget> targetOf(Connection &connection, const VaultKey &key, const Place &place, const Profile &profile)
{
    auto login = loginOf(connection, key, profile, place.label);
    if (!login)
        return std::move(login).error();
    return SshTarget{.host = place.host,
                     .port = place.port,
                     .login = std::move(*login),
                     .connectTimeout = connectTimeoutOf(profile),
                     .keepalive = bounded(profile.keepaliveInterval),
                     .legacy = place.legacy,
                     .label = place.label};
}

Result<Profile> profileOf(Connection &connection, const Place &place)
{
    auto profile = repository::find<Profile>(connection, place.profileId);
    if (!profile)
        return profile.error();
    if (!*profile)
        return loginError(place.label, u"it has no profile to log in with"_s);
    return std::move(**profile);
}

Place placeOf(const JumpHost &host)
{
    return {
        .label = labelled("jump host", host.name), .host = host.host, .port = host.port, .profileId = host.profileId};
}

Place placeOf(const Session &session, const char *noun = "session")
{
    return {labelled(noun, session.name), session.host, session.port, session.profileId, session.legacySsh};
}

/// Which way a session or tunnel goes.
struct Way
{
    std::optional<QString> jumpHostId = {};
    std::optional<QString> jumpSessionId = {};
    /// The session whose own jump host it is: what comes before that host is stored with it (jumps/jumpchain.h).
    QString chainOwner = {};
};

Way wayOf(const Session &session)
{
    return {session.jumpHostId, session.jumpSessionId, session.jumpHostId ? session.id : QString()};
}

/// The first jump that is set: the owner's, else its profile's (contract 03 section 5.1). A jump that is configured
/// must be taken: dialling the target directly would leave the path its owner chose.
Way effectiveWay(const Way &own, const Profile &profile)
{
    return own.jumpHostId || own.jumpSessionId ? own : Way{profile.jumpHostId, profile.jumpSessionId};
}

struct Jump
{
    QString name;
    Place place;
};

Result<std::optional<Jump>> jumpOf(Connection &connection, const QString &owner, const Way &way)
{
    if (way.jumpHostId) {
        auto host = repository::find<JumpHost>(connection, *way.jumpHostId);
        if (!host)
            return host.error();
        if (!*host)
            return Error{ErrorCode::NotFound, u"%1: its jump host no longer exists"_s.arg(owner)};
        return std::optional(Jump{(*host)->name, placeOf(**host)});
    }
    if (way.jumpSessionId) {
        auto jump = repository::find<Session>(connection, *way.jumpSessionId);
        if (!jump)
            return jump.error();
        if (!*jump)
            return Error{ErrorCode::NotFound, u"%1: the session it jumps through no longer exists"_s.arg(owner)};
        return std::optional(Jump{(*jump)->name, placeOf(**jump, "jump session")});
    }
    return std::optional<Jump>();
}

Result<std::unique_ptr<SshTarget>> hopOf(Connection &connection, const VaultKey &key, const Place &place)
{
    auto profile = profileOf(connection, place);
    if (!profile)
        return profile.error();
    auto target = targetOf(connection, key, place, *profile);
    if (!target)
        return std::move(target).error();
    return std::make_unique<SshTarget>(std::move(*target));
}

/// The hops before the jump host, where there are any, the last of them first. @return null when there are none
Result<std::unique_ptr<SshTarget>> chainOf(Connection &connection, const VaultKey &key, const Way &way)
{
    std::unique_ptr<SshTarget> whole;
    if (way.chainOwner.isEmpty())
        return whole;
    const auto ids = readJumpChain(connection, way.chainOwner);
    if (!ids)
        return ids.error();
    for (const QString &id : *ids) { // the first is dialled first, so each goes through the one before it
        auto host = repository::get<JumpHost>(connection, id);
        if (!host)
            return host.error();
        auto hop = hopOf(connection, key, placeOf(*host));
        if (!hop)
            return std::move(hop).error();
        (*hop)->via = std::move(whole);
        whole = std::move(*hop);
    }
    return whole;
}

/// A place with everything it takes to reach it, whoever it belongs to.
struct SshRoute
{
    SshTarget target;
    QString viaJump = {}; ///< the name of the jump
};

Result<SshRoute> routeTo(Connection &connection, const VaultKey &key, const Place &place, const Profile &profile,
                         const Way &way)
{
    auto target = targetOf(connection, key, place, profile);
    if (!target)
        return std::move(target).error();
    SshRoute route{.target = std::move(*target)};
    auto jump = jumpOf(connection, place.label, way);
    if (!jump)
        return std::move(jump).error();
    if (!*jump)
        return route;
    // Whatever jump the jump's own session or profile names is not taken: the path is one hop deep.
    auto via = hopOf(connection, key, (*jump)->place);
    if (!via)
        return std::move(via).error();
    auto chain = chainOf(connection, key, way);
    if (!chain)
        return std::move(chain).error();
    (*via)->via = std::move(*chain);
    route.target.via = std::move(*via);
    route.viaJump = (*jump)->name;
    return route;
}

struct SavedSession
{
    Session session;
    Profile profile;

    [[nodiscard]] QStringList autoCommands() const
    {
        return session.autoCommands.isEmpty() ? profile.autoCommands : session.autoCommands;
    }
    [[nodiscard]] Way way() const { return effectiveWay(wayOf(session), profile); }
};

Result<SavedSession> load(Connection &connection, const QString &sessionId)
{
    auto session = repository::get<Session>(connection, sessionId);
    if (!session)
        return session.error();
    auto profile = profileOf(connection, placeOf(*session));
    if (!profile)
        return profile.error();
    return SavedSession{std::move(*session), std::move(*profile)};
}

Result<ResolvedSsh> resolveNow(Connection &connection, const VaultKey &key, const QString &sessionId)
{
    const auto saved = load(connection, sessionId);
    if (!saved)
        return saved.error();
    auto route = routeTo(connection, key, placeOf(saved->session), saved->profile, saved->way());
    if (!route)
        return std::move(route).error();
    return ResolvedSsh{
        .target = std::move(route->target), .autoCommands = saved->autoCommands(), .viaJump = route->viaJump};
}

Result<ResolvedTelnet> resolveTelnetNow(Connection &connection, const VaultKey &key, const QString &sessionId)
{
    const auto saved = load(connection, sessionId);
    if (!saved)
        return saved.error();
    const Place place = placeOf(saved->session);
    auto credential = credentialFor(connection, key, saved->profile, place.label);
    if (!credential)
        return std::move(credential).error();
    return ResolvedTelnet{.target = {.host = place.host,
                                     .port = place.port,
                                     .username = saved->profile.username,
                                     .password = std::move(credential->password).value_or(Secret()),
                                     .connectTimeout = connectTimeoutOf(saved->profile),
                                     .keepalive = bounded(saved->profile.keepaliveInterval)},
                          .autoCommands = saved->autoCommands()};
}

Result<ResolvedTunnel> resolveTunnelNow(Connection &connection, const VaultKey &key, const TunnelPlace &tunnel)
{
    const Place place{tunnel.label, tunnel.host, tunnel.port, tunnel.profileId, tunnel.legacy};
    auto profile = profileOf(connection, place);
    if (!profile)
        return profile.error();
    const Way way = effectiveWay({tunnel.jumpHostId, tunnel.jumpSessionId, tunnel.chainOwner}, *profile);
    auto route = routeTo(connection, key, place, *profile, way);
    if (!route)
        return std::move(route).error();
    const QStringList parts{tunnel.host,
                            QString::number(tunnel.port),
                            tunnel.profileId,
                            way.jumpHostId.value_or(QString()),
                            way.jumpHostId ? QString() : way.jumpSessionId.value_or(QString()),
                            route->target.via && route->target.via->via ? way.chainOwner : QString()};
    return ResolvedTunnel{.target = std::move(route->target), .key = parts.join(u'\n')};
}

Result<SessionForwards> forwardsNow(Connection &connection, const QString &sessionId)
{
    const auto saved = load(connection, sessionId);
    if (!saved)
        return saved.error();
    const Place place = placeOf(saved->session);
    const Way way = saved->way();
    SessionForwards found{.place = {.label = place.label,
                                    .host = place.host,
                                    .port = place.port,
                                    .profileId = place.profileId,
                                    .jumpHostId = way.jumpHostId,
                                    .jumpSessionId = way.jumpHostId ? std::nullopt : way.jumpSessionId,
                                    .chainOwner = way.chainOwner,
                                    .legacy = place.legacy},
                          .forwards = saved->session.portForwards};
    found.forwards.removeIf([](const PortForward &forward) { return !forward.enabled; });
    return found;
}

Task<> stamp(Database &database, QString sessionId)
{
    const Status stamped = co_await database.run(
        [sessionId](Connection &connection) { return sessions::stampConnected(connection, sessionId); });
    if (!stamped)
        qCWarning(lcLogin).noquote() << "session" << sessionId << "not stamped:" << stamped.error().message;
}

} // namespace

LoginResolver::LoginResolver(Database &database, const Vault &vault)
    : m_database(database)
    , m_key(vault.key())
{
}

Task<Result<ResolvedSsh>> LoginResolver::resolve(QString sessionId)
{
    co_return co_await m_database.read(
        [key = m_key, sessionId](Connection &connection) { return resolveNow(connection, *key, sessionId); });
}

Task<Result<ResolvedTelnet>> LoginResolver::resolveTelnet(QString sessionId)
{
    co_return co_await m_database.read(
        [key = m_key, sessionId](Connection &connection) { return resolveTelnetNow(connection, *key, sessionId); });
}

Task<Result<ResolvedTunnel>> LoginResolver::resolveTunnel(TunnelPlace place)
{
    co_return co_await m_database.read(
        [key = m_key, place](Connection &connection) { return resolveTunnelNow(connection, *key, place); });
}

Task<Result<SessionForwards>> LoginResolver::forwardsOf(QString sessionId)
{
    co_return co_await m_database.read(
        [sessionId](Connection &connection) { return forwardsNow(connection, sessionId); });
}

void LoginResolver::connected(QString sessionId) { stamp(m_database, std::move(sessionId)); }

} // namespace agent
