#pragma once

#include "sftp/filetransport.h"
#include "sftp/sftpclient.h"
#include "sftp/transferwindow.h"

#include <deque>

namespace agent {

/// Writes a file with many WRITEs under way. Main thread.
class SftpUpload
{
public:
    /// `handle` is open for writing, and at its beginning.
    SftpUpload(std::shared_ptr<SftpClient> client, QByteArray handle);

    /// Takes the bytes; waits while too much is under way.
    [[nodiscard]] Task<Status> write(QByteArray bytes);
    /// Sends the rest and waits until the server has it all, and has closed the file.
    [[nodiscard]] Task<Status> finish();
    /// Waits for what is under way, and closes the file.
    [[nodiscard]] Task<> abandon();

    [[nodiscard]] SftpHandle &handle() { return m_handle; }

private:
    struct Piece
    {
        qint64 size;
        SftpCall call;
    };

    void send();
    Task<Status> settleFirst();

    const std::shared_ptr<SftpClient> m_client;
    SftpHandle m_handle;
    const qint64 m_pieceSize;
    TransferWindow m_window;
    std::optional<SftpPacket> m_packet; ///< being filled
    qint64 m_filled = 0;
    quint64 m_offset = 0;
    std::deque<Piece> m_pieces;
    qint64 m_underWay = 0;
};

/// What an upload leaves on the server when the connection breaks and nobody can take it away.
struct SftpLeftover
{
    QByteArray path; ///< empty: nothing
};

constexpr qint64 kHeldBack = 4 * 1024 * 1024; ///< bytes; a configuration is smaller

/// Writes `content` to `path`, which the server takes as it is.
///
/// Where the server can rename over a file (`posix-rename@openssh.com`) the file is written under a name of its own
/// beside the target, gets the target's mode and owner, and then takes its place: whoever reads sees the old file or
/// the new one, and a transfer that does not come to its end leaves the old one as it was. A link stays a link: what it
/// leads to is replaced. Elsewhere, and where that is not possible (a folder that takes no new files, an owner that
/// cannot be kept, a target that is no plain file), the target is written in place; then at least as much of the
/// content as `kHeldBack` is waited for before it is touched, and a file that was not there before is removed again.
[[nodiscard]] Task<Status> replaceFile(std::shared_ptr<SftpClient> client, QByteArray path, FileContent content,
                                       std::shared_ptr<SftpLeftover> leftover);

} // namespace agent
