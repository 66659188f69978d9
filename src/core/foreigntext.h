#pragma once

#include <QByteArrayView>
#include <QString>

namespace agent {

/// Words of a far side (a server's goodbye, a device's error), fit to be shown to a person on a terminal: white space
/// is one blank, whatever cannot be seen (control characters, so every escape sequence; marks that turn the direction
/// of writing; invalid UTF-8) is U+FFFD, and more than `maxLength` UTF-16 units end with "...". Any thread.
[[nodiscard]] QString foreignText(QStringView text, qsizetype maxLength);
[[nodiscard]] QString foreignText(QByteArrayView utf8, qsizetype maxLength);

} // namespace agent
