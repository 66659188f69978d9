#include "doorfixture.h"

#include "testcertificate/testcertificate.h"

#include <QFile>

namespace agent::test {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const TestIdentity &identity()
{
    static const TestIdentity made = makeTestIdentity();
    return made;
}

} // namespace

Door::Door() { registerHealthRoute(router); }

void Door::open(GateLimits limits, QString staticFolder, HostGuard::Mode hosts)
{
    FrontDoor::Config config{.certificate = identity().certificate, .key = identity().key, .token = Secret(kToken)};
    config.limits = limits;
    config.staticFolder = std::move(staticFolder);
    config.hosts = hosts;
    config.onAuthorized = [this](const Route &route) { authorized.append(route.pattern); };
    front = std::make_unique<FrontDoor>(std::move(config), router);
    const auto listening = front->listen();
    if (!listening)
        qFatal("%s", qPrintable(listening.error().message));
    port = *listening;
}

QByteArray Answer::field(QByteArrayView name) const
{
    for (const QByteArray &line : head.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && QByteArrayView(line).first(colon).compare(name, Qt::CaseInsensitive) == 0)
            return line.sliced(colon + 1).trimmed();
    }
    return {};
}

RawClient::RawClient(quint16 port)
    : m_port(port)
{
    socket.setPeerVerifyMode(QSslSocket::VerifyNone);
    QObject::connect(&socket, &QSslSocket::readyRead, &socket, [this] { input += socket.readAll(); });
}

bool RawClient::connectNow()
{
    socket.connectToHostEncrypted(u"127.0.0.1"_s, m_port);
    return QTest::qWaitFor([this] { return socket.isEncrypted(); }, 5s);
}

void RawClient::send(const QByteArray &bytes)
{
    if (socket.state() == QAbstractSocket::UnconnectedState)
        connectNow();
    socket.write(bytes);
}

Answer RawClient::answer(bool toHead)
{
    Answer answer;
    const auto ended = [this] { return socket.state() == QAbstractSocket::UnconnectedState; };
    const bool hasHead = QTest::qWaitFor([&] { return input.contains("\r\n\r\n") || ended(); }, 20s);
    const qsizetype end = input.indexOf("\r\n\r\n");
    if (!hasHead || end < 0)
        return answer;
    answer.head = input.first(end);
    input.remove(0, end + 4);
    answer.status = answer.head.mid(9, 3).toInt();
    if (toHead || answer.status == 204 || answer.status == 304 || answer.status < 200)
        return answer;
    if (answer.field("transfer-encoding") == "chunked") {
        for (;;) {
            if (!QTest::qWaitFor([&] { return input.contains("\r\n") || ended(); }, 20s) || !input.contains("\r\n"))
                return {};
            const qsizetype lineEnd = input.indexOf("\r\n");
            const qsizetype size = input.first(lineEnd).toLongLong(nullptr, 16);
            if (!QTest::qWaitFor([&] { return input.size() >= lineEnd + 4 + size || ended(); }, 20s))
                return {};
            answer.body += input.sliced(lineEnd + 2, size);
            input.remove(0, lineEnd + 4 + size);
            if (size == 0)
                return answer;
        }
    }
    const qsizetype size = answer.field("content-length").toLongLong();
    if (!QTest::qWaitFor([&] { return input.size() >= size || ended(); }, 60s))
        return {};
    answer.body = input.first(std::min(size, input.size()));
    input.remove(0, answer.body.size());
    return answer;
}

Answer RawClient::ask(const QByteArray &bytes, bool toHead)
{
    send(bytes);
    return answer(toHead);
}

bool RawClient::waitForClose()
{
    return QTest::qWaitFor([this] { return socket.state() == QAbstractSocket::UnconnectedState; }, 20s);
}

void RawClient::close() { socket.abort(); }

bool RawClient::stallAfterFirstByte()
{
    socket.setReadBufferSize(16 * 1024);
    const bool hasBegun = QTest::qWaitFor([this] { return !input.isEmpty(); }, 20s);
    socket.blockSignals(true);
    return hasBegun;
}

void RawClient::goOn()
{
    socket.blockSignals(false);
    socket.setReadBufferSize(0);
    input += socket.readAll();
}

QByteArray longText()
{
    QByteArray text;
    for (int line = 0; text.size() < 12 * 1024 * 1024; ++line)
        text += "line " + QByteArray::number(line) + '\n';
    return text;
}

Task<Response> answerLong(Request) { co_return Response::text(longText()); }

QByteArray request(const QByteArray &method, const QByteArray &path, const QByteArray &fields, const QByteArray &body)
{
    QByteArray text = method + ' ' + path + " HTTP/1.1\r\n";
    if (!fields.contains("Host:"))
        text += "Host: 127.0.0.1\r\n";
    if (!fields.contains("Authorization:"))
        text += "Authorization: Bearer " + kToken.toByteArray() + "\r\n";
    if (!body.isEmpty())
        text += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    text += fields;
    text += "\r\n";
    text += body;
    return text;
}

qint64 peakMemory()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmHWM:"))
            return line.sliced(6).trimmed().split(' ').first().toLongLong() * 1024;
    }
    return 0;
}

void resetPeakMemory()
{
    QFile file(u"/proc/self/clear_refs"_s);
    if (file.open(QIODevice::WriteOnly))
        file.write("5");
}

} // namespace agent::test
