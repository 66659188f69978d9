#include "terminal/terminalmessage.h"

#include "core/foreigntext.h"
#include "core/jsondocument.h"
#include "core/jsonescape.h"
#include "core/secret.h"

#include <algorithm>

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

/// A reason is one line of red text; parts of it may be the words of a server.
constexpr qsizetype kMaxReason = 2000;
constexpr qsizetype kLongestEscape = 6;

char *writeEscape(char *at, char c)
{
    constexpr char kHex[] = "0123456789abcdef";
    *at++ = '\\';
    switch (c) {
    case '"':
    case '\\':
        *at++ = c;
        break;
    case '\n':
        *at++ = 'n';
        break;
    case '\r':
        *at++ = 'r';
        break;
    case '\t':
        *at++ = 't';
        break;
    default:
        for (const char digit : {'u', '0', '0', kHex[uchar(c) >> 4], kHex[uchar(c) & 0xf]})
            *at++ = digit;
    }
    return at;
}

/// Writes a JSON string literal of valid UTF-8.
void appendQuoted(QByteArray &out, QByteArrayView text)
{
    constexpr qsizetype kSlice = 4096; // with room for the worst case, so that only its begin looks for room
    out += '"';
    while (!text.isEmpty()) {
        const QByteArrayView slice = text.first(qMin(text.size(), kSlice));
        text = text.sliced(slice.size());
        const qsizetype before = out.size();
        out.resizeForOverwrite(before + slice.size() * kLongestEscape);
        char *at = out.data() + before;
        for (const char *run = slice.begin(); run != slice.end();) {
            const char *stop = nextJsonEscape(run, slice.end());
            at = std::copy(run, stop, at);
            run = stop;
            if (run != slice.end())
                at = writeEscape(at, *run++);
        }
        out.truncate(at - out.constData());
    }
    out += '"';
}

QString message(QByteArrayView head, QByteArrayView text)
{
    QByteArray out;
    out.reserve(head.size() + text.size() + text.size() / 8 + 32 * 1024);
    out += head;
    appendQuoted(out, text);
    out += '}';
    return QString::fromUtf8(out);
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
    QByteArray out = R"({"type":"Connected","session_id":)"_ba;
    if (sessionId.isNull())
        out += "null";
    else
        appendQuoted(out, sessionId.toUtf8());
    if (!viaJump.isEmpty()) {
        out += R"(,"via_jump":)";
        appendQuoted(out, viaJump.toUtf8());
    }
    out += '}';
    return QString::fromUtf8(out);
}

QString outputMessage(QByteArrayView text) { return message(R"({"type":"Output","data":)", text); }

QString errorMessage(QStringView text)
{
    return message(R"({"type":"Error","data":)", foreignText(text, kMaxReason).toUtf8());
}

QString closeMessage() { return uR"({"type":"Close"})"_s; }

QString disconnectedMessage(QStringView reason)
{
    return message(R"({"type":"Disconnected","reason":)", foreignText(reason, kMaxReason).toUtf8());
}

} // namespace agent
