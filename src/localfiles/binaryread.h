#pragma once

#include "core/result.h"
#include "net/response.h"
#include "platform/openedfile.h"

#include <QString>

#include <memory>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

/// A file on its way to a client as a text in base64: encoded piece by piece, as fast as the client takes it, so that
/// it is never in memory as a whole.
class BinaryRead
{
public:
    /// Blocks. @return TooLarge above `maxSize`, Io
    static Result<BinaryRead> of(std::shared_ptr<const OpenedFile> file, const QString &path, qint64 maxSize);

    [[nodiscard]] qint64 size() const { return m_size; }
    /// `answer`: the JSON to send, with an empty text as its first, which the file takes the place of. `readers`
    /// outlives the front door.
    [[nodiscard]] Response response(const QByteArray &answer, QThreadPool &readers) const;

private:
    std::shared_ptr<const OpenedFile> m_file;
    qint64 m_size = 0;
};

} // namespace agent
