#include "console/importfiles.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

#include <glob.h>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxBytes = 8 * 1024 * 1024;
constexpr qsizetype kMaxFiles = 5000;

Error unreadable(const QString &path, const QString &why)
{
    return {.code = ErrorCode::Io, .message = u"cannot read "_s + path + u": "_s + why};
}

QStringList matchingPaths(const QString &pattern)
{
    QStringList paths;
    glob_t found{};
    if (::glob(QFile::encodeName(pattern).constData(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc && paths.size() < kMaxFiles; ++i)
            paths.append(QFile::decodeName(found.gl_pathv[i]));
    }
    ::globfree(&found);
    return paths;
}

} // namespace

Status ImportFiles::read(const QString &path)
{
    const QFileInfo info(path);
    if (!info.isDir())
        return add(path, path);
    for (const QString &name : QDir(path).entryList(QDir::Files, QDir::Name)) {
        if (Status added = add(name, QDir(path).filePath(name)); !added)
            return added;
    }
    return m_files.isEmpty() ? Status(unreadable(path, u"the folder is empty"_s)) : Status();
}

Result<bool> ImportFiles::include(const QStringList &patterns)
{
    bool isNew = false;
    for (const QString &pattern : patterns) {
        // The agent matches names as they are written in the configuration.
        QString written, real;
        if (pattern.startsWith("~/"_L1)) {
            written = u"~"_s;
            real = m_home;
        } else if (!pattern.startsWith(u'/') && !pattern.startsWith(u'~')) {
            real = m_home + u"/.ssh/"_s;
        }
        for (const QString &path : matchingPaths(real + pattern.sliced(written.size()))) {
            const QString name = written + path.sliced(real.size());
            if (std::ranges::any_of(m_files, [&](const ImportFile &file) { return file.name == name; }))
                continue;
            const QFileInfo info(path);
            if (!info.isFile() || !info.isReadable())
                continue;
            if (Status added = add(name, path); !added)
                return added.error();
            isNew = true;
        }
    }
    return isNew;
}

Status ImportFiles::add(const QString &name, const QString &path)
{
    if (!QFileInfo(path).isFile())
        return unreadable(path, QFileInfo::exists(path) ? u"it is no file"_s : u"there is no such file"_s);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return unreadable(path, file.errorString());
    const QByteArray bytes = file.read(kMaxBytes - m_bytes + 1);
    m_bytes += bytes.size();
    if (m_bytes > kMaxBytes || m_files.size() >= kMaxFiles)
        return unreadable(path, u"an import reads at most 8 MiB in 5000 files"_s);
    m_files.append({name, bytes});
    return {};
}

} // namespace agent::console
