#include "platform/unix/pathwalk.h"

#include "platform/pathrules.h"
#include "platform/unix/folderstream.h"
#include "platform/unix/handlepath.h"

#include <QString>

#include <cerrno>
#include <climits>
#include <optional>
#include <sys/stat.h>

namespace agent {

namespace {

// Searching a folder needs less than reading it.
#if defined(O_PATH)
constexpr int kSearch = O_PATH | O_DIRECTORY | O_CLOEXEC;
#elif defined(O_SEARCH)
constexpr int kSearch = O_SEARCH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int kSearch = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

constexpr int kMaxLinks = 40;         ///< as Linux has it
constexpr qsizetype kMaxNames = 4096; ///< a path of so many bytes cannot have more, links and all
constexpr int kMaxLookedAt = 100'000; ///< entries of a folder

std::optional<QByteArray> targetOf(int folder, const QByteArray &name)
{
    QByteArray target(PATH_MAX, Qt::Uninitialized);
    const auto length = ::readlinkat(folder, name.constData(), target.data(), std::size_t(target.size()));
    if (length < 0)
        return std::nullopt;
    target.truncate(length);
    return target;
}

/// `name`, or the one entry whose bytes are shown like that.
QByteArray entryNamed(int folder, const QByteArray &name)
{
    struct stat info;
    if (!name.contains("\xEF\xBF\xBD") || ::fstatat(folder, name.constData(), &info, AT_SYMLINK_NOFOLLOW) == 0)
        return name;
    FolderStream entries(Descriptor(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    if (!entries)
        return name;
    QByteArray found;
    int count = 0;
    while (const dirent *entry = entries.next()) {
        if (++count > kMaxLookedAt)
            return name;
        if (QString::fromUtf8(entry->d_name).toUtf8() != name)
            continue;
        if (!found.isEmpty())
            return name; // which of them is meant?
        found = entry->d_name;
    }
    return found.isEmpty() ? name : found;
}

} // namespace

QByteArray PathPlace::path() const
{
    if (rest.isEmpty())
        return folderPath;
    return (folderPath == "/" ? folderPath : folderPath + '/') + rest.join('/');
}

Result<PathPlace> walkPath(QByteArrayList names, LastLink lastLink)
{
    PathPlace place{.folder = Descriptor(::open("/", kSearch)), .rest = std::move(names)};
    QByteArrayList &rest = place.rest;
    int followed = 0;
    while (!rest.isEmpty() && place.error == 0) {
        const bool isLast = rest.size() == 1;
        const bool isUp = rest.first() == "..";
        const QByteArray name = isUp ? rest.first() : entryNamed(place.folder.get(), rest.first());
        rest.first() = name;
        if (!isUp && (!isLast || lastLink == LastLink::Follow)) {
            if (const auto target = targetOf(place.folder.get(), name)) {
                rest = splitPath(*target) + rest.sliced(1);
                if (++followed > kMaxLinks)
                    place.error = ELOOP;
                else if (rest.size() > kMaxNames)
                    place.error = ENAMETOOLONG;
                else if (target->startsWith('/'))
                    place.folder = Descriptor(::open("/", kSearch));
                continue;
            }
        }
        if (isLast && !isUp)
            break;
        Descriptor next(::openat(place.folder.get(), name.constData(), kSearch | O_NOFOLLOW));
        if (next) {
            place.folder = std::move(next);
            rest.removeFirst();
            continue;
        }
        const int error = errno;
        // It has become a link since it was looked at: it is read again.
        const bool isNowALink = (error == ELOOP || error == ENOTDIR) && targetOf(place.folder.get(), name);
        if (!isNowALink || ++followed > kMaxLinks)
            place.error = error;
    }
    auto folderPath = pathOfHandle(place.folder.get());
    if (!folderPath)
        return folderPath.error();
    place.folderPath = *folderPath;
    return place;
}

} // namespace agent
