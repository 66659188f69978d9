#include "login/loginresolver.h"

#include "profiles/profile.h"
#include "sessions/session.h"
#include "sessions/sessionstore.h"
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

Error loginError(const Session &session, const QString &what)
{
    return {ErrorCode::AuthMissing, u"session '%1': %2"_s.arg(session.name, what)};
}

std::chrono::seconds bounded(quint32 seconds) { return std::min(std::chrono::seconds(seconds), kLongestTimeout); }

/// A jump that is configured must be taken: dialling the target directly would leave the path its owner chose.
Status refuseJump(const Session &session, const Profile &profile)
{
    if (session.jumpHostId || session.jumpSessionId || profile.jumpHostId || profile.jumpSessionId) {
        return Error{ErrorCode::NotImplemented,
                     u"session '%1' goes through a jump host, which this release cannot do yet"_s.arg(session.name)};
    }
    return {};
}

/// The profile's secrets; none when there are none or they cannot be read. Only a locked vault stops a login.
Result<Credential> credentialFor(Connection &connection, const VaultKey &key, const Session &session)
{
    auto credential = ProfileCredentials::read(connection, key, session.profileId);
    if (credential || credential.error().code == ErrorCode::VaultLocked)
        return credential;
    qCWarning(lcLogin).noquote() << "the credential of profile" << session.profileId
                                 << "cannot be read:" << credential.error().message;
    return Credential{};
}

Result<SshLogin> loginOf(const Session &session, const Profile &profile, Credential credential)
{
    switch (profile.authType) {
    case AuthType::Password:
        if (!credential.password)
            return loginError(session, u"profile '%1' has no password"_s.arg(profile.name));
        return SshLogin{.username = profile.username,
                        .credential = PasswordLogin{.password = std::move(*credential.password)}};
    case AuthType::Key:
        if (profile.keyPath.value_or(QString()).isEmpty())
            return loginError(session, u"profile '%1' names no key file"_s.arg(profile.name));
        return SshLogin{.username = profile.username,
                        .credential = KeyLogin{.path = *profile.keyPath,
                                               .passphrase = std::move(credential.keyPassphrase).value_or(Secret())}};
    }
    Q_UNREACHABLE_RETURN(loginError(session, {}));
}

struct SavedSession
{
    Session session;
    Profile profile;
};

Result<SavedSession> load(Connection &connection, const QString &sessionId)
{
    auto session = repository::get<Session>(connection, sessionId);
    if (!session)
        return session.error();
    auto profile = repository::find<Profile>(connection, session->profileId);
    if (!profile)
        return profile.error();
    if (!*profile)
        return loginError(*session, u"it has no profile to log in with"_s);
    return SavedSession{std::move(*session), std::move(**profile)};
}

std::chrono::seconds connectTimeoutOf(const Profile &profile)
{
    const auto timeout = bounded(profile.connectionTimeout);
    return timeout > 0s ? timeout : kDefaultConnectTimeout;
}

QStringList autoCommandsOf(const Session &session, const Profile &profile)
{
    return session.autoCommands.isEmpty() ? profile.autoCommands : session.autoCommands;
}

Result<ResolvedSsh> resolveNow(Connection &connection, const VaultKey &key, const QString &sessionId)
{
    const auto saved = load(connection, sessionId);
    if (!saved)
        return saved.error();
    const auto &[session, profile] = *saved;
    if (Status direct = refuseJump(session, profile); !direct)
        return direct.error();
    auto credential = credentialFor(connection, key, session);
    if (!credential)
        return credential.error();
    auto login = loginOf(session, profile, std::move(*credential));
    if (!login)
        return login.error();
    return ResolvedSsh{.target = {.host = session.host,
                                  .port = session.port,
                                  .login = std::move(*login),
                                  .connectTimeout = connectTimeoutOf(profile),
                                  .keepalive = bounded(profile.keepaliveInterval),
                                  .legacy = session.legacySsh},
                       .autoCommands = autoCommandsOf(session, profile)};
}

Result<ResolvedTelnet> resolveTelnetNow(Connection &connection, const VaultKey &key, const QString &sessionId)
{
    const auto saved = load(connection, sessionId);
    if (!saved)
        return saved.error();
    const auto &[session, profile] = *saved;
    auto credential = credentialFor(connection, key, session);
    if (!credential)
        return credential.error();
    return ResolvedTelnet{.target = {.host = session.host,
                                     .port = session.port,
                                     .username = profile.username,
                                     .password = std::move(credential->password).value_or(Secret()),
                                     .connectTimeout = connectTimeoutOf(profile),
                                     .keepalive = bounded(profile.keepaliveInterval)},
                          .autoCommands = autoCommandsOf(session, profile)};
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

void LoginResolver::connected(QString sessionId) { stamp(m_database, std::move(sessionId)); }

} // namespace agent
