#include "core/timestamp.h"

#include <QTimeZone>

#include <algorithm>
#include <chrono>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// `YYYY-MM-DD HH:MM:SS`, with another separator if wanted.
using PlainText = std::array<char, 19>;

// QDateTime's format engine is slow, and lists hold tens of thousands of times: civil-from-days by hand
// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", through std::chrono).
PlainText format(qint64 seconds, char separator)
{
    const std::chrono::sys_seconds point{std::chrono::seconds(seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(point - day);
    PlainText text;
    char *out = text.data();
    const auto put = [&out](int value, int digits) {
        for (int i = digits - 1; i >= 0; --i, value /= 10)
            out[i] = char('0' + value % 10);
        out += digits;
    };
    put(std::clamp(int(date.year()), 0, 9999), 4);
    *out++ = '-';
    put(int(unsigned(date.month())), 2);
    *out++ = '-';
    put(int(unsigned(date.day())), 2);
    *out++ = separator;
    put(int(time.hours().count()), 2);
    *out++ = ':';
    put(int(time.minutes().count()), 2);
    *out++ = ':';
    put(int(time.seconds().count()), 2);
    return text;
}

template <std::size_t size>
QString toText(const std::array<char, size> &ascii)
{
    return QString::fromLatin1(ascii.data(), qsizetype(size));
}

/// `YYYY-MM-DD?HH:MM:SS`, the part both forms share.
template <typename View>
std::optional<qint64> parsePlain(View text)
{
    bool isNumeric = true;
    const auto number = [&](qsizetype from, qsizetype count) {
        int value = 0;
        for (qsizetype i = from; i < from + count; ++i) {
            const auto digit = unsigned(QChar(text[i]).unicode()) - unsigned(u'0');
            isNumeric = isNumeric && digit <= 9;
            value = value * 10 + int(digit);
        }
        return value;
    };
    const auto isAt = [text](qsizetype i, char16_t c) { return QChar(text[i]) == QChar(c); };
    if (text.size() != 19 || !isAt(4, u'-') || !isAt(7, u'-') || !isAt(13, u':') || !isAt(16, u':') ||
        (!isAt(10, u' ') && !isAt(10, u'T')))
        return std::nullopt;
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
    if (!isNumeric)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                           std::chrono::day(unsigned(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch() / std::chrono::seconds(1) + hour * 3600 + minute * 60 +
           second;
}

/// The two forms that we write ourselves.
template <typename View>
std::optional<qint64> parseOwn(View text)
{
    if (text.size() == 20 && QChar(text[19]) == u'Z')
        text.chop(1);
    return parsePlain(text);
}

} // namespace

Timestamp Timestamp::now() { return Timestamp(QDateTime::currentSecsSinceEpoch()); }

std::optional<Timestamp> Timestamp::parse(QStringView text)
{
    if (const auto seconds = parseOwn(text))
        return Timestamp(*seconds);
    if (text.isEmpty())
        return std::nullopt;
    QDateTime time = QDateTime::fromString(text.toString(), Qt::ISODateWithMs);
    if (!time.isValid())
        return std::nullopt;
    if (time.timeSpec() == Qt::LocalTime)
        time.setTimeZone(QTimeZone::UTC);
    return Timestamp(time.toSecsSinceEpoch());
}

std::optional<Timestamp> Timestamp::parse(QUtf8StringView text)
{
    // Byte for byte is enough: what is no ASCII is none of the two forms.
    if (const auto seconds = parseOwn(QLatin1StringView(text.data(), text.size())))
        return Timestamp(*seconds);
    return parse(QStringView(text.toString()));
}

QString Timestamp::toDatabaseText() const { return toText(format(m_seconds, ' ')); }

QString Timestamp::toJsonText() const { return toText(toJsonBytes()); }

std::array<char, 20> Timestamp::toJsonBytes() const
{
    std::array<char, 20> text;
    std::ranges::copy(format(m_seconds, 'T'), text.begin());
    text.back() = 'Z';
    return text;
}

QString Timestamp::toFileNameText() const { return toDatabaseText().remove(u'-').remove(u':').replace(u' ', u'_'); }

QString preciseNowAsJsonText() { return QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs); }

QString preciseNowWithOffset() { return preciseNowAsJsonText().chopped(1) + "+00:00"_L1; }

} // namespace agent
