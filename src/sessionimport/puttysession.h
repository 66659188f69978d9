#pragma once

#include "sessionimport/importmodel.h"

namespace agent::sessionimport {

/// One stored session of PuTTY: its values by name, numbers as decimal text.
struct PuttySession
{
    QString name;
    QHash<QString, QString> values;
    QString file;
    qint64 line = 0;
};

/// Turns stored sessions into ours; a proxy may name one of the others.
void addPuttySessions(const QList<PuttySession> &stored, ParsedImport &import);

/// `%20` and the like, as PuTTY writes session names.
[[nodiscard]] QString unescapedPuttyName(QByteArrayView name);

} // namespace agent::sessionimport
