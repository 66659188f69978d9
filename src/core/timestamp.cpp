#include "core/timestamp.h"

#include <QTimeZone>

#include <algorithm>
#include <chrono>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

// QDateTime's format engine is slow, and lists hold tens of thousands of times: civil-from-days by hand
// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", through std::chrono).
QString format(qint64 seconds, char16_t separator, QStringView suffix)
{
    const std::chrono::sys_seconds point{std::chrono::seconds(seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(point - day);
    QString text(19 + suffix.size(), Qt::Uninitialized);
    QChar *out = text.data();
    const auto put = [&out](int value, int digits) {
        for (int i = digits - 1; i >= 0; --i, value /= 10)
            out[i] = QChar(u'0' + value % 10);
        out += digits;
    };
    put(std::clamp(int(date.year()), 0, 9999), 4);
    *out++ = u'-';
    put(int(unsigned(date.month())), 2);
    *out++ = u'-';
    put(int(unsigned(date.day())), 2);
    *out++ = QChar(separator);
    put(int(time.hours().count()), 2);
    *out++ = u':';
    put(int(time.minutes().count()), 2);
    *out++ = u':';
    put(int(time.seconds().count()), 2);
    for (const QChar c : suffix)
        *out++ = c;
    return text;
}

std::optional<int> digits(QStringView text)
{
    int value = 0;
    for (const QChar c : text) {
        if (c < u'0' || c > u'9')
            return std::nullopt;
        value = value * 10 + (c.unicode() - u'0');
    }
    return value;
}

/// `YYYY-MM-DD?HH:MM:SS`, the part both forms share.
std::optional<qint64> parsePlain(QStringView text)
{
    if (text.size() != 19 || text[4] != u'-' || text[7] != u'-' || text[13] != u':' || text[16] != u':' ||
        (text[10] != u' ' && text[10] != u'T'))
        return std::nullopt;
    const auto year = digits(text.mid(0, 4)), month = digits(text.mid(5, 2)), day = digits(text.mid(8, 2));
    const auto hour = digits(text.mid(11, 2)), minute = digits(text.mid(14, 2)), second = digits(text.mid(17, 2));
    if (!year || !month || !day || !hour || !minute || !second)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                                           std::chrono::day(unsigned(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch() / std::chrono::seconds(1) + *hour * 3600 + *minute * 60 +
           *second;
}

} // namespace

Timestamp Timestamp::now() { return Timestamp(QDateTime::currentSecsSinceEpoch()); }

std::optional<Timestamp> Timestamp::parse(QStringView text)
{
    if (text.size() == 19 || (text.size() == 20 && text[19] == u'Z')) {
        if (const auto seconds = parsePlain(text.first(19)))
            return Timestamp(*seconds);
    }
    QDateTime time = QDateTime::fromString(text.toString(), Qt::ISODateWithMs);
    if (!time.isValid())
        return std::nullopt;
    if (time.timeSpec() == Qt::LocalTime)
        time.setTimeZone(QTimeZone::UTC);
    return Timestamp(time.toSecsSinceEpoch());
}

QString Timestamp::toDatabaseText() const { return format(m_seconds, u' ', {}); }

QString Timestamp::toJsonText() const { return format(m_seconds, u'T', u"Z"); }

QString Timestamp::toFileNameText() const { return toDatabaseText().remove(u'-').remove(u':').replace(u' ', u'_'); }

QString preciseNowAsJsonText() { return QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs); }

QString preciseNowWithOffset() { return preciseNowAsJsonText().chopped(1) + "+00:00"_L1; }

} // namespace agent
