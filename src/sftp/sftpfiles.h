#pragma once

#include "sftp/filetransport.h"
#include "sftp/sftpclient.h"
#include "sftp/sftplanes.h"
#include "sftp/sftpupload.h"

namespace agent {

/// Files over SFTP.
class SftpFiles final : public FileTransport
{
public:
    /// Of one folder; beyond it, the answer says so.
    static constexpr std::size_t kMaxEntries = 200'000;

    explicit SftpFiles(std::shared_ptr<SftpClient> client)
        : m_client(client)
        , m_lanes(std::make_shared<SftpLanes>(std::move(client)))
    {
    }

    Task<std::optional<QString>> homeFolder() override;
    Task<Result<QList<FileEntry>>> list(QString path) override;
    Task<Result<FileEntry>> stat(QString path) override;
    Task<Result<std::shared_ptr<FileSource>>> read(QString path) override;
    Task<Status> write(QString path, FileContent content) override;
    Task<Status> makeFolder(QString path) override;
    Task<Status> rename(QString from, QString to) override;
    Task<Status> remove(QString path, FileKind kind, std::shared_ptr<ClientPresence> client) override;
    [[nodiscard]] bool isOver() const override { return m_client->isOver(); }
    void close() override;

    QList<QByteArray> takeLeftovers() override { return std::exchange(m_leftovers, {}); }
    Task<> removeLeftovers(QList<QByteArray> paths) override;

private:
    const std::shared_ptr<SftpClient> m_client;
    const std::shared_ptr<SftpLanes> m_lanes;
    QList<QByteArray> m_leftovers;
};

} // namespace agent
