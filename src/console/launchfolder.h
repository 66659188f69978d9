#pragma once

#include "core/result.h"

#include <QMap>
#include <QString>
#include <QTemporaryDir>

namespace agent::console {

/// The home of whoever runs this program, which is not the agent's.
[[nodiscard]] QString personsHome();

/// The private folder an agent is launched in, so that it never touches a user's real data.
///
/// The agent takes its folders from HOME (contract 01 section 3), so HOME is `<folder>/home`, or the folder named by
/// `--data-dir`. Three things follow from that and are put right here:
/// - The local shell would inherit the private HOME. Its SHELL is therefore a two-line script that sets the person's
///   own HOME and SHELL again and becomes their login shell there.
/// - SSH host keys live in `$HOME/.ssh/known_hosts`. A private home that has none yet starts with a copy of the
///   person's, so a key that changed is refused. Newly seen keys stay in the private home.
/// - A Terminal UI is found at `../frontend/dist` from the working directory (contract 01 section 17), which is
///   `<folder>/run` beside a link to the UI.
///
/// The folder is mode 0700 and removed with this object; a `--data-dir` stays.
class LaunchFolder
{
public:
    LaunchFolder();

    Status prepare(const QString &dataDir, const QString &frontendDir);
    /// Writes a 0600 file into the folder. @return its path.
    [[nodiscard]] Result<QString> writeFile(const QString &name, const QByteArray &content) const;

    [[nodiscard]] QString workingDir() const { return m_folder.filePath(QStringLiteral("run")); }
    [[nodiscard]] QMap<QString, QString> environment() const;

private:
    Status writeShell();
    Status copyKnownHosts() const;

    QTemporaryDir m_folder;
    QString m_home;
    QString m_shell;
};

} // namespace agent::console
