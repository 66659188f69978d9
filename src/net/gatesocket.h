#pragma once

#include <QPointer>
#include <QTcpSocket>

namespace agent {

class GateConnection;

/// What QHttpServer and QWebSocket hold in place of the TLS socket: it looks like a connected QTcpSocket, and reads
/// and writes what its GateConnection lets through. Owned by whoever took it from the Gate; may outlive the
/// connection, and is then a disconnected socket.
class GateSocket final : public QTcpSocket
{
    Q_OBJECT

public:
    explicit GateSocket(GateConnection &connection);
    ~GateSocket() override;

    // The connection's side
    void announceInput() { Q_EMIT readyRead(); }
    void announceWritten(qint64 bytes) { Q_EMIT bytesWritten(bytes); }
    void announceLoss();

    [[nodiscard]] qint64 bytesAvailable() const override;
    [[nodiscard]] qint64 bytesToWrite() const override;
    [[nodiscard]] bool canReadLine() const override;
    void close() override;
    void disconnectFromHost() override;
    void setSocketOption(SocketOption option, const QVariant &value) override;
    QVariant socketOption(SocketOption option) override;

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 readLineData(char *data, qint64 maxSize) override;
    qint64 skipData(qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    QPointer<GateConnection> m_connection;
};

} // namespace agent
