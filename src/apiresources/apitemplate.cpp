#include "apiresources/apitemplate.h"

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxName = 256;

bool isName(QByteArrayView text)
{
    return !text.isEmpty() && text.size() <= kMaxName && std::ranges::none_of(text, [](char c) {
        return c == '{' || c == '}' || static_cast<unsigned char>(c) <= ' ';
    });
}

/// Hands out the template piece by piece: literal text, or the value that stands in its place.
template <typename OnText, typename OnValue>
void walk(QByteArrayView text, const ApiValues &values, OnText onText, OnValue onValue)
{
    qsizetype begin = 0, at = 0, end = 0;
    while ((at = text.indexOf("{{", at)) >= 0) {
        if (end < at + 2)
            end = text.indexOf("}}", at + 2);
        if (end < 0)
            break;
        const QByteArrayView name = text.sliced(at + 2, end - at - 2);
        const ApiValues::Value *value = isName(name) ? values.find(name) : nullptr;
        if (!value) {
            ++at;
            continue;
        }
        onText(text.sliced(begin, at - begin));
        onValue(*value);
        at += name.size() + 4;
        begin = at;
    }
    onText(text.sliced(begin));
}

bool breaksLines(const Secret &value)
{
    return value.reveal([](QByteArrayView bytes) {
        return std::ranges::any_of(bytes, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    });
}

} // namespace

void ApiValues::set(const QString &name, Secret value, Kind kind)
{
    const QByteArray key = name.toUtf8();
    std::erase_if(m_values, [&](const Value &old) { return old.name == key; });
    const bool breaks = breaksLines(value);
    m_values.push_back({key, std::move(value), kind, breaks});
}

void ApiValues::add(const QString &name, Secret value, Kind kind)
{
    if (!find(name.toUtf8()))
        set(name, std::move(value), kind);
}

const ApiValues::Value *ApiValues::find(QByteArrayView name) const
{
    const auto found = std::ranges::find(m_values, name, [](const Value &value) { return QByteArrayView(value.name); });
    return found == m_values.end() ? nullptr : &*found;
}

qsizetype substitutedSize(QStringView given, const ApiValues &values)
{
    const QByteArray text = given.toUtf8();
    qsizetype size = 0;
    const auto sizeOf = [](const ApiValues::Value &value) {
        return value.breaksLines ? kRefusedValue.size() : qsizetype(value.value.size());
    };
    walk(
        text, values, [&](QByteArrayView piece) { size += piece.size(); },
        [&](const ApiValues::Value &value) { size += sizeOf(value); });
    return size;
}

Secret substituted(QStringView given, const ApiValues &values)
{
    const QByteArray text = given.toUtf8();
    // Measured first, so that no growing buffer leaves pieces of secrets behind.
    Secret result = Secret::ofSize(std::size_t(substitutedSize(given, values)));
    result.fill([&](char *at, std::size_t) {
        const auto put = [&at](QByteArrayView bytes) { at = std::ranges::copy(bytes, at).out; };
        walk(text, values, put, [&](const ApiValues::Value &value) {
            if (value.breaksLines)
                put(kRefusedValue);
            else
                value.value.reveal(put);
        });
    });
    return result;
}

QString shown(QStringView given, const ApiValues &values)
{
    QString result;
    const QByteArray text = given.toUtf8();
    walk(
        text, values, [&](QByteArrayView piece) { result += QString::fromUtf8(piece); },
        [&](const ApiValues::Value &value) {
            if (value.breaksLines)
                result += QString::fromUtf8(kRefusedValue);
            else if (value.kind == ApiValues::Kind::Secret)
                result += masked(value.value);
            else
                value.value.reveal([&](QByteArrayView bytes) { result += QString::fromUtf8(bytes); });
        });
    return result;
}

QString masked(const Secret &secret)
{
    constexpr qsizetype kShown = 4;
    const QString stars = u"****"_s;
    return secret.reveal([&](QByteArrayView bytes) {
        if (bytes.size() < 2 * kShown)
            return stars;
        const QByteArrayView tail = bytes.last(kShown);
        const bool isText = std::ranges::all_of(tail, [](char c) { return c > 0x20 && c < 0x7f; });
        return isText ? QString(stars + QString::fromLatin1(tail)) : stars;
    });
}

bool soundsSecret(QStringView name)
{
    static constexpr std::array kParts = {"auth"_L1,   "token"_L1, "key"_L1,     "secret"_L1,    "passw"_L1,
                                          "cookie"_L1, "cred"_L1,  "session"_L1, "signature"_L1, "community"_L1};
    return std::ranges::any_of(kParts,
                               [&](QLatin1StringView part) { return name.contains(part, Qt::CaseInsensitive); });
}

} // namespace agent
