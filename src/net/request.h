#pragma once

#include "core/result.h"
#include "net/method.h"

#include <QHttpHeaders>
#include <QObject>
#include <QString>
#include <QUrlQuery>

#include <memory>
#include <optional>

namespace agent {

class BodyStream;

/// Tells whether the client that asked still listens. Handlers that run long hold it and stop on `gone`.
/// Lives on the main thread.
class ClientPresence : public QObject
{
    Q_OBJECT

public:
    [[nodiscard]] bool isGone() const { return m_gone; }
    /// Called once by the front door when the connection ends before the answer does.
    void markGone()
    {
        if (!std::exchange(m_gone, true))
            Q_EMIT gone();
    }

Q_SIGNALS:
    void gone();

private:
    bool m_gone = false;
};

/// One HTTP request, decoded, passed to its handler by value.
struct Request
{
    Method method = Method::Get;
    QString path;                                 ///< percent-decoded, without the query
    QList<std::pair<QByteArray, QString>> params; ///< path parameters, percent-decoded, in the route's order
    QList<std::pair<QString, QString>> query;     ///< form-decoded (`+` is a space); never to be logged
    QHttpHeaders headers;
    QByteArray body;                        ///< empty when `bodyStream` is set
    std::shared_ptr<BodyStream> bodyStream; ///< only on routes registered with Body::Streamed
    std::shared_ptr<ClientPresence> client = std::make_shared<ClientPresence>();

    /// The path parameter `name` (without the colon). The route must have it.
    [[nodiscard]] QString param(QByteArrayView name) const;
    [[nodiscard]] std::optional<QString> queryValue(QStringView name) const;
    /// Absent is empty; anything but `[0-9]+` within range is BadRequest naming the field.
    [[nodiscard]] Result<std::optional<qint64>> queryInteger(QStringView name, qint64 min, qint64 max) const;
};

} // namespace agent
