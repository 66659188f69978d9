#pragma once

#include <QByteArray>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

namespace agent::test {

/// A real Dropbear server, the SSH of small devices, on a loopback port of its own. It lets the current user in with
/// `clientKey` (Ed25519) or `rsaClientKey`, into a plain `/bin/sh` with the prompt `$ `.
///
/// Dropbear wants every folder above its authorized_keys to be writable by its owner only, which /tmp is not: the
/// temporary folder is made in the folder that the test runs in.
class DropbearServer
{
public:
    DropbearServer();
    ~DropbearServer();

    [[nodiscard]] static bool isInstalled();

    /// `hostKeyTypes` of "ed25519", "rsa", "ecdsa": a key for each is made and shown; `options` are more arguments.
    [[nodiscard]] bool start(const QStringList &hostKeyTypes, const QStringList &options = {});
    void stop();

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QString clientKey() const { return m_folder.filePath(QStringLiteral("client_ed25519")); }
    [[nodiscard]] QString rsaClientKey() const { return m_folder.filePath(QStringLiteral("client_rsa")); }
    [[nodiscard]] QByteArray log();

private:
    bool tryStart(const QStringList &hostKeyTypes, const QStringList &options);

    QTemporaryDir m_folder;
    QProcess m_process;
    QByteArray m_log;
    quint16 m_port = 0;
};

} // namespace agent::test
