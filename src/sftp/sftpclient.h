#pragma once

#include "core/task.h"
#include "sftp/sftpcall.h"
#include "sftp/sftpprotocol.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>
#include <unordered_map>

namespace agent {

class SshConnection;
class SshPipe;

/// One `sftp` subsystem, with any number of requests under way at a time. Lives on the main thread, in a shared_ptr.
///
/// Errors are Sftp, SftpNotFound or SftpDenied with the text "<status name>: <the server's words>" (contract 04
/// section 1.2), before the connection is up also those of connecting.
class SftpClient : public QObject, public std::enable_shared_from_this<SftpClient>
{
    Q_OBJECT

public:
    /// How long a server may say nothing at all before what waits for it has failed. A browser waits 30 s.
    static constexpr auto kSilenceLimit = std::chrono::seconds(20);

    /// What is sent, or asked for, in one request.
    struct Sizes
    {
        quint32 read = 32 * 1024; ///< every server takes this
        quint32 write = 32 * 1024;
    };
    struct Opened
    {
        std::shared_ptr<SftpClient> client; ///< null: `error` says why
        Error error = {};
        bool hasNoSubsystem = false; ///< the server lets us in, but has no SFTP
    };

    /// `connection` may be still connecting. Answers when the server has greeted, and its limits are known.
    [[nodiscard]] static Task<Opened> open(std::shared_ptr<SshConnection> connection);
    explicit SftpClient(std::shared_ptr<SshConnection> connection);
    ~SftpClient() override;

    /// Sends a request. `maxData` is what a READ asks for.
    [[nodiscard]] SftpCall call(SftpPacket packet, PipeLane lane = PipeLane::Urgent, quint32 maxData = 0);
    /// Ends everything; what is under way fails.
    void close(const Error &why);
    [[nodiscard]] bool isOver() const { return m_end.has_value(); }
    [[nodiscard]] bool offers(QByteArrayView extension) const { return m_protocol.offers(extension); }
    [[nodiscard]] Sizes sizes() const { return m_sizes; }
    [[nodiscard]] const std::shared_ptr<SshConnection> &connection() const { return m_connection; }

    // Requests and their answers in one
    [[nodiscard]] Task<Status> run(SftpPacket packet, PipeLane lane = PipeLane::Urgent);
    [[nodiscard]] Task<Result<QByteArray>> openHandle(SftpPacket packet);
    [[nodiscard]] Task<Result<QByteArray>> realPath(QByteArray path);
    [[nodiscard]] Task<Result<SftpAttributes>> attributes(SftpPacket packet);

private:
    void takeNews();
    void failSilent();
    void learnLimits(const SftpServerLimits &limits);
    /// The answer that a status is not: a status of no error is none either.
    Task<Result<SftpReply>> ask(SftpPacket packet);

    const std::shared_ptr<SshConnection> m_connection;
    std::unique_ptr<SshPipe> m_pipe;
    SftpProtocol m_protocol;
    Sizes m_sizes;
    std::unordered_map<quint32, std::shared_ptr<SftpCall::State>> m_calls;
    std::shared_ptr<SftpCall::State> m_greeting; ///< settled when the server has said its version
    std::optional<Error> m_end;
    bool m_hasNoSubsystem = false;
    QTimer m_watch;
    SftpCall::Clock::time_point m_lastSign; ///< of life
    quint64 m_sentBefore = 0;
};

/// The error a status stands for; Ok is none.
[[nodiscard]] Status statusOf(const SftpStatus &status);
/// The same of a reply that is a status, or else of the wrong kind.
[[nodiscard]] Status statusOf(const SftpReply &reply);
/// Whether it says that there is no more to read.
[[nodiscard]] bool isEndOfFile(const SftpReply &reply);

/// An open file or folder of the server, closed with this object.
class SftpHandle
{
public:
    SftpHandle(std::shared_ptr<SftpClient> client, QByteArray handle)
        : m_client(std::move(client))
        , m_handle(std::move(handle))
    {
    }
    ~SftpHandle();
    SftpHandle(const SftpHandle &) = delete;
    SftpHandle &operator=(const SftpHandle &) = delete;

    [[nodiscard]] const QByteArray &bytes() const { return m_handle; }
    [[nodiscard]] SftpClient &client() const { return *m_client; }
    [[nodiscard]] bool isOpen() const { return m_isOpen; }
    /// Closes it now, after all that was sent before. @return what the server says of it: a full quota shows here
    [[nodiscard]] Task<Status> close();

private:
    const std::shared_ptr<SftpClient> m_client;
    const QByteArray m_handle;
    bool m_isOpen = true;
};

} // namespace agent
