#pragma once

#include <QString>
#include <QStringList>

namespace agent::templating {

/// Into more parts no text is cut; a limit failure says so.
constexpr qsizetype kMostParts = 1'000'000;

// Python's operations on texts: positions and lengths count code points.

[[nodiscard]] qsizetype characterCount(QStringView text);
/// The characters from `start` up to `stop`, both within the text.
[[nodiscard]] QString characters(const QString &text, qsizetype start, qsizetype stop);
[[nodiscard]] QStringList characterList(const QString &text);
[[nodiscard]] QString reversed(const QString &text);

[[nodiscard]] QString capitalized(const QString &text);
[[nodiscard]] QString titled(const QString &text); ///< str.title(): after what is no letter, a capital
/// `chars` empty: white space.
[[nodiscard]] QString stripped(const QString &text, const QString &chars, bool atStart, bool atEnd);
[[nodiscard]] QString padded(const QString &text, qsizetype width, QChar fill, Qt::Alignment side);
/// str.split(): `separator` null splits at white space; `most` < 0 is no limit.
[[nodiscard]] QStringList split(const QString &text, const QString &separator, qsizetype most, bool fromRight);
[[nodiscard]] QStringList splitLines(const QString &text, bool keepEnds);
[[nodiscard]] QString replaced(const QString &text, const QString &old, const QString &fresh, qsizetype most);
[[nodiscard]] QString escaped(const QString &text); ///< & < > ' " for HTML
/// As textwrap.wrap() breaks one paragraph.
[[nodiscard]] QStringList wrapped(const QString &text, qsizetype width, bool breakLongWords, bool breakOnHyphens);

} // namespace agent::templating
