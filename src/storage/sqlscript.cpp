#include "storage/sqlscript.h"

namespace agent {

QList<QStringView> splitScript(QStringView script)
{
    QList<QStringView> statements;
    qsizetype begin = 0;
    bool hasWords = false;
    for (qsizetype i = 0; i < script.size(); ++i) {
        const QChar c = script[i];
        if (c == u'\'' || c == u'"') {
            const qsizetype end = script.indexOf(c, i + 1); // a doubled quote reads as two texts side by side
            i = end < 0 ? script.size() - 1 : end;
        } else if (c == u'-' && i + 1 < script.size() && script[i + 1] == u'-') {
            const qsizetype end = script.indexOf(u'\n', i);
            i = end < 0 ? script.size() - 1 : end;
        } else if (c == u';') {
            if (hasWords)
                statements.append(script.sliced(begin, i - begin).trimmed());
            begin = i + 1;
            hasWords = false;
        } else if (!c.isSpace()) {
            hasWords = true;
        }
    }
    if (hasWords)
        statements.append(script.sliced(begin).trimmed());
    return statements;
}

} // namespace agent
