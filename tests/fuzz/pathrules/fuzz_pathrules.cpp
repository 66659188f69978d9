// Paths of clients, and canonical paths that are judged: no spelling of a denied place is allowed, and nothing that
// holds one may be removed.

#include "platform/pathrules.h"

#include <QDir>

#include <cstdint>
#include <cstdlib>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
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
    require(QString::fromUtf8(path) == QDir::cleanPath(text) || text.startsWith("//"_L1)); // which Qt keeps
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
