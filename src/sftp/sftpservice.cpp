#include "sftp/sftpservice.h"

#include "sftp/scpfiles.h"
#include "sftp/sftpfiles.h"
#include "sftp/sftplog.h"
#include "ssh/sshconnection.h"

#include <QPointer>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kKeepalive = 30s; // contract 04 section 1.2; the profile's own interval is for terminals
constexpr std::size_t kMaxWaiting = 64;
constexpr qsizetype kMaxLeftovers = 16;

SshContext neverAsking(SshContext context)
{
    context.hostKeys = {};
    return context;
}

Error unknownId() { return {ErrorCode::SftpSession, u"SFTP session not found"_s}; }
Error stopping() { return {ErrorCode::Unavailable, u"the agent is stopping"_s}; }

} // namespace

/// One id of the frontend.
struct SftpService::Link
{
    QString sessionId;
    std::shared_ptr<FileTransport> transport;
    QList<QByteArray> leftovers;
    Turnstile reconnects{kMaxWaiting}; ///< one at a time: the others use what it made
};

SftpService::SftpService(SshContext ssh, SessionResolver &logins)
    : m_context(neverAsking(std::move(ssh)))
    , m_logins(logins)
{
}

SftpService::~SftpService() { shutDown(); }

Task<Result<SftpHome>> SftpService::connectTo(QString id, QString sessionId)
{
    const QPointer self(this);
    auto transport = co_await dial(sessionId);
    if (!transport)
        co_return std::move(transport).error();
    const auto home = co_await (*transport)->homeFolder();
    if (!self || m_isStopped) {
        (*transport)->close();
        co_return stopping();
    }
    if (m_links.size() >= kMaxConnections && !m_links.contains(id)) {
        (*transport)->close();
        co_return Error{ErrorCode::Unavailable, u"too many SFTP sessions are open"_s};
    }
    auto link = std::make_shared<Link>();
    link->sessionId = sessionId;
    link->transport = std::move(*transport);
    disconnectFrom(id); // whoever connects again means the new one
    m_links[id] = std::move(link);
    co_return SftpHome{home};
}

void SftpService::disconnectFrom(const QString &id)
{
    if (const auto node = m_links.extract(id); !node.empty() && node.mapped()->transport)
        node.mapped()->transport->close();
}

void SftpService::shutDown()
{
    m_isStopped = true;
    for (const auto &[id, link] : std::exchange(m_links, {})) {
        if (link->transport)
            link->transport->close();
    }
}

Task<Result<std::shared_ptr<FileTransport>>> SftpService::dial(QString sessionId)
{
    const QPointer self(this);
    auto resolved = co_await m_logins.resolve(sessionId);
    if (!self || m_isStopped)
        co_return stopping();
    if (!resolved) {
        Error error = std::move(resolved).error();
        if (error.code == ErrorCode::AuthMissing) // the frontend knows one word for both
            error.code = ErrorCode::AuthFailed;
        co_return error;
    }
    SshTarget target = std::move(resolved->target);
    target.keepalive = kKeepalive;
    target.isForBulk = true;
    const QString place = u"%1:%2: "_s.arg(target.host).arg(target.port);
    const auto connection = std::make_shared<SshConnection>(m_context);
    if (Status opened = connection->open(std::move(target)); !opened)
        co_return opened.error();
    auto opened = co_await SftpClient::open(connection);
    if (opened.hasNoSubsystem)
        co_return co_await ScpFiles::open(connection, opened.error.message);
    if (!opened.client && opened.error.code == ErrorCode::ConnectionFailed)
        opened.error.message.prepend(place); // the contract's word for where
    if (!opened.client)
        co_return std::move(opened.error);
    co_return std::shared_ptr<FileTransport>(std::make_shared<SftpFiles>(std::move(opened.client)));
}

Task<Result<std::shared_ptr<FileTransport>>> SftpService::transportOf(QString id, std::shared_ptr<Link> link)
{
    const QPointer self(this);
    const auto lives = [link] { return link->transport && !link->transport->isOver(); };
    if (lives())
        co_return std::shared_ptr(link->transport);
    auto turn = co_await link->reconnects.enter();
    if (!turn)
        co_return std::move(turn).error();
    if (lives())
        co_return std::shared_ptr(link->transport);
    if (!self || m_isStopped || !m_links.contains(id))
        co_return unknownId();
    if (link->transport)
        link->leftovers += link->transport->takeLeftovers();
    qCInfo(lcSftp) << "connecting again";
    auto made = co_await dial(link->sessionId);
    if (!self)
        co_return stopping();
    if (!made) {
        forget(id, link);
        co_return Error{ErrorCode::Sftp, u"Connection lost, and connecting again failed: "_s + made.error().message};
    }
    const auto current = m_links.find(id);
    if (current == m_links.end() || current->second != link) {
        (*made)->close(); // closed by the frontend meanwhile
        co_return unknownId();
    }
    link->transport = *made;
    if (const auto leftovers = std::exchange(link->leftovers, {}); !leftovers.isEmpty())
        co_await (*made)->removeLeftovers(leftovers.first(std::min(leftovers.size(), kMaxLeftovers)));
    co_return made;
}

void SftpService::forget(const QString &id, const std::shared_ptr<Link> &link)
{
    if (const auto entry = m_links.find(id); entry != m_links.end() && entry->second == link)
        m_links.erase(entry);
}

template <typename T>
Task<Result<T>> SftpService::perform(QString id, Repeat repeat, std::function<Task<Result<T>>(FileTransport &)> work)
{
    const QPointer self(this);
    const auto entry = m_links.find(id);
    if (entry == m_links.end())
        co_return unknownId();
    const std::shared_ptr<Link> link = entry->second;
    const std::shared_ptr<FileTransport> before = link->transport;
    auto transport = co_await transportOf(id, link);
    if (!transport)
        co_return std::move(transport).error();
    auto result = co_await work(**transport);
    if (result || !(*transport)->isOver())
        co_return result;
    if (self)
        link->leftovers += (*transport)->takeLeftovers();
    const bool hasReconnected = *transport != before;
    if (repeat == Repeat::Never || hasReconnected || !self || !m_links.contains(id))
        co_return result;
    auto again = co_await transportOf(id, link);
    if (!again)
        co_return std::move(again).error();
    co_return co_await work(**again);
}

Task<Result<FileListing>> SftpService::list(QString id, QString path)
{
    auto entries = co_await perform<QList<FileEntry>>(id, Repeat::WhenLost,
                                                      [path](FileTransport &files) { return files.list(path); });
    if (!entries)
        co_return std::move(entries).error();
    co_return FileListing{std::move(*entries), path};
}

Task<Result<FileEntry>> SftpService::stat(QString id, QString path)
{
    return perform<FileEntry>(id, Repeat::WhenLost, [path](FileTransport &files) { return files.stat(path); });
}

Task<Result<std::shared_ptr<FileSource>>> SftpService::read(QString id, QString path)
{
    return perform<std::shared_ptr<FileSource>>(id, Repeat::WhenLost,
                                                [path](FileTransport &files) { return files.read(path); });
}

Task<Status> SftpService::write(QString id, QString path, FileContent content)
{
    return perform<void>(id, Repeat::Never,
                         [path, content](FileTransport &files) { return files.write(path, content); });
}

Task<Status> SftpService::makeFolder(QString id, QString path)
{
    return perform<void>(id, Repeat::Never, [path](FileTransport &files) { return files.makeFolder(path); });
}

Task<Status> SftpService::rename(QString id, QString from, QString to)
{
    return perform<void>(id, Repeat::Never, [from, to](FileTransport &files) { return files.rename(from, to); });
}

Task<Status> SftpService::remove(QString id, QString path, FileKind kind, std::shared_ptr<ClientPresence> client)
{
    return perform<void>(id, Repeat::Never,
                         [path, kind, client](FileTransport &files) { return files.remove(path, kind, client); });
}

} // namespace agent
