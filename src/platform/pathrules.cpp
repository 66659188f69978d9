#include "platform/pathrules.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxPathBytes = 4096; ///< what common systems take

bool isWithin(QByteArrayView path, QByteArrayView folder)
{
    if (folder == "/")
        return path.startsWith('/');
    return path.startsWith(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// The file itself, what is named after it, and what would lie in it if it were a folder.
bool isOfFamily(QByteArrayView path, QByteArrayView file)
{
    if (!path.startsWith(file))
        return false;
    return path.size() == file.size() || QByteArrayView("-./").contains(path[file.size()]);
}

Error refused(const QString &why) { return {.code = ErrorCode::InvalidPath, .message = why}; }

} // namespace

bool PathRules::deny(QByteArrayView path) const
{
    return std::ranges::any_of(trees, [&](const QByteArray &tree) { return isWithin(path, tree); }) ||
           std::ranges::any_of(prefixes, [&](const QByteArray &prefix) { return path.startsWith(prefix); }) ||
           std::ranges::any_of(families, [&](const QByteArray &file) { return isOfFamily(path, file); });
}

bool PathRules::denyWithin(QByteArrayView folder) const
{
    const auto holds = [&](const QByteArrayList &places) {
        return std::ranges::any_of(places, [&](const QByteArray &place) { return isWithin(place, folder); });
    };
    return deny(folder) || holds(trees) || holds(prefixes) || holds(families);
}

Result<QByteArrayList> namesOfPath(const QString &path)
{
    if (!path.startsWith(u'/'))
        return refused(u"the path must be absolute"_s);
    if (path.size() > kMaxPathBytes)
        return refused(u"the path is too long"_s);
    const QByteArray bytes = path.toUtf8();
    if (bytes.size() > kMaxPathBytes)
        return refused(u"the path is too long"_s);
    if (bytes.contains('\0'))
        return refused(u"the path must not contain NUL"_s);
    QByteArrayList names = splitPath(bytes);
    if (names.contains(".."))
        return refused(u"the path must not contain '..'"_s);
    return names;
}

QByteArrayList splitPath(QByteArrayView text)
{
    QByteArrayList names;
    while (!text.isEmpty()) {
        const qsizetype slash = text.indexOf('/');
        const QByteArrayView name = slash < 0 ? text : text.first(slash);
        text = slash < 0 ? QByteArrayView() : text.sliced(slash + 1);
        if (!name.isEmpty() && name != ".")
            names.append(name.toByteArray());
    }
    return names;
}

} // namespace agent
