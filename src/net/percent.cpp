#include "net/percent.h"

namespace agent {

namespace {

constexpr qsizetype kMaxFormPairs = 256;

enum class Plus { Literal, Space };

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::optional<QString> decode(QByteArrayView text, Plus plus)
{
    QByteArray bytes;
    bytes.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 1 < text.size() ? hexDigit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hexDigit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return std::nullopt;
            c = char(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus == Plus::Space) {
            c = ' ';
        }
        if (c == '\0')
            return std::nullopt;
        bytes.append(c);
    }
    if (!bytes.isValidUtf8())
        return std::nullopt;
    return QString::fromUtf8(bytes);
}

} // namespace

std::optional<QString> percentDecoded(QByteArrayView text) { return decode(text, Plus::Literal); }

std::optional<FormPairs> parseForm(QByteArrayView text)
{
    FormPairs pairs;
    while (!text.isEmpty()) {
        qsizetype end = text.indexOf('&');
        if (end < 0)
            end = text.size();
        const QByteArrayView pair = text.first(end);
        text = text.sliced(std::min(end + 1, text.size()));
        if (pair.isEmpty())
            continue;
        if (pairs.size() == kMaxFormPairs)
            return std::nullopt;
        const qsizetype equals = pair.indexOf('=');
        auto name = decode(equals < 0 ? pair : pair.first(equals), Plus::Space);
        auto value = decode(equals < 0 ? QByteArrayView() : pair.sliced(equals + 1), Plus::Space);
        if (!name || !value)
            return std::nullopt;
        pairs.emplaceBack(std::move(*name), std::move(*value));
    }
    return pairs;
}

} // namespace agent
