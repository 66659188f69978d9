#include "app/healthprobe.h"

#include <QDeadlineTimer>
#include <QHostAddress>
#include <QSslConfiguration>
#include <QSslSocket>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

int remaining(const QDeadlineTimer &deadline) { return int(deadline.remainingTime()); }

Health failed(const QDeadlineTimer &deadline) { return deadline.hasExpired() ? Health::Silent : Health::Foreign; }

} // namespace

Health probeHealth(quint16 port, std::chrono::milliseconds limit)
{
    const QDeadlineTimer deadline(limit);
    QSslSocket socket;
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone); // any agent's certificate is its own
    socket.setSslConfiguration(configuration);

    socket.connectToHostEncrypted(u"127.0.0.1"_s, port);
    if (!socket.waitForEncrypted(remaining(deadline)))
        return failed(deadline);
    socket.write("GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:" + QByteArray::number(port) +
                 "\r\nConnection: close\r\n\r\n");

    constexpr qint64 kStatusLine = sizeof("HTTP/1.1 200") - 1; // all that is of interest
    while (socket.bytesAvailable() < kStatusLine) {
        if (!socket.waitForReadyRead(remaining(deadline)))
            return failed(deadline);
    }
    const QByteArray status = socket.read(kStatusLine);
    return status.startsWith("HTTP/1.") && status.sliced(8, 2) == " 2" ? Health::Healthy : Health::Foreign;
}

} // namespace agent
