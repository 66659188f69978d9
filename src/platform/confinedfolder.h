#pragma once

#include "core/result.h"
#include "platform/openedfile.h"

#include <QString>

#include <memory>

namespace agent {

/// The error for a file whose absence, or presence, is trouble with the disk and nothing that a client named: Io in
/// place of NotFound and Conflict.
[[nodiscard]] Error withoutAbsence(Error error);

/// A folder that holds all files of one kind, and out of which no path leads: every path is walked name by name from
/// a handle of the folder, and no symbolic link is followed below it. There is no moment between a check and a use.
/// New files have mode 0600, new folders 0700. Any thread; everything blocks on the disk.
class ConfinedFolder
{
public:
    enum class Mode {
        Read,
        Append,         ///< it must be there
        AppendOrCreate, ///< the folder it is in must be there
        CreateNew,      ///< it must not be there: Conflict
        Replace,        ///< created, or emptied
    };

    /// `path` is absolute. Nothing is touched yet.
    explicit ConfinedFolder(QString path);

    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] QString pathOf(const QString &name) const { return m_path + u'/' + name; }

    /// Makes the folder and its parents, when they are missing.
    [[nodiscard]] Status create() const;
    /// `path` is absolute, below the folder. @return InvalidPath when it is not, when a link is on it or it is no
    /// file; NotFound, Conflict, StorageFull, Io
    [[nodiscard]] Result<std::unique_ptr<OpenedFile>> open(const QString &path, Mode mode) const;
    /// Removes the directory entry, also when it is a link. @return like `open`
    [[nodiscard]] Status remove(const QString &path) const;

private:
    QString m_path;
};

} // namespace agent
