#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QNetworkProxy>
#include <QTcpSocket>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace agent::test {

/// What a TcpServer does with a connection.
enum class Habit {
    Echo,   ///< says back what it hears, and ends when the client has ended
    Digest, ///< hears to the end, then says `<bytes> <sha256>` and ends
    Greet,  ///< says "hello" and ends at once
    Pour,   ///< pours bytes until the client is gone
    Remark, ///< like Digest, and says a word when it hears the first of it
};

/// A server with a thread for each connection, on a loopback port that the system picks. Blocking sockets, because
/// QTcpSocket knows no half-closed state.
class TcpServer
{
public:
    explicit TcpServer(Habit habit, const QHostAddress &address = QHostAddress::LocalHost);
    ~TcpServer();
    TcpServer(const TcpServer &) = delete;
    TcpServer &operator=(const TcpServer &) = delete;

    [[nodiscard]] quint16 serverPort() const { return m_port; }

    std::atomic<int> served = 0;   ///< connections so far
    std::atomic<int> open = 0;     ///< connections now
    std::atomic<qint64> heard = 0; ///< bytes, of all connections
    std::atomic<qint64> poured = 0;
    std::atomic<int> digested = 0; ///< connections heard to the end

private:
    void acceptAll();
    void serve(int socket);
    void digest(int socket);

    const Habit m_habit;
    int m_listener = -1;
    quint16 m_port = 0;
    std::mutex m_mutex;
    std::set<int> m_sockets;
    bool m_isClosing = false;
    std::thread m_acceptor;
};

/// A client, with what it has heard.
class TcpClient : public QTcpSocket
{
    Q_OBJECT

public:
    explicit TcpClient(quint16 port, const QHostAddress &address = QHostAddress::LocalHost);

    /// Ends its own direction only.
    void shutDown();
    [[nodiscard]] bool isGone() const { return state() == UnconnectedState; }

    QByteArray heard;
};

/// Bytes that differ from place to place and from seed to seed.
[[nodiscard]] QByteArray pattern(qsizetype size, int seed = 1);
/// What Digest says of them.
[[nodiscard]] QByteArray digestOf(const QByteArray &bytes);
/// A port that nobody has at the moment.
[[nodiscard]] quint16 freePort(const QHostAddress &address = QHostAddress::LocalHost);
/// Whether a server can be started on the port now, connections of an earlier one aside.
[[nodiscard]] bool isPortFree(quint16 port, const QHostAddress &address = QHostAddress::LocalHost);
/// Whether some socket has the port, listening or not.
[[nodiscard]] bool isPortTaken(quint16 port);

} // namespace agent::test
