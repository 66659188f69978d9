#include "sftp/sftpclient.h"

#include "core/foreigntext.h"
#include "sftp/sftplog.h"
#include "ssh/sshconnection.h"
#include "ssh/sshpipe.h"

#include <array>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kWatchInterval = 1s;
constexpr qsizetype kMaxMessage = 300;
constexpr quint64 kPacketRoom = 1024; ///< of a packet, for all that is not data

/// The names of the draft's section 7, as the frontend knows them.
QString nameOf(quint32 code)
{
    static constexpr std::array kNames{
        "Ok",          "Eof",           "No such file",    "Permission denied",    "Failure",
        "Bad message", "No connection", "Connection lost", "Operation unsupported"};
    return code < kNames.size() ? QString::fromLatin1(kNames[code]) : u"Status %1"_s.arg(code);
}

Result<SftpReply> failed(const Error &error) { return error; }

quint32 sizeWithin(quint64 told, quint64 packet)
{
    constexpr quint64 kMost = kMaxSftpRead;
    const quint64 size = told == 0 ? kMost : std::min(told, kMost);
    const quint64 fits = packet > kPacketRoom ? packet - kPacketRoom : kMost;
    return quint32(std::max<quint64>(std::min(size, fits), 1024));
}

} // namespace

Status statusOf(const SftpStatus &status)
{
    if (status.code == kSftpOk)
        return {};
    const ErrorCode code = status.code == kSftpNoSuchFile         ? ErrorCode::SftpNotFound
                           : status.code == kSftpPermissionDenied ? ErrorCode::SftpDenied
                                                                  : ErrorCode::Sftp;
    const QString name = nameOf(status.code);
    const QString words = foreignText(status.message, kMaxMessage);
    return Error{code, name + u": "_s + (words.isEmpty() ? name : words)};
}

Status statusOf(const SftpReply &reply)
{
    auto status = readSftpStatus(reply);
    return status ? statusOf(*status) : Status(std::move(status).error());
}

bool isEndOfFile(const SftpReply &reply)
{
    const auto status = reply.type == SftpType::Status ? readSftpStatus(reply) : Error{};
    return status && status->code == kSftpEof;
}

SftpClient::SftpClient(std::shared_ptr<SshConnection> connection)
    : m_connection(std::move(connection))
    , m_pipe(std::make_unique<SshPipe>(m_connection, PipeSubsystem{"sftp"}, std::make_unique<SftpFramer>()))
    , m_greeting(std::make_shared<SftpCall::State>())
    , m_lastSign(SftpCall::Clock::now())
{
    // Queued: what is heard may end this object, and with it the pipe that told it.
    connect(m_pipe.get(), &SshPipe::newsArrived, this, &SftpClient::takeNews, Qt::QueuedConnection);
    connect(&m_watch, &QTimer::timeout, this, &SftpClient::failSilent);
    m_watch.setInterval(kWatchInterval);
    m_pipe->send(SftpProtocol::hello());
}

SftpClient::~SftpClient() = default;

Task<SftpClient::Opened> SftpClient::open(std::shared_ptr<SshConnection> connection)
{
    const auto client = std::make_shared<SftpClient>(std::move(connection));
    auto greeted = co_await SftpCall(client->m_greeting);
    if (!greeted)
        co_return Opened{.client = {}, .error = greeted.error(), .hasNoSubsystem = client->m_hasNoSubsystem};
    if (client->offers("limits@openssh.com")) {
        auto reply = co_await client->call(SftpPacket(SftpType::Extended).string("limits@openssh.com"));
        auto limits = reply ? readSftpLimits(*reply) : Result<SftpServerLimits>(reply.error());
        if (limits)
            client->learnLimits(*limits);
        else if (client->isOver())
            co_return Opened{.client = {}, .error = limits.error()};
    }
    co_return Opened{.client = client};
}

void SftpClient::learnLimits(const SftpServerLimits &limits)
{
    m_sizes = {.read = sizeWithin(limits.read, limits.packet), .write = sizeWithin(limits.write, limits.packet)};
}

SftpCall SftpClient::call(SftpPacket packet, PipeLane lane, quint32 maxData)
{
    const auto state = std::make_shared<SftpCall::State>();
    if (m_end) {
        state->settle(failed(*m_end));
        return SftpCall(state);
    }
    auto request = m_protocol.request(std::move(packet), maxData);
    if (m_calls.empty()) {
        m_lastSign = SftpCall::Clock::now();
        m_watch.start();
    }
    m_calls.emplace(request.id, state);
    m_pipe->send(std::move(request.packet), lane);
    return SftpCall(state);
}

void SftpClient::close(const Error &why)
{
    if (m_end)
        return;
    const auto self = shared_from_this();
    m_end = why;
    m_watch.stop();
    m_pipe.reset();
    const auto calls = std::exchange(m_calls, {});
    m_greeting->settle(failed(why));
    for (const auto &[id, state] : calls)
        state->settle(failed(why));
}

void SftpClient::takeNews()
{
    if (m_end)
        return;
    const auto self = shared_from_this(); // whoever is resumed may drop the last other reference
    PipeNews news = m_pipe->take();
    m_lastSign = SftpCall::Clock::now();
    if (news.isOpen)
        m_watch.start(); // the greeting is due
    for (QByteArray &piece : news.pieces) {
        auto heard = m_protocol.receive(std::move(piece));
        if (!heard) {
            qCWarning(lcSftp).noquote() << heard.error().message;
            return close(heard.error());
        }
        if (!*heard) {
            m_watch.stop();
            m_greeting->settle(SftpReply{});
            continue;
        }
        const auto entry = m_calls.find((*heard)->id);
        const auto state = entry == m_calls.end() ? nullptr : entry->second;
        if (state)
            m_calls.erase(entry);
        if (m_calls.empty())
            m_watch.stop();
        if (state)
            state->settle(std::move((*heard)->reply));
        if (m_end)
            return;
    }
    if (!news.end)
        return;
    m_hasNoSubsystem =
        news.end->how == PipeEnd::How::Refused || (news.end->how == PipeEnd::How::Closed && !m_protocol.isReady());
    const QString why = news.end->error.message;
    if (m_hasNoSubsystem)
        close(Error{ErrorCode::Sftp, u"the server offers no SFTP subsystem: "_s + why});
    else if (m_protocol.isReady() || news.end->how == PipeEnd::How::Malformed)
        close(Error{ErrorCode::Sftp, u"Connection lost: "_s + why});
    else
        close(news.end->error);
}

/// A server that says and takes nothing for so long will not answer what it was asked. Late answers are still known.
void SftpClient::failSilent()
{
    const auto now = SftpCall::Clock::now();
    if (m_sentBefore != m_pipe->bytesSent()) {
        m_sentBefore = m_pipe->bytesSent();
        m_lastSign = now;
    }
    if (now - m_lastSign < kSilenceLimit)
        return;
    const auto self = shared_from_this();
    if (!m_protocol.isReady())
        return close(Error{ErrorCode::Sftp, u"Timeout: the server did not greet"_s});
    std::vector<std::shared_ptr<SftpCall::State>> late;
    for (const auto &[id, state] : m_calls) {
        if (now - state->askedAt >= kSilenceLimit)
            late.push_back(state);
    }
    for (const auto &state : late)
        state->settle(failed(Error{ErrorCode::Sftp, u"Timeout"_s}));
}

Task<Status> SftpClient::run(SftpPacket packet, PipeLane lane)
{
    const auto reply = co_await call(std::move(packet), lane);
    co_return reply ? statusOf(*reply) : Status(reply.error());
}

Task<Result<SftpReply>> SftpClient::ask(SftpPacket packet)
{
    auto reply = co_await call(std::move(packet));
    if (!reply || reply->type != SftpType::Status)
        co_return reply;
    const Status status = statusOf(*reply);
    co_return status ? Error{ErrorCode::Sftp, u"Bad message: no more than a status"_s} : status.error();
}

Task<Result<QByteArray>> SftpClient::openHandle(SftpPacket packet)
{
    const auto reply = co_await ask(std::move(packet));
    co_return reply ? readSftpHandle(*reply) : reply.error();
}

Task<Result<QByteArray>> SftpClient::realPath(QByteArray path)
{
    const auto reply = co_await ask(SftpPacket(SftpType::Realpath).string(path));
    if (!reply)
        co_return reply.error();
    auto names = readSftpNames(*reply);
    if (!names)
        co_return std::move(names).error();
    if (names->size() != 1)
        co_return Error{ErrorCode::Sftp, u"Bad message: not one path"_s};
    co_return std::move(names->front().name);
}

Task<Result<SftpAttributes>> SftpClient::attributes(SftpPacket packet)
{
    const auto reply = co_await ask(std::move(packet));
    co_return reply ? readSftpAttributes(*reply) : reply.error();
}

SftpHandle::~SftpHandle()
{
    if (m_isOpen && !m_client->isOver()) // behind writes that are still to go out; nobody waits for the answer
        (void)m_client->call(SftpPacket(SftpType::Close).string(m_handle), PipeLane::Bulk);
}

Task<Status> SftpHandle::close()
{
    m_isOpen = false;
    return m_client->run(SftpPacket(SftpType::Close).string(m_handle), PipeLane::Bulk);
}

} // namespace agent
