#pragma once

#include "sftp/filetransport.h"

#include <QByteArray>

#include <memory>

namespace agent {

class SshConnection;

/// Files of a device without SFTP: whole files by SCP, everything else through its shell, if it has one. Without a
/// shell (most network devices) files come and go by their names, and what else is asked for is an error that says so.
///
/// With a shell, a file is written beside its target and then moved over it, with the target's mode; a link, and a file
/// of somebody else's, is written in place. Without one it is always written in place.
class ScpFiles final : public FileTransport
{
public:
    /// On a connection that has just refused SFTP. @return an error when the device runs no commands either
    [[nodiscard]] static Task<Result<std::shared_ptr<FileTransport>>> open(std::shared_ptr<SshConnection> connection,
                                                                           QString whyNoSftp);
    ScpFiles(std::shared_ptr<SshConnection> connection, QString home, bool hasShell);

    Task<std::optional<QString>> homeFolder() override;
    Task<Result<QList<FileEntry>>> list(QString path) override;
    Task<Result<FileEntry>> stat(QString path) override;
    Task<Result<std::shared_ptr<FileSource>>> read(QString path) override;
    Task<Status> write(QString path, FileContent content) override;
    Task<Status> makeFolder(QString path) override;
    Task<Status> rename(QString from, QString to) override;
    Task<Status> remove(QString path, FileKind kind, std::shared_ptr<ClientPresence> client) override;
    [[nodiscard]] bool isOver() const override;
    void close() override;

private:
    Task<Result<QByteArray>> shell(QByteArray command);
    Task<Status> run(QByteArray command);
    Result<QByteArray> fileWord(const QString &path) const;

    std::shared_ptr<SshConnection> m_connection;
    const QString m_home;
    const bool m_hasShell;
};

} // namespace agent
