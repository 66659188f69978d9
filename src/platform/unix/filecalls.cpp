#include "platform/unix/filecalls.h"

#include <sys/stat.h>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

class UnixOpenedFile final : public OpenedFile
{
public:
    UnixOpenedFile(Descriptor file, QString path)
        : m_file(std::move(file))
        , m_path(std::move(path))
    {
    }

    Result<qint64> size() const override
    {
        struct stat info;
        if (::fstat(m_file.get(), &info) != 0)
            return fileError(m_path, errno);
        return qint64(info.st_size);
    }

    Result<QByteArray> read(qint64 offset, qint64 length) const override
    {
        QByteArray bytes(qsizetype(length), Qt::Uninitialized);
        qsizetype filled = 0;
        while (filled < bytes.size()) {
            const auto count = retried([&] {
                return ::pread(m_file.get(), bytes.data() + filled, std::size_t(bytes.size() - filled),
                               off_t(offset + filled));
            });
            if (count < 0)
                return fileError(m_path, errno);
            if (count == 0)
                break;
            filled += count;
        }
        bytes.truncate(filled);
        return bytes;
    }

    Status append(QByteArrayView bytes) override
    {
        const auto before = size();
        if (!before)
            return before.error();
        while (!bytes.isEmpty()) {
            const auto count = retried([&] { return ::write(m_file.get(), bytes.data(), std::size_t(bytes.size())); });
            if (count <= 0) {
                const Error failure = fileError(m_path, count < 0 ? errno : ENOSPC);
                if (const Status undone = truncate(*before); !undone)
                    return undone;
                return failure;
            }
            bytes = bytes.sliced(count);
        }
        return {};
    }

    Status truncate(qint64 size) override
    {
        if (retried([&] { return ::ftruncate(m_file.get(), off_t(size)); }) != 0)
            return fileError(m_path, errno);
        return {};
    }

private:
    Descriptor m_file;
    QString m_path;
};

} // namespace

Error fileError(const QString &path, int error)
{
    ErrorCode code = ErrorCode::Io;
    switch (error) {
    case ENOENT:
        code = ErrorCode::NotFound;
        break;
    case EEXIST:
        code = ErrorCode::Conflict;
        break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        code = ErrorCode::StorageFull;
        break;
    default:
        break;
    }
    const QString text = qt_error_string(error);
    return {.code = code, .message = u"'%1': %2"_s.arg(path, text)};
}

int writeAll(int fd, QByteArrayView bytes, off_t offset)
{
    while (!bytes.isEmpty()) {
        const auto count = retried([&] { return ::pwrite(fd, bytes.data(), std::size_t(bytes.size()), offset); });
        if (count <= 0)
            return count < 0 ? errno : ENOSPC;
        bytes = bytes.sliced(count);
        offset += count;
    }
    return 0;
}

std::unique_ptr<OpenedFile> openedFile(Descriptor file, QString path)
{
    return std::make_unique<UnixOpenedFile>(std::move(file), std::move(path));
}

} // namespace agent
