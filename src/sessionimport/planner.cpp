#include "sessionimport/planner.h"

#include "api/body.h"
#include "core/uuid.h"

#include <QHostAddress>

#include <algorithm>

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

constexpr quint32 kMaxSeconds = 86400;

QString withNumber(const QString &name, int number) { return u"%1 (%2)"_s.arg(name, QString::number(number)); }

bool isLoopback(const QString &host) { return host == "localhost"_L1 || QHostAddress(host).isLoopback(); }

/// What makes two of them one.
QStringList identityOf(const PlannedProfile &profile)
{
    return {profile.username, wordOf(profile.authType), profile.keyPath.value_or(QString()),
            QString::number(profile.keepaliveInterval), QString::number(profile.connectionTimeout)};
}
QStringList identityOf(const PlannedJumpHost &jumpHost)
{
    return {jumpHost.host, QString::number(jumpHost.port), jumpHost.profileName};
}

/// Things that are made once and named uniquely: profiles and jump hosts.
template <typename Planned>
class Registry
{
public:
    /// One that is there and may be used again.
    void know(const Planned &existing)
    {
        take(existing.name);
        QString &name = m_names[identityOf(existing)];
        // The shortest of those that are alike, so that a second import finds what the first one made.
        if (name.isEmpty() || existing.name.size() < name.size() ||
            (existing.name.size() == name.size() && existing.name < name))
            name = existing.name;
    }
    /// A name that is taken.
    void take(const QString &name) { m_taken.insert(name); }

    /// The name of the one that is `wanted`, made in `planned` if need be.
    QString nameFor(Planned wanted, QList<Planned> &planned)
    {
        QString &name = m_names[identityOf(wanted)];
        if (m_planned.contains(name) && !name.isEmpty())
            return name;
        wanted.exists = !name.isEmpty();
        if (name.isEmpty()) {
            name = wanted.name;
            for (int &number = m_numbers[wanted.name]; m_taken.contains(name);)
                name = withNumber(wanted.name, ++number + 1);
            take(name);
        }
        wanted.name = name;
        m_planned.insert(name);
        planned.append(std::move(wanted));
        return name;
    }

private:
    QHash<QStringList, QString> m_names; // by identity
    QSet<QString> m_taken, m_planned;
    QHash<QString, int> m_numbers; // the last one given to a name
};

class Planner
{
public:
    Planner(const Existing &existing, const PlanOptions &options)
        : m_existing(existing)
        , m_options(options)
    {
        QHash<QString, QString> profileNames;
        for (const Profile &profile : existing.profiles) {
            profileNames.insert(profile.id, profile.name);
            // One with a way or commands of its own does more than log in.
            if (profile.jumpHostId || profile.jumpSessionId || !profile.autoCommands.isEmpty())
                m_profiles.take(profile.name);
            else
                m_profiles.know(plannedOf(profile));
        }
        for (const JumpHost &jumpHost : existing.jumpHosts) {
            m_jumpHosts.know({.name = jumpHost.name,
                              .host = jumpHost.host,
                              .port = jumpHost.port,
                              .profileName = profileNames.value(jumpHost.profileId)});
        }
    }

    ImportPlan run(ParsedImport parsed)
    {
        m_warnings = std::move(parsed.warnings);
        QList<ParsedSession> usable;
        for (ParsedSession &session : parsed.sessions) {
            if (isUsable(session))
                usable.append(std::move(session));
        }
        for (const ParsedSession &session : std::as_const(usable))
            nameSession(session);
        for (qsizetype i = 0; i < usable.size(); ++i)
            m_byName[usable[i].name].append(i);
        for (qsizetype i = 0; i < usable.size(); ++i)
            planSession(usable, i);
        m_plan.missingIncludes = std::move(parsed.missingIncludes);
        m_plan.warnings = m_warnings.take();
        return std::move(m_plan);
    }

private:
    static PlannedProfile plannedOf(const Profile &profile)
    {
        return {.name = profile.name,
                .username = profile.username,
                .authType = profile.authType,
                .keyPath = profile.authType == AuthType::Key ? profile.keyPath : std::nullopt,
                .keepaliveInterval = profile.keepaliveInterval,
                .connectionTimeout = profile.connectionTimeout};
    }

    bool isUsable(const ParsedSession &session)
    {
        const auto refuse = [&](const Error &error) {
            m_warnings.add(u"session '%1' is left out: %2"_s.arg(session.name.left(200), error.message), session.file,
                           session.line);
            return false;
        };
        if (Status name = checkText(session.name, "name"_L1); !name)
            return refuse(name.error());
        if (Status host = checkText(session.host, "host"_L1, {.maxBytes = 255}); !host)
            return refuse(host.error());
        if (Status user = checkText(session.login.user, "username"_L1, {.mayBeEmpty = true}); !user)
            return refuse(user.error());
        if (Status key = checkText(session.login.keyPath, "key_path"_L1, {.maxBytes = 4096, .mayBeEmpty = true}); !key)
            return refuse(key.error());
        for (const ParsedHop &hop : session.hops) {
            if (Status host = checkText(hop.host, "host"_L1, {.maxBytes = 255}); !host)
                return refuse(host.error());
        }
        for (const QString &folder : session.folderPath) {
            if (Status name = checkText(folder, "folder_path"_L1); !name)
                return refuse(name.error());
        }
        return true;
    }

    /// Decides the name and whether it is there already, before jumps look for each other.
    void nameSession(const ParsedSession &session)
    {
        PlannedSession planned{.file = session.file.isEmpty() ? std::nullopt : std::optional(session.file),
                               .line = session.line > 0 ? std::optional(session.line) : std::nullopt};
        QString name = session.name;
        constexpr int kLookedThrough = 20; // of one name; from there on the numbers go up without looking back
        for (int number = 1;; ++number) {
            if (number > kLookedThrough)
                number = std::max(number, ++m_numbers[session.name] + kLookedThrough);
            if (number == 2 && !session.folderPath.isEmpty())
                name = u"%1 (%2)"_s.arg(session.name, session.folderPath.last());
            else if (number >= 2)
                name = withNumber(session.name, number);
            if (m_names.contains(name))
                continue;
            const auto known = m_existing.sessions.constFind(name);
            if (known == m_existing.sessions.cend())
                break;
            if (known->protocol == session.protocol && known->host == session.host && known->port == session.port) {
                planned.state = PlanState::Duplicate;
                planned.action = PlanAction::Skip;
                break;
            }
        }
        m_names.insert(name);
        if (name != session.name) {
            planned.sourceName = session.name;
            if (planned.state == PlanState::New)
                planned.state = PlanState::Renamed;
        }
        planned.session.name = name;
        m_plan.sessions.append(std::move(planned));
    }

    void planSession(const QList<ParsedSession> &all, qsizetype index)
    {
        const ParsedSession &parsed = all[index];
        PlannedSession &planned = m_plan.sessions[index];
        ExportSession &session = planned.session;
        session.host = parsed.host;
        session.port = parsed.port;
        session.protocol = parsed.protocol;
        session.legacySsh = parsed.legacySsh;
        const QStringList path = m_options.folderPath + parsed.folderPath;
        if (!path.isEmpty()) {
            session.folderPath = path;
            session.folderName = path.last();
            addFolders(path);
        }
        session.profileName = profileFor(parsed.login, parsed.protocol);
        for (const ParsedForward &forward : parsed.forwards)
            addForward(parsed, forward, session);
        planJump(all, parsed, planned);
        if (parsed.routeLost)
            planned.action = PlanAction::Skip;
    }

    void addFolders(const QStringList &path)
    {
        for (qsizetype depth = 1; depth <= path.size(); ++depth) {
            const QStringList part = path.first(depth);
            if (m_folders.contains(part))
                continue;
            m_folders.insert(part);
            m_plan.folders.append({.path = part, .exists = m_existing.folders.contains(part)});
        }
    }

    QString profileFor(const ParsedLogin &login, SessionProtocol protocol)
    {
        PlannedProfile wanted{.username = login.user.isEmpty() ? m_options.defaultUser : login.user};
        QString key = login.keyPath.isEmpty() ? m_options.defaultKeyPath : login.keyPath;
        if (key.startsWith("~/"_L1) && !m_options.homeFolder.isEmpty())
            key = m_options.homeFolder + key.sliced(1);
        if (!key.isEmpty() && protocol == SessionProtocol::Ssh) {
            wanted.authType = AuthType::Key;
            wanted.keyPath = key;
        }
        if (login.keepalive)
            wanted.keepaliveInterval = std::min(*login.keepalive, kMaxSeconds);
        if (login.connectTimeout && *login.connectTimeout > 0)
            wanted.connectionTimeout = std::min(*login.connectTimeout, kMaxSeconds);
        wanted.name = wanted.username.isEmpty() ? u"imported"_s : wanted.username;
        if (wanted.keyPath) {
            const QString file = wanted.keyPath->sliced(
                std::max(wanted.keyPath->lastIndexOf(u'/'), wanted.keyPath->lastIndexOf(u'\\')) + 1);
            wanted.name = u"%1 (%2)"_s.arg(wanted.name, file.isEmpty() ? u"key"_s : file);
        }
        return m_profiles.nameFor(std::move(wanted), m_plan.profiles);
    }

    void addForward(const ParsedSession &parsed, const ParsedForward &forward, ExportSession &session)
    {
        const auto warn = [&](const QString &what) {
            m_warnings.add(u"session '%1': %2"_s.arg(parsed.name, what), parsed.file, parsed.line);
        };
        if (parsed.protocol == SessionProtocol::Telnet)
            return; // Telnet has none; the program it comes from ignores them too
        PortForward made{.id = newUuid(), .forwardType = forward.type};
        if (forward.type == ForwardType::Remote) {
            // Ours listens on the far side's loopback and delivers to this machine (contract 04, tunnels).
            if (!isLoopback(forward.host)) {
                warn(u"the remote forward of port %1 leads to '%2'; only this machine can be its target, so it is not "
                     "carried over"_s.arg(QString::number(forward.listenPort), forward.host));
                return;
            }
            if (!forward.bindAddress.isEmpty() && !isLoopback(forward.bindAddress))
                warn(u"the remote forward of port %1 will listen on the far side's loopback only"_s.arg(
                    forward.listenPort));
            made.localPort = forward.port;
            made.remotePort = forward.listenPort;
            made.remoteHost = u"localhost"_s;
        } else {
            if (!forward.bindAddress.isEmpty() && !isLoopback(forward.bindAddress))
                warn(u"the forward of port %1 listened on '%2'; forwards listen on loopback only"_s.arg(
                    QString::number(forward.listenPort), forward.bindAddress));
            else if (!forward.bindAddress.isEmpty() && forward.bindAddress != "localhost"_L1)
                made.bindAddress = forward.bindAddress;
            made.localPort = forward.listenPort;
            if (forward.type == ForwardType::Local) {
                made.remoteHost = forward.host;
                made.remotePort = forward.port;
            }
        }
        session.portForwards.append(std::move(made));
    }

    /// One hop is the session or jump host it is; of more, the last is the session's jump host and the others its
    /// chain.
    void planJump(const QList<ParsedSession> &all, const ParsedSession &parsed, PlannedSession &planned)
    {
        if (parsed.hops.isEmpty() || parsed.protocol == SessionProtocol::Telnet)
            return;
        if (parsed.hops.size() == 1) {
            if (const auto jump = jumpSession(all, parsed.hops.first())) {
                planned.session.jumpSessionName = *jump;
                return;
            }
        }
        QStringList names;
        for (const ParsedHop &hop : parsed.hops) {
            names.append(m_jumpHosts.nameFor({.name = hop.sessionName.isEmpty() ? hop.host : hop.sessionName,
                                              .host = hop.host,
                                              .port = hop.port,
                                              .profileName = profileFor(hop.login, SessionProtocol::Ssh)},
                                             m_plan.jumpHosts));
        }
        planned.session.jumpHostName = names.takeLast();
        if (!names.isEmpty())
            planned.session.jumpChain = names;
    }

    /// The session that is exactly this hop, if it may serve as a jump: it must have none itself.
    std::optional<QString> jumpSession(const QList<ParsedSession> &all, const ParsedHop &hop)
    {
        for (const qsizetype i : m_byName.value(hop.sessionName)) {
            const ParsedSession &other = all[i];
            if (!other.hops.isEmpty() || other.routeLost || other.protocol != SessionProtocol::Ssh ||
                other.host != hop.host || other.port != hop.port || other.login.user != hop.login.user ||
                other.login.keyPath != hop.login.keyPath)
                continue;
            const PlannedSession &planned = m_plan.sessions[i];
            if (planned.state != PlanState::Duplicate || m_existing.sessions.value(planned.session.name).canBeJump)
                return planned.session.name;
        }
        return std::nullopt;
    }

    const Existing &m_existing;
    const PlanOptions &m_options;
    Registry<PlannedProfile> m_profiles;
    Registry<PlannedJumpHost> m_jumpHosts;
    ImportPlan m_plan;
    Warnings m_warnings;
    QSet<QString> m_names;         // of planned sessions
    QHash<QString, int> m_numbers; // the last one beyond kLookedThrough
    QSet<QStringList> m_folders;
    QHash<QString, QList<qsizetype>> m_byName; // as the file names them
};

} // namespace

ImportPlan planImport(ParsedImport parsed, const Existing &existing, const PlanOptions &options)
{
    return Planner(existing, options).run(std::move(parsed));
}

} // namespace agent::sessionimport
