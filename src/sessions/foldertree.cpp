#include "sessions/foldertree.h"

#include "core/uuid.h"
#include "storage/connection.h"

#include <QSet>

namespace agent {

using namespace Qt::StringLiterals;

Result<FolderTree> FolderTree::load(Connection &connection)
{
    FolderTree tree;
    const Status read =
        repository::forEach<Folder>(connection, u"WHERE scope = ?"_s, {QString(wordOf(FolderScope::Session))},
                                    [&](Folder folder) { tree.add(std::move(folder)); });
    if (!read)
        return read.error();
    return tree;
}

void FolderTree::add(Folder folder)
{
    m_indexOf.insert(folder.id, m_folders.size());
    const std::pair place(folder.parentId.value_or(QString()), folder.name);
    if (!m_childOf.contains(place)) // the first of two with one name
        m_childOf.insert(place, folder.id);
    m_folders.append(std::move(folder));
}

const Folder *FolderTree::find(const QString &id) const
{
    const auto found = m_indexOf.constFind(id);
    return found == m_indexOf.cend() ? nullptr : &m_folders[*found];
}

QStringList FolderTree::pathOf(const QString &id) const
{
    QStringList path;
    QSet<QString> seen;
    for (const Folder *folder = find(id); folder && !seen.contains(folder->id);
         folder = folder->parentId ? find(*folder->parentId) : nullptr) {
        seen.insert(folder->id);
        path.prepend(folder->name);
    }
    return path;
}

QList<Folder> FolderTree::subtree(const QString &id) const
{
    QList<Folder> result;
    QSet<QString> seen;
    if (const Folder *root = find(id)) {
        result.append(*root);
        seen.insert(id);
    }
    for (qsizetype i = 0; i < result.size(); ++i) {
        for (const Folder &folder : m_folders) {
            if (folder.parentId == result[i].id && !seen.contains(folder.id)) {
                seen.insert(folder.id);
                result.append(folder);
            }
        }
    }
    return result;
}

std::optional<QString> FolderTree::child(const std::optional<QString> &parentId, const QString &name) const
{
    const auto found = m_childOf.constFind({parentId.value_or(QString()), name});
    return found == m_childOf.cend() ? std::nullopt : std::optional(*found);
}

std::optional<QString> FolderTree::findByName(const QString &name) const
{
    if (auto atRoot = child(std::nullopt, name))
        return atRoot;
    const auto found =
        std::find_if(m_folders.cbegin(), m_folders.cend(), [&](const Folder &folder) { return folder.name == name; });
    return found == m_folders.cend() ? std::nullopt : std::optional(found->id);
}

Result<std::optional<QString>> FolderTree::ensurePath(Connection &connection, const QStringList &path, qint64 &created)
{
    std::optional<QString> at;
    for (const QString &name : path) {
        if (auto known = child(at, name)) {
            at = known;
            continue;
        }
        Folder folder{.id = newUuid(), .name = name, .parentId = at};
        folder.createdAt = folder.updatedAt = Timestamp::now();
        if (Status inserted = repository::insert(connection, folder); !inserted)
            return inserted.error();
        ++created;
        at = folder.id;
        add(std::move(folder));
    }
    return at;
}

} // namespace agent
