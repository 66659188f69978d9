#pragma once

#include <QByteArrayList>
#include <QHash>
#include <QJsonDocument>
#include <QMap>
#include <QNetworkAccessManager>
#include <QProcess>
#include <QSslCertificate>
#include <QTemporaryDir>
#include <QUrl>

#include <chrono>
#include <functional>
#include <memory>

QT_FORWARD_DECLARE_CLASS(QWebSocket)

namespace agent::test {

/// What the agent answered. `status` is 0 when there was no answer at all; `failure` then says why.
struct AgentReply
{
    int status = 0;
    QByteArray body;
    QHash<QByteArray, QByteArray> headers; ///< names in lower case
    QString failure;

    [[nodiscard]] QJsonDocument json() const { return QJsonDocument::fromJson(body); }
};

/// How to start it. The default is what the Terminal shell does (contract 01 section 7.1).
struct AgentSetup
{
    QStringList arguments = {QStringLiteral("--license-example")};
    /// Added to a small fixed environment (PATH, private HOME, LANG, sanitizer options); a null value removes.
    QMap<QString, QString> environment = {};
    bool passToken = true; ///< false: the agent makes its own and prints it
    QString home = {};     ///< empty: a private folder that goes with this object
    QString program = {};  ///< empty: the built agent
};

/// The built agent as a child process over its real wire: HTTPS and WSS with exactly its certificate pinned.
///
/// Calls wait inside a local event loop, for at most 60 s. The current test fails when the agent crashed or a
/// sanitizer reported something, at the latest in the destructor. Nothing outlives this object.
class AgentProcess
{
public:
    explicit AgentProcess(AgentSetup setup = {});
    ~AgentProcess();
    AgentProcess(const AgentProcess &) = delete;
    AgentProcess &operator=(const AgentProcess &) = delete;

    /// Starts it and waits for `NETSTACKS_PORT`. False, with `failure()`, when the agent ended or said nothing.
    [[nodiscard]] bool start();
    /// Starts it and does not wait: for runs that are meant to end at once.
    [[nodiscard]] bool launch();
    /// Waits for the end of a run. False on time-out.
    [[nodiscard]] bool waitForEnd(std::chrono::milliseconds limit = std::chrono::seconds(20));
    /// SIGTERM, then SIGKILL after 10 s (which fails the test).
    void stop();
    /// SIGKILL, as the shell does.
    void kill();

    [[nodiscard]] bool isRunning() const { return m_process.state() == QProcess::Running; }
    [[nodiscard]] int exitCode() const { return m_process.exitCode(); }
    [[nodiscard]] QProcess &process() { return m_process; }
    [[nodiscard]] QString failure() const { return m_failure; }

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QByteArray token() const { return m_token; }
    [[nodiscard]] QByteArray certificatePem() const { return m_certificatePem; }
    [[nodiscard]] QSslCertificate certificate() const { return m_certificate; }
    /// Everything printed so far, read at call time.
    [[nodiscard]] QByteArrayList outputLines();
    [[nodiscard]] QByteArray log();

    [[nodiscard]] QString home() const { return m_home; }
    [[nodiscard]] QString appConfigDir() const
    {
        return m_home + QStringLiteral("/.local/share/com.netstacks.terminal");
    }
    [[nodiscard]] QString dataDir() const { return m_home + QStringLiteral("/.local/share/netstacks"); }
    [[nodiscard]] QString databasePath() const { return dataDir() + QStringLiteral("/netstacks.db"); }

    using Headers = QList<std::pair<QByteArray, QByteArray>>;
    AgentReply get(const QString &path) { return request("GET", path); }
    AgentReply post(const QString &path, const QByteArray &json = {}) { return request("POST", path, json); }
    AgentReply put(const QString &path, const QByteArray &json) { return request("PUT", path, json); }
    AgentReply del(const QString &path) { return request("DELETE", path); }
    /// `path` may hold a query. The token and, with a body, a JSON content type are added unless `headers` names
    /// them; a header with a null value is left out (`{"Authorization", {}}` sends no token).
    AgentReply request(const QByteArray &method, const QString &path, const QByteArray &body = {},
                       const Headers &headers = {});

    /// An open WebSocket, or null with `failure()`. The token is appended unless `path` has a `token=`.
    [[nodiscard]] std::unique_ptr<QWebSocket>
    openWebSocket(const QString &path, const QByteArray &origin = {},
                  const std::function<void(QWebSocket &)> &beforeOpening = {});

    [[nodiscard]] QUrl url(const QString &scheme, const QString &path) const;

private:
    void readOutput();
    void judgeEnd();
    void fail(const QString &text);
    [[nodiscard]] QSslConfiguration pinned() const;

    AgentSetup m_setup;
    QTemporaryDir m_privateHome;
    QString m_home;
    QProcess m_process;
    QNetworkAccessManager m_network;
    QByteArray m_output;
    QByteArray m_log;
    QByteArray m_token;
    QByteArray m_certificatePem;
    QSslCertificate m_certificate;
    quint16 m_port = 0;
    bool m_killed = false;
    bool m_judged = true;
    QString m_failure;
};

} // namespace agent::test
