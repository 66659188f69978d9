// Paths of clients: whatever is accepted leads to a place below the folder, also when it is read as text, and a name
// part is a name.

#include "platform/confinedpath.h"

#include <QDir>

#include <cstdint>
#include <cstdlib>

using namespace agent;
using namespace Qt::StringLiterals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const QStringList roots{u"/root/logs"_s, u"/real/logs"_s};
    if (const auto names = namesBeneath(roots, text)) {
        if (names->isEmpty() || QDir::cleanPath(text) != text)
            std::abort();
        const QString joined = names->join(u'/');
        if (text != roots[0] + u'/' + joined && text != roots[1] + u'/' + joined)
            std::abort();
    }
    const QString part = asFileNamePart(text);
    if (part.isEmpty() || part.size() > 128 || part.contains(u'/') || part.contains(u'\\') || part.contains(u'\0'))
        std::abort();
    // The name that is made of it stays in its folder.
    if (!namesBeneath(roots, u"/root/logs/terminal-"_s + part + u".log"_s))
        std::abort();
    return 0;
}
