// Lines for a shell: the parser and the policy come to an end on anything, and a denied name put in front of a line, or
// behind it as a further command, is found whatever the rest is.

#include "commandfilter/bashpolicy.h"
#include "commandfilter/shellparser.h"

#include <cstdint>
#include <cstdlib>

using namespace agent;
using namespace Qt::StringLiterals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QString line = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto parsed = parseShell(line);
    const bool passes = !bashRefusal(line, {u"denied"_s});
    if (passes && !parsed)
        std::abort();
    if (!passes)
        return 0;
    for (const ShellCommand &command : *parsed) {
        if (!command.words.isEmpty() && command.words.first().text.toLower().section(u'/', -1) == "rm"_L1)
            std::abort();
    }
    // Where a sound line ends, another may begin. Not behind a comment, and "in" belongs to a loop.
    if (!line.contains(u'#') && !line.trimmed().endsWith(u'&') && !line.trimmed().endsWith(u'|') &&
        !bashRefusal(line + u"; rm x"_s, {}))
        std::abort();
    if (!bashRefusal(u"rm x; "_s + line, {}) || !bashRefusal(u"a $(rm x) "_s + line, {}))
        std::abort();
    return 0;
}
