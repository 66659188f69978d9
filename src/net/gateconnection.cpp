#include "net/gateconnection.h"

#include "net/bodystream.h"
#include "net/connectionwriter.h"
#include "net/gatesocket.h"

#include <algorithm>
#include <limits>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

using WellKnown = QHttpHeaders::WellKnownHeader;

/// What the TLS socket may hold decrypted and unread; then it stops reading, and TCP slows the client down.
constexpr qint64 kSocketBuffer = 64 * 1024;
constexpr qint64 kSlice = 16 * 1024; ///< one TLS record
/// The same two for a body that is handed on: a file comes in fewer turns of the loop.
constexpr qint64 kStreamBuffer = 256 * 1024;
constexpr qint64 kStreamSlice = 64 * 1024;
/// Reserved at once for a body of known length; a larger one grows as it comes, not as it promises.
constexpr qint64 kBodyReserve = 1024 * 1024;
/// A long answer is handed to the TLS socket in pieces, so much ahead of the client: encrypted at one go it would hold
/// up every terminal, and be in memory several times.
constexpr qint64 kAnswerPiece = 64 * 1024;
constexpr qint64 kAnswerAhead = 256 * 1024;

/// The answer of a head that could not be read.
Response refusalForHead(int status)
{
    switch (status) {
    case 431:
        return Response::text("request head too large", 431);
    case 501:
        return Response::text("unknown transfer coding", 501);
    case 505:
        return Response::text("HTTP version not supported", 505);
    default:
        return Response::text("malformed request", 400);
    }
}

/// QHttpServer gets a head of our own making, never the client's bytes: the path is the connection's id.
QByteArray headForServer(quint64 id, const HttpHead &head, bool upgrades)
{
    QByteArray text = "GET /" + QByteArray::number(id) + " HTTP/1.1\r\n";
    if (upgrades) {
        text += "Host: gate\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                "13\r\nSec-WebSocket-Key: ";
        text += head.onlyValue(WellKnown::SecWebSocketKey);
        text += "\r\n";
    }
    text += "\r\n";
    return text;
}

} // namespace

GateConnection::GateConnection(quint64 id, const GatePolicy &policy, const GateLimits &limits, QObject *parent)
    : QObject(parent)
    , m_id(id)
    , m_policy(policy)
    , m_limits(limits)
    , m_reader(limits.headBytes)
{
    connect(&m_socket, &QSslSocket::encrypted, this, &GateConnection::beginRequests);
    connect(&m_socket, &QSslSocket::readyRead, this, &GateConnection::advance);
    connect(&m_socket, &QSslSocket::encryptedBytesWritten, this, [this](qint64 bytes) {
        noteProgress();
        if (m_phase == Phase::Upgraded && m_facade)
            m_facade->announceWritten(bytes);
        sendBody();
        Q_EMIT bytesTaken();
    });
    connect(&m_socket, &QSslSocket::disconnected, this, &GateConnection::becomeGone);
    connect(&m_socket, &QSslSocket::errorOccurred, this, [this] {
        // A failed handshake leaves the TCP connection open; a lost peer is told by `disconnected` too.
        if (m_phase == Phase::Handshake)
            abort();
    });
}

GateConnection::~GateConnection()
{
    m_socket.disconnect(this);
    becomeGone();
}

bool GateConnection::start(qintptr descriptor, const QSslConfiguration &tls)
{
    m_socket.setSslConfiguration(tls);
    m_socket.setReadBufferSize(kSocketBuffer);
    if (!m_socket.setSocketDescriptor(descriptor))
        return false;
    m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1); // keystroke echoes do not wait for more bytes
    enter(Phase::Handshake, m_limits.handshake);
    m_socket.startServerEncryption();
    return true;
}

void GateConnection::beginRequests()
{
    enter(Phase::Idle, m_limits.idle);
    noteProgress();
    m_facade = new GateSocket(*this); // owned by the HTTP server from the next line on
    Q_EMIT socketReady(m_facade);
    advance();
}

void GateConnection::closeWhenIdle()
{
    if (m_phase == Phase::Handshake) // nobody takes its GateSocket any more
        abort();
    else if (m_phase == Phase::Idle)
        closeGracefully();
    else
        m_closesAfterAnswer = true;
}

void GateConnection::abort()
{
    m_socket.abort();
    becomeGone(); // no signal comes when the socket never was connected
}

void GateConnection::enforceDeadlines()
{
    if (m_phase == Phase::Upgraded) // back-pressure reaches its producer; a terminal may be silent for days
        return;
    if (m_phase != Phase::Handshake) {
        if (bytesPending() == 0) {
            noteProgress();
        } else if (m_writeDeadline.hasExpired()) {
            abort();
            return;
        }
    }
    if (!m_deadline.hasExpired())
        return;
    switch (m_phase) {
    case Phase::Handshake:
    case Phase::Closing:
        abort();
        break;
    case Phase::Idle:
    case Phase::Lingering:
        closeGracefully();
        break;
    case Phase::Head:
        refuseHead(Response::text("request timeout", 408));
        break;
    case Phase::Body:
        respond(Response::text("request timeout", 408));
        break;
    case Phase::Answering: // a streamed body has stalled
        abort();
        break;
    case Phase::Upgrading:
    case Phase::Upgraded:
    case Phase::Gone:
        break;
    }
}

void GateConnection::advance()
{
    for (;;) {
        switch (m_phase) {
        case Phase::Idle:
        case Phase::Head:
            if (!readHead())
                return;
            break;
        case Phase::Body:
            if (!readBody())
                return;
            break;
        case Phase::Answering:
            pumpBodyStream();
            return;
        case Phase::Upgraded:
            if (m_facade && m_facade->bytesAvailable() > 0)
                m_facade->announceInput();
            return;
        case Phase::Lingering:
        case Phase::Closing:
            discardInput();
            return;
        case Phase::Handshake:
        case Phase::Upgrading:
        case Phase::Gone:
            return;
        }
    }
}

bool GateConnection::fillInput()
{
    if (m_input.isEmpty())
        m_input = m_socket.read(m_bodyStream ? kStreamSlice : kSlice);
    return !m_input.isEmpty();
}

bool GateConnection::readHead()
{
    if (!fillInput())
        return false;
    if (m_phase == Phase::Idle)
        enter(Phase::Head, m_limits.head);
    m_input.remove(0, m_reader.read(m_input));
    switch (m_reader.state()) {
    case HttpHeadReader::State::Incomplete:
        return true;
    case HttpHeadReader::State::Refused:
        refuseHead(refusalForHead(m_reader.refusal()));
        return true;
    case HttpHeadReader::State::Complete:
        m_head = m_reader.takeHead();
        admit();
        return m_phase == Phase::Body || m_phase == Phase::Lingering;
    }
    Q_UNREACHABLE_RETURN(false);
}

void GateConnection::admit()
{
    m_form = {.origin = m_head.onlyValue(WellKnown::Origin).toByteArray(),
              .isHead = m_head.method == "HEAD",
              .keepsAlive = m_head.keepsAlive && !m_closesAfterAnswer,
              .minorVersion = m_head.minorVersion};
    m_verdict = m_policy.judge(m_head);
    m_bodyDecoder =
        BodyDecoder(m_head, m_verdict.streamsBody() ? std::numeric_limits<qint64>::max() : m_limits.bodyBytes);
    m_inputIsLost = false;
    m_body = {};

    if (m_verdict.answer) {
        respond(std::move(*m_verdict.answer));
        return;
    }
    if (m_head.hasBody() && m_head.expectsContinue)
        write("HTTP/1.1 100 Continue\r\n\r\n");
    if (m_verdict.streamsBody()) {
        m_bodyStream = std::make_shared<BodyStream>();
        m_socket.setReadBufferSize(kStreamBuffer);
        connect(m_bodyStream.get(), &BodyStream::drained, this, &GateConnection::scheduleAdvance);
        dispatch();
        scheduleAdvance();
    } else if (m_head.hasBody()) {
        m_body.reserve(std::min(m_bodyDecoder.expectedBytes(), kBodyReserve));
        enter(Phase::Body, m_limits.body);
    } else {
        dispatch();
    }
}

bool GateConnection::takeBodyBytes(QByteArray &into)
{
    if (!fillInput())
        return false;
    const qsizetype count = m_bodyDecoder.decode(m_input, into);
    if (count == m_input.size())
        wipe(m_input); // bodies bring passwords
    else
        m_input.remove(0, count);
    m_deadline.setRemainingTime(m_limits.body);
    return true;
}

bool GateConnection::readBody()
{
    while (m_bodyDecoder.state() == BodyDecoder::State::Reading) {
        if (!takeBodyBytes(m_body))
            return false;
    }
    switch (m_bodyDecoder.state()) {
    case BodyDecoder::State::Complete:
        dispatch();
        return false;
    case BodyDecoder::State::TooLarge:
        respond(GatePolicy::bodyTooLarge());
        break;
    default:
        respond(Response::text("malformed chunk", 400));
        break;
    }
    return true; // what still comes is discarded
}

void GateConnection::pumpBodyStream()
{
    const QPointer self(this);
    // The reader runs inside push() and may end the exchange, or the connection, from there.
    while (self && m_bodyStream && m_bodyStream->wantsMore()) {
        const auto stream = m_bodyStream;
        if (m_bodyDecoder.state() != BodyDecoder::State::Reading) {
            endBodyStream();
            if (m_bodyDecoder.state() == BodyDecoder::State::Complete)
                stream->complete();
            else if (m_bodyDecoder.state() == BodyDecoder::State::TooLarge)
                stream->fail(Error{.code = ErrorCode::TooLarge, .message = u"length limit exceeded"_s});
            else
                stream->fail(Error{.code = ErrorCode::BadRequest, .message = u"malformed chunk"_s});
            return;
        }
        QByteArray slice;
        if (!takeBodyBytes(slice)) {
            if (m_deadline.isForever()) // from now on it is the client we wait for
                m_deadline.setRemainingTime(m_limits.body);
            return;
        }
        stream->push(slice);
    }
    if (self && m_phase == Phase::Answering)
        m_deadline = QDeadlineTimer(QDeadlineTimer::Forever); // it is the reader who takes its time
}

void GateConnection::endBodyStream()
{
    m_bodyStream->disconnect(this);
    m_bodyStream.reset();
    m_socket.setReadBufferSize(kSocketBuffer);
    m_deadline = QDeadlineTimer(QDeadlineTimer::Forever);
}

void GateConnection::discardInput()
{
    m_input = {};
    while (m_socket.bytesAvailable() > 0)
        m_socket.skip(kSocketBuffer);
}

void GateConnection::dispatch()
{
    enterWithoutLimit(m_verdict.upgrades ? Phase::Upgrading : Phase::Answering);
    m_client = std::make_shared<ClientPresence>();
    if (m_verdict.upgrades) // QWebSocket reads a frame only once all of it is here
        m_socket.setReadBufferSize(m_limits.webSocketFrameBytes + kSocketBuffer);
    m_serverInput = headForServer(m_id, m_head, m_verdict.upgrades);
    if (m_facade)
        m_facade->announceInput();
}

void GateConnection::passThrough()
{
    enterWithoutLimit(Phase::Upgraded);
    scheduleAdvance(); // frames may have come with the upgrade, before anybody listened
}

Request GateConnection::takeRequest()
{
    Request request = makeRequest(m_head, m_verdict);
    request.body = std::exchange(m_body, {});
    request.bodyStream = m_bodyStream;
    request.client = m_client;
    return request;
}

void GateConnection::refuseHead(Response response)
{
    m_form = {.keepsAlive = false}; // where this request ends, and the next begins, is anybody's guess
    m_inputIsLost = true;
    respond(std::move(response));
}

void GateConnection::respond(Response response)
{
    if (m_phase == Phase::Gone || m_phase == Phase::Closing || m_phase == Phase::Lingering)
        return;
    if (m_bodyDecoder.state() != BodyDecoder::State::Complete || m_closesAfterAnswer)
        m_form.keepsAlive = false; // the rest of a body nobody reads cannot be told from the next request
    const bool streams = bool(response.streamer);
    const bool unknownLength = streams && response.streamLength < 0;
    if (unknownLength && m_form.minorVersion == 0)
        m_form.keepsAlive = false;

    std::optional<qint64> size;
    if (!unknownLength)
        size = streams ? response.streamLength : response.body.size();
    QByteArray bytes = serializeHead(response, m_form, size);
    const bool hasBody = !streams && !m_form.isHead;
    const bool sharesRecord = response.body.size() <= kSlice;
    if (hasBody && sharesRecord)
        bytes += response.body;
    write(bytes);
    if (hasBody && !sharesRecord) {
        if (m_phase == Phase::Answering) {
            m_answerBody = std::move(response.body);
            m_answerSent = 0;
            sendBody();
            return;
        }
        write(response.body);
    }
    if (!streams || m_form.isHead) {
        finishResponse();
        return;
    }
    const bool chunked = unknownLength && m_form.minorVersion == 1;
    response.streamer(std::make_shared<ConnectionWriter>(*this, chunked ? ConnectionWriter::Framing::Chunked
                                                                        : ConnectionWriter::Framing::Plain));
}

void GateConnection::sendBody()
{
    if (m_answerBody.isEmpty())
        return;
    while (m_answerSent < m_answerBody.size() && bytesPending() < kAnswerAhead) {
        const QByteArray piece =
            m_answerBody.sliced(m_answerSent, std::min<qint64>(kAnswerPiece, m_answerBody.size() - m_answerSent));
        m_answerSent += piece.size();
        write(piece);
    }
    if (m_answerSent < m_answerBody.size())
        return;
    m_answerBody = {};
    finishResponse();
}

void GateConnection::write(const QByteArray &bytes)
{
    if (m_phase == Phase::Gone)
        return;
    if (bytesPending() == 0)
        noteProgress();
    // Small ones are joined: a frame and its head are one record. What fits into one is never split between two, for a
    // client may look at each by itself (contract 04 section 3.3).
    if (m_record.size() + bytes.size() > kSlice)
        writeRecord();
    if (bytes.size() > kSlice)
        m_socket.write(bytes); // shared
    else
        m_record += bytes;
    // Left to itself, QSslSocket sends in a later turn of the event loop, one record a turn. Not from here either: it
    // may read as well, and announce that inside our caller.
    if (!std::exchange(m_flushIsDue, true))
        QMetaObject::invokeMethod(this, &GateConnection::flush, Qt::QueuedConnection);
}

void GateConnection::writeRecord()
{
    if (!m_record.isEmpty())
        m_socket.write(std::exchange(m_record, {}));
}

void GateConnection::flush()
{
    m_flushIsDue = false;
    if (m_phase == Phase::Gone)
        return;
    writeRecord();
    m_socket.flush();
}

qint64 GateConnection::bytesPending() const
{
    return m_record.size() + m_socket.bytesToWrite() + m_socket.encryptedBytesToWrite();
}

void GateConnection::finishResponse()
{
    if (m_phase == Phase::Gone)
        return;
    const bool wasAnswering = m_phase == Phase::Answering;
    m_client.reset();
    if (m_bodyStream) {
        const auto stream = m_bodyStream;
        endBodyStream();
        stream->fail(Error{.code = ErrorCode::Cancelled, .message = u"the answer was sent before the end"_s});
    }
    if (m_form.keepsAlive && !m_closesAfterAnswer) {
        enter(Phase::Idle, m_limits.idle);
        // Not from here: this may run inside the handler of the request that just ended.
        if (!m_input.isEmpty() || m_socket.bytesAvailable() > 0)
            scheduleAdvance();
    } else if (m_bodyDecoder.state() == BodyDecoder::State::Complete && !m_inputIsLost) {
        closeGracefully();
    } else {
        enter(Phase::Lingering, m_limits.linger);
        scheduleAdvance();
    }
    if (wasAnswering)
        Q_EMIT exchangeEnded();
}

qint64 GateConnection::inputAvailable() const
{
    const qint64 passing = m_phase == Phase::Upgraded ? m_input.size() + m_socket.bytesAvailable() : 0;
    return m_serverInput.size() + passing;
}

bool GateConnection::inputHasLine() const
{
    return m_serverInput.contains('\n') ||
           (m_phase == Phase::Upgraded && (m_input.contains('\n') || m_socket.canReadLine()));
}

qint64 GateConnection::readInput(char *data, qint64 maxSize)
{
    QByteArray &first = m_serverInput.isEmpty() ? m_input : m_serverInput;
    if (&first == &m_input && m_phase != Phase::Upgraded)
        return 0;
    if (first.isEmpty())
        return m_socket.read(data, maxSize);
    const auto count = std::min<qint64>(maxSize, first.size());
    std::copy_n(first.constData(), count, data);
    first.remove(0, count);
    return count;
}

void GateConnection::closeFromServer()
{
    if (m_phase == Phase::Answering) // the server gave up on a request: nothing sensible can follow
        abort();
    else
        closeGracefully();
}

void GateConnection::closeGracefully()
{
    if (m_phase == Phase::Gone || m_phase == Phase::Closing)
        return;
    enter(Phase::Closing, m_limits.write);
    writeRecord();
    m_socket.disconnectFromHost(); // after what is pending
}

void GateConnection::enter(Phase phase, std::chrono::milliseconds limit)
{
    m_phase = phase;
    m_deadline.setRemainingTime(limit);
}

void GateConnection::enterWithoutLimit(Phase phase)
{
    m_phase = phase;
    m_deadline = QDeadlineTimer(QDeadlineTimer::Forever);
}

void GateConnection::noteProgress() { m_writeDeadline.setRemainingTime(m_limits.write); }

void GateConnection::scheduleAdvance()
{
    QMetaObject::invokeMethod(this, &GateConnection::advance, Qt::QueuedConnection);
}

void GateConnection::becomeGone()
{
    if (m_phase == Phase::Gone)
        return;
    m_phase = Phase::Gone;
    m_record = {};
    m_answerBody = {};
    if (m_bodyStream) {
        const auto stream = m_bodyStream;
        endBodyStream();
        stream->fail(Error{.code = ErrorCode::Cancelled, .message = u"the client went away"_s});
    }
    if (const auto client = std::exchange(m_client, nullptr))
        client->markGone();
    if (m_facade)
        m_facade->announceLoss();
    Q_EMIT exchangeEnded();
    Q_EMIT gone();
    deleteLater();
}

} // namespace agent
