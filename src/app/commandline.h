#pragma once

#include <QHostAddress>
#include <QStringList>

namespace agent {

/// What the arguments ask for (contract 01 section 1). Words are matched exactly, anywhere; values stand in the next
/// word; unknown words are ignored; what cannot be read counts as not given.
struct CommandLine
{
    enum class Mode {
        Version,       ///< print it, exit 0
        Help,          ///< print it, exit 0
        Refuse,        ///< launched by hand: print a notice, touch nothing, exit 0
        InitTls,       ///< make or load the certificate, write the trust flag, exit
        PrintOpenApi,  ///< print the API description, exit
        RestoreBackup, ///< put `backup` in the database's place at the next start, exit
        Run,
    };

    Mode mode = Mode::Refuse;
    QString backup;      ///< of RestoreBackup; empty when the path is missing
    bool remote = false; ///< serves a remote workspace
    quint16 port = 0;    ///< 0: the system picks
    QHostAddress address = QHostAddress(QHostAddress::LocalHost);

    /// `words` without the program's name; `standalone` is NETSTACKS_STANDALONE=1, which satisfies the launch gate.
    static CommandLine parse(const QStringList &words, bool standalone);

    // What the first three modes print; each ends in a newline.
    static QByteArray versionText();
    static QByteArray helpText();
    static QByteArray refusalText();
};

} // namespace agent
