#include "platform/confinedfolder.h"

#include "platform/confinedpath.h"
#include "platform/unix/descriptor.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

Error fileError(const QString &path, int error)
{
    ErrorCode code = ErrorCode::Io;
    QString text = qt_error_string(error);
    switch (error) {
    case ENOENT:
        code = ErrorCode::NotFound;
        break;
    case EEXIST:
        code = ErrorCode::Conflict;
        break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        code = ErrorCode::StorageFull;
        break;
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
        break;
    }
    return {.code = code, .message = u"'%1': %2"_s.arg(path, text)};
}

template <typename F>
auto retried(F call)
{
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

class UnixConfinedFile final : public ConfinedFile
{
public:
    UnixConfinedFile(Descriptor file, QString path)
        : m_file(std::move(file))
        , m_path(std::move(path))
    {
    }

    Result<qint64> size() const override
    {
        struct stat info;
        if (::fstat(m_file.get(), &info) != 0)
            return fileError(m_path, errno);
        return qint64(info.st_size);
    }

    Result<QByteArray> read(qint64 offset, qint64 length) const override
    {
        QByteArray bytes(qsizetype(length), Qt::Uninitialized);
        qsizetype filled = 0;
        while (filled < bytes.size()) {
            const auto count = retried([&] {
                return ::pread(m_file.get(), bytes.data() + filled, std::size_t(bytes.size() - filled),
                               off_t(offset + filled));
            });
            if (count < 0)
                return fileError(m_path, errno);
            if (count == 0)
                break;
            filled += count;
        }
        bytes.truncate(filled);
        return bytes;
    }

    Status append(QByteArrayView bytes) override
    {
        const auto before = size();
        if (!before)
            return before.error();
        while (!bytes.isEmpty()) {
            const auto count = retried([&] { return ::write(m_file.get(), bytes.data(), std::size_t(bytes.size())); });
            if (count <= 0) {
                const Error failure = fileError(m_path, count < 0 ? errno : ENOSPC);
                if (const Status undone = truncate(*before); !undone)
                    return undone;
                return failure;
            }
            bytes = bytes.sliced(count);
        }
        return {};
    }

    Status truncate(qint64 size) override
    {
        if (retried([&] { return ::ftruncate(m_file.get(), off_t(size)); }) != 0)
            return fileError(m_path, errno);
        return {};
    }

private:
    Descriptor m_file;
    QString m_path;
};

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
        return fileError(root, errno);
    for (const QString &name : names->first(names->size() - 1)) {
        Descriptor next(::openat(place.folder.get(), QFile::encodeName(name).constData(), kFlags | O_NOFOLLOW));
        if (!next)
            return fileError(path, errno);
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
            return fileError(path, errno);
    }
    if (!QFileInfo(m_path).isDir())
        return fileError(m_path, EISDIR);
    return {};
}

Result<std::unique_ptr<ConfinedFile>> ConfinedFolder::open(const QString &path, Mode mode) const
{
    const auto place = walkTo(m_path, path);
    if (!place)
        return place.error();
    // O_NONBLOCK: opening a FIFO would wait for its other end.
    Descriptor file(::openat(place->folder.get(), place->name.constData(),
                             flagsOf(mode) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, kFileMode));
    if (!file)
        return fileError(path, errno);
    struct stat info;
    if (::fstat(file.get(), &info) != 0)
        return fileError(path, errno);
    if (!S_ISREG(info.st_mode))
        return fileError(path, EISDIR);
    auto opened = std::make_unique<UnixConfinedFile>(std::move(file), path);
    if (mode == Mode::Replace) {
        if (const Status emptied = opened->truncate(0); !emptied)
            return emptied.error();
    }
    return std::unique_ptr<ConfinedFile>(std::move(opened));
}

Status ConfinedFolder::remove(const QString &path) const
{
    const auto place = walkTo(m_path, path);
    if (!place)
        return place.error();
    if (::unlinkat(place->folder.get(), place->name.constData(), 0) != 0)
        return fileError(path, errno);
    return {};
}

} // namespace agent
