#include "core/foreigntext.h"

#include <QList>

#include <utility>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr QLatin1StringView kMore("...");
/// What is not even looked at: far more than any limit a person's line has, small enough to go through at once.
constexpr qsizetype kMostRead = 64 * 1024;

} // namespace

QString foreignText(QStringView text, qsizetype maxLength)
{
    QString shown;
    bool isBlankDue = false;
    for (const char32_t character : text.first(qMin(text.size(), kMostRead)).toUcs4()) {
        if (QChar::isSpace(character)) {
            isBlankDue = !shown.isEmpty();
            continue;
        }
        if (std::exchange(isBlankDue, false))
            shown += u' ';
        const bool canBeSeen = QChar::isPrint(character);
        shown.append(QChar::fromUcs4(canBeSeen ? character : char32_t(QChar::ReplacementCharacter)));
        if (shown.size() <= maxLength)
            continue;
        qsizetype length = qMax(maxLength - kMore.size(), qsizetype(0));
        if (length > 0 && shown[length].isLowSurrogate()) // not between the halves of one character
            --length;
        return QString(shown.first(length) + kMore.first(qMin(maxLength, kMore.size())));
    }
    return shown;
}

QString foreignText(QByteArrayView utf8, qsizetype maxLength)
{
    return foreignText(QString::fromUtf8(utf8.first(qMin(utf8.size(), kMostRead))), maxLength);
}

} // namespace agent
