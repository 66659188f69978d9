#pragma once

#include "sftp/filetransport.h"
#include "sftp/sftpclient.h"
#include "sftp/sftplanes.h"
#include "sftp/transferwindow.h"

#include <deque>
#include <vector>

namespace agent {

/// Reads a file with many READs under way, and hands its bytes on in order. What is asked for is bounded by the
/// TransferWindow and counts until it was handed on: a slow reader stops the server.
class SftpDownload final : public FileSource, public std::enable_shared_from_this<SftpDownload>
{
public:
    /// Further lanes are taken when the way is long and the file large; null: never.
    [[nodiscard]] static Task<Result<std::shared_ptr<SftpDownload>>>
    open(std::shared_ptr<SftpClient> client, QByteArray path, std::shared_ptr<SftpLanes> lanes = nullptr);
    SftpDownload(std::shared_ptr<SftpClient> client, QByteArray handle, std::optional<qint64> size);

    [[nodiscard]] std::optional<qint64> size() const override { return m_size; }
    /// A file that turns out shorter than it was said to be is an error.
    [[nodiscard]] Task<Result<QByteArray>> next() override;

private:
    struct Piece
    {
        quint64 offset;
        quint32 size;
        SftpCall call;
    };

    void askForMore();
    [[nodiscard]] Piece ask(quint64 offset, quint32 size);
    Task<Result<QByteArray>> readNext();
    static Task<> addLanes(std::weak_ptr<SftpDownload> download, std::shared_ptr<SftpLanes> lanes, QByteArray path);

    std::vector<std::shared_ptr<SftpHandle>> m_handles; ///< of the file, one on each lane
    std::size_t m_nextLane = 0;
    std::shared_ptr<SftpLanes> m_lanes; ///< until they were asked for
    QByteArray m_path;
    const std::optional<qint64> m_size;
    quint32 m_pieceSize;
    TransferWindow m_window;
    std::deque<Piece> m_pieces;                ///< asked for, in the order of the file
    qint64 m_underWay = 0;                     ///< bytes of them
    quint64 m_asked = 0;                       ///< up to where
    std::optional<Result<QByteArray>> m_first; ///< read when it was opened
    bool m_isComplete = false;
};

} // namespace agent
