#include "sessions/sessionexport.h"

#include "core/uuid.h"
#include "jumps/jumpchain.h"
#include "jumps/jumprules.h"
#include "sessions/foldertree.h"
#include "sessions/sessionstore.h"
#include "storage/connection.h"

namespace agent::sessions {

using namespace Qt::StringLiterals;

namespace {

using Ids = QHash<QString, QString>; // name -> id of the first with that name

Result<Ids> idsOf(Connection &connection, QLatin1StringView table)
{
    Ids ids;
    const Status read =
        connection.forEach(u"SELECT name, id FROM %1 ORDER BY name, id"_s.arg(table), {}, [&](const QSqlQuery &query) {
            const QString name = query.value(0).toString();
            if (!ids.contains(name))
                ids.insert(name, query.value(1).toString());
        });
    if (!read)
        return read.error();
    return ids;
}

/// One import: what is known so far and what came of it.
class Import
{
public:
    /// What stands in the database before the import, by name.
    struct Known
    {
        FolderTree folders;
        Ids profiles;
        Ids jumpHosts;
        Ids sessions;
    };

    Import(Connection &connection, OnRefusal onRefusal, Known known)
        : m_connection(connection)
        , m_onRefusal(onRefusal)
        , m_folders(std::move(known.folders))
        , m_profiles(std::move(known.profiles))
        , m_jumpHosts(std::move(known.jumpHosts))
        , m_sessions(std::move(known.sessions))
    {
    }

    Result<ImportResult> run(const ExportData &data)
    {
        if (Status folders = createFolders(data.folders); !folders)
            return folders.error();
        for (const ExportSession &session : data.sessions) {
            if (Status created = createGuarded(session); !created)
                return created.error();
        }
        // Jump sessions may come later in the file than those that use them.
        for (const auto &[id, jumpName] : std::as_const(m_wantedJumps)) {
            if (Status linked = linkJump(id, jumpName); !linked)
                return linked.error();
        }
        return std::move(m_result);
    }

private:
    Status createFolders(const QList<ExportFolder> &folders)
    {
        QHash<QString, const ExportFolder *> byName;
        for (const ExportFolder &folder : folders) {
            if (!byName.contains(folder.name))
                byName.insert(folder.name, &folder);
        }
        for (const ExportFolder &folder : folders) {
            std::optional<QString> known;
            if (!folder.path && !folder.parentName)
                known = m_folders.findByName(folder.name);
            if (!known) {
                auto made = m_folders.ensurePath(m_connection, pathFor(folder, byName), m_result.foldersCreated);
                if (!made)
                    return made.error();
                known = *made;
            }
            if (known && !m_folderIds.contains(folder.name))
                m_folderIds.insert(folder.name, *known);
        }
        return {};
    }

    /// From the file's own path, or else by following parent names, in whatever order the file has them; a parent
    /// nobody knows means the root.
    QStringList pathFor(const ExportFolder &folder, const QHash<QString, const ExportFolder *> &byName) const
    {
        if (folder.path && !folder.path->isEmpty())
            return *folder.path;
        QStringList path{folder.name};
        QSet<QString> seen{folder.name};
        std::optional<QString> parent = folder.parentName;
        while (parent && !seen.contains(*parent)) {
            seen.insert(*parent);
            const ExportFolder *entry = byName.value(*parent);
            if (!entry) {
                const auto known = m_folders.findByName(*parent);
                return known ? m_folders.pathOf(*known) + path : path;
            }
            path.prepend(*parent);
            parent = entry->parentName;
        }
        return path;
    }

    /// A session that fails leaves a warning and nothing else, or ends the import.
    Status createGuarded(const ExportSession &entry)
    {
        if (m_onRefusal == OnRefusal::Fail)
            return named(entry.name, create(entry));
        if (Status begun = execute(u"SAVEPOINT import_session"_s); !begun)
            return begun;
        const qint64 foldersBefore = m_result.foldersCreated;
        if (Status created = create(entry); !created) {
            // A full disk fails the whole import; a rule or a taken name fails one session.
            if (created.error().code == ErrorCode::StorageFull)
                return created;
            m_result.warnings.append(u"Session '%1' skipped: %2"_s.arg(entry.name, created.error().message));
            if (Status undone = execute(u"ROLLBACK TO import_session"_s); !undone)
                return undone;
            if (m_result.foldersCreated != foldersBefore) { // the tree still holds what was undone
                auto folders = FolderTree::load(m_connection);
                if (!folders)
                    return folders.error();
                m_folders = std::move(*folders);
                m_result.foldersCreated = foldersBefore;
            }
        }
        return execute(u"RELEASE import_session"_s);
    }

    Status create(const ExportSession &entry)
    {
        const auto profile = entry.profileName ? m_profiles.constFind(*entry.profileName) : m_profiles.cend();
        if (profile == m_profiles.cend()) {
            return Error{ErrorCode::Validation, entry.profileName
                                                    ? u"profile '%1' does not exist"_s.arg(*entry.profileName)
                                                    : u"it names no profile"_s};
        }
        auto folder = folderFor(entry);
        if (!folder)
            return folder.error();
        Session session{.id = newUuid(),
                        .name = entry.name,
                        .folderId = *folder,
                        .host = entry.host,
                        .port = entry.port,
                        .color = entry.color,
                        .icon = entry.icon,
                        .sortOrder = entry.sortOrder,
                        .createdAt = Timestamp::now(),
                        .updatedAt = Timestamp::now(),
                        .autoReconnect = entry.autoReconnect,
                        .reconnectDelay = entry.reconnectDelay,
                        .scrollbackLines = entry.scrollbackLines,
                        .localEcho = entry.localEcho,
                        .fontSizeOverride = entry.fontSizeOverride,
                        .fontFamily = entry.fontFamily,
                        .terminalTheme = entry.terminalTheme,
                        .profileId = *profile,
                        .cliFlavor = entry.cliFlavor,
                        .portForwards = entry.portForwards,
                        .autoCommands = entry.autoCommands,
                        .legacySsh = entry.legacySsh,
                        .protocol = entry.protocol,
                        .sftpStartPath = entry.sftpStartPath};
        auto jumpHosts = jumpHostsOf(entry);
        if (!jumpHosts)
            return jumpHosts.error();
        if (!jumpHosts->isEmpty())
            session.jumpHostId = jumpHosts->takeLast();
        if (m_sessions.contains(session.name)) // looked up once: a query for each would read every row each time
            return nameTaken(session.name);
        if (Status allowed = checkNewButName(m_connection, session); !allowed)
            return allowed;
        if (Status inserted = repository::insert(m_connection, session); !inserted)
            return inserted;
        if (!jumpHosts->isEmpty()) {
            if (Status stored = storeJumpChain(m_connection, session.id, *jumpHosts); !stored)
                return stored;
        }
        for (const ExportSnippet &snippet : entry.snippets) {
            if (Status made = execute(u"INSERT INTO snippets (id, session_id, name, command, sort_order, created_at) "
                                      "VALUES (?, ?, ?, ?, ?, ?)"_s,
                                      {newUuid(), session.id, snippet.name, snippet.command, qint64(snippet.sortOrder),
                                       Timestamp::now().toDatabaseText()});
                !made)
                return made;
        }
        for (const ExportMappedKey &key : entry.mappedKeys) {
            if (Status made = execute(u"INSERT OR IGNORE INTO mapped_keys (id, key_combo, command, description, "
                                      "is_secret, created_at) VALUES (?, ?, ?, ?, 0, ?)"_s,
                                      {newUuid(), key.keyCombo, key.command,
                                       key.description ? QVariant(*key.description) : QVariant(),
                                       Timestamp::now().toDatabaseText()});
                !made)
                return made;
        }
        m_sessions.insert(session.name, session.id);
        ++m_result.sessionsCreated;
        if (entry.jumpSessionName && !session.jumpHostId)
            m_wantedJumps.append({session.id, *entry.jumpSessionName});
        return {};
    }

    /// The ids of its way, its own jump host last. One that is missing takes the whole way with it.
    Result<QStringList> jumpHostsOf(const ExportSession &entry)
    {
        if (!entry.jumpHostName)
            return QStringList();
        QStringList ids;
        for (const QString &name : entry.jumpChain.value_or(QStringList()) + QStringList{*entry.jumpHostName}) {
            const auto jumpHost = m_jumpHosts.constFind(name);
            if (jumpHost == m_jumpHosts.cend()) {
                const QString missing = u"jump host '%1' does not exist"_s.arg(name);
                if (m_onRefusal == OnRefusal::Fail)
                    return Error{ErrorCode::Validation, missing};
                m_result.warnings.append(u"Session '%1': %2; imported without it"_s.arg(entry.name, missing));
                return QStringList();
            }
            ids.append(*jumpHost);
        }
        return ids;
    }

    static Status named(const QString &session, Status status)
    {
        if (status)
            return {};
        Error error = status.error();
        error.message = u"session '%1': %2"_s.arg(session, error.message);
        return error;
    }

    Result<std::optional<QString>> folderFor(const ExportSession &entry)
    {
        if (entry.folderPath)
            return m_folders.ensurePath(m_connection, *entry.folderPath, m_result.foldersCreated);
        if (!entry.folderName)
            return std::optional<QString>();
        const auto named = m_folderIds.constFind(*entry.folderName);
        return named != m_folderIds.cend() ? std::optional(*named) : m_folders.findByName(*entry.folderName);
    }

    Status linkJump(const QString &id, const QString &jumpName)
    {
        auto session = repository::get<Session>(m_connection, id);
        if (!session)
            return session.error();
        const auto jump = m_sessions.constFind(jumpName);
        if (jump == m_sessions.cend()) {
            if (m_onRefusal == OnRefusal::Fail)
                return Error{ErrorCode::Validation,
                             u"session '%1': jump session '%2' does not exist"_s.arg(session->name, jumpName)};
            m_result.warnings.append(
                u"Session '%1': jump session '%2' does not exist; imported without it"_s.arg(session->name, jumpName));
            return {};
        }
        session->jumpSessionId = *jump;
        Status allowed = checkSessionJump(m_connection, id, session->profileId, {{}, session->jumpSessionId});
        if (!allowed) {
            if (m_onRefusal == OnRefusal::Fail)
                return named(session->name, allowed);
            m_result.warnings.append(
                u"Session '%1': %2; imported without its jump"_s.arg(session->name, allowed.error().message));
            return {};
        }
        return repository::update(m_connection, *session);
    }

    Status execute(const QString &sql, const QVariantList &values = {})
    {
        auto done = m_connection.execute(sql, values);
        return done ? Status() : Status(done.error());
    }

    Connection &m_connection;
    const OnRefusal m_onRefusal;
    FolderTree m_folders;
    Ids m_profiles;
    Ids m_jumpHosts;
    Ids m_sessions;                                   // the imported ones too
    Ids m_folderIds;                                  // of the file's folders, by name
    QList<std::pair<QString, QString>> m_wantedJumps; // session id, name of its jump session
    ImportResult m_result;
};

} // namespace

Result<ImportResult> importData(Connection &connection, const ExportData &data, OnRefusal onRefusal)
{
    auto folders = FolderTree::load(connection);
    if (!folders)
        return folders.error();
    auto profiles = idsOf(connection, "credential_profiles"_L1);
    if (!profiles)
        return profiles.error();
    auto jumpHosts = idsOf(connection, "jump_hosts"_L1);
    if (!jumpHosts)
        return jumpHosts.error();
    auto sessions = idsOf(connection, "sessions"_L1);
    if (!sessions)
        return sessions.error();
    return Import(connection, onRefusal,
                  {std::move(*folders), std::move(*profiles), std::move(*jumpHosts), std::move(*sessions)})
        .run(data);
}

} // namespace agent::sessions
