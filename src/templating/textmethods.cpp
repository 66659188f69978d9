#include "templating/builtins.h"
#include "templating/format.h"
#include "templating/texts.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

template <QString (*change)(const QString &)>
Value changed(Evaluator &evaluator, const Value &target, const Bound &)
{
    return evaluator.text(change(target.text()), target.isSafe());
}

QString upper(const QString &text) { return text.toUpper(); }
QString lower(const QString &text) { return text.toLower(); }
QString caseFolded(const QString &text) { return text.toCaseFolded().replace(u'ß', "ss"_L1); }
QString swapped(const QString &text)
{
    QString out;
    for (const QChar c : text)
        out += c.isUpper() ? c.toLower() : c.toUpper();
    return out;
}

template <bool atStart, bool atEnd>
Value strip(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString chars = given.some(0) ? given.text(0) : QString();
    if (given.some(0) && chars.isEmpty())
        return target;
    return evaluator.text(stripped(target.text(), chars, atStart, atEnd), target.isSafe());
}

template <bool fromRight>
Value splitAt(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString separator = given.some(0) ? given.text(0) : QString();
    if (given.some(0) && separator.isEmpty())
        invalid(u"split: the separator is empty"_s);
    evaluator.stepSearch(target.text(), separator);
    return listOf(evaluator, split(target.text(), separator, given.some(1) ? given.whole(1, -1) : -1, fromRight));
}

template <bool fromRight>
Value partition(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString separator = given.text(0), text = target.text();
    if (separator.isEmpty())
        invalid(u"partition: the separator is empty"_s);
    evaluator.stepSearch(text, separator);
    const qsizetype at = fromRight ? text.lastIndexOf(separator) : text.indexOf(separator);
    const auto tuple = [&](const QString &a, const QString &b, const QString &c) {
        return evaluator.list({evaluator.text(a), evaluator.text(b), evaluator.text(c)}, List::Shape::Tuple);
    };
    if (at < 0)
        return fromRight ? tuple({}, {}, text) : tuple(text, {}, {});
    return tuple(text.left(at), separator, text.mid(at + separator.size()));
}

/// startswith and endswith: one text or a tuple of them.
template <bool atStart>
Value hasEnd(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const Value &wanted = given.need(0);
    for (const Value &each : wanted.isText() ? std::vector{wanted} : evaluator.iterate(wanted)) {
        if (!each.isText())
            invalid(u"a string was expected, not %1"_s.arg(each.typeName()));
        if (atStart ? target.text().startsWith(each.text()) : target.text().endsWith(each.text()))
            return Value(true);
    }
    return Value(false);
}

/// find, rfind, index and rindex.
template <bool fromRight, bool mustBe>
Value find(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString wanted = given.text(0), text = target.text();
    evaluator.stepSearch(text, wanted);
    const qint64 size = characterCount(text);
    const auto bound = [&](std::size_t at, qint64 fallback) {
        const qint64 wish = given.some(at) ? given.whole(at, fallback) : fallback;
        return std::clamp<qint64>(wish < 0 ? wish + size : wish, 0, size);
    };
    const qint64 from = bound(1, 0), to = std::max(bound(2, size), from);
    const QString part = characters(text, from, to);
    const qsizetype at = fromRight ? part.lastIndexOf(wanted) : part.indexOf(wanted);
    if (at < 0 && mustBe)
        invalid(u"'%1' is not in the string"_s.arg(wanted.left(100)));
    return Value(at < 0 ? qint64(-1) : from + characterCount(QStringView(part).first(at)));
}

Value count(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString wanted = given.text(0);
    evaluator.stepSearch(target.text(), wanted);
    if (wanted.isEmpty())
        return Value(qint64(characterCount(target.text()) + 1));
    qint64 found = 0;
    for (qsizetype at = target.text().indexOf(wanted); at >= 0; at = target.text().indexOf(wanted, at + wanted.size()))
        ++found;
    return Value(found);
}

qsizetype checkedWidth(Evaluator &evaluator, const Bound &given)
{
    const qint64 width = given.need(0).toInt();
    if (width > evaluator.limits().text)
        exceeded(u"text is too long"_s);
    return width;
}

template <Qt::AlignmentFlag side>
Value pad(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString fill = given.text(1, u" "_s);
    if (fill.size() != 1)
        invalid(u"the fill is one character"_s);
    return evaluator.text(padded(target.text(), checkedWidth(evaluator, given), fill[0], side));
}

Value zeroFill(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString text = target.text();
    const qsizetype width = checkedWidth(evaluator, given),
                    sign = text.startsWith(u'-') || text.startsWith(u'+') ? 1 : 0;
    return evaluator.text(text.left(sign) + padded(text.mid(sign), width - sign, u'0', Qt::AlignRight));
}

Value expandTabs(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const qint64 size = std::clamp<qint64>(given.whole(0, 8), 0, 1000);
    if (target.text().count(u'\t') > evaluator.limits().text / std::max<qint64>(size, 1))
        exceeded(u"text is too long"_s);
    QString out;
    qint64 column = 0;
    for (const QChar c : target.text()) {
        if (c == u'\t') {
            const qint64 blanks = size > 0 ? size - (column % size) : 0;
            out += QString(blanks, u' ');
            column += blanks;
        } else {
            out += c;
            column = c == u'\n' || c == u'\r' ? 0 : column + 1;
        }
    }
    return evaluator.text(out);
}

template <bool (*is)(QChar)>
Value all(Evaluator &evaluator, const Value &target, const Bound &)
{
    evaluator.stepOver(target.text());
    return Value(!target.text().isEmpty() && std::ranges::all_of(target.text(), is));
}

bool isDigit(QChar c) { return c.isDigit(); }
bool isLetter(QChar c) { return c.isLetter(); }
bool isLetterOrNumber(QChar c) { return c.isLetterOrNumber(); }
bool isSpace(QChar c) { return c.isSpace(); }
bool isNumeric(QChar c) { return c.isNumber(); }

template <bool isPrefix>
Value removeEnd(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString part = given.text(0), text = target.text();
    if (isPrefix ? !text.startsWith(part) : !text.endsWith(part))
        return target;
    return evaluator.text(isPrefix ? text.mid(part.size()) : text.chopped(part.size()));
}

Value joinItems(Evaluator &evaluator, const Value &target, const Bound &given)
{
    QStringList texts;
    for (const Value &each : evaluator.iterate(given.need(0))) {
        if (!each.isText())
            invalid(u"join: a string was expected, not %1"_s.arg(each.typeName()));
        texts << each.text();
    }
    if (!target.text().isEmpty() && texts.size() > evaluator.limits().text / target.text().size())
        exceeded(u"text is too long"_s);
    return evaluator.text(texts.join(target.text()));
}

Value isTitle(Evaluator &evaluator, const Value &target, const Bound &)
{
    const QString &text = target.text();
    evaluator.step(text.size() / 16);
    return Value(std::ranges::any_of(text, [](QChar c) { return c.isLetter(); }) && text == titled(text));
}

} // namespace

std::span<const Builtin> textMethods()
{
    static constexpr Builtin kMethods[] = {
        {"upper", "", changed<upper>},
        {"lower", "", changed<lower>},
        {"casefold", "", changed<caseFolded>},
        {"swapcase", "", changed<swapped>},
        {"capitalize", "", changed<capitalized>},
        {"title", "", changed<titled>},
        {"strip", "chars", strip<true, true>},
        {"lstrip", "chars", strip<true, false>},
        {"rstrip", "chars", strip<false, true>},
        {"split", "sep maxsplit", splitAt<false>},
        {"rsplit", "sep maxsplit", splitAt<true>},
        {"splitlines", "keepends",
         [](Evaluator &e, const Value &v, const Bound &given) {
             return listOf(e, splitLines(v.text(), given.flag(0, false)));
         }},
        {"partition", "sep", partition<false>},
        {"rpartition", "sep", partition<true>},
        {"startswith", "prefix", hasEnd<true>},
        {"endswith", "suffix", hasEnd<false>},
        {"find", "sub start end", find<false, false>},
        {"rfind", "sub start end", find<true, false>},
        {"index", "sub start end", find<false, true>},
        {"rindex", "sub start end", find<true, true>},
        {"count", "sub", count},
        {"replace", "old new count",
         [](Evaluator &e, const Value &v, const Bound &given) {
             if (!given.need(0).isText() || !given.need(1).isText())
                 invalid(u"replace needs two strings"_s);
             return e.filter(u"replace"_s, v, given.all());
         }},
        {"join", "iterable", joinItems},
        {"format", "*",
         [](Evaluator &e, const Value &v, const Bound &given) {
             return e.text(formatBraces(e, v.text(), given.all()));
         }},
        {"center", "width fillchar", pad<Qt::AlignCenter>},
        {"ljust", "width fillchar", pad<Qt::AlignLeft>},
        {"rjust", "width fillchar", pad<Qt::AlignRight>},
        {"zfill", "width", zeroFill},
        {"expandtabs", "tabsize", expandTabs},
        {"removeprefix", "prefix", removeEnd<true>},
        {"removesuffix", "suffix", removeEnd<false>},
        {"isdigit", "", all<isDigit>},
        {"isdecimal", "", all<isDigit>},
        {"isnumeric", "", all<isNumeric>},
        {"isalpha", "", all<isLetter>},
        {"isalnum", "", all<isLetterOrNumber>},
        {"isspace", "", all<isSpace>},
        {"islower", "", [](Evaluator &e, const Value &v, const Bound &) { return Value(e.test(u"lower"_s, v, {})); }},
        {"isupper", "", [](Evaluator &e, const Value &v, const Bound &) { return Value(e.test(u"upper"_s, v, {})); }},
        {"istitle", "", isTitle},
    };
    return kMethods;
}

} // namespace agent::templating
