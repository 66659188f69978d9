#pragma once

#include "net/bodydecoder.h"
#include "net/gatelimits.h"
#include "net/gatepolicy.h"
#include "net/httphead.h"
#include "net/responsehead.h"

#include <QDeadlineTimer>
#include <QPointer>
#include <QSslSocket>

namespace agent {

class BodyStream;
class GateSocket;

/// One client: its TLS socket, and where it is between two requests. Reads a head, lets GatePolicy judge it,
/// collects or streams the body, hands the request to the HttpServer and writes the answer. One request at a time:
/// pipelined ones wait unread in the socket. Lives on the main thread, owned by its Gate.
class GateConnection : public QObject
{
    Q_OBJECT

public:
    GateConnection(quint64 id, const GatePolicy &policy, const GateLimits &limits, QObject *parent);
    ~GateConnection() override;

    /// Takes the descriptor and starts the TLS handshake. False when the system refuses it.
    [[nodiscard]] bool start(qintptr descriptor, const QSslConfiguration &tls);

    [[nodiscard]] quint64 id() const { return m_id; }
    [[nodiscard]] bool isIdle() const { return m_phase == Phase::Idle; }
    [[nodiscard]] bool isAnswering() const { return m_phase == Phase::Answering; }
    [[nodiscard]] QDeadlineTimer idleDeadline() const { return m_deadline; }
    /// Closes now when idle, else after the answer in progress.
    void closeWhenIdle();
    void abort();
    void enforceDeadlines();

    // The HttpServer's side, while a request waits for its answer
    [[nodiscard]] const Route *route() const { return m_verdict.match.route; }
    [[nodiscard]] Request takeRequest();
    void respond(Response response);
    /// The upgrade is done: from now on bytes pass through to the GateSocket.
    void passThrough();

    // The answer's bytes
    void write(const QByteArray &bytes);
    [[nodiscard]] qint64 bytesPending() const;
    void finishResponse();

    // GateSocket's side
    [[nodiscard]] QSslSocket &socket() { return m_socket; }
    [[nodiscard]] qint64 inputAvailable() const;
    [[nodiscard]] bool inputHasLine() const;
    qint64 readInput(char *data, qint64 maxSize);
    void closeFromServer();

Q_SIGNALS:
    void encrypted();     ///< ready for requests: time to make the GateSocket known
    void exchangeEnded(); ///< the answer is complete, or its client is gone
    void bytesTaken();    ///< the client took some of bytesPending
    void gone();          ///< nothing more will come or go; the object deletes itself
    void socketReady(GateSocket *socket);

private:
    enum class Phase {
        Handshake, ///< TLS
        Idle,      ///< between requests
        Head,      ///< some of a head is here
        Body,      ///< collecting
        Answering, ///< the handler has the request; its body may still be streaming
        Upgrading, ///< the WebSocket handshake; the server sees only its head, or it would swallow what follows
        Upgraded,  ///< bytes pass through to a WebSocket
        Lingering, ///< a refusal is sent; what still comes of the body is thrown away
        Closing,   ///< the last bytes are on their way out
        Gone,
    };

    void beginRequests();
    void advance();
    [[nodiscard]] bool fillInput();
    [[nodiscard]] bool readHead();
    void admit();
    [[nodiscard]] bool readBody();
    void pumpBodyStream();
    void endBodyStream();
    void discardInput();
    void sendBody();
    [[nodiscard]] bool takeBodyBytes(QByteArray &into);
    void dispatch();
    void refuseHead(Response response);
    void closeGracefully();
    void enter(Phase phase, std::chrono::milliseconds limit);
    void enterWithoutLimit(Phase phase);
    void noteProgress();
    void writeRecord();
    void flush();
    void becomeGone();
    void scheduleAdvance();

    const quint64 m_id;
    const GatePolicy &m_policy;
    const GateLimits &m_limits;
    QSslSocket m_socket;
    QPointer<GateSocket> m_facade;
    Phase m_phase = Phase::Handshake;
    QDeadlineTimer m_deadline;      // of the phase
    QDeadlineTimer m_writeDeadline; // while bytes wait for the client

    QByteArray m_input;       // read from the socket, not yet understood: at most one slice
    QByteArray m_serverInput; // what the GateSocket reads first: the head made for QHttpServer
    HttpHeadReader m_reader;
    HttpHead m_head;
    Verdict m_verdict;
    AnswerForm m_form;
    bool m_closesAfterAnswer = false;
    bool m_flushIsDue = false; // a queued call will send what was written
    QByteArray m_record;       // written, and not yet handed to the socket

    QByteArray m_answerBody; // of a long answer that goes out piece by piece; empty otherwise
    qsizetype m_answerSent = 0;

    BodyDecoder m_bodyDecoder;
    bool m_inputIsLost = false; // what still comes cannot be told apart
    QByteArray m_body;
    std::shared_ptr<BodyStream> m_bodyStream;
    std::shared_ptr<ClientPresence> m_client;
};

} // namespace agent
