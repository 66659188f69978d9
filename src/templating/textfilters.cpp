#include "templating/builtins.h"
#include "templating/format.h"
#include "templating/texts.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

/// The text of a value changed; a safe one stays safe.
template <typename F>
Value changed(Evaluator &evaluator, const Value &target, F change)
{
    return evaluator.text(change(evaluator.print(target)), target.isSafe());
}

/// For what works on lines: nothing else than a text is taken.
const QString &needText(const Value &target)
{
    if (target.isText())
        return target.text();
    if (target.isUndefined())
        fail(Failure::Kind::Undefined, u"'%1' is undefined, a string was expected"_s.arg(target.as<Undefined>().name));
    invalid(u"a string was expected, not %1"_s.arg(target.typeName()));
}

Value title(Evaluator &evaluator, const Value &target, const Bound &)
{
    return changed(evaluator, target, [](const QString &text) {
        QString out;
        bool first = true;
        for (const QChar c : text) {
            const bool between = c.isSpace() || u"-({[<"_s.contains(c);
            out += first ? c.toUpper() : c.toLower();
            first = between;
        }
        return out;
    });
}

Value trim(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString chars = given.some(0) ? given.text(0) : QString();
    if (given.some(0) && chars.isEmpty())
        return target;
    return changed(evaluator, target, [&](const QString &text) { return stripped(text, chars, true, true); });
}

Value replace(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString old = evaluator.print(given.need(0));
    QString fresh = evaluator.print(given.need(1));
    QString text = evaluator.print(target);
    bool safe = target.isSafe();
    if (evaluator.escapes() && !safe && (given.need(0).isSafe() || given.need(1).isSafe())) {
        text = escaped(text);
        safe = true;
    } else if (safe && !given.need(1).isSafe()) {
        fresh = escaped(fresh);
    }
    evaluator.stepSearch(text, old);
    const qsizetype grows = std::max<qsizetype>(fresh.size() - old.size(), 0);
    if (grows > 0 && (text.count(old) + 1) > evaluator.limits().text / grows)
        exceeded(u"text is too long"_s);
    return evaluator.text(replaced(text, old, fresh, given.some(2) ? given.whole(2, -1) : -1), safe);
}

/// A width from a template, as far as a text may be long.
qsizetype width(Evaluator &evaluator, qint64 wanted)
{
    if (wanted > evaluator.limits().text)
        exceeded(u"text is too long"_s);
    return wanted;
}

Value center(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const qsizetype wide = width(evaluator, given.whole(0, 80));
    return changed(evaluator, target, [&](const QString &text) { return padded(text, wide, u' ', Qt::AlignCenter); });
}

Value indent(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const Value *by = given.at(0);
    const QString margin =
        by && by->isText() ? by->text() : QString(width(evaluator, std::max<qint64>(given.whole(0, 4), 0)), u' ');
    const bool first = given.flag(1, false), blank = given.flag(2, false);
    const QStringList lines = splitLines(needText(target) + u'\n', false);
    if (margin.size() > 0 && lines.size() > evaluator.limits().text / margin.size())
        exceeded(u"text is too long"_s);
    QString out = first ? margin : QString();
    for (qsizetype i = 0; i < lines.size(); ++i) {
        if (i > 0)
            out += u'\n' + (blank || !lines[i].isEmpty() ? margin : QString());
        out += lines[i];
    }
    return evaluator.text(out, target.isSafe());
}

Value truncate(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const qint64 length = given.whole(0, 255), leeway = given.some(3) ? given.whole(3, 5) : 5;
    const QString end = given.text(2, u"..."_s), text = target.isUndefined() ? QString() : needText(target);
    const qint64 kept = length - characterCount(end);
    if (kept < 0 || leeway < 0)
        invalid(u"truncate: the end is longer than the text may be"_s);
    evaluator.stepOver(text);
    const qint64 size = characterCount(text);
    if (size - leeway <= length)
        return evaluator.text(text, target.isSafe());
    QString out = characters(text, 0, kept);
    if (!given.flag(1, false))
        if (const qsizetype space = out.lastIndexOf(u' '); space >= 0)
            out.truncate(space);
    return evaluator.text(out + end, target.isSafe());
}

Value wordWrap(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const qint64 wide = given.whole(0, 79);
    const bool breakLong = given.flag(1, true), onHyphens = given.flag(3, true);
    const QString newLine = given.some(2) ? given.text(2) : u"\n"_s, text = needText(target);
    if (wide < 1)
        invalid(u"wordwrap: the width must be positive"_s);
    evaluator.step(text.size());
    QStringList lines;
    for (const QString &line : splitLines(text, false))
        lines << (line.trimmed().isEmpty() ? QString() : wrapped(line, wide, breakLong, onHyphens).join(newLine));
    if (newLine.size() > 0 && text.size() > evaluator.limits().text / newLine.size())
        exceeded(u"text is too long"_s);
    return evaluator.text(lines.join(newLine));
}

Value wordCount(Evaluator &evaluator, const Value &target, const Bound &)
{
    qint64 words = 0;
    bool inWord = false;
    const QString text = evaluator.print(target);
    evaluator.step(text.size() / 16);
    for (const QChar c : text) {
        const bool word = c.isLetterOrNumber() || c == u'_' || c.isSurrogate();
        words += word && !inWord;
        inWord = word;
    }
    return Value(words);
}

Value format(Evaluator &evaluator, const Value &target, const Bound &given)
{
    if (!given.all().named.empty() && !given.all().positional.empty())
        invalid(u"format takes values with names or without, not both"_s);
    if (given.all().named.empty())
        return evaluator.text(formatPercent(evaluator, evaluator.print(target),
                                            evaluator.list(given.all().positional, List::Shape::Tuple)));
    const auto values = evaluator.heap().make<Dict>();
    for (const auto &[name, value] : given.all().named)
        values->set(Value(name), value);
    return evaluator.text(formatPercent(evaluator, evaluator.print(target), Value(values)));
}

QString percentEncoded(const QString &text, bool inQuery)
{
    QString out = QString::fromLatin1(text.toUtf8().toPercentEncoding(inQuery ? QByteArray() : QByteArray("/")));
    return inQuery ? out.replace("%20"_L1, "+"_L1) : out;
}

Value urlEncode(Evaluator &evaluator, const Value &target, const Bound &)
{
    if (!target.is(Type::Dict) && !target.is(Type::List))
        return evaluator.text(percentEncoded(evaluator.print(target), false));
    QStringList parts;
    const auto add = [&](const Value &key, const Value &value) {
        parts << percentEncoded(evaluator.print(key), true) + u'=' + percentEncoded(evaluator.print(value), true);
    };
    if (target.is(Type::Dict))
        for (const auto &[key, value] : target.dict().members)
            add(key, value);
    else
        for (const Value &each : target.items()) {
            if (!each.is(Type::List) || each.items().size() != 2)
                invalid(u"urlencode needs pairs"_s);
            add(each.items()[0], each.items()[1]);
        }
    return evaluator.text(parts.join(u'&'));
}

} // namespace

std::span<const Builtin> textFilters()
{
    static constexpr Builtin kFilters[] = {
        {"upper", "",
         [](Evaluator &e, const Value &v, const Bound &) {
             return changed(e, v, [](const QString &text) { return text.toUpper(); });
         }},
        {"lower", "",
         [](Evaluator &e, const Value &v, const Bound &) {
             return changed(e, v, [](const QString &text) { return text.toLower(); });
         }},
        {"capitalize", "", [](Evaluator &e, const Value &v, const Bound &) { return changed(e, v, capitalized); }},
        {"title", "", title},
        {"trim", "chars", trim},
        {"string", "", [](Evaluator &e, const Value &v, const Bound &) { return v.isText() ? v : e.text(e.print(v)); }},
        {"replace", "old new count", replace},
        {"center", "width", center},
        {"indent", "width first blank", indent},
        {"truncate", "length killwords end leeway", truncate},
        {"wordwrap", "width break_long_words wrapstring break_on_hyphens", wordWrap},
        {"wordcount", "", wordCount},
        {"format", "*", format},
        {"urlencode", "", urlEncode},
        {"split", "sep maxsplit",
         [](Evaluator &e, const Value &v, const Bound &given) {
             return e.run(*findMethod(Type::String, u"split"_s), Value(e.print(v)), given.all());
         }},
        {"lines", "",
         [](Evaluator &e, const Value &v, const Bound &) { return listOf(e, splitLines(e.print(v), false)); }},
    };
    return kFilters;
}

} // namespace agent::templating
