#include "templating/format.h"

#include "templating/printing.h"
#include "templating/texts.h"

#include <charconv>
#include <cmath>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

constexpr int kMostPrecision = 200;

/// What stands after `%` or `:`.
struct Layout
{
    QChar fill = u' ';
    QChar align = {}; ///< < > = ^, null: as the value likes
    QChar sign = {};  ///< + or a blank
    bool alternate = false;
    QChar group = {}; ///< , or _
    qint64 width = 0;
    int precision = -1;
    QChar type = {};
};

/// A number from the text at `at`.
qint64 takeNumber(QStringView text, qsizetype &at, qint64 most)
{
    qint64 number = 0;
    for (; at < text.size() && text[at] >= u'0' && text[at] <= u'9'; ++at) {
        number = number * 10 + text[at].digitValue();
        if (number > most)
            exceeded(u"width or precision of a format is too large"_s);
    }
    return number;
}

QString floatText(double number, QChar type, int precision, bool alternate)
{
    if (!std::isfinite(number))
        return std::isnan(number) ? u"nan"_s : number < 0 ? u"-inf"_s : u"inf"_s;
    char buffer[1024];
    const auto format = type == u'f'   ? std::chars_format::fixed
                        : type == u'e' ? std::chars_format::scientific
                                       : std::chars_format::general;
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, format, precision < 0 ? 6 : precision).ptr;
    QString out = QString::fromLatin1(buffer, end - buffer);
    if (alternate && !out.contains(u'.'))
        out += u'.';
    return out;
}

QString grouped(const QString &digits, QChar separator, qsizetype every)
{
    if (separator.isNull())
        return digits;
    qsizetype whole = digits.indexOf(u'.');
    if (whole < 0)
        whole = digits.size();
    QString out = digits;
    for (qsizetype at = whole - every; at > 0; at -= every)
        out.insert(at, separator);
    return out;
}

QString laidOut(const QString &sign, const QString &body, const Layout &layout, QChar natural)
{
    const QChar align = layout.align.isNull() ? natural : layout.align;
    const qsizetype missing = layout.width - characterCount(body) - sign.size();
    if (missing <= 0)
        return sign + body;
    if (align == u'=')
        return sign + QString(missing, layout.fill) + body;
    const qsizetype left = align == u'<' ? 0 : align == u'^' ? missing / 2 : missing;
    return QString(left, layout.fill) + sign + body + QString(missing - left, layout.fill);
}

QString numberText(const Value &value, const Layout &layout)
{
    const QChar lower = layout.type.toLower();
    const QChar type = lower.isNull() ? QChar(value.is(Type::Float) ? u'g' : u'd') : lower;
    QString body, prefix;
    bool negative = false;
    if (type == u'd' || type == u'x' || type == u'o' || type == u'b' || type == u'n') {
        if (!value.isWhole())
            invalid(u"format '%1' needs a whole number, not %2"_s.arg(layout.type).arg(value.typeName()));
        const qint64 number = value.toInt();
        negative = number < 0;
        const int base = type == u'x' ? 16 : type == u'o' ? 8 : type == u'b' ? 2 : 10;
        body = QString::number(negative ? 0 - quint64(number) : quint64(number), base);
        if (layout.precision > 0)
            body = body.rightJustified(layout.precision, u'0');
        body = grouped(body, layout.group, base == 10 ? 3 : 4);
        if (layout.alternate && base != 10)
            prefix = u'0' + QString(type);
    } else {
        const double number = value.toDouble();
        negative = std::signbit(number);
        const bool bare = layout.type.isNull();
        body = bare && layout.precision < 0 ? printFloat(std::abs(number))
               : type == u'%' ? floatText(std::abs(number) * 100, u'f', layout.precision, layout.alternate) + u'%'
                              : floatText(std::abs(number), type, layout.precision, layout.alternate);
        if (bare && !body.contains(u'.') && !body.contains(u'e'))
            body += ".0"_L1;
        body = grouped(body, layout.group, 3);
    }
    if (layout.type.isUpper()) {
        body = body.toUpper();
        prefix = prefix.toUpper();
    }
    const QString sign = negative ? u"-"_s : layout.sign.isNull() ? QString() : QString(layout.sign);
    return laidOut(sign + prefix, body, layout, u'>');
}

QString cut(const QString &text, int precision)
{
    return precision >= 0 && characterCount(text) > precision ? characters(text, 0, precision) : text;
}

} // namespace

// ---- %

namespace {

/// A number out of what `%d` and `%x` take.
Value wholeFor(const Value &value, QChar type)
{
    if (value.is(Type::Float) && type == u'd') {
        const double number = std::trunc(value.as<double>());
        if (std::abs(number) < 9e18)
            return Value(qint64(number));
    }
    return Value(value.toInt());
}

QString percentPart(Evaluator &evaluator, const Value &value, Layout layout)
{
    if (layout.align != u'<' && layout.align != u'=')
        layout.align = u'>';
    switch (layout.type.unicode()) {
    case u's':
        return laidOut({}, cut(evaluator.print(value), layout.precision), layout, u'>');
    case u'r':
    case u'a':
        return laidOut({}, cut(represent(value, evaluator.limits().text), layout.precision), layout, u'>');
    case u'c': {
        if (value.isText() && characterCount(value.text()) == 1)
            return laidOut({}, value.text(), layout, u'>');
        const qint64 code = value.toInt();
        if (code < 0 || code > 0x10ffff)
            invalid(u"%c needs a character"_s);
        const auto point = char32_t(code);
        return laidOut({}, QString::fromUcs4(&point, 1), layout, u'>');
    }
    case u'd':
    case u'i':
    case u'u':
        layout.type = u'd';
        return numberText(wholeFor(value, u'd'), layout);
    case u'x':
    case u'X':
    case u'o':
        return numberText(wholeFor(value, u'x'), layout);
    case u'e':
    case u'E':
    case u'f':
    case u'F':
    case u'g':
    case u'G':
        return numberText(Value(value.toDouble()), layout);
    default:
        invalid(u"unknown format '%%1'"_s.arg(layout.type));
    }
}

} // namespace

QString formatPercent(Evaluator &evaluator, const QString &text, const Value &values)
{
    const bool tuple = values.is(Type::List) && values.as<std::shared_ptr<List>>()->shape != List::Shape::List;
    const std::vector<Value> list = tuple ? values.items() : std::vector{values};
    std::size_t used = 0;
    bool byName = false;
    const auto next = [&]() -> const Value & {
        if (used >= list.size())
            invalid(u"not enough values for the format"_s);
        return list[used++];
    };
    QString out;
    for (qsizetype at = 0; at < text.size();) {
        if (text[at] != u'%') {
            const qsizetype end = text.indexOf(u'%', at);
            out += QStringView(text).mid(at, end < 0 ? -1 : end - at);
            at = end < 0 ? text.size() : end;
            continue;
        }
        ++at;
        Layout layout;
        const Value *named = nullptr;
        if (at < text.size() && text[at] == u'(') {
            const qsizetype end = text.indexOf(u')', at);
            if (end < 0 || !values.is(Type::Dict))
                invalid(u"format with names needs a dict"_s);
            byName = true;
            const QString name = text.mid(at + 1, end - at - 1);
            named = values.dict().find(name);
            if (!named)
                fail(Failure::Kind::Undefined, u"the format names '%1', which is not there"_s.arg(name));
            at = end + 1;
        }
        for (; at < text.size() && u"-+ 0#"_s.contains(text[at]); ++at) {
            if (text[at] == u'-')
                layout.align = u'<';
            else if (text[at] == u'0' && layout.align != u'<') {
                layout.fill = u'0';
                layout.align = u'=';
            } else if (text[at] == u'#')
                layout.alternate = true;
            else if (text[at] == u'+' || layout.sign.isNull())
                layout.sign = text[at];
        }
        if (layout.align == u'<')
            layout.fill = u' ';
        const qint64 most = evaluator.limits().text;
        if (at < text.size() && text[at] == u'*') {
            ++at;
            layout.width = next().toInt();
            if (layout.width < 0) {
                layout.align = u'<';
                layout.width = layout.width < -most ? most + 1 : -layout.width;
            }
            if (layout.width > most)
                exceeded(u"width of a format is too large"_s);
        } else {
            layout.width = takeNumber(text, at, most);
        }
        if (at < text.size() && text[at] == u'.') {
            ++at;
            layout.precision = int(takeNumber(text, at, kMostPrecision));
        }
        while (at < text.size() && u"hlL"_s.contains(text[at]))
            ++at;
        if (at >= text.size())
            invalid(u"incomplete format"_s);
        layout.type = text[at++];
        if (layout.type == u'%') {
            out += u'%';
            continue;
        }
        if (layout.type == u's' || layout.type == u'r' || layout.type == u'c')
            layout.fill = u' ';
        out += percentPart(evaluator, named ? *named : next(), layout);
        evaluator.step();
        if (out.size() > evaluator.limits().text)
            exceeded(u"text is too long"_s);
    }
    if (!byName && used < list.size() && !values.is(Type::Dict))
        invalid(u"too many values for the format"_s);
    return out;
}

// ---- str.format()

namespace {

Layout readLayout(QStringView text, qint64 most)
{
    Layout layout;
    qsizetype at = 0;
    const QString aligns = u"<>=^"_s;
    if (text.size() > 1 && aligns.contains(text[1])) {
        layout.fill = text[0];
        layout.align = text[1];
        at = 2;
    } else if (!text.isEmpty() && aligns.contains(text[0])) {
        layout.align = text[0];
        at = 1;
    }
    if (at < text.size() && u"+- "_s.contains(text[at])) {
        if (text[at] != u'-')
            layout.sign = text[at];
        ++at;
    }
    if (at < text.size() && text[at] == u'#') {
        layout.alternate = true;
        ++at;
    }
    if (at < text.size() && text[at] == u'0') {
        if (layout.align.isNull()) {
            layout.fill = u'0';
            layout.align = u'=';
        }
        ++at;
    }
    layout.width = takeNumber(text, at, most);
    if (at < text.size() && (text[at] == u',' || text[at] == u'_'))
        layout.group = text[at++];
    if (at < text.size() && text[at] == u'.') {
        ++at;
        layout.precision = int(takeNumber(text, at, kMostPrecision));
    }
    if (at < text.size())
        layout.type = text[at++];
    if (at < text.size())
        invalid(u"bad format '%1'"_s.arg(text.left(100)));
    return layout;
}

QString bracesPart(Evaluator &evaluator, const Value &value, QStringView how)
{
    Layout layout = readLayout(how, evaluator.limits().text);
    const QChar type = layout.type;
    if (value.isNumber() && !(value.is(Type::Bool) && type.isNull())) {
        if (!type.isNull() && !u"bdeEfFgGnoxX%"_s.contains(type))
            invalid(u"unknown format '%1' for a number"_s.arg(type));
        return numberText(value, layout);
    }
    if (!type.isNull() && type != u's')
        invalid(u"unknown format '%1' for %2"_s.arg(type).arg(value.typeName()));
    if (layout.align == u'=') {
        if (layout.fill != u'0')
            invalid(u"'=' is for numbers"_s);
        layout.align = u'<';
    }
    return laidOut({}, cut(evaluator.print(value), layout.precision), layout, u'<');
}

/// `name.attribute[item]`
Value field(Evaluator &evaluator, const QString &path, const Arguments &given, std::size_t &automatic)
{
    qsizetype at = 0;
    while (at < path.size() && path[at] != u'.' && path[at] != u'[')
        ++at;
    const QString name = path.left(at);
    Value value;
    bool isIndex = true;
    const std::size_t index = name.isEmpty() ? automatic++ : name.toULongLong(&isIndex);
    if (isIndex) {
        if (index >= given.positional.size())
            invalid(u"not enough values for the format"_s);
        value = given.positional[index];
    } else if (const auto found = std::ranges::find(given.named, name, [](const auto &each) { return each.first; });
               found != given.named.end()) {
        value = found->second;
    } else {
        fail(Failure::Kind::Undefined, u"the format names '%1', which is not there"_s.arg(name));
    }
    while (at < path.size()) {
        const bool bracket = path[at] == u'[';
        const qsizetype end = bracket ? path.indexOf(u']', at) : -1;
        if (bracket && end < 0)
            invalid(u"bad format '%1'"_s.arg(path.left(100)));
        qsizetype stop = bracket ? end : at + 1;
        while (!bracket && stop < path.size() && path[stop] != u'.' && path[stop] != u'[')
            ++stop;
        const QString key = path.mid(at + 1, stop - at - 1);
        bool isNumber = false;
        const qint64 number = key.toLongLong(&isNumber);
        value = bracket && isNumber ? evaluator.item(value, Value(number)) : evaluator.item(value, Value(key));
        at = bracket ? stop + 1 : stop;
    }
    return value;
}

} // namespace

QString formatBraces(Evaluator &evaluator, const QString &text, const Arguments &given)
{
    QString out;
    std::size_t automatic = 0;
    for (qsizetype at = 0; at < text.size(); ++at) {
        const QChar c = text[at];
        if ((c == u'{' || c == u'}') && at + 1 < text.size() && text[at + 1] == c) {
            out += c;
            ++at;
            continue;
        }
        if (c == u'}')
            invalid(u"single '}' in a format"_s);
        if (c != u'{') {
            out += c;
            continue;
        }
        qsizetype end = at + 1;
        int open = 1;
        for (; end < text.size() && open > 0; ++end)
            open += text[end] == u'{' ? 1 : text[end] == u'}' ? -1 : 0;
        if (open > 0)
            invalid(u"'{' of a format is not closed"_s);
        const QString inside = text.mid(at + 1, end - at - 2);
        at = end - 1;
        const qsizetype colon = inside.indexOf(u':');
        QString path = colon < 0 ? inside : inside.left(colon), how = colon < 0 ? QString() : inside.mid(colon + 1);
        QChar conversion;
        if (path.size() > 1 && path[path.size() - 2] == u'!') {
            conversion = path.back();
            path.chop(2);
        }
        Value value = field(evaluator, path, given, automatic);
        if (how.contains(u'{')) // {:{width}}
            how = how.size() < 200 ? formatBraces(evaluator, how, given) : how;
        if (conversion == u'r')
            value = Value(represent(value, evaluator.limits().text));
        else if (conversion == u's')
            value = Value(evaluator.print(value));
        out += bracesPart(evaluator, value, how);
        evaluator.step();
        if (out.size() > evaluator.limits().text)
            exceeded(u"text is too long"_s);
    }
    return out;
}

} // namespace agent::templating
