#include "templating/printing.h"

#include "templating/heap.h"

#include <charconv>
#include <cmath>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

void appendQuoted(QString &out, const QString &text)
{
    out += u'"';
    for (const QChar c : text) {
        switch (c.unicode()) {
        case u'"':
        case u'\\':
            out += u'\\';
            out += c;
            break;
        case u'\n':
            out += "\\n"_L1;
            break;
        case u'\r':
            out += "\\r"_L1;
            break;
        case u'\t':
            out += "\\t"_L1;
            break;
        case u'\b':
            out += "\\b"_L1;
            break;
        case u'\f':
            out += "\\f"_L1;
            break;
        default:
            if (c.unicode() < 0x20)
                out += "\\u"_L1 + QString::number(c.unicode(), 16).rightJustified(4, u'0');
            else
                out += c;
        }
    }
    out += u'"';
}

class Printer
{
public:
    Printer(qsizetype most, bool json, int indent = -1)
        : m_most(most)
        , m_json(json)
        , m_indent(indent)
    {
    }

    QString take() { return std::move(m_out); }

    void write(const Value &value, int depth = 0)
    {
        if (depth > kMaxValueDepth)
            exceeded(u"value is nested too deeply"_s);
        switch (value.type()) {
        case Type::Undefined:
            m_out += m_json ? "null"_L1 : "undefined"_L1;
            break;
        case Type::None:
            m_out += m_json ? "null"_L1 : "none"_L1;
            break;
        case Type::Bool:
            m_out += value.as<bool>() ? "true"_L1 : "false"_L1;
            break;
        case Type::Int:
            m_out += QString::number(value.as<qint64>());
            break;
        case Type::Float:
            m_out += m_json && !std::isfinite(value.as<double>()) ? u"null"_s : printFloat(value.as<double>());
            break;
        case Type::String:
            appendQuoted(m_out, value.text());
            break;
        case Type::Object:
            if (m_json)
                invalid(u"an object has no JSON"_s);
            m_out += value.object().print();
            break;
        case Type::List: {
            m_out += u'[';
            bool first = true;
            for (const Value &item : value.items()) {
                separate(first, depth + 1);
                write(item, depth + 1);
            }
            close(first, depth, u']');
            break;
        }
        case Type::Dict: {
            m_out += u'{';
            bool first = true;
            for (const auto &[key, member] : value.dict().members) {
                separate(first, depth + 1);
                writeKey(key, depth + 1);
                m_out += m_json && m_indent < 0 ? ":"_L1 : ": "_L1;
                write(member, depth + 1);
            }
            close(first, depth, u'}');
            break;
        }
        }
        if (m_out.size() > m_most)
            exceeded(u"text is too long"_s);
    }

private:
    void newLine(int depth)
    {
        if (m_indent >= 0)
            m_out += u'\n' + QString(qsizetype(m_indent) * depth, u' ');
    }
    void separate(bool &first, int depth)
    {
        if (!std::exchange(first, false))
            m_out += m_json ? ","_L1 : ", "_L1;
        newLine(depth);
    }
    void close(bool empty, int depth, QChar bracket)
    {
        if (!empty)
            newLine(depth);
        m_out += bracket;
    }
    void writeKey(const Value &key, int depth)
    {
        if (!m_json || key.isText())
            return write(key, depth);
        Printer bare(m_most, true);
        bare.write(key, depth);
        appendQuoted(m_out, bare.take());
    }

    qsizetype m_most;
    bool m_json;
    int m_indent;
    QString m_out;
};

/// Python's pprint: one line where it fits, else one item a line.
class PrettyPrinter
{
public:
    explicit PrettyPrinter(qsizetype most)
        : m_most(most)
    {
    }

    QString m_out;

    void write(const Value &value, qsizetype column, qsizetype after, int depth = 0)
    {
        const QString flat = represent(value, m_most);
        const bool fits = column + flat.size() + after <= 80;
        if (fits || (!value.is(Type::List) && !value.is(Type::Dict)) || depth > 32) {
            m_out += flat;
            if (m_out.size() > m_most)
                exceeded(u"text is too long"_s);
            return;
        }
        const bool isList = value.is(Type::List);
        m_out += isList ? u'[' : u'{';
        const QString margin = ",\n"_L1 + QString(column + 1, u' ');
        const qsizetype count = isList ? qsizetype(value.items().size()) : qsizetype(value.dict().members.size());
        qsizetype index = 0;
        const auto one = [&](const Value &item, const QString &label) {
            if (index++ > 0)
                m_out += margin;
            m_out += label;
            write(item, column + 1 + label.size(), index == count ? after + 1 : 1, depth + 1);
        };
        if (isList)
            for (const Value &item : value.items())
                one(item, {});
        else
            for (const auto &[key, member] : value.dict().members)
                one(member, represent(key, m_most) + u": "_s);
        m_out += isList ? u']' : u'}';
    }

private:
    qsizetype m_most;
};

} // namespace

QString print(const Value &value, qsizetype most)
{
    if (value.isText())
        return value.text();
    return value.isUndefined() ? QString() : represent(value, most);
}

QString represent(const Value &value, qsizetype most)
{
    Printer printer(most, false);
    printer.write(value);
    return printer.take();
}

QString prettyPrint(const Value &value, qsizetype most)
{
    PrettyPrinter printer(most);
    printer.write(value, 0, 0);
    return std::move(printer.m_out);
}

QString toJson(const Value &value, int indent, qsizetype most)
{
    Printer printer(most, true, indent);
    printer.write(value);
    return printer.take();
}

QString printFloat(double number)
{
    if (std::isnan(number))
        return u"nan"_s;
    if (std::isinf(number))
        return number < 0 ? u"-inf"_s : u"inf"_s;
    char buffer[64];
    const double size = std::abs(number);
    const bool plain = number == 0 || (size >= 1e-4 && size < 1e16);
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    QString text = QString::fromLatin1(buffer, end - buffer);
    if (plain && !text.contains(u'.'))
        text += ".0"_L1;
    return text;
}

} // namespace agent::templating
