#include "console/agentclient.h"

#include "core/secret.h"

#include <QCoroNetworkReply>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkReply>

namespace agent::console {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kTransferLimit = 60s; // no progress for that long: give up

} // namespace

QString Reply::errorText() const
{
    const QString text = QJsonDocument::fromJson(body).object()["error"_L1].toString();
    if (!text.isEmpty())
        return text;
    return status != 0 ? u"HTTP status %1"_s.arg(status) : failure;
}

AgentClient::AgentClient(Endpoint endpoint)
    : m_endpoint(std::move(endpoint))
{
}

QUrl AgentClient::url(const QString &scheme, const QString &path) const
{
    return QUrl(scheme + u"://127.0.0.1:"_s + QString::number(m_endpoint.port) + path, QUrl::StrictMode);
}

QSslConfiguration AgentClient::pinnedTls() const
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setCaCertificates({m_endpoint.certificate});
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    return configuration;
}

Task<Reply> AgentClient::request(QByteArray method, QString path, QByteArray body)
{
    QNetworkRequest request(url(u"https"_s, path));
    if (!request.url().isValid())
        co_return Reply{.failure = u"'"_s + path + u"' is not a valid path"_s};
    request.setSslConfiguration(pinnedTls());
    request.setTransferTimeout(kTransferLimit);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setRawHeader("Authorization", "Bearer " + m_endpoint.token);
    if (!body.isEmpty())
        request.setRawHeader("Content-Type", "application/json");

    const std::unique_ptr<QNetworkReply> reply(
        body.isEmpty() ? m_network.sendCustomRequest(request, method) // no Content-Length on a GET
                       : m_network.sendCustomRequest(request, method, body));
    // Trust in the one certificate must not become trust in what it might have signed.
    QObject::connect(reply.get(), &QNetworkReply::encrypted, reply.get(),
                     [raw = reply.get(), pinned = m_endpoint.certificate] {
                         if (raw->sslConfiguration().peerCertificate() != pinned)
                             raw->abort();
                     });
    co_await reply.get();
    wipe(body);

    Reply answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.body = reply->readAll();
    if (answer.status == 0)
        answer.failure = reply->errorString();
    co_return answer;
}

} // namespace agent::console
