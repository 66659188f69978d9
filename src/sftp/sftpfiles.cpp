#include "sftp/sftpfiles.h"

#include "net/request.h"
#include "sftp/filepath.h"
#include "sftp/sftpdownload.h"
#include "sftp/sftplisting.h"
#include "sftp/sftpremoval.h"

#include <deque>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// STATs of links under way at a time, and how long all of them may take: a listing is worth more than what its links
/// lead to.
constexpr std::size_t kLinksAtATime = 128;
constexpr auto kLinksLimit = std::chrono::seconds(10);

FileEntry entryOf(const QString &name, const QString &path, const SftpAttributes &attributes)
{
    FileEntry entry{.name = name, .path = path};
    entry.isDir = attributes.isType(kTypeFolder);
    entry.size = attributes.size.value_or(0);
    if (attributes.times)
        entry.modified = attributes.times->modified;
    entry.permissions = attributes.permissions;
    return entry;
}

/// A link is shown as what it leads to, where that can be told. `links`: entries, and where to look.
Task<> followLinks(std::shared_ptr<SftpClient> client, std::shared_ptr<QList<FileEntry>> entries,
                   std::vector<std::pair<qsizetype, QByteArray>> links)
{
    const auto until = SftpCall::Clock::now() + kLinksLimit;
    std::deque<std::pair<qsizetype, SftpCall>> calls;
    for (std::size_t next = 0; next < links.size() || !calls.empty();) {
        const bool mayAsk = SftpCall::Clock::now() < until && !client->isOver();
        while (mayAsk && next < links.size() && calls.size() < kLinksAtATime) {
            calls.emplace_back(links[next].first, client->call(SftpPacket(SftpType::Stat).string(links[next].second)));
            ++next;
        }
        if (calls.empty())
            co_return;
        auto [index, call] = std::move(calls.front());
        calls.pop_front();
        const auto reply = co_await call;
        const auto attributes = reply ? readSftpAttributes(*reply) : Result<SftpAttributes>(reply.error());
        if (!attributes)
            continue;
        FileEntry &entry = (*entries)[index];
        entry.isDir = attributes->isType(kTypeFolder);
        entry.size = attributes->size.value_or(0);
    }
}

} // namespace

Task<std::optional<QString>> SftpFiles::homeFolder()
{
    const auto home = co_await m_client->realPath(".");
    co_return home ? std::optional(QString::fromUtf8(*home)) : std::nullopt;
}

Task<Result<QList<FileEntry>>> SftpFiles::list(QString path)
{
    const QByteArray folder = path.toUtf8();
    auto listed = co_await listFolder(m_client, folder, kMaxEntries);
    if (!listed)
        co_return std::move(listed).error();
    const auto entries = std::make_shared<QList<FileEntry>>();
    std::vector<std::pair<qsizetype, QByteArray>> links;
    entries->reserve(qsizetype(listed->size()));
    for (const SftpName &name : *listed) {
        const QString text = QString::fromUtf8(name.name);
        if (name.attributes.isType(kTypeLink))
            links.emplace_back(entries->size(), joinedBytes(folder, name.name));
        entries->append(entryOf(text, joinedPath(path, text), name.attributes));
    }
    co_await followLinks(m_client, entries, std::move(links));
    co_return std::move(*entries);
}

Task<Result<FileEntry>> SftpFiles::stat(QString path)
{
    const auto attributes = co_await m_client->attributes(SftpPacket(SftpType::Stat).string(path.toUtf8()));
    if (!attributes)
        co_return attributes.error();
    co_return entryOf(lastComponent(path), path, *attributes);
}

Task<Result<std::shared_ptr<FileSource>>> SftpFiles::read(QString path)
{
    auto download = co_await SftpDownload::open(m_client, path.toUtf8(), m_lanes);
    if (!download)
        co_return std::move(download).error();
    co_return std::shared_ptr<FileSource>(std::move(*download));
}

Task<Status> SftpFiles::write(QString path, FileContent content)
{
    const auto leftover = std::make_shared<SftpLeftover>();
    Status written = co_await replaceFile(m_client, path.toUtf8(), std::move(content), leftover);
    if (!leftover->path.isEmpty())
        m_leftovers.append(leftover->path);
    co_return written;
}

Task<Status> SftpFiles::makeFolder(QString path)
{
    return m_client->run(SftpPacket(SftpType::Mkdir).string(path.toUtf8()).attributes({}));
}

Task<Status> SftpFiles::rename(QString from, QString to)
{
    return m_client->run(SftpPacket(SftpType::Rename).string(from.toUtf8()).string(to.toUtf8()));
}

Task<Status> SftpFiles::remove(QString path, FileKind kind, std::shared_ptr<ClientPresence> client)
{
    const auto plain = removablePath(path);
    if (!plain)
        co_return plain.error();
    const QByteArray bytes = plain->toUtf8();
    if (kind == FileKind::File)
        co_return co_await m_client->run(SftpPacket(SftpType::Remove).string(bytes));
    const auto found = co_await m_client->attributes(SftpPacket(SftpType::Lstat).string(bytes));
    if (!found)
        co_return found.error();
    if (found->isType(kTypeLink))
        co_return co_await m_client->run(SftpPacket(SftpType::Remove).string(bytes));
    co_return co_await removeTree(m_client, bytes, std::move(client));
}

void SftpFiles::close()
{
    const Error why{ErrorCode::Sftp, u"Connection lost: the session was closed"_s};
    m_client->close(why);
    m_lanes->close(why);
}

Task<> SftpFiles::removeLeftovers(QList<QByteArray> paths)
{
    for (const QByteArray &path : paths)
        static_cast<void>(co_await m_client->run(SftpPacket(SftpType::Remove).string(path)));
}

} // namespace agent
