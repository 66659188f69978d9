#pragma once

#include "core/result.h"
#include "platform/confinedfolder.h"
#include "recordings/recording.h"

#include <QCache>

namespace agent {

/// An opened recording, as long as it was then.
struct Playback
{
    std::shared_ptr<const OpenedFile> file;
    qint64 size = 0;
    QByteArray tail; ///< what is missing for a player
};

/// The files of recordings, asciicast version 2 (contract 03 section 12), in one folder. A path, also one that the
/// database holds, is followed only inside it. All but `open` belong to one thread, which may block on the disk.
class RecordingFiles
{
public:
    static constexpr qint64 kMaxFileSize = qint64(2) * 1024 * 1024 * 1024; ///< one that is forgotten ends here

    explicit RecordingFiles(QString folder)
        : m_folder(std::move(folder))
    {
    }

    /// A new file with its header and an empty first event: a file of one JSON value would reach the client parsed.
    /// @return its path
    [[nodiscard]] Result<QString> create(const Recording &recording);
    /// Adds event lines: all or none. Lines that the client sends again, because the answer to its last call did not
    /// reach it, are not doubled; what a crash left of a line is taken away first.
    [[nodiscard]] Status append(const QString &path, const QByteArray &lines);
    /// A file that is not there, or not ours, is no failure.
    [[nodiscard]] Status remove(const QString &path);
    /// Any thread. @return NotFound, InvalidPath, Io
    [[nodiscard]] Result<Playback> open(const QString &path) const;

private:
    /// The last lines that were added to a file, to be known again.
    struct LastLines
    {
        qint64 end = 0; ///< the file's size afterwards
        qsizetype size = 0;
        QByteArray digest;
    };
    [[nodiscard]] qsizetype sizeOfRepetition(const QString &path, qint64 end, const QByteArray &lines) const;

    ConfinedFolder m_folder;
    QCache<QString, LastLines> m_last{256}; ///< terminals that are recorded at a time
};

} // namespace agent
