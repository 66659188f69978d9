#include "templating/builtins.h"
#include "templating/printing.h"
#include "templating/texts.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

Value escape(Evaluator &evaluator, const Value &target, const Bound &)
{
    return target.isSafe() ? target : evaluator.text(escaped(evaluator.print(target)), true);
}

Value forceEscape(Evaluator &evaluator, const Value &target, const Bound &)
{
    return evaluator.text(escaped(evaluator.print(target)), true);
}

Value safe(Evaluator &evaluator, const Value &target, const Bound &)
{
    return evaluator.text(evaluator.print(target), true);
}

/// The character that `&name;` stands for; the entity itself when it is not known.
QString entity(const QString &name)
{
    static const QHash<QString, QString> kNames{
        {u"amp"_s, u"&"_s},  {u"lt"_s, u"<"_s},        {u"gt"_s, u">"_s},   {u"quot"_s, u"\""_s},
        {u"apos"_s, u"'"_s}, {u"nbsp"_s, u"\u00a0"_s}, {u"copy"_s, u"©"_s}, {u"hellip"_s, u"\u2026"_s}};
    if (name.startsWith(u'#')) {
        const bool hex = name.size() > 1 && name[1].toLower() == u'x';
        bool ok = false;
        const char32_t code = name.mid(hex ? 2 : 1).toUInt(&ok, hex ? 16 : 10);
        if (ok && code > 0 && code <= 0x10ffff)
            return QString::fromUcs4(&code, 1);
    }
    return kNames.value(name, u'&' + name + u';');
}

Value stripTags(Evaluator &evaluator, const Value &target, const Bound &)
{
    const QString text = evaluator.print(target);
    const auto without = [](const QString &from, QLatin1StringView open, QLatin1StringView close) {
        QString out;
        qsizetype at = 0;
        for (qsizetype begin = from.indexOf(open); begin >= 0; begin = from.indexOf(open, at)) {
            const qsizetype end = from.indexOf(close, begin + open.size());
            if (end < 0)
                break;
            out += QStringView(from).mid(at, begin - at);
            at = end + close.size();
        }
        return out += QStringView(from).mid(at);
    };
    const QString bare =
        split(without(without(text, "<!--"_L1, "-->"_L1), "<"_L1, ">"_L1), QString(), -1, false).join(u' ');
    QString out;
    for (qsizetype at = 0; at < bare.size(); ++at) {
        const qsizetype end = bare[at] == u'&' ? bare.indexOf(u';', at) : -1;
        if (end < 0 || end - at > 12) {
            out += bare[at];
            continue;
        }
        out += entity(bare.mid(at + 1, end - at - 1));
        at = end;
    }
    return evaluator.text(out);
}

Value xmlAttributes(Evaluator &evaluator, const Value &target, const Bound &given)
{
    if (!target.is(Type::Dict))
        invalid(u"xmlattr needs a dict"_s);
    QStringList parts;
    for (const auto &[key, value] : target.dict().members) {
        if (value.isUndefined() || value.is(Type::None))
            continue;
        const QString name = evaluator.print(key);
        if (std::ranges::any_of(name, [](QChar c) { return c.isSpace() || u"/>="_s.contains(c); }))
            invalid(u"xmlattr: bad name of an attribute"_s);
        const QString text = evaluator.print(value);
        parts << escaped(name) + "=\""_L1 + (value.isSafe() ? text : escaped(text)) + u'"';
    }
    const QString all = parts.join(u' ');
    return evaluator.text(given.flag(0, true) && !all.isEmpty() ? u' ' + all : all, evaluator.escapes());
}

Value json(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const qint64 indent = given.some(0) ? given.whole(0, -1) : -1;
    if (indent > 64)
        exceeded(u"indent is too wide"_s);
    QString text = toJson(target, int(std::max<qint64>(indent, -1)), evaluator.limits().text);
    evaluator.step(text.size() / 64);
    return evaluator.text(text.replace(u'<', "\\u003c"_L1)
                              .replace(u'>', "\\u003e"_L1)
                              .replace(u'&', "\\u0026"_L1)
                              .replace(u'\'', "\\u0027"_L1),
                          true);
}

} // namespace

std::span<const Builtin> markupFilters()
{
    static constexpr Builtin kFilters[] = {
        {"escape", "", escape},
        {"e", "", escape},
        {"forceescape", "", forceEscape},
        {"safe", "", safe},
        {"striptags", "", stripTags},
        {"xmlattr", "autospace", xmlAttributes},
        {"tojson", "indent", json},
        {"pprint", "",
         [](Evaluator &e, const Value &v, const Bound &) {
             const QString text = prettyPrint(v, e.limits().text);
             e.step(text.size() / 4);
             return e.text(text);
         }},
    };
    return kFilters;
}

} // namespace agent::templating
