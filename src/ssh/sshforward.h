#pragma once

#include "core/async.h"
#include "core/task.h"

#include <QObject>
#include <QPointer>
#include <QString>

#include <memory>

namespace agent {

class ForwardLink;
class SshConnection;

/// What is forwarded, and between which ends.
struct ForwardSpec
{
    enum class Kind {
        Local,   ///< listens here, connects from the server (`ssh -L`)
        Remote,  ///< listens on the server, connects here (`ssh -R`)
        Dynamic, ///< listens here as a SOCKS proxy (`ssh -D`)
    };

    Kind kind = Kind::Local;
    QString localAddress = QStringLiteral("127.0.0.1"); ///< listens there, or delivers to it; loopback only
    quint16 localPort = 0;
    /// Local: where to, resolved by the server. Remote: what the server listens on, loopback only. Dynamic: not used.
    QString remoteHost = {};
    quint16 remotePort = 0;
};

/// One port forward on a connection that may carry others. Lives on the main thread. Destroying it stops it, without
/// waiting for its port.
class SshForward : public QObject
{
    Q_OBJECT

public:
    /// `connection` may be still connecting; it is kept until the end.
    SshForward(std::shared_ptr<SshConnection> connection, ForwardSpec spec);
    ~SshForward() override;

    /// Once only. A local port is taken at once, and listened on when the connection is up.
    void start();
    /// Ends it and every connection through it; `ended` follows, with Cancelled.
    void stop();

    [[nodiscard]] quint64 bytesSent() const;     ///< payload, from this machine into SSH
    [[nodiscard]] quint64 bytesReceived() const; ///< payload, from SSH to this machine
    [[nodiscard]] int connections() const;       ///< that are being served

Q_SIGNALS:
    void started(); ///< it listens
    /// Nothing follows. Its local port is free again. Without `started` before, it never served.
    void ended(const agent::Error &why);

private:
    static Task<> follow(QPointer<SshForward> forward, Delivery<Status> started, Delivery<Error> ended);

    std::shared_ptr<SshConnection> m_connection; ///< null at the end
    const ForwardSpec m_spec;
    std::shared_ptr<ForwardLink> m_link;
};

} // namespace agent
