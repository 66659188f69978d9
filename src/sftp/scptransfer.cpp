#include "sftp/scptransfer.h"

#include "net/bodystream.h"
#include "ssh/sshconnection.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kPiece = 256 * 1024;
/// Waited for before the device is asked to open the file, which empties it: a client that goes while a configuration
/// is on its way leaves the old one.
constexpr qint64 kHeldBack = 4 * 1024 * 1024;
constexpr int kMostNotes = 16; ///< lines that may come before the one that names the file

Error wrongSize() { return {ErrorCode::Validation, u"the body is not as long as it was said to be"_s}; }

} // namespace

Task<Result<std::shared_ptr<ScpDownload>>> ScpDownload::open(std::shared_ptr<SshConnection> connection,
                                                             QByteArray command)
{
    auto stream = std::make_unique<ScpStream>(std::move(connection), std::move(command));
    stream->goOn();
    for (int notes = 0; notes < kMostNotes; ++notes) {
        const auto line = co_await stream->readLine();
        if (!line)
            co_return line.error();
        const char kind = line->isEmpty() ? '\0' : line->front();
        if (kind == '\1' || kind == '\2')
            co_return deviceComplaint(QByteArrayView(*line).sliced(1));
        if (kind == 'T') { // times, of which nobody has asked
            stream->goOn();
            continue;
        }
        const QList<QByteArray> parts = line->split(' '); // "C0644 1234 name"
        bool isNumber = false;
        const qint64 size = parts.value(1).toLongLong(&isNumber);
        if (kind != 'C' || !isNumber || size < 0)
            break;
        stream->goOn();
        co_return std::make_shared<ScpDownload>(std::move(stream), size);
    }
    co_return Error{ErrorCode::Sftp, u"Bad message: the device does not speak SCP"_s};
}

Task<Result<QByteArray>> ScpDownload::next()
{
    if (m_left == 0)
        co_return QByteArray();
    auto bytes = co_await m_stream->readSome(std::min(m_left, kPiece));
    if (!bytes)
        co_return bytes;
    m_left -= bytes->size();
    if (m_left == 0) {
        // Whether the device could read it all comes after the last byte.
        if (Status whole = co_await m_stream->expectGoOn(); !whole)
            co_return whole.error();
        m_stream->goOn();
    }
    co_return bytes;
}

Task<Status> sendByScp(std::shared_ptr<SshConnection> connection, QByteArray command, ScpFile file,
                       std::shared_ptr<BodyStream> body)
{
    QByteArray held;
    bool isWhole = false;
    while (!isWhole && held.size() < kHeldBack) {
        auto bytes = co_await body->read();
        if (!bytes)
            co_return std::move(bytes).error();
        isWhole = bytes->isEmpty();
        held += *bytes;
    }
    ScpStream stream(std::move(connection), std::move(command));
    if (Status ready = co_await stream.expectGoOn(); !ready)
        co_return ready;
    stream.send('C' + QByteArray::number(file.mode, 8).rightJustified(4, '0') + ' ' + QByteArray::number(file.size) +
                ' ' + file.name + '\n');
    if (Status taken = co_await stream.expectGoOn(); !taken)
        co_return taken;
    qint64 sent = 0;
    while (!held.isEmpty()) {
        sent += held.size();
        if (sent > file.size)
            co_return wrongSize();
        stream.send(std::exchange(held, {}));
        if (Status drained = co_await stream.untilDrained(); !drained)
            co_return drained;
        while (!isWhole && held.size() < kPiece) {
            auto bytes = co_await body->read();
            if (!bytes)
                co_return std::move(bytes).error();
            isWhole = bytes->isEmpty();
            held += *bytes;
        }
    }
    if (sent != file.size)
        co_return wrongSize();
    stream.goOn();
    if (Status stored = co_await stream.expectGoOn(); !stored)
        co_return stored;
    co_await stream.end();
    co_return Status();
}

} // namespace agent
