#include "sftp/filepath.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

QString joinedPath(const QString &folder, const QString &name)
{
    qsizetype end = folder.size();
    while (end > 0 && folder[end - 1] == u'/')
        --end;
    return folder.first(end) + u'/' + name;
}

QString lastComponent(const QString &path)
{
    const auto parts = QStringView(path).split(u'/', Qt::SkipEmptyParts);
    return parts.isEmpty() ? path : parts.last().toString();
}

QString folderPart(const QString &path) { return path.first(path.lastIndexOf(u'/') + 1); }

Result<QString> removablePath(const QString &path)
{
    qsizetype end = path.size();
    while (end > 0 && path[end - 1] == u'/')
        --end;
    const QString plain = path.first(end);
    const QString last = plain.sliced(plain.lastIndexOf(u'/') + 1);
    const bool isDeviceRoot = plain.endsWith(u':') && !plain.contains(u'/');
    if (plain.isEmpty() || isDeviceRoot || last == "."_L1 || last == ".."_L1)
        return Error{ErrorCode::Validation, u"'%1' is not removed: it is a root, or no name of its own"_s.arg(path),
                     u"path"_s};
    return plain;
}

QByteArray attachmentHeader(const QString &path)
{
    const auto parts = QStringView(path).split(u'/', Qt::SkipEmptyParts);
    const QString name = parts.isEmpty() ? u"download"_s : parts.last().toString();
    QByteArray ascii;
    for (const char32_t c : name.toUcs4()) {
        const bool isPlain = c >= 0x20 && c <= 0x7e && c != U'"' && c != U'\\';
        ascii += isPlain ? char(c) : '_';
    }
    if (ascii.trimmed().isEmpty())
        ascii = "download";
    return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + name.toUtf8().toPercentEncoding();
}

} // namespace agent
