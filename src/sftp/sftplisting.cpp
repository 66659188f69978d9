#include "sftp/sftplisting.h"

#include <deque>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMostReads = 8; ///< READDIRs under way

/// Some servers give no mode, but a line of `ls -l` that begins with it.
void completeType(SftpName &entry)
{
    if (entry.attributes.permissions || entry.longName.isEmpty())
        return;
    if (entry.longName.front() == 'd')
        entry.attributes.permissions = kTypeFolder;
    else if (entry.longName.front() == 'l')
        entry.attributes.permissions = kTypeLink;
}

bool isName(const QByteArray &name) { return !name.isEmpty() && !name.contains('/') && !name.contains('\0'); }

} // namespace

QByteArray joinedBytes(const QByteArray &folder, const QByteArray &name)
{
    qsizetype end = folder.size();
    while (end > 0 && folder[end - 1] == '/')
        --end;
    return folder.first(end) + '/' + name;
}

Task<Result<std::vector<SftpName>>> listFolder(std::shared_ptr<SftpClient> client, QByteArray folder, std::size_t most)
{
    auto opened = co_await client->openHandle(SftpPacket(SftpType::Opendir).string(folder));
    if (!opened)
        co_return std::move(opened).error();
    const SftpHandle handle(client, std::move(*opened));
    std::vector<SftpName> entries;
    std::deque<SftpCall> calls;
    for (std::size_t depth = 1;; depth = std::min(depth * 2, kMostReads)) {
        while (calls.size() < depth)
            calls.push_back(client->call(SftpPacket(SftpType::Readdir).string(handle.bytes())));
        SftpCall call = std::move(calls.front());
        calls.pop_front();
        const auto reply = co_await call;
        if (!reply)
            co_return reply.error();
        if (isEndOfFile(*reply))
            co_return entries;
        if (reply->type == SftpType::Status) {
            const Status status = statusOf(*reply);
            co_return status ? Error{ErrorCode::Sftp, u"Bad message: no names"_s} : status.error();
        }
        auto names = readSftpNames(*reply);
        if (!names)
            co_return std::move(names).error();
        if (names->empty())
            co_return entries;
        for (SftpName &name : *names) {
            if (name.name == "." || name.name == "..")
                continue;
            if (!isName(name.name))
                co_return Error{ErrorCode::Sftp, u"Bad message: the server sent a name that is none"_s};
            completeType(name);
            name.longName = {};
            entries.push_back(std::move(name));
        }
        if (entries.size() > most)
            co_return Error{ErrorCode::Sftp, u"Failure: the folder holds more than %1 entries"_s.arg(most)};
    }
}

} // namespace agent
