#pragma once

#include "core/jsoncontainers.h"
#include "core/jsondocument.h"
#include "core/schema.h"

#include <QRandomGenerator>

#include <bit>
#include <cmath>

namespace agent::test {

/// The kinds of JSON value.
enum class JsonKind { Null, Bool, Integer, Fraction, String, Array, Object };

/// Makes any value of a type, the odd ones more often than chance would. `random` alone decides. A type that is read
/// from something else than its C++ shape tells has `static constexpr bool reads(JsonKind)` too.
template <typename T>
struct Arbitrary;

template <>
struct Arbitrary<bool>
{
    static bool make(QRandomGenerator &random) { return random.bounded(2) == 1; }
};

template <std::integral T>
    requires(!std::same_as<T, bool>)
struct Arbitrary<T>
{
    static T make(QRandomGenerator &random)
    {
        using Limits = std::numeric_limits<T>;
        switch (random.bounded(6)) {
        case 0:
            return Limits::min();
        case 1:
            return Limits::max();
        case 2:
            return 0;
        case 3:
            return T(random.bounded(100));
        default:
            return T(random.generate64());
        }
    }
};

template <>
struct Arbitrary<double>
{
    static double make(QRandomGenerator &random)
    {
        static constexpr std::array odd{0.0, 0.1, -1.5, 1e308, 5e-324, 1.0 / 3, 9007199254740993.0};
        if (random.bounded(2) == 0)
            return odd.at(std::size_t(random.bounded(int(odd.size()))));
        const double value = std::bit_cast<double>(random.generate64());
        return std::isfinite(value) ? value : 0;
    }
};

template <>
struct Arbitrary<QString>
{
    static QString make(QRandomGenerator &random)
    {
        static const std::array odd{QStringLiteral(""),     QStringLiteral(" "),         QStringLiteral("\"\\/\b\n"),
                                    QStringLiteral("null"), QStringLiteral("\u2028é中"), QStringLiteral("{\"id\":1}")};
        if (random.bounded(4) == 0)
            return odd.at(std::size_t(random.bounded(int(odd.size()))));
        QString text(u"");
        for (int i = random.bounded(12); i > 0; --i)
            text += QStringView(QChar::fromUcs4(codePoint(random)));
        return text;
    }

private:
    /// Any but half a surrogate pair, which no UTF-8 can say.
    static char32_t codePoint(QRandomGenerator &random)
    {
        switch (random.bounded(4)) {
        case 0:
            return char32_t(random.bounded(0x20)); // controls, NUL too
        case 1:
            return char32_t(0x1f300 + random.bounded(0x100));
        case 2: {
            const auto code = char32_t(random.bounded(0x110000));
            return code >= 0xd800 && code < 0xe000 ? U'x' : code;
        }
        default:
            return char32_t(0x20 + random.bounded(0x5f));
        }
    }
};

template <>
struct Arbitrary<Utf8Text>
{
    static Utf8Text make(QRandomGenerator &random) { return {Arbitrary<QString>::make(random).toUtf8()}; }
};

template <>
struct Arbitrary<Timestamp>
{
    static Timestamp make(QRandomGenerator &random)
    {
        constexpr qint64 kFirst = -62'167'219'200, kLast = 253'402'300'799; // years 0 and 9999
        return Timestamp(kFirst + qint64(random.generate64() % quint64(kLast - kFirst + 1)));
    }
};

template <>
struct Arbitrary<RawJson>
{
    static RawJson make(QRandomGenerator &random) { return {value(random, 3)}; }

private:
    static QByteArray value(QRandomGenerator &random, int depth)
    {
        switch (random.bounded(depth > 0 ? 6 : 4)) {
        case 0:
            return "null";
        case 1:
            return random.bounded(2) ? "true" : "false";
        case 2:
            return encode(Arbitrary<qint64>::make(random));
        case 3:
            return encode(Arbitrary<QString>::make(random));
        case 4:
            return '[' + value(random, depth - 1) + ',' + value(random, depth - 1) + ']';
        default:
            return '{' + encode(Arbitrary<QString>::make(random)) + ':' + value(random, depth - 1) + '}';
        }
    }
};

template <JsonContainer kind>
struct Arbitrary<RawContainer<kind>>
{
    static RawContainer<kind> make(QRandomGenerator &random)
    {
        const QByteArray inner = Arbitrary<RawJson>::make(random).text;
        if (kind == JsonContainer::Array)
            return {'[' + inner + ']'};
        return {'{' + encode(Arbitrary<QString>::make(random)) + ':' + inner + '}'};
    }
    static constexpr bool reads(JsonKind json)
    {
        return json == (kind == JsonContainer::Array ? JsonKind::Array : JsonKind::Object);
    }
};

template <WordedEnum E>
struct Arbitrary<E>
{
    static E make(QRandomGenerator &random)
    {
        return EnumWords<E>::words.at(std::size_t(random.bounded(int(EnumWords<E>::words.size())))).first;
    }
};

template <typename T>
struct Arbitrary<std::optional<T>>
{
    static std::optional<T> make(QRandomGenerator &random)
    {
        return random.bounded(3) == 0 ? std::nullopt : std::optional(Arbitrary<T>::make(random));
    }
};

template <typename T>
struct Arbitrary<QList<T>>
{
    static QList<T> make(QRandomGenerator &random)
    {
        QList<T> values;
        for (int i = random.bounded(4); i > 0; --i)
            values.append(Arbitrary<T>::make(random));
        return values;
    }
};

template <typename T>
struct Arbitrary<QMap<QString, T>>
{
    static QMap<QString, T> make(QRandomGenerator &random)
    {
        QMap<QString, T> values;
        for (int i = random.bounded(4); i > 0; --i)
            values.insert(Arbitrary<QString>::make(random), Arbitrary<T>::make(random));
        return values;
    }
    static constexpr bool reads(JsonKind json) { return json == JsonKind::Object; }
};

/// Every field, as the field table lists them.
template <Described Model>
struct Arbitrary<Model>
{
    static Model make(QRandomGenerator &random)
    {
        Model model{};
        forEachField<Model>([&](const auto &field) {
            using T = typename std::decay_t<decltype(field)>::Type;
            model.*field.member = Arbitrary<T>::make(random);
        });
        return model;
    }
};

/// Which kinds a type may be read from. A String may still hold a wrong word, an Integer be out of range.
template <typename T>
constexpr bool reads(JsonKind kind)
{
    if constexpr (isOptional<T>)
        return kind == JsonKind::Null || reads<typename T::value_type>(kind);
    else if constexpr (requires { Arbitrary<T>::reads(kind); })
        return Arbitrary<T>::reads(kind);
    else if constexpr (std::same_as<T, RawJson>)
        return true;
    else if constexpr (std::same_as<T, bool>)
        return kind == JsonKind::Bool;
    else if constexpr (std::integral<T>)
        return kind == JsonKind::Integer;
    else if constexpr (std::same_as<T, double>)
        return kind == JsonKind::Integer || kind == JsonKind::Fraction;
    else if constexpr (std::same_as<T, QString> || std::same_as<T, Utf8Text> || std::same_as<T, Timestamp> ||
                       std::is_enum_v<T>)
        return kind == JsonKind::String;
    else if constexpr (Described<T>)
        return kind == JsonKind::Object;
    else
        return kind == JsonKind::Array;
}

/// A text that no error may repeat: it stands for what a client typed into the wrong field.
inline constexpr QByteArrayView kTyped("typed-into-the-wrong-field");

/// A JSON text of a kind that T cannot be read from; empty when it reads anything.
template <typename T>
QByteArray wrongValue(QRandomGenerator &random)
{
    static const std::array<std::pair<JsonKind, QByteArray>, 8> values{{
        {JsonKind::Bool, "true"},
        {JsonKind::Integer, "17"},
        {JsonKind::Fraction, "2.5"},
        {JsonKind::Fraction, "1e300"},
        {JsonKind::String, '"' + kTyped.toByteArray() + '"'},
        {JsonKind::Array, "[\"" + kTyped.toByteArray() + "\"]"},
        {JsonKind::Array, "[]"},
        {JsonKind::Object, "{\"" + kTyped.toByteArray() + "\":1}"},
    }};
    const auto start = random.bounded(int(values.size()));
    for (int i = 0; i < int(values.size()); ++i) {
        const auto &[kind, text] = values.at(std::size_t(start + i) % values.size());
        if (!reads<T>(kind))
            return text;
    }
    return {};
}

} // namespace agent::test
