#pragma once

#include "core/result.h"
#include "core/task.h"
#include "sftp/fileentry.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <memory>
#include <optional>

namespace agent {

class BodyStream;
class ClientPresence;

/// A file being read, from its beginning to its end. Main thread.
class FileSource
{
public:
    virtual ~FileSource() = default;
    /// What has to come for the file to be whole; nothing: as much as there is.
    [[nodiscard]] virtual std::optional<qint64> size() const = 0;
    /// The next bytes; empty at the end. Never called again after an error or the end.
    [[nodiscard]] virtual Task<Result<QByteArray>> next() = 0;
};

/// What is to be written.
struct FileContent
{
    std::shared_ptr<BodyStream> body;
    std::optional<qint64> size = {}; ///< when it is known beforehand
};

enum class FileKind { File, Folder };

/// The files of one device, whichever protocol carries them. Paths are the device's, taken as they are. Main thread;
/// lives at least as long as each of its calls.
class FileTransport
{
public:
    virtual ~FileTransport() = default;

    [[nodiscard]] virtual Task<std::optional<QString>> homeFolder() = 0;
    /// Without `.` and `..`, in no order. What a link leads to is what counts.
    [[nodiscard]] virtual Task<Result<QList<FileEntry>>> list(QString path) = 0;
    /// Follows links.
    [[nodiscard]] virtual Task<Result<FileEntry>> stat(QString path) = 0;
    /// Opens it and waits for the first bytes, so that most failures are told here.
    [[nodiscard]] virtual Task<Result<std::shared_ptr<FileSource>>> read(QString path) = 0;
    /// Replaces the file as a whole where the device can; else see the implementation. What was begun and does not come
    /// to its end leaves nothing behind.
    [[nodiscard]] virtual Task<Status> write(QString path, FileContent content) = 0;
    [[nodiscard]] virtual Task<Status> makeFolder(QString path) = 0;
    [[nodiscard]] virtual Task<Status> rename(QString from, QString to) = 0;
    /// A link is removed itself; a folder with all that is in it, for as long as `client` listens.
    [[nodiscard]] virtual Task<Status> remove(QString path, FileKind kind, std::shared_ptr<ClientPresence> client) = 0;

    /// The connection is gone.
    [[nodiscard]] virtual bool isOver() const = 0;
    virtual void close() = 0;

    /// Parts of files that uploads have left on the device because the connection broke under them, for the next
    /// connection to remove.
    [[nodiscard]] virtual QList<QByteArray> takeLeftovers() { return {}; }
    [[nodiscard]] virtual Task<> removeLeftovers(QList<QByteArray>) { co_return; }
};

} // namespace agent
