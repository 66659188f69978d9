#include "platform/confinedfolder.h"

#include "platform/confinedpath.h"
#include "platform/unix/filecalls.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

/// No link is expected on the way, and nothing but a file at its end.
Error confinedError(const QString &path, int error)
{
    switch (error) {
    case ELOOP:   // a link where a file is expected
    case EMLINK:  // the same on some systems
    case ENOTDIR: // a link, or a file, where a folder is expected
        return {.code = ErrorCode::InvalidPath,
                .message = u"'%1' is reached through a link"_s.arg(path),
                .field = u"path"_s};
    case ENXIO: // a FIFO or socket
    case EISDIR:
        return {.code = ErrorCode::InvalidPath, .message = u"'%1' is not a file"_s.arg(path), .field = u"path"_s};
    default:
        return fileError(path, error);
    }
}

/// Where the walk from the folder ends: a handle of the last folder, and the name in it.
struct Place
{
    Descriptor folder;
    QByteArray name;
};

Result<Place> walkTo(const QString &root, const QString &path)
{
    QStringList roots{root};
    if (const QString canonical = QFileInfo(root).canonicalFilePath(); !canonical.isEmpty() && canonical != root)
        roots.append(canonical); // the same folder under the name that a client may have found out
    const auto names = namesBeneath(roots, path);
    if (!names)
        return names.error();
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    Place place{.folder = Descriptor(::open(QFile::encodeName(root).constData(), kFlags)),
                .name = QFile::encodeName(names->last())};
    if (!place.folder)
        return confinedError(root, errno);
    for (const QString &name : names->first(names->size() - 1)) {
        Descriptor next(::openat(place.folder.get(), QFile::encodeName(name).constData(), kFlags | O_NOFOLLOW));
        if (!next)
            return confinedError(path, errno);
        place.folder = std::move(next);
    }
    return place;
}

int flagsOf(ConfinedFolder::Mode mode)
{
    switch (mode) {
    case ConfinedFolder::Mode::Read:
        return O_RDONLY;
    case ConfinedFolder::Mode::Append:
        return O_RDWR | O_APPEND;
    case ConfinedFolder::Mode::AppendOrCreate:
    case ConfinedFolder::Mode::Replace: // emptied only once it is known to be a file
        return O_RDWR | O_APPEND | O_CREAT;
    case ConfinedFolder::Mode::CreateNew:
        return O_RDWR | O_APPEND | O_CREAT | O_EXCL;
    }
    Q_UNREACHABLE_RETURN(O_RDONLY);
}

} // namespace

ConfinedFolder::ConfinedFolder(QString path)
    : m_path(QDir::cleanPath(path))
{
    Q_ASSERT(QDir::isAbsolutePath(m_path));
}

Status ConfinedFolder::create() const
{
    const QStringList names = m_path.split(u'/', Qt::SkipEmptyParts);
    QString path;
    for (const QString &name : names) {
        path += u'/' + name;
        if (::mkdir(QFile::encodeName(path).constData(), kFolderMode) != 0 && errno != EEXIST && errno != EISDIR &&
            !QFileInfo(path).isDir())
            return confinedError(path, errno);
    }
    if (!QFileInfo(m_path).isDir())
        return confinedError(m_path, EISDIR);
    return {};
}

Result<std::unique_ptr<OpenedFile>> ConfinedFolder::open(const QString &path, Mode mode) const
{
    const auto place = walkTo(m_path, path);
    if (!place)
        return place.error();
    // O_NONBLOCK: opening a FIFO would wait for its other end.
    Descriptor file(::openat(place->folder.get(), place->name.constData(),
                             flagsOf(mode) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, kFileMode));
    if (!file)
        return confinedError(path, errno);
    struct stat info;
    if (::fstat(file.get(), &info) != 0)
        return confinedError(path, errno);
    if (!S_ISREG(info.st_mode))
        return confinedError(path, EISDIR);
    auto opened = openedFile(std::move(file), path);
    if (mode == Mode::Replace) {
        if (const Status emptied = opened->truncate(0); !emptied)
            return emptied.error();
    }
    return opened;
}

Status ConfinedFolder::remove(const QString &path) const
{
    const auto place = walkTo(m_path, path);
    if (!place)
        return place.error();
    if (::unlinkat(place->folder.get(), place->name.constData(), 0) != 0)
        return confinedError(path, errno);
    return {};
}

} // namespace agent
