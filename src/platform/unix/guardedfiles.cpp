#include "platform/guardedfiles.h"

#include "platform/unix/filecalls.h"
#include "platform/unix/folderstream.h"
#include "platform/unix/pathjudge.h"

#include <algorithm>
#include <vector>

namespace agent {

namespace {

constexpr int kReadFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// The folder that the place means, to be read.
Descriptor readableFolder(const PathPlace &place)
{
    const QByteArray name = place.rest.isEmpty() ? QByteArray(".") : place.rest.first();
    return Descriptor(::openat(place.folder.get(), name.constData(), kReadFolder));
}

std::optional<GuardedFiles::Entry> entryOf(int folder, const dirent &found)
{
    GuardedFiles::Entry entry{.name = QString::fromUtf8(found.d_name)};
    struct stat info;
    if (::fstatat(folder, found.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
        entry.isFolder = S_ISDIR(info.st_mode);
        entry.size = info.st_size;
        entry.modified = qint64(info.st_mtime);
    } else if (errno == ENOENT) {
        return std::nullopt; // removed meanwhile
    } else {
        entry.isFolder = found.d_type == DT_DIR; // of a folder that may be read and not searched
    }
    return entry;
}

void sortForPeople(QList<GuardedFiles::Entry> &entries)
{
    struct Keyed
    {
        QString key;
        GuardedFiles::Entry entry;
    };
    std::vector<Keyed> keyed;
    keyed.reserve(std::size_t(entries.size()));
    for (GuardedFiles::Entry &entry : entries) {
        QString key = entry.name.toLower();
        keyed.push_back({std::move(key), std::move(entry)});
    }
    std::ranges::sort(keyed, [](const Keyed &a, const Keyed &b) {
        if (a.entry.isFolder != b.entry.isFolder)
            return a.entry.isFolder;
        return a.key != b.key ? a.key < b.key : a.entry.name < b.entry.name;
    });
    for (qsizetype i = 0; i < entries.size(); ++i)
        entries[i] = std::move(keyed[std::size_t(i)].entry);
}

} // namespace

GuardedFiles::GuardedFiles(PathRules rules, unsigned fileMask)
    : m_rules(std::move(rules))
    , m_fileMask(fileMask)
{
}

Result<std::unique_ptr<OpenedFile>> GuardedFiles::open(const QString &path) const
{
    const PathJudge judge(m_rules);
    const auto place = judge.reachEntry(path, LastLink::Follow);
    if (!place)
        return place.error();
    const int folder = place->folder.get();
    const QByteArray name = place->rest.first();
    struct stat info;
    if (::fstatat(folder, name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        return pathError(path, errno);
    if (S_ISDIR(info.st_mode))
        return pathError(path, EISDIR);
    if (!S_ISREG(info.st_mode)) // a device may act when it is opened, and a FIFO lets its writer go on
        return pathError(path, ENXIO);
    Descriptor file(::openat(folder, name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file)
        return pathError(path, errno);
    if (const Status judged = judge.judgeHandle(path, file.get()); !judged)
        return judged.error();
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))
        return pathError(path, ENXIO);
    if (path.endsWith(u'/'))
        return pathError(path, ENOTDIR);
    return openedFile(std::move(file), path);
}

Result<GuardedFiles::Listing> GuardedFiles::list(const QString &path, qsizetype maxEntries) const
{
    const PathJudge judge(m_rules);
    const auto place = judge.reach(path, LastLink::Follow);
    if (!place)
        return place.error();
    if (place->error != 0)
        return pathError(path, place->error);
    Descriptor folder = readableFolder(*place);
    if (!folder)
        return pathError(path, errno);
    if (const Status judged = judge.judgeHandle(path, folder.get()); !judged)
        return judged.error();
    FolderStream stream(std::move(folder));
    if (!stream)
        return pathError(path, errno);
    Listing listing;
    while (const dirent *found = stream.next()) {
        if (listing.entries.size() == maxEntries) {
            listing.isCut = true;
            break;
        }
        if (auto entry = entryOf(stream.fd(), *found))
            listing.entries.append(std::move(*entry));
    }
    if (stream.error() != 0)
        return pathError(path, stream.error());
    sortForPeople(listing.entries);
    return listing;
}

Result<bool> GuardedFiles::exists(const QString &path) const
{
    const PathJudge judge(m_rules);
    const auto place = judge.reach(path, LastLink::Follow);
    if (!place)
        return place.error();
    if (place->error != 0)
        return false;
    struct stat info;
    return place->rest.isEmpty() ||
           ::fstatat(place->folder.get(), place->rest.first().constData(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

} // namespace agent
