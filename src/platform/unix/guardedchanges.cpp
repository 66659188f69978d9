// What GuardedFiles changes on the disk.

#include "platform/guardedfiles.h"
#include "platform/unix/filecalls.h"
#include "platform/unix/folderstream.h"
#include "platform/unix/pathjudge.h"

#include <QUuid>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMaxDepth = 256; ///< of a tree that is removed; each level holds a handle
constexpr int kMaxPasses = 16; ///< over a folder that somebody else still fills

/// Whether only folders are missing on the way.
bool lacksFolders(const PathPlace &place) { return place.error == ENOENT && place.rest.size() > 1; }

/// Makes the first `count` names that are left of the place and goes into them.
Status makeFolders(const QString &path, PathPlace &place, qsizetype count, unsigned fileMask)
{
    for (qsizetype i = 0; i < count; ++i) {
        const QByteArray name = place.rest.first();
        const bool isNew = ::mkdirat(place.folder.get(), name.constData(), 0700) == 0;
        if (!isNew && errno != EEXIST)
            return pathError(path, errno);
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        Descriptor next(::openat(place.folder.get(), name.constData(), flags));
        if (!next)
            return pathError(path, errno);
        if (isNew && ::fchmod(next.get(), mode_t(0777 & ~fileMask)) != 0)
            return pathError(path, errno);
        place.folder = std::move(next);
        place.rest.removeFirst();
    }
    return {};
}

/// A file that is being written beside the one whose name it gets in the end; gone when it does not.
class FreshFile
{
public:
    explicit FreshFile(int folder)
        : m_folder(folder)
        , m_name(".netstacks-" + QUuid::createUuid().toByteArray(QUuid::Id128) + ".tmp")
        , m_file(::openat(folder, m_name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600))
    {
    }
    FreshFile(const FreshFile &) = delete;
    FreshFile &operator=(const FreshFile &) = delete;
    ~FreshFile()
    {
        if (m_file)
            ::unlinkat(m_folder, m_name.constData(), 0);
    }

    explicit operator bool() const { return bool(m_file); }
    [[nodiscard]] int fd() const { return m_file.get(); }
    /// 0, or the errno; then it goes.
    [[nodiscard]] int becomes(const QByteArray &name)
    {
        if (retried([&] { return ::fsync(fd()); }) != 0 ||
            ::renameat(m_folder, m_name.constData(), m_folder, name.constData()) != 0)
            return errno;
        m_file.reset();
        // So that the name survives a power cut as well; not every folder can be read.
        if (const Descriptor folder(::openat(m_folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)); folder)
            (void)::fsync(folder.get());
        return 0;
    }

private:
    int m_folder;
    QByteArray m_name;
    Descriptor m_file;
};

/// Without another file. What makes it longer goes first: when there is no room for that, the old text is still whole.
int overwrite(int fd, qint64 oldSize, QByteArrayView bytes)
{
    if (bytes.size() > oldSize) {
        if (const int error = writeAll(fd, bytes.sliced(oldSize), off_t(oldSize)); error != 0) {
            (void)retried([&] { return ::ftruncate(fd, off_t(oldSize)); });
            return error;
        }
        bytes = bytes.first(oldSize);
    }
    if (const int error = writeAll(fd, bytes, 0); error != 0)
        return error;
    if (bytes.size() < oldSize && retried([&] { return ::ftruncate(fd, off_t(bytes.size())); }) != 0)
        return errno;
    return retried([&] { return ::fsync(fd); }) == 0 ? 0 : errno;
}

bool isRefusal(int error) { return error == EACCES || error == EPERM || error == EROFS; }

/// The file that is there and may be written; none when there is none.
Result<Descriptor> writableFile(const QString &path, const PathJudge &judge, const PathPlace &place, struct stat &info)
{
    const QByteArray name = place.rest.first();
    if (::fstatat(place.folder.get(), name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return Descriptor();
        return pathError(path, errno);
    }
    if (S_ISDIR(info.st_mode))
        return pathError(path, EISDIR);
    if (!S_ISREG(info.st_mode))
        return pathError(path, ENXIO);
    Descriptor file(
        ::openat(place.folder.get(), name.constData(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file || ::fstat(file.get(), &info) != 0)
        return pathError(path, errno);
    if (!S_ISREG(info.st_mode))
        return pathError(path, ENXIO);
    if (const Status judged = judge.judgeHandle(path, file.get()); !judged)
        return judged.error();
    return file;
}

/// Puts `bytes` in the place of the file `old`, which there may be. 0, or the errno.
int replace(const PathPlace &place, const Descriptor &old, const struct stat &info, unsigned fileMask,
            QByteArrayView bytes)
{
    const auto inPlace = [&] { return overwrite(old.get(), info.st_size, bytes); };
    FreshFile fresh(place.folder.get());
    if (!fresh)
        return old && isRefusal(errno) ? inPlace() : errno;
    if (old) {
        struct stat own;
        if (::fstat(fresh.fd(), &own) != 0)
            return errno;
        const bool isOurs = own.st_uid == info.st_uid && own.st_gid == info.st_gid;
        if (!isOurs && ::fchown(fresh.fd(), info.st_uid, info.st_gid) != 0)
            return inPlace();
    }
    if (::fchmod(fresh.fd(), old ? info.st_mode & 07777 : mode_t(0666 & ~fileMask)) != 0)
        return errno;
    if (const int error = writeAll(fresh.fd(), bytes, 0); error != 0)
        return error;
    const int error = fresh.becomes(place.rest.first());
    return old && isRefusal(error) ? inPlace() : error; // a folder in which only owners replace their files
}

Status removeTree(const QString &path, int folder, const QByteArray &name, int depth, const std::atomic_bool &stop)
{
    if (depth > kMaxDepth)
        return Error{ErrorCode::Validation, u"'%1' is too deep to be removed at once"_s.arg(path)};
    FolderStream stream(
        Descriptor(::openat(folder, name.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)));
    if (!stream)
        return pathError(path, errno);
    // Some systems leave entries out when others go meanwhile: again, until there is nothing more.
    bool isEmpty = false;
    for (int pass = 0; pass < kMaxPasses && !isEmpty; ++pass, stream.rewind()) {
        isEmpty = true;
        while (const dirent *entry = stream.next()) {
            if (stop)
                return Error{ErrorCode::Unavailable, u"the agent is stopping"_s};
            isEmpty = false;
            const QByteArray child(entry->d_name);
            const QString childPath = path + u'/' + QString::fromUtf8(child);
            struct stat info;
            if (::fstatat(stream.fd(), child.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0)
                return pathError(childPath, errno);
            if (S_ISDIR(info.st_mode)) {
                if (const Status removed = removeTree(childPath, stream.fd(), child, depth + 1, stop); !removed)
                    return removed;
            } else if (::unlinkat(stream.fd(), child.constData(), 0) != 0) {
                return pathError(childPath, errno);
            }
        }
        if (stream.error() != 0)
            return pathError(path, stream.error());
    }
    if (::unlinkat(folder, name.constData(), AT_REMOVEDIR) != 0)
        return pathError(path, errno);
    return {};
}

} // namespace

Status GuardedFiles::makeFolder(const QString &path) const
{
    const PathJudge judge(m_rules);
    auto place = judge.reach(path, LastLink::Follow);
    if (!place)
        return place.error();
    if (place->error != 0 && !lacksFolders(*place))
        return pathError(path, place->error);
    return makeFolders(path, *place, place->rest.size(), m_fileMask);
}

Status GuardedFiles::write(const QString &path, QByteArrayView bytes, Parents parents) const
{
    const PathJudge judge(m_rules);
    auto place = judge.reach(path, LastLink::Follow);
    if (!place)
        return place.error();
    if (place->rest.isEmpty() || path.endsWith(u'/'))
        return pathError(path, EISDIR);
    if (lacksFolders(*place) && parents == Parents::Create) {
        if (Status made = makeFolders(path, *place, place->rest.size() - 1, m_fileMask); !made)
            return made;
    } else if (place->error != 0) {
        return pathError(path, place->error);
    }
    struct stat info = {};
    const auto old = writableFile(path, judge, *place, info);
    if (!old)
        return old.error();
    const int error = replace(*place, *old, info, m_fileMask, bytes);
    return error == 0 ? Status() : Status(pathError(path, error));
}

Status GuardedFiles::remove(const QString &path, Removal removal, const std::atomic_bool &stop) const
{
    const PathJudge judge(m_rules);
    const auto place = judge.reach(path, LastLink::Keep);
    if (!place)
        return place.error();
    if (place->error != 0)
        return pathError(path, place->error);
    if (place->rest.isEmpty() || judge.denyWithin(*place))
        return deniedPath(path);
    const int folder = place->folder.get();
    const QByteArray name = place->rest.first();
    if (removal == Removal::Tree) {
        struct stat info;
        if (::fstatat(folder, name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0)
            return pathError(path, errno);
        if (S_ISDIR(info.st_mode))
            return removeTree(path, folder, name, 0, stop);
    }
    if (::unlinkat(folder, name.constData(), 0) != 0)
        return pathError(path, errno);
    return {};
}

Status GuardedFiles::rename(const QString &from, const QString &to) const
{
    const PathJudge judge(m_rules);
    const auto about = [](const QString &field, Error error) {
        error.field = field;
        return error;
    };
    const auto source = judge.reachEntry(from, LastLink::Keep);
    if (!source)
        return about(u"from"_s, source.error());
    const auto target = judge.reachEntry(to, LastLink::Keep);
    if (!target)
        return about(u"to"_s, target.error());
    if (judge.denyWithin(*source))
        return about(u"from"_s, deniedPath(from));
    if (::renameat(source->folder.get(), source->rest.first().constData(), target->folder.get(),
                   target->rest.first().constData()) != 0)
        return pathError(from, errno);
    return {};
}

} // namespace agent
