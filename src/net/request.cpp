#include "net/request.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

QString Request::param(QByteArrayView name) const
{
    for (const auto &[key, value] : params) {
        if (key == name)
            return value;
    }
    qFatal("the route has no parameter of that name"); // our mistake, found by the first test of the route
}

std::optional<QString> Request::queryValue(QStringView name) const
{
    for (const auto &[key, value] : query) {
        if (key == name)
            return value;
    }
    return std::nullopt;
}

Result<std::optional<qint64>> Request::queryInteger(QStringView name, qint64 min, qint64 max) const
{
    const auto text = queryValue(name);
    if (!text)
        return std::optional<qint64>();
    const bool digits = !text->isEmpty() && std::ranges::all_of(*text, [](QChar c) { return c >= u'0' && c <= u'9'; });
    bool fits = false;
    const qint64 number = digits ? text->toLongLong(&fits) : 0;
    if (!fits || number < min || number > max) {
        const QString message =
            u"query parameter '%1' must be a whole number from %2 to %3"_s.arg(name).arg(min).arg(max);
        return Error{.code = ErrorCode::BadRequest, .message = message, .field = name.toString()};
    }
    return std::optional(number);
}

} // namespace agent
