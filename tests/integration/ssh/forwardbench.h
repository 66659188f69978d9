#pragma once

#include "backend/workerthreads.h"
#include "ssh/sshconnection.h"
#include "ssh/sshforward.h"
#include "sshd/sshdserver.h"
#include "tcppeer/tcppeer.h"

#include <QTest>

namespace agent::test {

using namespace Qt::StringLiterals;
using Kind = ForwardSpec::Kind;

inline constexpr int kPatience = 30000; // sanitizers on a loaded machine

/// An SshForward and the news of it.
struct Forward
{
    explicit Forward(std::shared_ptr<SshConnection> connection, ForwardSpec spec)
        : handle(std::make_unique<SshForward>(std::move(connection), std::move(spec)))
    {
        QObject::connect(handle.get(), &SshForward::started, handle.get(), [this] { ++started; });
        QObject::connect(handle.get(), &SshForward::ended, handle.get(), [this](const Error &why) { end = why; });
        handle->start();
    }
    /// Waits until it listens, or has failed to.
    bool isUp()
    {
        static_cast<void>(QTest::qWaitFor([this] { return started > 0 || end; }, kPatience));
        if (end)
            qWarning().noquote() << end->message;
        return started == 1 && !end;
    }
    bool isEnded() const { return end.has_value(); }

    std::unique_ptr<SshForward> handle;
    int started = 0;
    std::optional<Error> end;
};

/// What every suite of forwards needs: a real server, connections to it, and short ways to ask for a forward.
class ForwardBench : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

protected:
    std::shared_ptr<SshConnection> connectTo(SshTarget target) const
    {
        auto made = std::make_shared<SshConnection>(
            SshContext{m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))});
        if (!made->open(std::move(target)))
            qFatal("no thread");
        return made;
    }
    std::shared_ptr<SshConnection> connection() const { return connectTo(target(m_sshd, m_key)); }
    static SshTarget target(const SshdServer &server, const QString &key)
    {
        return {
            .host = u"127.0.0.1"_s, .port = server.port(), .login = {SshdServer::currentUser(), KeyLogin{.path = key}}};
    }
    static ForwardSpec local(quint16 from, quint16 to, const QString &host = u"127.0.0.1"_s)
    {
        return {.kind = Kind::Local, .localPort = from, .remoteHost = host, .remotePort = to};
    }
    static ForwardSpec dynamic(quint16 port) { return {.kind = Kind::Dynamic, .localPort = port}; }
    static ForwardSpec remote(quint16 from, quint16 to)
    {
        return {.kind = Kind::Remote, .localPort = to, .remoteHost = u"localhost"_s, .remotePort = from};
    }
    /// Sends and ends; what the server says about it.
    static QByteArray exchange(quint16 port, const QByteArray &bytes,
                               const QHostAddress &address = QHostAddress::LocalHost)
    {
        TcpClient client(port, address);
        client.write(bytes);
        if (!QTest::qWaitFor([&] { return client.state() == QTcpSocket::ConnectedState && client.bytesToWrite() == 0; },
                             4 * kPatience))
            return "not sent";
        client.shutDown();
        return QTest::qWaitFor([&] { return client.isGone(); }, 4 * kPatience) ? client.heard : "not answered";
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    SshdServer m_sshd, m_jump;
    QString m_key, m_jumpKey;
    QStringList m_options; ///< the server runs with these
};

inline void ForwardBench::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_sshd.start());
}

inline void ForwardBench::init()
{
    if (m_options.isEmpty() && QTest::qWaitFor([&] { return m_sshd.sessionProcesses().isEmpty(); }, 5000))
        return;
    m_options.clear();
    QVERIFY(m_sshd.start());
}

inline void ForwardBench::cleanup()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    QCoreApplication::sendPostedEvents(); // the last news of forwards that nobody waits for any more
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

} // namespace agent::test
