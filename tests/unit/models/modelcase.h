#pragma once

#include "arbitrary.h"

#include <QTest>

#include <algorithm>

namespace agent::test {

using namespace Qt::StringLiterals;

/// The members of a JSON object as texts, in any order: what a body is put together from.
using Members = QList<std::pair<QByteArray, QByteArray>>;

inline QByteArray objectOf(const Members &members)
{
    QByteArrayList parts;
    for (const auto &[name, value] : members)
        parts.append('"' + name + "\":" + value);
    return '{' + parts.join(',') + '}';
}

/// One random case of one model: a value, and what reading any body made of it must give.
template <Described Model>
class ModelCase
{
public:
    explicit ModelCase(QRandomGenerator &random)
        : m_random(random)
        , m_value(Arbitrary<Model>::make(random))
        , m_stored(Arbitrary<Model>::make(random))
    {
    }

    /// What is written has every field, and each reads back equal, the read-only ones too.
    void writesWhatItReads() const
    {
        const auto document = JsonDocument::parse(encode(m_value));
        QVERIFY(document);
        rapidjson::SizeType expected = 0;
        forEachField<Model>([&](const auto &field) {
            using T = typename std::decay_t<decltype(field)>::Type;
            const T &value = m_value.*field.member;
            const JsonValue *found = memberOf(document->root(), field.name);
            if (isLeftOut(field, value)) {
                QVERIFY2(!found, field.name);
                return;
            }
            ++expected;
            QVERIFY2(found, field.name);
            T back{};
            const Status read = JsonCodec<T>::read(*found, back);
            QVERIFY2(read, field.name);
            // Nested read-only fields do not come back, so what is equal is the text.
            QVERIFY2(encode(back) == encode(value) || hasReadOnly<T>(), field.name);
        });
        QCOMPARE(document->root().MemberCount(), expected);
    }

    /// A body with every field, in any order and among unknown ones.
    void readsWholeBodies() const
    {
        for (const BodyKind kind : {BodyKind::Create, BodyKind::Update}) {
            const Model before = kind == BodyKind::Create ? Model{} : m_stored;
            Model expected = before;
            forEachField<Model>([&](const auto &field) {
                if (takes(field, kind))
                    take(field, m_value, expected, kind);
            });
            Members body = members();
            for (int i = m_random.bounded(3); i > 0; --i)
                body.emplaceBack("x_unknown_" + QByteArray::number(i), Arbitrary<RawJson>::make(m_random).text);
            std::shuffle(body.begin(), body.end(), m_random);
            expectRead(body, before, kind, expected);
        }
    }

    /// A body without one field, and one where it is null.
    void readsAbsentAndNull() const
    {
        forOneField([&]<typename FieldType>(const FieldType &field, const BodyKind kind) {
            using T = typename FieldType::Type;
            for (const bool isNull : {false, true}) {
                Members body = members();
                auto member =
                    std::ranges::find(body, QByteArray(field.name), &std::pair<QByteArray, QByteArray>::first);
                if (member != body.end())
                    body.erase(member);
                if (isNull)
                    body.emplaceBack(field.name, "null");
                if (kind == BodyKind::Create && field.is(FieldFlag::Required)) {
                    expectRefusal(body, kind, field.name);
                    continue;
                }
                const Model before = kind == BodyKind::Create ? Model{} : m_stored;
                Model expected = before;
                forEachField<Model>([&](const auto &other) {
                    if (takes(other, kind) && qstrcmp(other.name, field.name) != 0)
                        take(other, m_value, expected, kind);
                });
                if constexpr (isOptional<T>) {
                    const bool keeps = kind == BodyKind::Update && field.is(FieldFlag::NullKeeps);
                    if (isNull && !keeps)
                        (expected.*field.member).reset();
                }
                expectRead(body, before, kind, expected);
            }
        });
    }

    /// A body whose one field has a value of a wrong type.
    void namesTheFieldOfAWrongType() const
    {
        forOneField([&]<typename FieldType>(const FieldType &field, const BodyKind kind) {
            const QByteArray wrong = wrongValue<typename FieldType::Type>(m_random);
            if (wrong.isEmpty())
                return;
            Members body;
            for (const auto &member : members()) {
                if (member.first != field.name)
                    body.append(member);
            }
            body.emplaceBack(field.name, wrong);
            expectRefusal(body, kind, field.name);
        });
    }

private:
    static bool takes(const auto &field, BodyKind kind)
    {
        return !field.is(FieldFlag::ReadOnly) &&
               !field.is(kind == BodyKind::Create ? FieldFlag::UpdateOnly : FieldFlag::CreateOnly);
    }

    template <typename FieldType>
    static bool isLeftOut(const FieldType &field, const typename FieldType::Type &value)
    {
        if constexpr (isOptional<typename FieldType::Type>)
            return !value && field.is(FieldFlag::OmitNull);
        else
            return false;
    }

    /// What reading `from` as it is written does to `to`.
    template <typename FieldType>
    static void take(const FieldType &field, const Model &from, Model &to, BodyKind kind)
    {
        const auto &value = from.*field.member;
        if constexpr (isOptional<typename FieldType::Type>) {
            const bool keeps = isLeftOut(field, value) || (kind == BodyKind::Update && field.is(FieldFlag::NullKeeps));
            if (!value && keeps)
                return;
        }
        to.*field.member = value;
    }

    template <typename T>
    static constexpr bool hasReadOnly()
    {
        if constexpr (isOptional<T>) {
            return hasReadOnly<typename T::value_type>();
        } else if constexpr (Described<T>) {
            bool any = false;
            forEachField<T>([&](const auto &field) {
                any = any || !takes(field, BodyKind::Create) ||
                      hasReadOnly<typename std::decay_t<decltype(field)>::Type>();
            });
            return any;
        } else if constexpr (requires { typename T::value_type; } && !std::same_as<T, QString>) {
            return hasReadOnly<typename T::value_type>();
        } else {
            return false;
        }
    }

    [[nodiscard]] Members members() const
    {
        Members all;
        forEachField<Model>([&](const auto &field) {
            const auto &value = m_value.*field.member;
            if (!isLeftOut(field, value))
                all.emplaceBack(field.name, encode(value));
        });
        return all;
    }

    /// Calls `visit` with one of the fields that a random kind of body takes.
    void forOneField(auto visit) const
    {
        const BodyKind kind = m_random.bounded(2) ? BodyKind::Create : BodyKind::Update;
        int count = 0;
        forEachField<Model>([&](const auto &field) { count += takes(field, kind) ? 1 : 0; });
        if (count == 0)
            return;
        int chosen = m_random.bounded(count);
        forEachField<Model>([&](const auto &field) {
            if (takes(field, kind) && chosen-- == 0)
                visit(field, kind);
        });
    }

    static void expectRead(const Members &body, Model before, BodyKind kind, const Model &expected)
    {
        const QByteArray text = objectOf(body);
        const auto document = JsonDocument::parse(text);
        QVERIFY2(document, text.constData());
        const Status read = readObject(document->root(), before, kind);
        QVERIFY2(read, read ? "" : qPrintable(read.error().message + u' ' + QString::fromUtf8(text)));
        QCOMPARE(encode(before), encode(expected));
    }

    static void expectRefusal(const Members &body, BodyKind kind, const char *field)
    {
        const QByteArray text = objectOf(body);
        const auto document = JsonDocument::parse(text);
        QVERIFY2(document, text.constData());
        Model model{};
        const Status read = readObject(document->root(), model, kind);
        QVERIFY2(!read, text.constData());
        QCOMPARE(read.error().code, ErrorCode::WrongShape);
        // A list names its element: sizes[0].
        const QString name = QLatin1StringView(field);
        QVERIFY2(read.error().field == name || read.error().field.startsWith(name + u'['),
                 qPrintable(read.error().field + u" in "_s + QString::fromUtf8(text)));
        QVERIFY2(read.error().message.contains(u'\'' + read.error().field + u'\''), qPrintable(read.error().message));
        QVERIFY2(!read.error().message.contains(QLatin1StringView(kTyped)), qPrintable(read.error().message));
    }

    QRandomGenerator &m_random;
    Model m_value;
    Model m_stored; ///< what an update finds
};

} // namespace agent::test
