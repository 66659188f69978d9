#pragma once

#include "ssh/pipechannel.h"
#include "ssh/pipelink.h"

#include <QObject>

#include <chrono>
#include <memory>

namespace agent {

class SshConnection;

/// Bytes both ways between this thread and a program at the far end of an SSH connection: a subsystem, or a command.
/// Lives on the main thread; destroying it closes the channel.
class SshPipe : public QObject
{
    Q_OBJECT

public:
    /// How long the server may take to start the program.
    static constexpr auto kOpenLimit = std::chrono::seconds(15);

    /// `connection` may be still connecting; it is kept until the end.
    SshPipe(std::shared_ptr<SshConnection> connection, PipeProgram program, std::unique_ptr<PipeFramer> framer);
    ~SshPipe() override;

    /// Sends it as fast as the far side takes it. Before the far side runs, too.
    void send(QByteArray bytes, PipeLane lane = PipeLane::Urgent);
    void endInput();
    void announceDrained() { m_link->announceDrained(); }
    [[nodiscard]] PipeNews take() { return m_link->take(); }
    [[nodiscard]] quint64 bytesSent() const { return m_link->bytesSent(); }

Q_SIGNALS:
    void newsArrived(); ///< there is something to take

private:
    const std::shared_ptr<SshConnection> m_connection;
    const std::shared_ptr<PipeLink> m_link;
};

} // namespace agent
