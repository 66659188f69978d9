#pragma once

#include "net/frontdoor.h"

#include <QSslSocket>
#include <QTest>

#include <memory>

namespace agent::test {

inline constexpr QByteArrayView kToken = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A FrontDoor on a port of the system's choice, with whatever routes the test registers first.
class Door
{
public:
    Door();
    void open(GateLimits limits = {}, QString staticFolder = {}, HostGuard::Mode hosts = HostGuard::Mode::Check);

    Router router;
    std::unique_ptr<FrontDoor> front;
    quint16 port = 0;
    QByteArrayList authorized; ///< the patterns of the routes that clients with the token asked for
};

/// An answer as it came over the wire, head and body apart, chunks taken off.
struct Answer
{
    int status = 0;
    QByteArray head;
    QByteArray body;

    [[nodiscard]] QByteArray field(QByteArrayView name) const; ///< empty when absent
};

/// A client that says exactly the bytes it is told.
class RawClient
{
public:
    explicit RawClient(quint16 port);

    /// The TLS connection stands.
    bool connectNow();
    void send(const QByteArray &bytes);
    /// Waits for one whole answer and takes it off the input. Status 0: none came before the connection ended.
    Answer answer(bool toHead = false);
    /// Sends and waits.
    Answer ask(const QByteArray &bytes, bool toHead = false);
    bool waitForClose();
    void close();
    /// Waits for the first byte, then reads no more until `goOn`.
    bool stallAfterFirstByte();
    void goOn();

    QSslSocket socket;
    QByteArray input;

private:
    quint16 m_port;
};

/// More than the kernel and the TLS sockets hold between them.
QByteArray longText();
/// Answers it.
Task<Response> answerLong(Request);

/// A request head for `method path`, with the right token unless `fields` brings its own Authorization line.
QByteArray request(const QByteArray &method, const QByteArray &path, const QByteArray &fields = {},
                   const QByteArray &body = {});

/// A sanitizer keeps freed memory to watch it, so only other builds can tell what was held at a time.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kMemoryIsMeasurable = false;
#else
inline constexpr bool kMemoryIsMeasurable = true;
#endif
/// Peak resident memory of this process so far, in bytes (Linux).
qint64 peakMemory();
/// Forgets the peak so far.
void resetPeakMemory();

} // namespace agent::test
