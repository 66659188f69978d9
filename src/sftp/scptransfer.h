#pragma once

#include "sftp/filetransport.h"
#include "sftp/scpstream.h"

namespace agent {

/// A file that comes from `scp -f`.
class ScpDownload final : public FileSource
{
public:
    /// `command`: the whole of it, with the file.
    [[nodiscard]] static Task<Result<std::shared_ptr<ScpDownload>>> open(std::shared_ptr<SshConnection> connection,
                                                                         QByteArray command);
    ScpDownload(std::unique_ptr<ScpStream> stream, qint64 size)
        : m_stream(std::move(stream))
        , m_size(size)
        , m_left(size)
    {
    }

    [[nodiscard]] std::optional<qint64> size() const override { return m_size; }
    [[nodiscard]] Task<Result<QByteArray>> next() override;

private:
    const std::unique_ptr<ScpStream> m_stream;
    const qint64 m_size;
    qint64 m_left;
};

/// What `scp -t` is told of a file.
struct ScpFile
{
    QByteArray name; ///< for people; the command says where it goes
    quint32 mode = 0644;
    qint64 size = 0;
};

/// Sends `body` into `scp -t`. @return an error when it is not of the size it was said to be, too
[[nodiscard]] Task<Status> sendByScp(std::shared_ptr<SshConnection> connection, QByteArray command, ScpFile file,
                                     std::shared_ptr<BodyStream> body);

} // namespace agent
