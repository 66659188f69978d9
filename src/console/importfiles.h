#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

namespace agent::console {

/// A file to import from, by the name the agent is told.
struct ImportFile
{
    QString name;
    QByteArray bytes;
};

/// Reads what an import needs from the person's disk, up to the agent's own bounds (8 MiB, 5000 files). The agent opens
/// no file itself: this program, run by the person, is the one that may.
class ImportFiles
{
public:
    /// `home` is the person's, for `~` and for `~/.ssh`.
    explicit ImportFiles(QString home)
        : m_home(std::move(home))
    {
    }

    /// One file, or every file of a folder (PuTTY's sessions of Unix).
    [[nodiscard]] Status read(const QString &path);
    /// Adds what the patterns of an OpenSSH `Include` name, relative to `~/.ssh`. A file that cannot be read is left
    /// out. @return whether there is something new.
    [[nodiscard]] Result<bool> include(const QStringList &patterns);

    [[nodiscard]] const QList<ImportFile> &files() const { return m_files; }
    [[nodiscard]] QString home() const { return m_home; }

private:
    Status add(const QString &name, const QString &path);

    QString m_home;
    QList<ImportFile> m_files;
    qint64 m_bytes = 0;
};

} // namespace agent::console
