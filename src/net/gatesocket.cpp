#include "net/gatesocket.h"

#include "net/gateconnection.h"

#include <QSslSocket>

namespace agent {

GateSocket::GateSocket(GateConnection &connection)
    : m_connection(&connection)
{
    const QSslSocket &peer = connection.socket();
    setLocalAddress(peer.localAddress());
    setLocalPort(peer.localPort());
    setPeerAddress(peer.peerAddress());
    setPeerPort(peer.peerPort());
    // Buffered, 16 KiB at a time: QHttpServer reads a head byte by byte.
    setOpenMode(QIODevice::ReadWrite);
    setSocketState(QAbstractSocket::ConnectedState);
}

GateSocket::~GateSocket()
{
    setSocketState(QAbstractSocket::UnconnectedState); // the base class would abort a connection it never had
    if (m_connection)
        m_connection->closeFromServer();
}

void GateSocket::announceLoss()
{
    m_connection = nullptr;
    if (state() == QAbstractSocket::UnconnectedState)
        return;
    setSocketState(QAbstractSocket::UnconnectedState);
    Q_EMIT stateChanged(QAbstractSocket::UnconnectedState);
    Q_EMIT disconnected();
}

qint64 GateSocket::bytesAvailable() const
{
    return QIODevice::bytesAvailable() + (m_connection ? m_connection->inputAvailable() : 0);
}

qint64 GateSocket::bytesToWrite() const { return m_connection ? m_connection->bytesPending() : 0; }

bool GateSocket::canReadLine() const
{
    return QIODevice::canReadLine() || (m_connection && m_connection->inputHasLine());
}

void GateSocket::close()
{
    QIODevice::close();
    disconnectFromHost();
}

void GateSocket::disconnectFromHost()
{
    const QPointer<GateConnection> connection = m_connection;
    announceLoss();
    if (connection)
        connection->closeFromServer();
}

void GateSocket::setSocketOption(SocketOption option, const QVariant &value)
{
    if (m_connection)
        m_connection->socket().setSocketOption(option, value);
}

QVariant GateSocket::socketOption(SocketOption option)
{
    return m_connection ? m_connection->socket().socketOption(option) : QVariant();
}

qint64 GateSocket::readData(char *data, qint64 maxSize)
{
    return m_connection ? m_connection->readInput(data, maxSize) : -1;
}

qint64 GateSocket::readLineData(char *data, qint64 maxSize)
{
    return QIODevice::readLineData(data, maxSize); // QAbstractSocket's looks into its own, empty buffer
}

qint64 GateSocket::skipData(qint64 maxSize) { return QIODevice::skipData(maxSize); }

qint64 GateSocket::writeData(const char *data, qint64 size)
{
    if (!m_connection)
        return -1;
    m_connection->write(QByteArray(data, size));
    return size;
}

} // namespace agent
