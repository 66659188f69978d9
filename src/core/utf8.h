#pragma once

#include <QByteArrayView>
#include <QString>

namespace agent {

/// UTF-8 as text, all of it: QString::fromUtf8 takes U+FEFF at the front for a byte order mark and drops it, but in a
/// JSON string or a column it is a character like any other. What is no UTF-8 becomes U+FFFD.
[[nodiscard]] inline QString textFromUtf8(QByteArrayView utf8)
{
    constexpr QByteArrayView kMark("\xef\xbb\xbf");
    qsizetype marks = 0;
    for (; utf8.startsWith(kMark); utf8 = utf8.sliced(kMark.size()))
        ++marks;
    return marks == 0 ? QString::fromUtf8(utf8) : QString(marks, QChar(0xfeff)) + QString::fromUtf8(utf8);
}

} // namespace agent
