#include "databasefiles/filetarget.h"

#include <QDir>
#include <QFileInfo>

#include <filesystem>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxPathLength = 4096; ///< what common systems take

Error refused(const QString &message) { return {ErrorCode::Validation, message, u"path"_s}; }

/// Folder without links, and name: what tells two paths of a file apart that need not exist.
QString placeOf(const QString &path)
{
    const QFileInfo info(QDir::cleanPath(path));
    const QString folder = QFileInfo(info.absolutePath()).canonicalFilePath();
    return (folder.isEmpty() ? info.absolutePath() : folder) + u'/' + info.fileName();
}

/// Also when one is a link to the other, or the file system ignores the case of names.
bool areSame(const QString &a, const QString &b)
{
    if (placeOf(a) == placeOf(b))
        return true;
    std::error_code ignored; // one of them is missing: then they are not the same
    return std::filesystem::equivalent(QFileInfo(a).filesystemAbsoluteFilePath(),
                                       QFileInfo(b).filesystemAbsoluteFilePath(), ignored);
}

} // namespace

Status checkFileSource(const QString &path)
{
    if (path.isEmpty())
        return refused(u"the path is empty"_s);
    if (path.size() > kMaxPathLength || path.contains(QChar(u'\0')))
        return refused(u"the path is not one of a file"_s);
    if (!QDir::isAbsolutePath(path))
        return refused(u"'%1' is not an absolute path"_s.arg(path));
    return {};
}

Status checkFileTarget(const QString &path, const QString &live)
{
    if (Status sound = checkFileSource(path); !sound)
        return sound;
    if (path.endsWith(u'/') || QFileInfo(path).isDir())
        return refused(u"'%1' is a folder"_s.arg(path));
    for (const QString &suffix : {u""_s, u"-wal"_s, u"-shm"_s, u"-journal"_s, u".incoming"_s}) {
        if (areSame(path, live + suffix))
            return refused(u"'%1' belongs to the database that is in use"_s.arg(path));
    }
    return {};
}

} // namespace agent
