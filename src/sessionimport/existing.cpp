#include "sessionimport/existing.h"

#include "sessions/foldertree.h"
#include "storage/connection.h"

namespace agent::sessionimport {

namespace {

bool hasJump(const auto &model) { return model.jumpHostId || model.jumpSessionId; }

/// The first of each name.
template <Stored Model>
Status readByName(Connection &connection, QHash<QString, Model> &byName)
{
    return repository::forEach<Model>(connection, {}, {}, [&](Model model) {
        if (!byName.contains(model.name))
            byName.insert(model.name, std::move(model));
    });
}

} // namespace

Result<Existing> readExisting(Connection &connection)
{
    Existing existing;
    if (Status read = readByName(connection, existing.profiles); !read)
        return read.error();
    if (Status read = readByName(connection, existing.jumpHosts); !read)
        return read.error();
    QSet<QString> jumpProfiles;
    Status read = repository::forEach<Profile>(
        connection, QStringLiteral("WHERE jump_host_id IS NOT NULL OR jump_session_id IS NOT NULL"), {},
        [&](const Profile &profile) { jumpProfiles.insert(profile.id); });
    if (!read)
        return read.error();
    read = repository::forEach<Session>(connection, {}, {}, [&](const Session &session) {
        if (existing.sessions.contains(session.name))
            return;
        existing.sessions.insert(session.name,
                                 {.protocol = session.protocol,
                                  .host = session.host,
                                  .port = session.port,
                                  .canBeJump = !hasJump(session) && !jumpProfiles.contains(session.profileId)});
    });
    if (!read)
        return read.error();
    auto tree = FolderTree::load(connection);
    if (!tree)
        return tree.error();
    for (const Folder &folder : tree->folders())
        existing.folders.insert(tree->pathOf(folder.id));
    return existing;
}

} // namespace agent::sessionimport
