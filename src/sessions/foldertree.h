#pragma once

#include "core/result.h"
#include "sessions/folder.h"

#include <QHash>
#include <QSet>
#include <QStringList>

namespace agent {

class Connection;

/// The session folders as a tree, read once. Copes with cycles that older agents could write.
class FolderTree
{
public:
    static Result<FolderTree> load(Connection &connection);

    [[nodiscard]] const QList<Folder> &folders() const { return m_folders; }
    [[nodiscard]] const Folder *find(const QString &id) const;
    /// Names from the root down to the folder.
    [[nodiscard]] QStringList pathOf(const QString &id) const;
    /// The folder and everything below it, parents first.
    [[nodiscard]] QList<Folder> subtree(const QString &id) const;

    [[nodiscard]] std::optional<QString> child(const std::optional<QString> &parentId, const QString &name) const;
    /// A folder of that name: at the root if there is one, else the first anywhere.
    [[nodiscard]] std::optional<QString> findByName(const QString &name) const;
    /// Follows `path` from the root and creates what is missing, counted in `created`. An empty path is the root.
    Result<std::optional<QString>> ensurePath(Connection &connection, const QStringList &path, qint64 &created);

private:
    void add(Folder folder);

    QList<Folder> m_folders; // in list order
    QHash<QString, qsizetype> m_indexOf;
    QHash<std::pair<QString, QString>, QString> m_childOf; // (parent id or empty, name) -> id
};

} // namespace agent
