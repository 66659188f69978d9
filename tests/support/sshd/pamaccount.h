#pragma once

#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <optional>

namespace agent::test {

/// An account with a password that PAM knows, for what runs behind `prefix` only: there, in a mount namespace, the
/// files of the machine's accounts are covered by copies with one more line.
class PamAccount
{
public:
    static constexpr int kId = 54321;
    static QString name() { return QStringLiteral("netadmin"); }
    static constexpr char kPassword[] = "open sesame";

    /// @return why it is not possible here (a test skips with that); nothing when it is done
    [[nodiscard]] std::optional<QString> create();

    /// Put before the command of an sshd (`SshdServer::runIn`), makes it know the account.
    [[nodiscard]] QStringList prefix() const;
    /// Options of an sshd that asks PAM.
    [[nodiscard]] static QStringList options();
    /// Its own folder, which goes with this object.
    [[nodiscard]] QString home() const { return m_home.path(); }

private:
    void cover(const QString &path, const QByteArray &line) const;

    QTemporaryDir m_folder, m_home;
};

} // namespace agent::test
