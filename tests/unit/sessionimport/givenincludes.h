#pragma once

#include "sessionimport/givenfiles.h"
#include "sessionimport/opensshimport.h"

namespace agent::test {

/// Parses `text` as a configuration, with the named files to include; aborts the run when it is refused.
inline sessionimport::ParsedImport parsedOpenSsh(const QByteArray &text,
                                                 const QList<sessionimport::SourceFile> &includes = {},
                                                 const QString &localUser = QStringLiteral("me"))
{
    auto parsed =
        sessionimport::parseOpenSsh({QStringLiteral("config"), text}, sessionimport::GivenFiles(includes), localUser);
    if (!parsed)
        qFatal("refused: %s", qPrintable(parsed.error().message));
    return std::move(*parsed);
}

/// "file:line: message" of every warning.
inline QStringList saying(sessionimport::ParsedImport &import)
{
    QStringList texts;
    for (const sessionimport::Warning &warning : import.warnings.take())
        texts.append(warning.file.value_or(QString()) + QLatin1Char(':') + QString::number(warning.line.value_or(0)) +
                     QStringLiteral(": ") + warning.message);
    return texts;
}

} // namespace agent::test
