#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace agent::test {

/// A real OpenSSH server on a loopback port of its own, with its own keys and configuration in a temporary folder.
/// It runs in the foreground as the current user and lets that user in with the keys of `addClientKey`. The shell is
/// a plain `/bin/sh` with the prompt `$ `; commands run in one too.
class SshdServer
{
public:
    SshdServer();
    ~SshdServer();

    [[nodiscard]] static bool isInstalled();
    [[nodiscard]] static QString currentUser();

    /// `options` are lines of sshd_config that take precedence over ours.
    [[nodiscard]] bool start(const QStringList &options = {});
    /// Starts it again after a `stop`, on the port it had.
    [[nodiscard]] bool resume(const QStringList &options = {});
    /// From the next start on it listens on `address`, run by `prefix` (a program that goes into a network namespace
    /// and then becomes its arguments).
    void runIn(const QStringList &prefix, const QString &address);
    void stop();
    /// Suspends and continues the listener and all its sessions.
    void signalAll(int signal);
    /// The processes that serve a connection, the listener not counted.
    [[nodiscard]] QList<qint64> sessionProcesses() const;

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QString folder() const { return m_folder.path(); }
    /// Everything sshd has logged so far.
    [[nodiscard]] QByteArray log();

    /// Makes a key pair with ssh-keygen (`arguments`: "-t", "rsa", ...), lets it in, and returns the private key's
    /// path.
    QString addClientKey(const QStringList &arguments);
    /// The public host key of `type` ("ed25519", "rsa", "ecdsa") as `<type> <base64>`, and its SHA256 fingerprint.
    [[nodiscard]] QByteArray hostKey(const QString &type) const;
    [[nodiscard]] QByteArray hostKeyFingerprint(const QString &type) const;
    /// New host keys; takes effect with the next start.
    void makeHostKeys();

private:
    bool tryStart(quint16 port, const QStringList &options);

    QStringList m_prefix;
    QString m_address = QStringLiteral("127.0.0.1");
    QTemporaryDir m_folder;
    QProcess m_process;
    QByteArray m_log;
    quint16 m_port = 0;
    int m_keys = 0;
};

/// Has the process killed when this one ends without having stopped it (a test's watchdog).
void endWithThisProcess(QProcess &process);
/// The processes below `pid`, at any depth.
[[nodiscard]] QList<qint64> childrenOf(qint64 pid);
/// Runs a program to its end. @return its output, or nothing when it failed
[[nodiscard]] std::optional<QByteArray> run(const QString &program, const QStringList &arguments);

} // namespace agent::test
