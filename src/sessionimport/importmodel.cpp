#include "sessionimport/importmodel.h"

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

void Warnings::add(QString message, const QString &file, qint64 line)
{
    if (m_kept.size() >= kMaxWarnings) {
        ++m_more;
        return;
    }
    m_kept.append({.file = file.isEmpty() ? std::nullopt : std::optional(file),
                   .line = line > 0 ? std::optional(line) : std::nullopt,
                   .message = std::move(message)});
}

void Warnings::append(const Warnings &others)
{
    for (const Warning &warning : others.m_kept)
        add(warning.message, warning.file.value_or(QString()), warning.line.value_or(0));
    m_more += others.m_more;
}

QList<Warning> Warnings::take()
{
    if (m_more > 0)
        m_kept.append({.message = u"and %1 more warnings"_s.arg(m_more)});
    return std::exchange(m_kept, {});
}

} // namespace agent::sessionimport
