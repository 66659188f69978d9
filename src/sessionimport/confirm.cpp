#include "sessionimport/confirm.h"

#include "api/body.h"
#include "core/uuid.h"
#include "jumps/jumprules.h"
#include "sessionimport/existing.h"
#include "storage/connection.h"

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

Error refuse(const QString &message, const QString &field) { return {ErrorCode::Validation, message, field}; }
Error changed(const QString &what) { return {ErrorCode::Conflict, what + u" since the preview; make a new one"_s}; }

QString at(QLatin1StringView list, qsizetype index, QLatin1StringView member)
{
    return u"%1[%2].%3"_s.arg(list, QString::number(index), member);
}

/// One confirmation.
class Confirmation
{
public:
    Confirmation(Connection &connection, const ImportPlan &plan, Existing existing)
        : m_connection(connection)
        , m_plan(plan)
        , m_existing(std::move(existing))
    {
        for (qsizetype i = 0; i < plan.profiles.size(); ++i)
            m_profiles.insert(plan.profiles[i].name, i);
        for (qsizetype i = 0; i < plan.jumpHosts.size(); ++i)
            m_jumpHosts.insert(plan.jumpHosts[i].name, i);
    }

    Result<PlanResult> run()
    {
        ExportData data;
        for (qsizetype i = 0; i < m_plan.sessions.size(); ++i) {
            const PlannedSession &planned = m_plan.sessions[i];
            if (planned.action == PlanAction::Skip) {
                ++m_result.sessionsSkipped;
                continue;
            }
            if (Status needed = makeWhatItNeeds(planned, i); !needed)
                return needed.error();
            data.sessions.append(planned.session);
        }
        auto imported = sessions::importData(m_connection, data, sessions::OnRefusal::Fail);
        if (!imported)
            return imported.error();
        m_result.sessionsCreated = imported->sessionsCreated;
        m_result.foldersCreated = imported->foldersCreated;
        return m_result;
    }

private:
    Status makeWhatItNeeds(const PlannedSession &planned, qsizetype index)
    {
        const ExportSession &session = planned.session;
        if (!session.profileName)
            return refuse(u"session '%1' names no profile"_s.arg(session.name),
                          at("sessions"_L1, index, "session.profile_name"_L1));
        if (Status profile = ensureProfile(*session.profileName); !profile)
            return profile;
        const QStringList chain = session.jumpChain.value_or(QStringList());
        if (!chain.isEmpty() && !session.jumpHostName)
            return refuse(u"session '%1' has a chain but no jump host at its end"_s.arg(session.name),
                          at("sessions"_L1, index, "session.jump_chain"_L1));
        if (chain.size() >= kMaxHops)
            return refuse(u"session '%1' has more than %2 hops"_s.arg(session.name, QString::number(kMaxHops)),
                          at("sessions"_L1, index, "session.jump_chain"_L1));
        if (session.jumpHostName && session.jumpSessionName)
            return refuse(u"session '%1': choose either a jump host or a jump session, not both"_s.arg(session.name),
                          at("sessions"_L1, index, "session.jump_session_name"_L1));
        QStringList jumps = chain;
        if (session.jumpHostName)
            jumps.append(*session.jumpHostName);
        for (const QString &jump : std::as_const(jumps)) {
            if (Status made = ensureJumpHost(jump); !made)
                return made;
        }
        for (const QString &folder : session.folderPath.value_or(QStringList())) {
            if (Status name = checkText(folder, "folder_path"_L1); !name)
                return name;
        }
        if (session.folderPath && session.folderPath->size() > 2 * kMaxFolderDepth)
            return refuse(u"session '%1' lies too deep"_s.arg(session.name),
                          at("sessions"_L1, index, "session.folder_path"_L1));
        return {};
    }

    Status ensureProfile(const QString &name)
    {
        const auto planned = m_profiles.constFind(name);
        const auto known = m_existing.profiles.constFind(name);
        if (planned == m_profiles.cend()) // one of the user's own choice
            return known != m_existing.profiles.cend()
                       ? Status()
                       : Status(refuse(u"profile '%1' does not exist"_s.arg(name), u"profiles"_s));
        if (m_done.contains(u"p"_s + name))
            return {};
        m_done.insert(u"p"_s + name);
        const PlannedProfile &wanted = m_plan.profiles[*planned];
        if (wanted.exists) {
            if (known == m_existing.profiles.cend())
                return changed(u"profile '%1' is gone"_s.arg(name));
            const bool isSame = known->username == wanted.username && known->authType == wanted.authType &&
                                (known->authType == AuthType::Password || known->keyPath == wanted.keyPath) &&
                                !known->jumpHostId && !known->jumpSessionId;
            return isSame ? Status() : Status(changed(u"profile '%1' has changed"_s.arg(name)));
        }
        if (known != m_existing.profiles.cend())
            return changed(u"a profile '%1' has come"_s.arg(name));
        for (const auto &[value, member, rule] :
             {std::tuple{wanted.name, "name"_L1, TextRule{}},
              std::tuple{wanted.username, "username"_L1, TextRule{.mayBeEmpty = true}},
              std::tuple{wanted.keyPath.value_or(QString()), "key_path"_L1,
                         TextRule{.maxBytes = 4096, .mayBeEmpty = true}}}) {
            if (Status text = checkText(value, member, rule); !text)
                return refuse(text.error().message, at("profiles"_L1, *planned, member));
        }
        Profile profile{.id = newUuid(),
                        .name = wanted.name,
                        .username = wanted.username,
                        .authType = wanted.authType,
                        .keyPath = wanted.keyPath,
                        .keepaliveInterval = wanted.keepaliveInterval,
                        .connectionTimeout = wanted.connectionTimeout};
        profile.createdAt = profile.updatedAt = Timestamp::now();
        if (Status inserted = repository::insert(m_connection, profile); !inserted)
            return inserted;
        ++m_result.profilesCreated;
        m_existing.profiles.insert(name, profile);
        return {};
    }

    Status ensureJumpHost(const QString &name)
    {
        const auto planned = m_jumpHosts.constFind(name);
        const auto known = m_existing.jumpHosts.constFind(name);
        if (planned == m_jumpHosts.cend())
            return known != m_existing.jumpHosts.cend()
                       ? Status()
                       : Status(refuse(u"jump host '%1' does not exist"_s.arg(name), u"jump_hosts"_s));
        if (m_done.contains(u"j"_s + name))
            return {};
        m_done.insert(u"j"_s + name);
        const PlannedJumpHost &wanted = m_plan.jumpHosts[*planned];
        if (Status profile = ensureProfile(wanted.profileName); !profile)
            return profile;
        const QString profileId = m_existing.profiles.value(wanted.profileName).id;
        if (wanted.exists) {
            if (known == m_existing.jumpHosts.cend())
                return changed(u"jump host '%1' is gone"_s.arg(name));
            const bool isSame =
                known->host == wanted.host && known->port == wanted.port && known->profileId == profileId;
            return isSame ? Status() : Status(changed(u"jump host '%1' has changed"_s.arg(name)));
        }
        if (known != m_existing.jumpHosts.cend())
            return changed(u"a jump host '%1' has come"_s.arg(name));
        for (const auto &[value, member, rule] :
             {std::tuple{wanted.name, "name"_L1, TextRule{}}, std::tuple{wanted.host, "host"_L1, TextRule{255}}}) {
            if (Status text = checkText(value, member, rule); !text)
                return refuse(text.error().message, at("jump_hosts"_L1, *planned, member));
        }
        JumpHost jumpHost{
            .id = newUuid(), .name = wanted.name, .host = wanted.host, .port = wanted.port, .profileId = profileId};
        jumpHost.createdAt = jumpHost.updatedAt = Timestamp::now();
        if (Status allowed = checkJumpHostProfile(m_connection, jumpHost); !allowed)
            return allowed;
        if (Status inserted = repository::insert(m_connection, jumpHost); !inserted)
            return inserted;
        ++m_result.jumpHostsCreated;
        m_existing.jumpHosts.insert(name, jumpHost);
        return {};
    }

    Connection &m_connection;
    const ImportPlan &m_plan;
    Existing m_existing;                               // the made ones too
    QHash<QString, qsizetype> m_profiles, m_jumpHosts; // of the plan, by name
    QSet<QString> m_done;                              // names looked after, with a letter for the kind
    PlanResult m_result;
};

} // namespace

Result<PlanResult> confirmPlan(Connection &connection, const ImportPlan &plan)
{
    if (plan.sessions.size() > kMaxSessions)
        return refuse(u"one import has at most %1 sessions"_s.arg(kMaxSessions), u"sessions"_s);
    auto existing = readExisting(connection);
    if (!existing)
        return existing.error();
    return Confirmation(connection, plan, *std::move(existing)).run();
}

} // namespace agent::sessionimport
