#include "lookups/whoisclient.h"

#include "core/async.h"
#include "lookups/lookupquery.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QSet>
#include <QTcpSocket>
#include <QTimer>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// One question to one server. Deletes itself when it has delivered.
class Exchange : public QObject
{
public:
    using Deliver = std::function<void(Result<QByteArray>)>;

    Exchange(const whoistext::Referral &server, QByteArray query, std::chrono::milliseconds limit, qsizetype maxBytes,
             Deliver deliver)
        : QObject(QCoreApplication::instance()) // which ends it when nobody waits any more
        , m_server(server.host)
        , m_maxBytes(maxBytes)
        , m_deliver(std::move(deliver))
    {
        connect(&m_socket, &QTcpSocket::connected, this, [this, query = std::move(query)] { m_socket.write(query); });
        connect(&m_socket, &QTcpSocket::readyRead, this, &Exchange::read);
        connect(&m_socket, &QTcpSocket::errorOccurred, this, [this] {
            read();
            finish(m_socket.errorString());
        });
        QTimer::singleShot(limit, this, [this] { finish(u"no answer in time"_s); });
        m_socket.connectToHost(server.host, server.port);
    }

private:
    void read()
    {
        m_text += m_socket.read(m_maxBytes - m_text.size());
        if (m_text.size() >= m_maxBytes)
            finish({});
    }

    void finish(const QString &reason)
    {
        if (!m_deliver)
            return;
        const auto deliver = std::exchange(m_deliver, {});
        m_socket.disconnect(this);
        m_socket.abort();
        if (m_text.isEmpty())
            deliver(Error{ErrorCode::ConnectionFailed, u"%1: %2"_s.arg(m_server, reason)});
        else
            deliver(m_text); // a server that closes has said all; one that is slow, what it could
        deleteLater();
    }

    QString m_server;
    qsizetype m_maxBytes;
    Deliver m_deliver;
    QTcpSocket m_socket;
    QByteArray m_text;
};

/// ARIN answers with a list of matches unless it is told what is asked for.
QByteArray lineFor(const QString &host, const QString &query)
{
    QString line = query;
    if (host == "whois.arin.net"_L1) {
        const auto judged = LookupQuery::of(query);
        if (judged && judged->address)
            line.prepend("n + "_L1);
        else if (query.startsWith("AS"_L1))
            line = "a + "_L1 + query.sliced(2);
    }
    return line.toLatin1() + "\r\n";
}

Task<Result<QString>> follow(WhoisClient::Options options, QString query)
{
    const QDeadlineTimer deadline(options.limit);
    whoistext::Referral server{options.root, options.port};
    QSet<QString> asked;
    Result<QString> last = Error{ErrorCode::ConnectionFailed, u"no WHOIS server answered"_s};
    for (int step = 0; step <= options.maxReferrals; ++step) {
        const auto remaining = std::min(options.stepLimit, std::chrono::milliseconds(deadline.remainingTime()));
        if (remaining.count() <= 0)
            break;
        asked.insert(server.host + u':' + QString::number(server.port));
        Delivery<Result<QByteArray>> delivery;
        new Exchange(server, lineFor(server.host, query), remaining, options.maxBytes, delivery.deliverer());
        const Result<QByteArray> answer = co_await delivery;
        if (!answer) {
            if (!last)
                last = answer.error();
            break; // what a server before it said stands
        }
        last = whoistext::decoded(*answer);
        const auto next = whoistext::referralOf(*last);
        if (!next || !options.mayFollow(*next) || asked.contains(next->host + u':' + QString::number(next->port)))
            break;
        server = *next;
    }
    Result<QString> result = last;
    co_return result;
}

Task<Result<std::optional<AsnAnswer>>> askOrigin(WhoisClient::Options options, QString address)
{
    Delivery<Result<QByteArray>> delivery;
    new Exchange({options.origins, options.port}, address.toLatin1() + "\r\n", options.stepLimit, options.maxBytes,
                 delivery.deliverer());
    const Result<QByteArray> answer = co_await delivery;
    if (!answer)
        co_return answer.error();
    co_return whoistext::cymruOriginOf(whoistext::decoded(*answer));
}

} // namespace

WhoisClient::WhoisClient(Options options)
    : m_options(std::move(options))
{
}

Task<Result<QString>> WhoisClient::ask(QString query) const { return follow(m_options, std::move(query)); }

Task<Result<std::optional<AsnAnswer>>> WhoisClient::originOf(QString address) const
{
    return askOrigin(m_options, std::move(address));
}

bool WhoisClient::isPublicServer(const whoistext::Referral &server)
{
    const auto name = LookupQuery::of(server.host);
    return server.port == 43 && name && !name->address && name->text.contains(u'.');
}

} // namespace agent
