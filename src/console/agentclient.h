#pragma once

#include "console/agentlauncher.h"
#include "core/task.h"

#include <QNetworkAccessManager>
#include <QSslConfiguration>
#include <QUrl>

namespace agent::console {

/// What the agent answered; `status` 0 means there was no answer, and `failure` says why.
struct Reply
{
    int status = 0;
    QByteArray body = {};
    QString failure = {};

    [[nodiscard]] bool isSuccess() const { return status >= 200 && status < 300; }
    /// For people: the `error` of an ApiError body, else the status, else the failure.
    [[nodiscard]] QString errorText() const;
};

/// Calls the agent's API over TLS, trusting its announced certificate and nothing else.
class AgentClient
{
public:
    explicit AgentClient(Endpoint endpoint);

    /// `path` may hold a query. A body is sent as JSON and wiped afterwards.
    Task<Reply> request(QByteArray method, QString path, QByteArray body);

    [[nodiscard]] QUrl url(const QString &scheme, const QString &path) const;
    [[nodiscard]] QSslConfiguration pinnedTls() const;
    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }

private:
    const Endpoint m_endpoint;
    QNetworkAccessManager m_network;
};

} // namespace agent::console
