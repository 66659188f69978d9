#pragma once

#include "console/handshakereader.h"

#include <QObject>
#include <QProcess>
#include <QSslCertificate>
#include <QTimer>

namespace agent::console {

/// Where a running agent listens and how to trust it.
struct Endpoint
{
    quint16 port = 0;
    QByteArray token;
    QSslCertificate certificate;
    QByteArray certificatePem;
};

/// Starts the agent exactly as the Terminal shell does (contract 01 section 7.1): `--license-example`, a 64-digit token
/// in the environment, pipes on all three streams, stdin left open and never written. Emits exactly one of `ready`
/// and `failed`; after `ready`, `ended` when the agent goes away on its own.
class AgentLauncher : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::seconds kHandshakeLimit{10};

    struct Setup
    {
        QString program;
        QString workingDir;
        QMap<QString, QString> environment; ///< on top of ours, without its NETSTACKS_* variables
        bool forwardLog = false;
    };

    explicit AgentLauncher(QObject *parent = nullptr);
    ~AgentLauncher() override;

    void start(const Setup &setup);
    /// SIGTERM, then SIGKILL after 3 s. Waits: only for the end of the program, after its event loop.
    void stop();

    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }

Q_SIGNALS:
    void ready();
    void failed(const QString &reason);
    void ended(const QString &reason);

private:
    void readOutput();
    void readLog();
    void keepLog(const QByteArray &text);
    void announce();
    void handleEnd();
    void fail(const QString &reason);
    [[nodiscard]] QString howItEnded() const;

    enum class State { Idle, Starting, Ready, Over };

    QProcess m_process;
    QTimer m_deadline;
    HandshakeReader m_reader;
    Endpoint m_endpoint;
    QByteArray m_lastLog; ///< the tail, for the message when it ends
    State m_state = State::Idle;
    bool m_forwardLog = false;
};

} // namespace agent::console
