#include "platform/confinedpath.h"

#include "platform/confinedfolder.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxPathBytes = 4096; ///< what common systems take
constexpr qsizetype kMaxNameBytes = 255;
constexpr qsizetype kMaxDepth = 32;

Error refused(const QString &why) { return {.code = ErrorCode::InvalidPath, .message = why, .field = u"path"_s}; }

bool isControl(QChar c) { return c.unicode() < 0x20 || c.unicode() == 0x7f; }

} // namespace

Result<QStringList> namesBeneath(const QStringList &roots, const QString &path)
{
    if (path.size() > kMaxPathBytes || path.toUtf8().size() > kMaxPathBytes)
        return refused(u"the path is too long"_s);
    if (std::ranges::any_of(path, isControl))
        return refused(u"the path has a control character"_s);
    const auto root = std::ranges::find_if(roots, [&](const QString &root) {
        return path.size() > root.size() + 1 && path.startsWith(root) && path[root.size()] == u'/';
    });
    if (root == roots.end())
        return refused(u"the path is outside the folder"_s);
    const QStringList names = path.sliced(root->size() + 1).split(u'/');
    if (names.size() > kMaxDepth)
        return refused(u"the path is too deep"_s);
    for (const QString &name : names) {
        if (name.isEmpty() || name == "."_L1 || name == ".."_L1)
            return refused(u"the path must not have empty, '.' or '..' parts"_s);
        if (name.contains(u'\\'))
            return refused(u"the path has a backslash"_s); // separates on Windows
        if (name.toUtf8().size() > kMaxNameBytes)
            return refused(u"a name in the path is too long"_s);
    }
    return names;
}

Error withoutAbsence(Error error)
{
    if (error.code == ErrorCode::NotFound || error.code == ErrorCode::Conflict)
        error.code = ErrorCode::Io;
    return error;
}

QString asFileNamePart(QStringView text, qsizetype maxLength)
{
    QString part = text.first(std::min(text.size(), maxLength)).toString();
    for (QChar &c : part) {
        const char16_t u = c.unicode();
        const bool isPlain = (u >= u'a' && u <= u'z') || (u >= u'A' && u <= u'Z') || (u >= u'0' && u <= u'9') ||
                             u == u'.' || u == u'_' || u == u'-';
        if (!isPlain)
            c = u'_';
    }
    return part.isEmpty() ? u"_"_s : part;
}

} // namespace agent
