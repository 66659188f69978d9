#pragma once

#include "core/task.h"
#include "sftp/filetransport.h"
#include "ssh/sshworker.h"
#include "terminal/sessionresolver.h"
#include "vault/turnstile.h"

#include <QObject>
#include <QString>

#include <functional>
#include <map>
#include <memory>

namespace agent {

/// What connecting answers.
struct SftpHome
{
    std::optional<QString> folder; ///< nothing when the device does not tell it
};

/// The SFTP connections of the frontend, each under the id it chose (contract 04 section 1). In memory only. A call
/// that finds its connection dead connects again, once; what may be repeated is then repeated. Lives on the main
/// thread.
class SftpService : public QObject
{
    Q_OBJECT

public:
    static constexpr std::size_t kMaxConnections = 64;

    /// `logins` outlives this. Host keys: an unknown one is stored, a changed one refused; nobody is asked.
    SftpService(SshContext ssh, SessionResolver &logins);
    ~SftpService() override;

    /// Replaces the connection that had the id; transfers on that one run to their end.
    [[nodiscard]] Task<Result<SftpHome>> connectTo(QString id, QString sessionId);
    /// Ends it with all that runs on it. No error when there is none.
    void disconnectFrom(const QString &id);

    // Errors: SftpSession for an unknown id, else Sftp, SftpNotFound, SftpDenied.
    [[nodiscard]] Task<Result<FileListing>> list(QString id, QString path);
    [[nodiscard]] Task<Result<FileEntry>> stat(QString id, QString path);
    /// Opened, and its first bytes have come.
    [[nodiscard]] Task<Result<std::shared_ptr<FileSource>>> read(QString id, QString path);
    [[nodiscard]] Task<Status> write(QString id, QString path, FileContent content);
    [[nodiscard]] Task<Status> makeFolder(QString id, QString path);
    [[nodiscard]] Task<Status> rename(QString id, QString from, QString to);
    [[nodiscard]] Task<Status> remove(QString id, QString path, FileKind kind, std::shared_ptr<ClientPresence> client);

    /// Ends everything at once; nothing is connected any more.
    void shutDown();

private:
    struct Link;
    enum class Repeat { Never, WhenLost };

    Task<Result<std::shared_ptr<FileTransport>>> dial(QString sessionId);
    Task<Result<std::shared_ptr<FileTransport>>> transportOf(QString id, std::shared_ptr<Link> link);
    void forget(const QString &id, const std::shared_ptr<Link> &link);
    /// Runs `work` on the connection with the id; after a loss on a new one, if it may be repeated.
    template <typename T>
    Task<Result<T>> perform(QString id, Repeat repeat, std::function<Task<Result<T>>(FileTransport &)> work);

    const SshContext m_context;
    SessionResolver &m_logins;
    std::map<QString, std::shared_ptr<Link>> m_links;
    bool m_isStopped = false;
};

} // namespace agent
