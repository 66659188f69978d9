#include "login/loginresolver.h"

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
    const auto value = settings::read(connection, u"ssh.agent."_s + profile.id);
    return value && *value && **value == "true";
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
    const auto timeout = bounded(profile.connectionTimeout);
    return SshTarget{.host = place.host,
                     .port = place.port,
                     .login = std::move(*login),
                     .connectTimeout = timeout > 0s ? timeout : kDefaultConnectTimeout,
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

struct JumpIds
{
    std::optional<QString> hostId;
    std::optional<QString> sessionId;
};

/// The first jump that is set: the owner's, else its profile's (contract 03 section 5.1).
JumpIds effectiveJump(const JumpIds &own, const Profile &profile)
{
    return own.hostId || own.sessionId ? own : JumpIds{profile.jumpHostId, profile.jumpSessionId};
}

struct Jump
{
    QString name;
    Place place;
};

/// A jump that is configured must be taken: dialling the target directly would leave the path its owner chose.
Result<std::optional<Jump>> jumpOf(Connection &connection, const QString &owner, const JumpIds &ids)
{
    if (ids.hostId) {
        auto host = repository::find<JumpHost>(connection, *ids.hostId);
        if (!host)
            return host.error();
        if (!*host)
            return Error{ErrorCode::NotFound, u"%1: its jump host no longer exists"_s.arg(owner)};
        return std::optional(Jump{
            (*host)->name, {labelled("jump host", (*host)->name), (*host)->host, (*host)->port, (*host)->profileId}});
    }
    if (ids.sessionId) {
        auto jump = repository::find<Session>(connection, *ids.sessionId);
        if (!jump)
            return jump.error();
        if (!*jump)
            return Error{ErrorCode::NotFound, u"%1: the session it jumps through no longer exists"_s.arg(owner)};
        return std::optional(Jump{(*jump)->name,
                                  {labelled("jump session", (*jump)->name), (*jump)->host, (*jump)->port,
                                   (*jump)->profileId, (*jump)->legacySsh}});
    }
    return std::optional<Jump>();
}

/// A place with everything it takes to reach it, whoever it belongs to.
struct Route
{
    SshTarget target;
    Profile profile;
    JumpIds jump;
    QString viaJump = {}; ///< the name of the jump
};

Result<Route> routeTo(Connection &connection, const VaultKey &key, const Place &place, const JumpIds &own)
{
    auto profile = profileOf(connection, place);
    if (!profile)
        return profile.error();
    auto target = targetOf(connection, key, place, *profile);
    if (!target)
        return std::move(target).error();
    Route route{.target = std::move(*target), .profile = *profile, .jump = effectiveJump(own, *profile)};
    auto jump = jumpOf(connection, place.label, route.jump);
    if (!jump)
        return std::move(jump).error();
    if (*jump) {
        // Whatever jump the jump's own session or profile names is not taken: the path is one hop deep.
        auto jumpProfile = profileOf(connection, (*jump)->place);
        if (!jumpProfile)
            return jumpProfile.error();
        auto via = targetOf(connection, key, (*jump)->place, *jumpProfile);
        if (!via)
            return std::move(via).error();
        route.target.via = std::make_unique<SshTarget>(std::move(*via));
        route.viaJump = (*jump)->name;
    }
    return route;
}

Place placeOf(const Session &session)
{
    return {labelled("session", session.name), session.host, session.port, session.profileId, session.legacySsh};
}

Result<ResolvedSsh> resolveNow(Connection &connection, const VaultKey &key, const QString &sessionId)
{
    auto session = repository::get<Session>(connection, sessionId);
    if (!session)
        return session.error();
    auto route = routeTo(connection, key, placeOf(*session), {session->jumpHostId, session->jumpSessionId});
    if (!route)
        return std::move(route).error();
    return ResolvedSsh{.target = std::move(route->target),
                       .autoCommands =
                           session->autoCommands.isEmpty() ? route->profile.autoCommands : session->autoCommands,
                       .viaJump = route->viaJump};
}

Result<ResolvedTunnel> resolveNow(Connection &connection, const VaultKey &key, const TunnelPlace &tunnel)
{
    const Place place{tunnel.label, tunnel.host, tunnel.port, tunnel.profileId, tunnel.legacy};
    auto route = routeTo(connection, key, place, {tunnel.jumpHostId, tunnel.jumpSessionId});
    if (!route)
        return std::move(route).error();
    const auto &[hostId, sessionId] = route->jump;
    const QStringList parts{tunnel.host, QString::number(tunnel.port), tunnel.profileId, hostId.value_or(QString()),
                            hostId ? QString() : sessionId.value_or(QString())};
    return ResolvedTunnel{.target = std::move(route->target), .key = parts.join(u'\n')};
}

Result<SessionForwards> forwardsNow(Connection &connection, const QString &sessionId)
{
    auto session = repository::get<Session>(connection, sessionId);
    if (!session)
        return session.error();
    const Place place = placeOf(*session);
    auto profile = profileOf(connection, place);
    if (!profile)
        return profile.error();
    const JumpIds jump = effectiveJump({session->jumpHostId, session->jumpSessionId}, *profile);
    SessionForwards found{.place = {.label = place.label,
                                    .host = place.host,
                                    .port = place.port,
                                    .profileId = place.profileId,
                                    .jumpHostId = jump.hostId,
                                    .jumpSessionId = jump.hostId ? std::nullopt : jump.sessionId,
                                    .legacy = place.legacy},
                          .forwards = session->portForwards};
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

Task<Result<ResolvedTunnel>> LoginResolver::resolveTunnel(TunnelPlace place)
{
    co_return co_await m_database.read(
        [key = m_key, place](Connection &connection) { return resolveNow(connection, *key, place); });
}

Task<Result<SessionForwards>> LoginResolver::forwardsOf(QString sessionId)
{
    co_return co_await m_database.read(
        [sessionId](Connection &connection) { return forwardsNow(connection, sessionId); });
}

void LoginResolver::connected(QString sessionId) { stamp(m_database, std::move(sessionId)); }

} // namespace agent
