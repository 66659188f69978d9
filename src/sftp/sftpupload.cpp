#include "sftp/sftpupload.h"

#include "net/bodystream.h"
#include "sftp/sftplog.h"

#include <QRandomGenerator>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kStart = 2 * 1024 * 1024;
constexpr quint32 kModeBits = 07777;
constexpr quint32 kPrivateMode = 0600; ///< until it has the mode of what it replaces
constexpr auto kInPlace = SftpOpen::Write | SftpOpen::Create | SftpOpen::Truncate;
constexpr auto kNewFile = SftpOpen::Write | SftpOpen::Create | SftpOpen::Exclusive;

SftpPacket openPacket(const QByteArray &path, SftpOpen how, const SftpAttributes &attributes = {})
{
    return SftpPacket(SftpType::Open).string(path).u32(quint32(how)).attributes(attributes);
}

SftpPacket setPacket(const QByteArray &handle, const SftpAttributes &attributes)
{
    return SftpPacket(SftpType::Fsetstat).string(handle).attributes(attributes);
}

SftpPacket removePacket(const QByteArray &path) { return SftpPacket(SftpType::Remove).string(path); }

/// A name that nobody has, beside `target`.
QByteArray besides(const QByteArray &target)
{
    const QByteArray folder = target.first(target.lastIndexOf('/') + 1);
    return folder + ".netstacks-" + QByteArray::number(QRandomGenerator::system()->generate64(), 16) + ".part";
}

/// Everything that is left of the body goes into the file.
Task<Status> fill(SftpUpload &upload, std::shared_ptr<BodyStream> body)
{
    for (;;) {
        auto bytes = co_await body->read();
        if (!bytes)
            co_return std::move(bytes).error();
        if (bytes->isEmpty())
            co_return co_await upload.finish();
        if (Status written = co_await upload.write(std::move(*bytes)); !written)
            co_return written;
    }
}

/// What is there before.
struct Target
{
    QByteArray path; ///< without links
    std::optional<SftpAttributes> old = {};
    bool isAbsent = false;
    bool isReplaceable = false;
};

Task<Target> lookAt(std::shared_ptr<SftpClient> client, QByteArray path)
{
    Target target{.path = path};
    auto found = co_await client->attributes(SftpPacket(SftpType::Lstat).string(path));
    if (found && found->isType(kTypeLink)) {
        const auto real = co_await client->realPath(path);
        if (!real)
            co_return target;
        found = co_await client->attributes(SftpPacket(SftpType::Lstat).string(*real));
        if (!found)
            co_return target; // it leads nowhere: opening it in place makes what it leads to
        target.path = *real;
    }
    target.isAbsent = !found && found.error().code == ErrorCode::SftpNotFound;
    target.isReplaceable = target.isAbsent || (found && found->isType(kTypeRegular));
    if (found)
        target.old = *found;
    co_return target;
}

/// The new file gets the owner and the mode of the old one. @return false when that cannot be done
Task<bool> takeAfter(SftpHandle &file, SftpAttributes old)
{
    SftpClient &client = file.client();
    const auto made = co_await client.attributes(SftpPacket(SftpType::Fstat).string(file.bytes()));
    if (!made)
        co_return false;
    if (old.owner && made->owner != old.owner) {
        const Status given = co_await client.run(setPacket(file.bytes(), {.owner = old.owner}));
        if (!given)
            co_return false;
    }
    const Status moded =
        co_await client.run(setPacket(file.bytes(), {.permissions = old.permissions.value_or(0) & kModeBits}));
    co_return moded.ok();
}

Task<Status> removeAgain(std::shared_ptr<SftpClient> client, QByteArray path, std::shared_ptr<SftpLeftover> leftover)
{
    const Status removed = co_await client->run(removePacket(path));
    if (!removed && client->isOver())
        leftover->path = path;
    co_return removed;
}

/// @return nothing when it cannot be done this way, and has not touched the target nor the content
Task<std::optional<Status>> replaceWhole(std::shared_ptr<SftpClient> client, Target target, FileContent content,
                                         std::shared_ptr<SftpLeftover> leftover)
{
    const QByteArray part = besides(target.path);
    SftpAttributes first;
    if (target.old)
        first.permissions = kPrivateMode;
    auto handle = co_await client->openHandle(openPacket(part, kNewFile, first));
    if (!handle)
        co_return std::nullopt;
    SftpUpload upload(client, std::move(*handle));
    if (target.old && !co_await takeAfter(upload.handle(), *target.old)) {
        co_await upload.abandon();
        static_cast<void>(co_await removeAgain(client, part, leftover));
        co_return std::nullopt;
    }
    Status outcome = co_await fill(upload, content.body);
    if (outcome)
        outcome = co_await client->run(
            SftpPacket(SftpType::Extended).string("posix-rename@openssh.com").string(part).string(target.path));
    if (!outcome) {
        co_await upload.abandon();
        static_cast<void>(co_await removeAgain(client, part, leftover));
    }
    co_return outcome;
}

Task<Status> writeInPlace(std::shared_ptr<SftpClient> client, QByteArray path, Target target, FileContent content,
                          std::shared_ptr<SftpLeftover> leftover)
{
    QByteArray held;
    while (held.size() < kHeldBack) {
        auto bytes = co_await content.body->read();
        if (!bytes)
            co_return std::move(bytes).error();
        if (bytes->isEmpty())
            break;
        held += *bytes;
    }
    auto handle = co_await client->openHandle(openPacket(path, kInPlace));
    if (!handle)
        co_return std::move(handle).error();
    SftpUpload upload(client, std::move(*handle));
    Status outcome = co_await upload.write(std::exchange(held, {}));
    if (outcome)
        outcome = co_await fill(upload, content.body);
    if (!outcome) {
        co_await upload.abandon();
        if (target.isAbsent)
            static_cast<void>(co_await removeAgain(client, path, leftover));
    }
    co_return outcome;
}

} // namespace

SftpUpload::SftpUpload(std::shared_ptr<SftpClient> client, QByteArray handle)
    : m_client(client)
    , m_handle(client, std::move(handle))
    , m_pieceSize(client->sizes().write)
    , m_window(m_pieceSize, kStart)
{
}

Task<Status> SftpUpload::write(QByteArray bytes)
{
    QByteArrayView rest(bytes);
    while (!rest.isEmpty()) {
        if (!m_packet)
            m_packet = SftpPacket(SftpType::Write, m_handle.bytes().size() + 16 + m_pieceSize)
                           .string(m_handle.bytes())
                           .u64(m_offset)
                           .openString();
        const QByteArrayView part = rest.first(std::min(m_pieceSize - m_filled, qint64(rest.size())));
        m_packet->append(part);
        m_filled += part.size();
        rest = rest.sliced(part.size());
        if (m_filled == m_pieceSize)
            send();
        while (!m_pieces.empty() && (m_pieces.front().call.await_ready() || !m_window.hasRoom(m_underWay))) {
            if (Status settled = co_await settleFirst(); !settled)
                co_return settled;
        }
    }
    co_return Status();
}

Task<Status> SftpUpload::finish()
{
    if (m_packet)
        send();
    while (!m_pieces.empty()) {
        if (Status settled = co_await settleFirst(); !settled)
            co_return settled;
    }
    co_return co_await m_handle.close();
}

Task<> SftpUpload::abandon()
{
    m_packet.reset();
    while (!m_pieces.empty())
        static_cast<void>(co_await settleFirst());
    if (m_handle.isOpen())
        static_cast<void>(co_await m_handle.close());
}

void SftpUpload::send()
{
    m_pieces.push_back({m_filled, m_client->call(std::move(*m_packet), PipeLane::Bulk)});
    m_packet.reset();
    m_offset += quint64(m_filled);
    m_underWay += std::exchange(m_filled, 0);
}

Task<Status> SftpUpload::settleFirst()
{
    Piece piece = std::move(m_pieces.front());
    m_pieces.pop_front();
    const auto reply = co_await piece.call;
    m_underWay -= piece.size;
    if (!reply)
        co_return reply.error();
    m_window.noteAnswer(piece.call.latency());
    co_return statusOf(*reply);
}

Task<Status> replaceFile(std::shared_ptr<SftpClient> client, QByteArray path, FileContent content,
                         std::shared_ptr<SftpLeftover> leftover)
{
    const Target target = co_await lookAt(client, path);
    if (target.isReplaceable && client->offers("posix-rename@openssh.com")) {
        if (auto replaced = co_await replaceWhole(client, target, content, leftover))
            co_return std::move(*replaced);
        qCDebug(lcSftp) << "a file is written in place";
    }
    co_return co_await writeInPlace(client, path, target, content, leftover);
}

} // namespace agent
