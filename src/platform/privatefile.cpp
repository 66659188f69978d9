#include "platform/privatefile.h"

#include "core/secret.h"

#include <QFile>

#include <filesystem>
#include <system_error>

#ifdef Q_OS_UNIX // Qt has no face for flushing one file to the disk
#include <unistd.h>
#endif

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Error fileError(const QString &path, const QFile &file)
{
    const ErrorCode code = file.error() == QFileDevice::ResourceError ? ErrorCode::StorageFull : ErrorCode::Io;
    return {.code = code, .message = u"cannot write "_s + path + u": "_s + file.errorString()};
}

bool flushToDisk(QFile &file)
{
#ifdef Q_OS_UNIX
    return file.flush() && ::fsync(file.handle()) == 0;
#else
    return file.flush();
#endif
}

} // namespace

Status writePrivateFile(const QString &path, QByteArrayView bytes, Durable durable)
{
    const QString temporary = path + u'.' + QString::fromLatin1(randomBytes(8).toHex()) + u".tmp"_s;
    QFile file(temporary);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly | QIODevice::Unbuffered,
                   QFileDevice::ReadOwner | QFileDevice::WriteOwner))
        return fileError(path, file);
    const bool written = file.write(bytes.data(), bytes.size()) == bytes.size();
    if (!written || (durable == Durable::Yes && !flushToDisk(file))) {
        const Error error = fileError(path, file);
        file.remove();
        return error;
    }
    file.close();

    std::error_code failure; // QFile::rename refuses to replace; this one replaces in one step on every system
    std::filesystem::rename(temporary.toStdU16String(), path.toStdU16String(), failure);
    if (failure) {
        file.remove();
        return Error{.code = ErrorCode::Io,
                     .message = u"cannot replace "_s + path + u": "_s + QString::fromStdString(failure.message())};
    }
    return {};
}

Result<QByteArray> readSmallFile(const QString &path, qint64 limit)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        const ErrorCode code = file.exists() ? ErrorCode::Io : ErrorCode::NotFound;
        return Error{.code = code, .message = u"cannot read "_s + path + u": "_s + file.errorString()};
    }
    QByteArray bytes = file.read(limit + 1);
    if (file.error() != QFileDevice::NoError)
        return Error{.code = ErrorCode::Io, .message = u"cannot read "_s + path + u": "_s + file.errorString()};
    if (bytes.size() > limit)
        return Error{.code = ErrorCode::TooLarge,
                     .message = path + u" is larger than "_s + QString::number(limit) + u" bytes"_s};
    return bytes;
}

} // namespace agent
