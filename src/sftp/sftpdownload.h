#pragma once

#include "sftp/filetransport.h"
#include "sftp/sftpclient.h"
#include "sftp/transferwindow.h"

#include <deque>

namespace agent {

/// Reads a file with many READs under way, and hands its bytes on in order. What is asked for is bounded by the
/// TransferWindow and counts until it was handed on: a slow reader stops the server.
class SftpDownload final : public FileSource
{
public:
    [[nodiscard]] static Task<Result<std::shared_ptr<SftpDownload>>> open(std::shared_ptr<SftpClient> client,
                                                                          QByteArray path);
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

    const std::shared_ptr<SftpClient> m_client;
    const SftpHandle m_handle;
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
