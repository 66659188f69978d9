// Commands for a device that is only to be looked at: whatever passes begins with a word that shows something, and has
// none of the signs with which a shell or a device's CLI would start or write anything else.

#include "commandfilter/gitcommand.h"
#include "commandfilter/readonlyfilter.h"

#include <QRegularExpression>

#include <cstdint>
#include <cstdlib>

using namespace agent;
using namespace Qt::StringLiterals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QString command = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    if (readOnlyRefusal(command))
        return 0;
    const QString trimmed = command.trimmed();
    if (isGitOverSsh(trimmed)) {
        static const QRegularExpression kFolder(u"\\Acd +'[^']*' *&& *"_s);
        static const QRegularExpression kReads(u"\\Agit +(rev-parse|status|diff|log|show|branch)( |\\z)"_s);
        const auto folder = kFolder.match(trimmed);
        // A shell takes quotes and backslashes away, wherever they stand in a word.
        const QString rest = trimmed.sliced(folder.capturedLength()).remove(QRegularExpression(u"['\"\\\\]"_s));
        if (!folder.hasMatch() || !kReads.match(rest).hasMatch() || trimmed.contains(u'\n'))
            std::abort();
        return 0;
    }
    static const QRegularExpression kFirst(u"\\A(show|display|get|list|ping|traceroute|trace|terminal|set cli)\\b"_s,
                                           QRegularExpression::CaseInsensitiveOption);
    if (!kFirst.match(trimmed.simplified()).hasMatch())
        std::abort();
    static const QRegularExpression kSigns(u"[;&`\\r\\n]|\\$\\(|<\\(|>[^=]|>\\z|\\\\\\z|\\| *\\|"_s);
    if (kSigns.match(trimmed).hasMatch())
        std::abort();
    static const QRegularExpression kWrites(u"\\| *(redirect|append|tee|save|sh|bash|rm)\\b"_s,
                                            QRegularExpression::CaseInsensitiveOption);
    if (kWrites.match(trimmed).hasMatch())
        std::abort();
    return 0;
}
