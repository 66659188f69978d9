#include "telnet/telnetworker.h"

#include "backend/tcpconnect.h"
#include "backend/workerthreads.h"
#include "platform/peerwatch.h"
#include "telnet/telnetlog.h"
#include "telnet/typedinput.h"

#include <array>

namespace agent {

Q_LOGGING_CATEGORY(lcTelnet, "netstacks.telnet")

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kReadPiece = 16 * 1024;
/// Pieces read before the other direction gets its turn.
constexpr int kReadsPerRound = 4;
/// Bytes that wait for the socket: above, neither input nor anything that might want an answer is taken. A paste is
/// encoded piece by piece, so that a resize behind it is not held up by more than this.
constexpr qsizetype kMaxUnsent = 64 * 1024;
/// An end that is no error.
const QString kEnded = u""_s;

QString lossOf(int error) { return u"the connection was lost: "_s + qt_error_string(error); }

} // namespace

TelnetWorker::TelnetWorker(TelnetTarget target, std::shared_ptr<BackendPort> port, std::shared_ptr<StopSignal> stop,
                           std::shared_ptr<WorkerThreads> threads)
    : m_target(std::move(target))
    , m_port(std::move(port))
    , m_stop(std::move(stop))
    , m_threads(std::move(threads))
{
}

void TelnetWorker::run(TerminalSize size)
{
    auto connected =
        connectTcp(m_target.host, m_target.port, Clock::now() + m_target.connectTimeout, m_stop, *m_threads);
    if (!connected) {
        if (connected.error().code != ErrorCode::Cancelled)
            qCInfo(lcTelnet).noquote() << m_target.host << "port" << m_target.port
                                       << "not connected:" << wireCode(connected.error().code);
        return m_port->reportFailed(connected.error().message);
    }
    qCInfo(lcTelnet).noquote() << m_target.host << "port" << m_target.port << "connected";
    m_socket = std::move(*connected);
    keepUrgentInline(m_socket.get()); // the data mark of a synch (RFC 854) is a byte of the stream
    probeIdlePeer(m_socket.get(), m_target.keepalive);
    m_stream = std::make_unique<TelnetStream>(size);
    m_login.emplace(LoginDialogue::Known{!m_target.username.isEmpty(), !m_target.password.isEmpty()}, Clock::now());
    m_port->reportConnected();
    serve();
}

void TelnetWorker::serve()
{
    std::optional<QString> end;
    while (!end && !m_port->isLeft()) {
        takeInput();
        answerLogin();
        writeSocket();
        if (m_isReadable && wantsToRead())
            end = readSocket();
        if (!end)
            end = checkPeer();
        const auto flushWait = m_port->flushIfDue();
        m_port->letKeysPass();
        if (!end)
            waitForWork(flushWait);
    }
    if (!end)
        return;
    if (end->isEmpty())
        m_port->reportEnded();
    else
        m_port->reportLost(*end);
}

void TelnetWorker::takeInput()
{
    InputQueue &input = m_port->inputForWorker();
    while (m_stream->outgoing().size() < kMaxUnsent) {
        auto item = input.take();
        if (!item)
            return;
        if (const auto *size = std::get_if<TerminalSize>(&*item)) {
            m_stream->resize(*size);
            continue;
        }
        QByteArray &bytes = std::get<QByteArray>(*item);
        if (!m_login->isOver() && isTyped(bytes))
            m_login->stop();
        qsizetype count = qMin(bytes.size(), kMaxUnsent);
        if (count < bytes.size() && bytes[count - 1] == '\r' && bytes[count] == '\n')
            ++count; // one line end, not two
        m_stream->send(QByteArrayView(bytes).first(count));
        input.putBack(bytes.sliced(count));
    }
}

void TelnetWorker::answerLogin()
{
    const auto answer = m_login->takeDue(Clock::now());
    if (answer == LoginDialogue::Answer::Username)
        m_stream->sendLine(m_target.username.toUtf8());
    else if (answer == LoginDialogue::Answer::Password)
        m_target.password.reveal([this](QByteArrayView password) { m_stream->sendLine(password); });
    if (m_login->isOver() && !m_target.password.isEmpty())
        m_target.password = {}; // wiped: nothing after this needs it
}

void TelnetWorker::writeSocket()
{
    while (!m_stream->outgoing().isEmpty()) {
        const QByteArrayView bytes = m_stream->outgoing();
        const auto written = sendBytes(m_socket.get(), bytes.data(), std::size_t(bytes.size()));
        if (written < 0) {
            const int error = lastSocketError();
            if (isInterrupted(error))
                continue;
            if (!wouldBlock(error))
                dropOutgoing(error);
            return;
        }
        m_stream->take(qsizetype(written));
        if (!m_nextCheck && m_target.keepalive > 0s)
            m_nextCheck = Clock::now() + m_target.keepalive;
    }
}

void TelnetWorker::dropOutgoing(int error)
{
    m_stream->take(m_stream->outgoing().size());
    m_isReadable = true;      // what the peer said before it went is still to be read, and only then is it the end
    if (!isClosedPipe(error)) // else it has ended the connection itself
        m_loss = lossOf(error);
}

std::optional<QString> TelnetWorker::readSocket()
{
    std::array<char, kReadPiece> piece;
    for (int reads = 0; reads < kReadsPerRound && wantsToRead(); ++reads) {
        const auto count = receiveBytes(m_socket.get(), piece.data(), piece.size());
        if (count == 0)
            return m_loss.value_or(kEnded); // the system tells an error once, here or to the writer
        if (count < 0) {
            const int error = lastSocketError();
            if (isInterrupted(error))
                continue;
            if (!wouldBlock(error))
                return lossOf(error);
            m_isReadable = false;
            return std::nullopt;
        }
        const QByteArray output = m_stream->receive(QByteArrayView(piece.data(), qsizetype(count)));
        m_login->observe(output, Clock::now());
        m_port->addOutput(output);
        m_port->flushIfDue();
        if (m_stream->isBroken())
            return u"the connection was ended: the remote host does not keep to the Telnet protocol"_s;
    }
    return std::nullopt;
}

std::optional<QString> TelnetWorker::checkPeer()
{
    if (!m_nextCheck || Clock::now() < *m_nextCheck)
        return std::nullopt;
    m_nextCheck.reset();
    switch (sentBytes(m_socket.get(), 3 * m_target.keepalive)) {
    case SentBytes::Arrived:
        break;
    case SentBytes::Waiting:
        m_nextCheck = Clock::now() + m_target.keepalive / 2;
        break;
    case SentBytes::Unanswered:
        return u"the connection was lost: the remote host no longer answers"_s;
    }
    return std::nullopt;
}

void TelnetWorker::waitForWork(std::optional<Clock::duration> flushWait)
{
    auto wakeAt = Clock::time_point::max();
    if (flushWait)
        wakeAt = Clock::now() + *flushWait;
    if (const auto due = m_login->dueAt())
        wakeAt = std::min(wakeAt, *due);
    if (m_nextCheck)
        wakeAt = std::min(wakeAt, *m_nextCheck);
    int timeout = -1;
    if (wakeAt != Clock::time_point::max()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wakeAt - Clock::now());
        timeout = int(std::clamp<qint64>(wait.count(), 0, 60'000));
    }
    const bool reads = wantsToRead(), takesInput = m_stream->outgoing().size() < kMaxUnsent;
    if ((reads && m_isReadable) || (takesInput && !m_port->input().isEmpty()))
        timeout = 0; // there is more where the last came from
    PollEntry entries[2] = {{m_stop->wakeup()->descriptor(), POLLIN, 0}, {m_socket.get(), 0, 0}};
    if (reads)
        entries[1].events |= POLLIN;
    if (!m_stream->outgoing().isEmpty())
        entries[1].events |= POLLOUT;
    // A hang-up is reported whether asked for or not: unread, it would be so again and again.
    pollSockets(entries, m_isHungUp && !reads ? 1 : 2, timeout);
    if (entries[0].revents != 0)
        m_stop->wakeup()->clear();
    if ((entries[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        m_isHungUp = m_isReadable = true;
    if ((entries[1].revents & POLLIN) != 0)
        m_isReadable = true;
}

bool TelnetWorker::wantsToRead() const { return m_port->wantsOutput() && m_stream->outgoing().size() < kMaxUnsent; }

} // namespace agent
