#include "storage/files.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cstdio>
#include <filesystem>

#ifdef Q_OS_UNIX // Durability has no portable call; Windows flushes with its own.
#include <fcntl.h>
#include <unistd.h>
#else
#include <io.h>
#endif

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kOwnerFile = QFile::ReadOwner | QFile::WriteOwner;
constexpr auto kOwnerFolder = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;

std::filesystem::path native(const QString &path) { return QFileInfo(path).filesystemAbsoluteFilePath(); }

} // namespace

Status createPrivateFile(const QString &path)
{
    if (QFileInfo::exists(path))
        return {};
    QFile file(path);
    // NewOnly: a file that appeared meanwhile is somebody's, and is left alone.
    if (file.open(QIODevice::WriteOnly | QIODevice::NewOnly, kOwnerFile) || QFileInfo::exists(path))
        return {};
    return Error{ErrorCode::Io, u"cannot create '%1': %2"_s.arg(path, file.errorString())};
}

Status createPrivateFolder(const QString &path)
{
    const QFileInfo info(path);
    if (info.isDir())
        return {};
    if (info.exists())
        return Error{ErrorCode::Io, u"'%1' is in the way: it is not a folder"_s.arg(path)};
    const QString parent = info.absolutePath();
    if (parent != info.absoluteFilePath()) {
        if (Status made = createPrivateFolder(parent); !made)
            return made;
    }
    if (!QDir(parent).mkdir(info.fileName(), kOwnerFolder) && !info.isDir())
        return Error{ErrorCode::Io, u"cannot create the folder '%1'"_s.arg(path)};
    return {};
}

void makeFilePrivate(const QString &path)
{
    if (QFileInfo::exists(path))
        QFile::setPermissions(path, kOwnerFile);
}

Status syncToDisk(const QString &path)
{
#ifdef Q_OS_UNIX
    for (const QString &target : {path, QFileInfo(path).absolutePath()}) {
        const int descriptor = ::open(QFile::encodeName(target).constData(), O_RDONLY | O_CLOEXEC);
        const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
        if (descriptor >= 0)
            ::close(descriptor);
        if (!synced)
            return Error{ErrorCode::Io, u"cannot write '%1' to the disk: %2"_s.arg(target, qt_error_string())};
    }
#else
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || ::_commit(file.handle()) != 0)
        return Error{ErrorCode::Io, u"cannot write '%1' to the disk: %2"_s.arg(path, file.errorString())};
#endif
    return {};
}

Status replaceFile(const QString &from, const QString &to)
{
    std::error_code failure;
    std::filesystem::rename(native(from), native(to), failure);
    if (failure) {
        return Error{ErrorCode::Io, u"cannot move '%1' to '%2': %3"_s.arg(
                                        from, to, QString::fromLocal8Bit(failure.message().c_str()))};
    }
    return syncToDisk(to);
}

} // namespace agent
