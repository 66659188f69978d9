// Paths of clients, and canonical paths that are judged: no spelling of a denied place is allowed, and nothing that
// holds one may be removed.

#include "platform/pathrules.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// What the standard library makes of it.
QByteArray normalOf(const QByteArray &path)
{
    std::string text = path.toStdString();
    text.erase(0, std::min(text.find_first_not_of('/'), text.size()));
    std::string normal = std::filesystem::path('/' + text).lexically_normal().string(); // of several it makes no one
    if (normal.size() > 1 && normal.ends_with('/'))
        normal.pop_back();
    return QByteArray::fromStdString(normal);
}

bool isBelow(const QString &path, const QString &folder) { return path == folder || path.startsWith(folder + u'/'); }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const PathRules rules{.trees = {"/proc", "/h/.ssh"}, .prefixes = {"/etc/passwd"}, .families = {"/h/db"}};
    const auto names = namesOfPath(text);
    if (!names) {
        // What is left to refuse is not an accepted path in another spelling.
        require(!text.startsWith(u'/') || text.contains(u'\0') || text.toUtf8().size() > 4096 ||
                QString(text + u'/').contains("/../"_L1));
        return 0;
    }
    for (const QByteArray &name : *names)
        require(!name.isEmpty() && name != "." && name != ".." && !name.contains('/') && !name.contains('\0'));

    const QByteArray path = '/' + names->join('/');
    require(path == normalOf(text.toUtf8()));
    require(namesOfPath(QString::fromUtf8(path)).value() == *names);

    const QString clean = QString::fromUtf8(path);
    const bool isDenied = isBelow(clean, u"/proc"_s) || isBelow(clean, u"/h/.ssh"_s) ||
                          clean.startsWith("/etc/passwd"_L1) || isBelow(clean, u"/h/db"_s) ||
                          clean.startsWith("/h/db-"_L1) || clean.startsWith("/h/db."_L1);
    require(rules.deny(path) == isDenied);
    if (isDenied)
        require(rules.deny(QByteArray(path + "/x")) && rules.denyWithin(path));
    for (const QString &place : {u"/proc"_s, u"/h/.ssh"_s, u"/etc/passwd"_s, u"/h/db"_s}) {
        if (clean == "/"_L1 || isBelow(place, clean))
            require(rules.denyWithin(path));
    }
    return 0;
}
