#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

namespace agent::test {

/// An SSH server written on AsyncSSH, for what an OpenSSH server cannot show without accounts of the machine: password
/// and keyboard-interactive logins, and a record of every authentication request it got.
class PythonSshServer
{
public:
    PythonSshServer();
    ~PythonSshServer();

    [[nodiscard]] static bool isInstalled();

    /// `settings`: see sshserver.py.
    [[nodiscard]] bool start(const QJsonObject &settings);
    /// The same with hostileserver.py.
    [[nodiscard]] bool startHostile(const QJsonObject &settings);
    void stop();

    [[nodiscard]] quint16 port() const { return m_port; }
    /// What it saw, one line an event: "connection", "auth <user>", "password <outcome>", "kbdint <answers> <outcome>",
    /// ...
    [[nodiscard]] QStringList events();

private:
    bool launch(const QString &script, const QJsonObject &settings);

    QTemporaryDir m_folder;
    QProcess m_process;
    QByteArray m_output;
    quint16 m_port = 0;
};

} // namespace agent::test
