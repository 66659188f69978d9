#include "terminal/terminalmessage.h"

#include "core/jsondocument.h"
#include "core/secret.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

std::optional<int> sizeOf(const JsonValue &data, std::string_view name)
{
    const JsonValue *value = memberOf(data, name);
    if (!value || !value->IsUint() || value->GetUint() == 0 || value->GetUint() > 0xffff)
        return std::nullopt;
    return int(value->GetUint());
}

/// Writes a JSON string literal. By hand, because the frame goes out as a QString: output is most of what this
/// process does, and a detour through a byte buffer would copy it twice more.
void appendQuoted(QString &out, QStringView text)
{
    constexpr char16_t kHex[] = u"0123456789abcdef";
    out += u'"';
    const QChar *run = text.begin();
    const auto endRun = [&](const QChar *end) { out.append(run, end - run); };
    for (const QChar *c = text.begin(); c != text.end(); ++c) {
        const char16_t unit = c->unicode();
        if (unit >= 0x20 && unit != u'"' && unit != u'\\')
            continue;
        endRun(c);
        run = c + 1;
        switch (unit) {
        case u'"':
            out += u"\\\"";
            break;
        case u'\\':
            out += u"\\\\";
            break;
        case u'\n':
            out += u"\\n";
            break;
        case u'\r':
            out += u"\\r";
            break;
        case u'\t':
            out += u"\\t";
            break;
        default:
            out += u"\\u00";
            out += QChar(kHex[unit >> 4]);
            out += QChar(kHex[unit & 0xf]);
        }
    }
    endRun(text.end());
    out += u'"';
}

QString message(QStringView head, QStringView text)
{
    QString out;
    out.reserve(head.size() + text.size() + text.size() / 8 + 4);
    out += head;
    appendQuoted(out, text);
    out += u'}';
    return out;
}

} // namespace

std::optional<ClientMessage> parseClientMessage(const QString &text)
{
    auto document = JsonDocument::parse(text.toUtf8());
    if (!document || !document->root().IsObject())
        return std::nullopt;
    const JsonValue *type = memberOf(document->root(), "type");
    if (!type || !type->IsString())
        return std::nullopt;
    const std::string_view word(type->GetString(), type->GetStringLength());
    if (word == "Close")
        return CloseMessage{};
    const JsonValue *data = memberOf(document->root(), "data");
    if (!data)
        return std::nullopt;
    if (word == "Input" && data->IsString())
        return InputMessage{QByteArray(data->GetString(), qsizetype(data->GetStringLength()))};
    if (word == "Resize" && data->IsObject()) {
        const auto columns = sizeOf(*data, "cols"), rows = sizeOf(*data, "rows");
        if (columns && rows)
            return ResizeMessage{{*columns, *rows}};
    }
    return std::nullopt;
}

QString connectedMessage(const QString &sessionId, const QString &viaJump)
{
    QString out = u"{\"type\":\"Connected\",\"session_id\":"_s;
    if (sessionId.isNull())
        out += u"null";
    else
        appendQuoted(out, sessionId);
    if (!viaJump.isEmpty()) {
        out += u",\"via_jump\":";
        appendQuoted(out, viaJump);
    }
    out += u'}';
    return out;
}

QString outputMessage(QStringView text) { return message(u"{\"type\":\"Output\",\"data\":", text); }

QString errorMessage(QStringView text) { return message(u"{\"type\":\"Error\",\"data\":", text); }

QString closeMessage() { return u"{\"type\":\"Close\"}"_s; }

QString disconnectedMessage(QStringView reason) { return message(u"{\"type\":\"Disconnected\",\"reason\":", reason); }

} // namespace agent
