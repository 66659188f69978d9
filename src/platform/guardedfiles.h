#pragma once

#include "core/result.h"
#include "platform/openedfile.h"
#include "platform/pathrules.h"

#include <QList>
#include <QString>

#include <atomic>
#include <memory>
#include <optional>

namespace agent {

/// The files of this machine but those that rules deny, by paths that clients name.
///
/// A path is walked name by name, links and all, and the rules are asked about the place where the system says that
/// the open handle is; what was judged is what is used. There is no moment between a check and a use. Files that the
/// rules name are known by what they are, too: another hard link does not help.
///
/// Any thread; everything blocks on the disk. Errors: InvalidPath for what is denied, AccessDenied for what the system
/// does not permit, NotFound, Conflict, Validation for a file where a folder is needed and the like, StorageFull, Io.
class GuardedFiles
{
public:
    enum class Parents { MustExist, Create };
    enum class Removal {
        File,
        Tree, ///< a folder with all that is in it; anything else is removed as a File
    };
    struct Entry
    {
        QString name; ///< what is no UTF-8 is shown as U+FFFD
        bool isFolder = false;
        qint64 size = 0;
        std::optional<qint64> modified; ///< seconds since 1970
    };
    struct Listing
    {
        QList<Entry> entries; ///< folders first, then by name without regard to case
        bool isCut = false;
    };

    /// `fileMask`: what new files and folders do not permit.
    GuardedFiles(PathRules rules, unsigned fileMask);

    /// A regular file, to be read.
    [[nodiscard]] Result<std::unique_ptr<OpenedFile>> open(const QString &path) const;
    /// The first `maxEntries` of the folder, as the system orders them. Links are shown and not followed.
    [[nodiscard]] Result<Listing> list(const QString &path, qsizetype maxEntries) const;
    /// Also for what cannot be looked at: false.
    [[nodiscard]] Result<bool> exists(const QString &path) const;
    /// With all its parents. One that exists is no failure.
    [[nodiscard]] Status makeFolder(const QString &path) const;
    /// Replaces the file in one step, with its mode and owner, or makes it. A link at the end is followed. A failure
    /// leaves the old file. Where nothing may be created beside the file, or its owner cannot be kept, it is
    /// overwritten in place; there, only a crash can leave something in between.
    [[nodiscard]] Status write(const QString &path, QByteArrayView bytes, Parents parents) const;
    /// Removes the entry itself, also when it is a link, and ends at the first failure or when `stop` is set. A folder
    /// in which something denied may lie is denied itself.
    [[nodiscard]] Status remove(const QString &path, Removal removal, const std::atomic_bool &stop) const;
    /// Renames the entry itself, also when it is a link. A file, or an empty folder, at `to` is replaced. An error
    /// that is about one of the two has the field `from` or `to`.
    [[nodiscard]] Status rename(const QString &from, const QString &to) const;

private:
    PathRules m_rules;
    unsigned m_fileMask;
};

} // namespace agent
