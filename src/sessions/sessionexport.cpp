#include "sessions/sessionexport.h"

#include "jumps/jumpchain.h"
#include "sessions/foldertree.h"
#include "storage/connection.h"

#include <algorithm>
#include <vector>

namespace agent::sessions {

using namespace Qt::StringLiterals;

namespace {

using Names = QHash<QString, QString>; // id -> name

Result<Names> namesOf(Connection &connection, QLatin1StringView table)
{
    Names names;
    const Status read = connection.forEach(u"SELECT id, name FROM %1"_s.arg(table), {}, [&](const QSqlQuery &query) {
        names.insert(query.value(0).toString(), query.value(1).toString());
    });
    if (!read)
        return read.error();
    return names;
}

Result<QHash<QString, QList<ExportSnippet>>> snippetsBySession(Connection &connection)
{
    QHash<QString, QList<ExportSnippet>> snippets;
    const Status read = connection.forEach(
        u"SELECT session_id, name, command, COALESCE(sort_order, 0) FROM snippets WHERE session_id IS NOT NULL "
        "ORDER BY sort_order, name"_s,
        {}, [&](const QSqlQuery &query) {
            snippets[query.value(0).toString()].append(
                {query.value(1).toString(), query.value(2).toString(), query.value(3).toInt()});
        });
    if (!read)
        return read.error();
    return snippets;
}

std::optional<QString> nameIn(const Names &names, const std::optional<QString> &id)
{
    const auto found = id ? names.constFind(*id) : names.cend();
    return found == names.cend() ? std::nullopt : std::optional(*found);
}

/// Everything a session refers to, by id.
struct References
{
    FolderTree folders;
    Names profiles;
    Names jumpHosts;
    Names sessions;
    QHash<QString, QList<ExportSnippet>> snippets;
    QHash<QString, QStringList> jumpChains;
};

Result<References> loadReferences(Connection &connection)
{
    auto folders = FolderTree::load(connection);
    if (!folders)
        return folders.error();
    auto profiles = namesOf(connection, "credential_profiles"_L1);
    if (!profiles)
        return profiles.error();
    auto jumpHosts = namesOf(connection, "jump_hosts"_L1);
    if (!jumpHosts)
        return jumpHosts.error();
    auto sessions = namesOf(connection, "sessions"_L1);
    if (!sessions)
        return sessions.error();
    auto snippets = snippetsBySession(connection);
    if (!snippets)
        return snippets.error();
    auto jumpChains = readJumpChains(connection);
    if (!jumpChains)
        return jumpChains.error();
    return References{std::move(*folders),  std::move(*profiles), std::move(*jumpHosts),
                      std::move(*sessions), std::move(*snippets), std::move(*jumpChains)};
}

std::optional<QStringList> chainOf(const Session &session, const References &references)
{
    const auto chain = references.jumpChains.constFind(session.id);
    if (chain == references.jumpChains.cend())
        return std::nullopt;
    QStringList names;
    for (const QString &id : *chain)
        names.append(references.jumpHosts.value(id));
    return names;
}

ExportSession exported(const Session &session, const References &references)
{
    const Folder *folder = session.folderId ? references.folders.find(*session.folderId) : nullptr;
    return {.name = session.name,
            .folderName = folder ? std::optional(folder->name) : std::nullopt,
            .host = session.host,
            .port = session.port,
            .profileName = nameIn(references.profiles, session.profileId),
            .color = session.color,
            .icon = session.icon,
            .autoReconnect = session.autoReconnect,
            .reconnectDelay = session.reconnectDelay,
            .scrollbackLines = session.scrollbackLines,
            .localEcho = session.localEcho,
            .fontSizeOverride = session.fontSizeOverride,
            .snippets = references.snippets.value(session.id),
            .jumpHostName = nameIn(references.jumpHosts, session.jumpHostId),
            .portForwards = session.portForwards,
            .folderPath = folder ? std::optional(references.folders.pathOf(folder->id)) : std::nullopt,
            .protocol = session.protocol,
            .cliFlavor = session.cliFlavor,
            .terminalTheme = session.terminalTheme,
            .fontFamily = session.fontFamily,
            .legacySsh = session.legacySsh,
            .autoCommands = session.autoCommands,
            .sftpStartPath = session.sftpStartPath,
            .jumpSessionName = nameIn(references.sessions, session.jumpSessionId),
            .jumpChain = chainOf(session, references),
            .sortOrder = session.sortOrder};
}

ExportFolder exported(const Folder &folder, const FolderTree &tree)
{
    const Folder *parent = folder.parentId ? tree.find(*folder.parentId) : nullptr;
    return {.name = folder.name,
            .parentName = parent ? std::optional(parent->name) : std::nullopt,
            .path = tree.pathOf(folder.id)};
}

ExportData emptyExport() { return {.exportedAt = preciseNowAsJsonText()}; }

} // namespace

Result<ExportData> exportAll(Connection &connection)
{
    auto references = loadReferences(connection);
    if (!references)
        return references.error();
    ExportData data = emptyExport();
    // By path: parents come first, and equal trees give equal files.
    std::vector<std::pair<QStringList, const Folder *>> byPath;
    for (const Folder &folder : references->folders.folders())
        byPath.emplace_back(references->folders.pathOf(folder.id), &folder);
    std::ranges::sort(byPath, {}, [](const auto &entry) -> const QStringList & { return entry.first; });
    for (const auto &[path, folder] : byPath)
        data.folders.append(exported(*folder, references->folders));
    const Status read = repository::forEach<Session>(
        connection, {}, {}, [&](const Session &session) { data.sessions.append(exported(session, *references)); });
    if (!read)
        return read.error();
    return data;
}

Result<ExportData> exportSession(Connection &connection, const QString &id)
{
    auto session = repository::get<Session>(connection, id);
    if (!session)
        return session.error();
    auto references = loadReferences(connection);
    if (!references)
        return references.error();
    ExportData data = emptyExport();
    data.sessions.append(exported(*session, *references));
    if (const Folder *folder = session->folderId ? references->folders.find(*session->folderId) : nullptr) {
        // The file holds no parent: the folder stands at its root.
        data.folders.append({.name = folder->name, .path = QStringList{folder->name}});
        data.sessions.first().folderPath = QStringList{folder->name};
    }
    return data;
}

Result<ExportData> exportFolder(Connection &connection, const QString &id)
{
    auto references = loadReferences(connection);
    if (!references)
        return references.error();
    if (!references->folders.find(id))
        return repository::notFound<Folder>();
    ExportData data = emptyExport();
    // Paths start at the exported folder, wherever it lies.
    const qsizetype above = references->folders.pathOf(id).size() - 1;
    QSet<QString> inside;
    for (const Folder &folder : references->folders.subtree(id)) {
        ExportFolder entry = exported(folder, references->folders);
        entry.path = entry.path->mid(above);
        if (folder.id == id)
            entry.parentName.reset();
        data.folders.append(std::move(entry));
        inside.insert(folder.id);
    }
    const Status read =
        repository::forEach<Session>(connection, u"WHERE folder_id IS NOT NULL"_s, {}, [&](const Session &session) {
            if (!inside.contains(*session.folderId))
                return;
            ExportSession entry = exported(session, *references);
            entry.folderPath = entry.folderPath->mid(above);
            data.sessions.append(std::move(entry));
        });
    if (!read)
        return read.error();
    return data;
}

} // namespace agent::sessions
