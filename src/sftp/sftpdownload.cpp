#include "sftp/sftpdownload.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// What a file of known size is begun with: what an SSH window lets through.
constexpr qint64 kStart = 2 * 1024 * 1024;
/// Of a server that answers with less than it was asked for, pieces are not made smaller than this.
constexpr quint32 kSmallestPiece = 1024;

} // namespace

Task<Result<std::shared_ptr<SftpDownload>>> SftpDownload::open(std::shared_ptr<SftpClient> client, QByteArray path)
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
    auto first = co_await download->readNext();
    if (!first)
        co_return std::move(first).error();
    download->m_first = std::move(first);
    co_return download;
}

SftpDownload::SftpDownload(std::shared_ptr<SftpClient> client, QByteArray handle, std::optional<qint64> size)
    : m_client(client)
    , m_handle(client, std::move(handle))
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
    return {offset, size,
            m_client->call(SftpPacket(SftpType::Read).string(m_handle.bytes()).u64(offset).u32(size), PipeLane::Urgent,
                           size)};
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
    co_return data;
}

} // namespace agent
