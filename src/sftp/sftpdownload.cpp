#include "sftp/sftpdownload.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// What a file of known size is begun with: what an SSH window lets through.
constexpr qint64 kStart = 2 * 1024 * 1024;
/// Of a server that answers with less than it was asked for, pieces are not made smaller than this.
constexpr quint32 kSmallestPiece = 1024;
/// When further lanes are taken: the first answer takes so long, and there is still so much to come.
constexpr auto kLongWay = std::chrono::milliseconds(20);
constexpr qint64 kWorthLanes = 8 * 1024 * 1024;

/// Whether two handles, opened one after the other by the same path, are of the same file.
bool isSame(const SftpAttributes &one, const SftpAttributes &other)
{
    return one.size == other.size && one.owner == other.owner && one.permissions == other.permissions && one.times &&
           other.times && one.times->modified == other.times->modified;
}

} // namespace

Task<Result<std::shared_ptr<SftpDownload>>> SftpDownload::open(std::shared_ptr<SftpClient> client, QByteArray path,
                                                               std::shared_ptr<SftpLanes> lanes)
{
    const auto attributes = co_await client->attributes(SftpPacket(SftpType::Stat).string(path));
    if (!attributes)
        co_return attributes.error();
    if (attributes->isType(kTypeFolder))
        co_return Error{ErrorCode::Sftp, u"Failure: it is a folder"_s};
    auto handle = co_await client->openHandle(
        SftpPacket(SftpType::Open).string(path).u32(quint32(SftpOpen::Read)).attributes({}));
    if (!handle)
        co_return std::move(handle).error();
    // Files like those of /proc say they are empty, and are not.
    std::optional<qint64> size;
    if (attributes->size.value_or(0) > 0 && *attributes->size <= quint64(std::numeric_limits<qint64>::max()))
        size = qint64(*attributes->size);
    auto download = std::make_shared<SftpDownload>(std::move(client), std::move(*handle), size);
    download->m_lanes = std::move(lanes);
    download->m_path = path;
    auto first = co_await download->readNext();
    if (!first)
        co_return std::move(first).error();
    download->m_first = std::move(first);
    co_return download;
}

SftpDownload::SftpDownload(std::shared_ptr<SftpClient> client, QByteArray handle, std::optional<qint64> size)
    : m_handles{std::make_shared<SftpHandle>(client, std::move(handle))}
    , m_size(size)
    , m_pieceSize(client->sizes().read)
    , m_window(m_pieceSize, size ? kStart : m_pieceSize)
{
}

Task<Result<QByteArray>> SftpDownload::next()
{
    if (auto first = std::exchange(m_first, std::nullopt))
        co_return std::move(*first);
    co_return co_await readNext();
}

Task<> SftpDownload::addLanes(std::weak_ptr<SftpDownload> download, std::shared_ptr<SftpLanes> lanes, QByteArray path)
{
    for (std::size_t index = 0; index < SftpLanes::kMost; ++index) {
        const auto client = co_await lanes->lane(index);
        if (!client)
            co_return;
        auto opened = co_await client->openHandle(
            SftpPacket(SftpType::Open).string(path).u32(quint32(SftpOpen::Read)).attributes({}));
        if (!opened)
            co_return;
        const auto handle = std::make_shared<SftpHandle>(client, std::move(*opened));
        std::shared_ptr<SftpHandle> first;
        if (const auto self = download.lock())
            first = self->m_handles.front();
        else
            co_return;
        // The path may lead to another file by now.
        const auto ours = co_await first->client().attributes(SftpPacket(SftpType::Fstat).string(first->bytes()));
        const auto theirs = co_await client->attributes(SftpPacket(SftpType::Fstat).string(handle->bytes()));
        if (!ours || !theirs || !isSame(*ours, *theirs))
            co_return;
        if (const auto self = download.lock())
            self->m_handles.push_back(handle);
    }
}

void SftpDownload::askForMore()
{
    const quint64 end = m_size ? quint64(*m_size) : std::numeric_limits<quint64>::max() - kMaxSftpRead;
    while (!m_isComplete && m_asked < end && m_window.hasRoom(m_underWay)) {
        m_pieces.push_back(ask(m_asked, quint32(std::min<quint64>(m_pieceSize, end - m_asked))));
        m_asked += m_pieces.back().size;
        m_underWay += m_pieces.back().size;
    }
}

SftpDownload::Piece SftpDownload::ask(quint64 offset, quint32 size)
{
    SftpHandle &handle = *m_handles[m_nextLane++ % m_handles.size()];
    return {offset, size,
            handle.client().call(SftpPacket(SftpType::Read).string(handle.bytes()).u64(offset).u32(size),
                                 PipeLane::Urgent, size)};
}

Task<Result<QByteArray>> SftpDownload::readNext()
{
    askForMore();
    if (m_pieces.empty())
        co_return QByteArray();
    Piece piece = std::move(m_pieces.front());
    m_pieces.pop_front();
    auto reply = co_await piece.call;
    if (!reply)
        co_return std::move(reply).error();
    if (isEndOfFile(*reply)) {
        m_isComplete = true;
        m_pieces.clear();
        if (m_size)
            co_return Error{ErrorCode::Sftp, u"Failure: the file became shorter while it was read"_s};
        co_return QByteArray();
    }
    if (reply->type == SftpType::Status) {
        const Status status = statusOf(*reply);
        co_return status ? Error{ErrorCode::Sftp, u"Bad message: no data"_s} : status.error();
    }
    auto data = takeSftpData(std::move(*reply));
    if (!data)
        co_return data;
    if (data->isEmpty())
        co_return Error{ErrorCode::Sftp, u"Bad message: an empty piece of data"_s};
    m_underWay -= data->size();
    if (const auto got = quint32(data->size()); got < piece.size) {
        // The end of the file, or a server that has its own idea of a piece.
        m_pieces.push_front(ask(piece.offset + got, piece.size - got));
        m_pieceSize = std::max(got, kSmallestPiece);
    } else {
        m_window.noteAnswer(piece.call.latency());
    }
    if (m_lanes && m_size && piece.call.latency() > kLongWay && *m_size - qint64(m_asked) > kWorthLanes)
        addLanes(weak_from_this(), std::exchange(m_lanes, nullptr), m_path);
    co_return data;
}

} // namespace agent
