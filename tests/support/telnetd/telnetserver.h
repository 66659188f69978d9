#pragma once

#include <QList>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

namespace agent::test {

/// A Telnet server of the distribution on a loopback port, behind a login of its own: user `alice`, password `s3cret`,
/// then a shell with the prompt `dev$ `. scripts/setup unpacks the programs.
class TelnetServer
{
public:
    enum class Kind {
        Inetutils, ///< GNU: asks for the environment, agrees on BINARY
        Netkit,    ///< the BSD line, with START_TLS; always NVT
    };

    explicit TelnetServer(Kind kind);
    ~TelnetServer();

    [[nodiscard]] static bool isInstalled(Kind kind);
    [[nodiscard]] bool start();
    void stop();

    [[nodiscard]] quint16 port() const { return m_port; }
    /// One for each connection that came in, also when it has ended.
    [[nodiscard]] QList<qint64> processes();
    [[nodiscard]] static bool isRunning(qint64 pid);

private:
    bool readLine(QByteArray &line);

    const Kind m_kind;
    QTemporaryDir m_folder;
    QProcess m_process;
    QList<qint64> m_processes;
    quint16 m_port = 0;
};

} // namespace agent::test
