#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

namespace agent::test {

/// A web server in Python on a port of loopback (see webserver.py for its paths), with a record of what it was asked.
class WebServer
{
public:
    enum class Scheme { Http, Https }; ///< Https: with a self-signed certificate

    explicit WebServer(Scheme scheme = Scheme::Http);
    ~WebServer();

    [[nodiscard]] quint16 port() const { return m_port; }
    /// "https://127.0.0.1:1234", and the path.
    [[nodiscard]] QByteArray url(const QByteArray &path = {}, const QByteArray &host = "127.0.0.1") const;

    /// Requests so far, for `path` alone when it is given.
    [[nodiscard]] QList<QJsonObject> requests(const QString &path = {});
    /// Endless answers that ended because the client went.
    [[nodiscard]] QList<QJsonObject> ended();
    /// As a machine dies: no goodbye.
    void kill();

    static constexpr auto kUser = "admin", kPassword = "pa55word-of-the-server";

private:
    void readEvents();

    Scheme m_scheme;
    QTemporaryDir m_folder;
    QProcess m_process;
    QByteArray m_unread;
    QList<QJsonObject> m_events;
    quint16 m_port = 0;
};

/// The value of the header `name` (lower case) of a recorded request, or a null string.
[[nodiscard]] QString headerOf(const QJsonObject &request, const QString &name);

} // namespace agent::test
