#include "net/connectionwriter.h"

#include "net/gateconnection.h"
#include "net/log.h"

namespace agent {

ConnectionWriter::ConnectionWriter(GateConnection &connection, Framing framing)
    : m_connection(&connection)
    , m_framing(framing)
{
    connect(&connection, &GateConnection::gone, this, [this] {
        m_connection = nullptr;
        Q_EMIT closed();
    });
    connect(&connection, &GateConnection::bytesTaken, this, [this] {
        if (m_wasAbove && bytesPending() < kDrainedBelow) {
            m_wasAbove = false;
            Q_EMIT drained();
        }
    });
}

ConnectionWriter::~ConnectionWriter()
{
    // The producer let go without finishing: the body is cut short, and only a broken connection can say so. It is
    // not told that it happened: its own members may be half gone.
    const QPointer<GateConnection> connection = m_connection;
    end();
    if (connection)
        connection->abort();
}

void ConnectionWriter::write(const QByteArray &bytes)
{
    if (!m_connection || bytes.isEmpty()) // an empty chunk would be the last one
        return;
    if (m_framing == Framing::Chunked) {
        const QByteArray chunk = QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n";
        m_connection->write(chunk);
    } else {
        m_connection->write(bytes);
    }
    m_wasAbove = m_wasAbove || bytesPending() >= kDrainedBelow;
    if (bytesPending() > kMaxPending) {
        qCWarning(lcNet) << "connection" << m_connection->id() << "closed: its client reads too slowly";
        m_connection->abort();
    }
}

void ConnectionWriter::finish()
{
    if (!m_connection)
        return;
    const QPointer<GateConnection> connection = m_connection;
    end();
    if (m_framing == Framing::Chunked)
        connection->write("0\r\n\r\n");
    connection->finishResponse();
}

qint64 ConnectionWriter::bytesPending() const { return m_connection ? m_connection->bytesPending() : 0; }

void ConnectionWriter::end()
{
    if (m_connection)
        m_connection->disconnect(this);
    m_connection = nullptr;
}

} // namespace agent
