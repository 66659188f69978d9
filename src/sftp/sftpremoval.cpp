#include "sftp/sftpremoval.h"

#include "net/request.h"
#include "sftp/sftplisting.h"

#include <deque>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMostEntries = 200'000; ///< of one folder
constexpr std::size_t kDeepest = 256;         ///< folders within each other
constexpr std::size_t kAtATime = 16;          ///< REMOVEs under way

Error at(const QByteArray &path, const Error &error)
{
    return {error.code, error.message + u" ("_s + QString::fromUtf8(path) + u')'};
}

/// A folder on the way down.
struct Level
{
    QByteArray path;
    std::vector<QByteArray> folders; ///< in it, still to be deleted
};

/// Removes everything but folders. @return the folders
Task<Result<std::vector<QByteArray>>> removeFiles(std::shared_ptr<SftpClient> client, QByteArray folder,
                                                  std::shared_ptr<ClientPresence> presence)
{
    const auto entries = co_await listFolder(client, folder, kMostEntries);
    if (!entries)
        co_return at(folder, entries.error());
    std::vector<QByteArray> folders;
    std::deque<std::pair<QByteArray, SftpCall>> calls;
    const auto settleFirst = [](std::deque<std::pair<QByteArray, SftpCall>> *queue) -> Task<Status> {
        auto [path, call] = std::move(queue->front());
        queue->pop_front();
        const auto reply = co_await call;
        const Status status = reply ? statusOf(*reply) : Status(reply.error());
        co_return status ? Status() : Status(at(path, status.error()));
    };
    for (const SftpName &entry : *entries) {
        if (presence->isGone())
            co_return Error{ErrorCode::Cancelled, u"the client went away"_s};
        const QByteArray path = joinedBytes(folder, entry.name);
        bool isFolder = entry.attributes.isType(kTypeFolder);
        if (!entry.attributes.permissions) {
            const auto found = co_await client->attributes(SftpPacket(SftpType::Lstat).string(path));
            isFolder = found && found->isType(kTypeFolder);
        }
        if (isFolder) {
            folders.push_back(path);
            continue;
        }
        calls.emplace_back(path, client->call(SftpPacket(SftpType::Remove).string(path)));
        if (calls.size() < kAtATime)
            continue;
        if (const Status removed = co_await settleFirst(&calls); !removed)
            co_return removed.error();
    }
    while (!calls.empty()) {
        if (const Status removed = co_await settleFirst(&calls); !removed)
            co_return removed.error();
    }
    co_return folders;
}

} // namespace

Task<Status> removeTree(std::shared_ptr<SftpClient> client, QByteArray folder, std::shared_ptr<ClientPresence> presence)
{
    // What leads to a root by way of links or dots is no folder to be deleted either.
    const auto real = co_await client->realPath(folder);
    if (real && (real->isEmpty() || *real == "/" || real->endsWith(":/") || real->endsWith(':')))
        co_return Error{ErrorCode::Validation, u"a root is not removed"_s, u"path"_s};
    std::vector<Level> way;
    auto folders = co_await removeFiles(client, folder, presence);
    if (!folders)
        co_return std::move(folders).error();
    way.push_back({folder, std::move(*folders)});
    while (!way.empty()) {
        if (way.back().folders.empty()) {
            const QByteArray path = way.back().path;
            if (const Status removed = co_await client->run(SftpPacket(SftpType::Rmdir).string(path)); !removed)
                co_return at(path, removed.error());
            way.pop_back();
            continue;
        }
        if (way.size() >= kDeepest)
            co_return Error{ErrorCode::Sftp, u"Failure: the folders are too deep"_s};
        const QByteArray next = way.back().folders.back();
        way.back().folders.pop_back();
        auto below = co_await removeFiles(client, next, presence);
        if (!below)
            co_return std::move(below).error();
        way.push_back({next, std::move(*below)});
    }
    co_return Status();
}

} // namespace agent
