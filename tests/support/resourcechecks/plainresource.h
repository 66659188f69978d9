#pragma once

#include "core/schema.h"
#include "routecaller/routecaller.h"

#include <QtTest>

#include <algorithm>

namespace agent::test {

/// Where a plain resource is served, and bodies that create one.
struct PlainResource
{
    QByteArray path;     ///< of the list and of creating: "/api/snippets"
    QByteArray itemPath; ///< before the id: "/api/snippets/"; empty: `path` with a slash
    /// Creates one with every writable field that may be null set, so that clearing it shows.
    QByteArray sample;
    QByteArray otherSample; ///< creates one more beside it; empty: `sample` does
    /// Fields whose null clears something else than the field itself, or nothing by the contract: tried by hand.
    QByteArrayList skipped;
    struct Bound
    {
        QByteArray field;
        qsizetype maxBytes;
    };
    QList<Bound> bounds; ///< texts and their longest length: one byte more is refused with 400
    bool hasItemGet = true;
};

/// What holds for every plain resource, derived from its field table: create, read, list, partial update, clearing by
/// null, unknown fields and ids, wrong types, missing fields, oversize texts, delete. Rules of one resource (list
/// order, cascades, uniqueness, secrets) are tested by hand beside it. Each check is a QVERIFY in the calling test.
template <Described Model>
class PlainResourceChecks
{
public:
    PlainResourceChecks(RouteCaller &call, PlainResource resource)
        : m_call(call)
        , m_resource(std::move(resource))
    {
        if (m_resource.itemPath.isEmpty())
            m_resource.itemPath = m_resource.path + '/';
    }

    void run()
    {
        using Check = void (PlainResourceChecks::*)();
        for (const Check check : std::initializer_list<Check>{
                 &PlainResourceChecks::createsAndReads, &PlainResourceChecks::updatesInPart,
                 &PlainResourceChecks::clearsByNull, &PlainResourceChecks::refusesWrongTypes,
                 &PlainResourceChecks::wantsRequiredFields, &PlainResourceChecks::boundsItsTexts,
                 &PlainResourceChecks::refusesOddBodies, &PlainResourceChecks::knowsNoOtherIds,
                 &PlainResourceChecks::deletesOnlyTheOne}) {
            (this->*check)();
            if (QTest::currentTestFailed())
                return;
        }
    }

private:
    void createsAndReads()
    {
        const Answer made = m_call.post(m_resource.path, withUnknown(m_resource.sample));
        claim(made.status == 201, made.body);
        m_id = made.text("id").toLatin1();
        const auto sent = JsonDocument::parse(m_resource.sample);
        claim(sent.ok(), m_resource.sample);
        forEachField<Model>([&](const auto &field) {
            const JsonValue *answered = memberOf(made.json(), field.name);
            claim(answered || field.is(FieldFlag::OmitNull), field.name);
            const JsonValue *given = memberOf(sent->root(), field.name);
            if (given && answered && writable(field, BodyKind::Create))
                claim(*given == *answered, field.name);
        });
        claim(!memberOf(made.json(), "x_unknown"), made.body);
        if (m_resource.hasItemGet)
            QCOMPARE(m_call.get(item()).body, made.body);
        claim(listed(m_id), "the list has what was created");
    }

    void updatesInPart()
    {
        const QByteArray before = read();
        QCOMPARE(m_call.put(item(), R"({})").status, 200);
        QCOMPARE(m_call.put(item(), R"({"x_unknown":[1,{"a":null}]})").status, 200);
        QCOMPARE(read(), before);
        // One field at a time, with the value it has: the others stay.
        const auto stored = JsonDocument::parse(before);
        forEachField<Model>([&](const auto &field) {
            const JsonValue *value = memberOf(stored->root(), field.name);
            if (!value || !writable(field, BodyKind::Update))
                return;
            const Answer answer = m_call.put(item(), bodyOf(field.name, toJsonText(*value)));
            claim(answer.status == 200, field.name + QByteArray(": ") + answer.body);
        });
        claim(sameBut(read(), before, {}), read());
    }

    void clearsByNull()
    {
        forEachField<Model>([&](const auto &field) {
            using T = typename std::decay_t<decltype(field)>::Type;
            if (!writable(field, BodyKind::Update) || m_resource.skipped.contains(field.name))
                return;
            const QByteArray before = read();
            const Answer answer = m_call.put(item(), bodyOf(field.name, "null"));
            claim(answer.status == 200, field.name + QByteArray(": ") + answer.body);
            const bool clears = isOptional<T> && !field.is(FieldFlag::NullKeeps);
            if (clears) {
                const auto old = JsonDocument::parse(before);
                const JsonValue *was = memberOf(old->root(), field.name);
                claim(was && !was->IsNull(), field.name + QByteArray(" is not set by the sample"));
                const auto now = JsonDocument::parse(read());
                const JsonValue *is = memberOf(now->root(), field.name);
                claim(!is || is->IsNull(), field.name);
            }
            claim(sameBut(read(), before, clears ? QByteArrayList{field.name} : QByteArrayList{}),
                  field.name + QByteArray(": ") + read());
        });
    }

    void refusesWrongTypes()
    {
        const QByteArray before = read();
        forEachField<Model>([&](const auto &field) {
            using T = typename std::decay_t<decltype(field)>::Type;
            const QByteArray wrong = wrongValue<T>();
            if (wrong.isEmpty() || m_resource.skipped.contains(field.name))
                return;
            if (writable(field, BodyKind::Update))
                expectRefusal(m_call.put(item(), bodyOf(field.name, wrong)), 422, field.name);
            if (writable(field, BodyKind::Create))
                expectRefusal(m_call.post(m_resource.path, replaced(other(), field.name, wrong)), 422, field.name);
        });
        QCOMPARE(read(), before);
    }

    void wantsRequiredFields()
    {
        const qsizetype count = listSize();
        forEachField<Model>([&](const auto &field) {
            if (!field.is(FieldFlag::Required))
                return;
            expectRefusal(m_call.post(m_resource.path, replaced(other(), field.name, {})), 422, field.name);
            expectRefusal(m_call.post(m_resource.path, replaced(other(), field.name, "null")), 422, field.name);
        });
        QCOMPARE(listSize(), count);
    }

    void boundsItsTexts()
    {
        for (const auto &[field, maxBytes] : m_resource.bounds) {
            const QByteArray before = read();
            const QByteArray tooLong = '"' + QByteArray(maxBytes + 1, 'x') + '"';
            expectRefusal(m_call.put(item(), bodyOf(field, tooLong)), 400, field);
            expectRefusal(m_call.post(m_resource.path, replaced(other(), field, tooLong)), 400, field);
            QCOMPARE(read(), before);
            const QByteArray longest = '"' + QByteArray(maxBytes, 'x') + '"';
            const Answer answer = m_call.put(item(), bodyOf(field, longest));
            claim(answer.status == 200, field + ": " + answer.body.left(300));
        }
    }

    void refusesOddBodies()
    {
        const QByteArray before = read();
        for (const QByteArray &body : {QByteArray("[]"), QByteArray("\"x\""), QByteArray("7")}) {
            QCOMPARE(m_call.post(m_resource.path, body).status, 422);
            QCOMPARE(m_call.put(item(), body).status, 422);
        }
        for (const QByteArray &body : {QByteArray("{"), QByteArray("{\"a\":}"), QByteArray("\xff")}) {
            QCOMPARE(m_call.post(m_resource.path, body).status, 400);
            QCOMPARE(m_call.put(item(), body).status, 400);
        }
        QCOMPARE(m_call.call(Method::Post, m_resource.path, m_resource.sample, "text/plain").status, 415);
        QCOMPARE(read(), before);
    }

    void knowsNoOtherIds()
    {
        for (const QByteArray &id : {QByteArray("00000000-0000-4000-8000-000000000000"), QByteArray("nope")}) {
            const QByteArray path = m_resource.itemPath + id;
            if (m_resource.hasItemGet)
                expectRefusal(m_call.get(path), 404, {});
            expectRefusal(m_call.put(path, "{}"), 404, {});
            expectRefusal(m_call.remove(path), 404, {});
        }
    }

    void deletesOnlyTheOne()
    {
        const Answer second = m_call.post(m_resource.path, other());
        claim(second.status == 201, second.body);
        QCOMPARE(m_call.remove(item()).status, 204);
        if (m_resource.hasItemGet)
            QCOMPARE(m_call.get(item()).status, 404);
        QCOMPARE(m_call.put(item(), "{}").status, 404);
        QCOMPARE(m_call.remove(item()).status, 404);
        QVERIFY(!listed(m_id));
        QVERIFY(listed(second.text("id").toLatin1()));
        QCOMPARE(m_call.remove(m_resource.itemPath + second.text("id").toLatin1()).status, 204);
    }

    // Helpers

    static void claim(bool holds, const QByteArray &otherwise) { QVERIFY2(holds, otherwise.constData()); }

    [[nodiscard]] QByteArray item() const { return m_resource.itemPath + m_id; }
    [[nodiscard]] QByteArray other() const
    {
        return m_resource.otherSample.isEmpty() ? m_resource.sample : m_resource.otherSample;
    }

    /// The stored object as the wire shows it; from the list where one item has no route.
    QByteArray read()
    {
        if (m_resource.hasItemGet)
            return m_call.get(item()).body;
        const Answer list = m_call.get(m_resource.path);
        for (const JsonValue &one : list.json().GetArray()) {
            if (m_id == one["id"].GetString())
                return toJsonText(one);
        }
        return {};
    }
    bool listed(const QByteArray &id)
    {
        const Answer list = m_call.get(m_resource.path);
        return std::ranges::any_of(list.json().GetArray(),
                                   [&](const JsonValue &one) { return id == one["id"].GetString(); });
    }
    qsizetype listSize() { return m_call.get(m_resource.path).json().Size(); }

    static bool writable(const auto &field, BodyKind kind)
    {
        return !field.is(FieldFlag::ReadOnly) &&
               !field.is(kind == BodyKind::Create ? FieldFlag::UpdateOnly : FieldFlag::CreateOnly);
    }

    static QByteArray bodyOf(const QByteArray &field, const QByteArray &value)
    {
        return "{\"" + field + "\":" + value + '}';
    }
    /// `body` with another value for `field`, or without it when `value` is empty.
    static QByteArray replaced(const QByteArray &body, const QByteArray &field, const QByteArray &value)
    {
        const auto document = JsonDocument::parse(body);
        QByteArrayList members;
        for (const auto &member : document->root().GetObject()) {
            if (field != member.name.GetString())
                members.append('"' + QByteArray(member.name.GetString()) + "\":" + toJsonText(member.value));
        }
        if (!value.isEmpty())
            members.append('"' + field + "\":" + value);
        return '{' + members.join(',') + '}';
    }
    static QByteArray withUnknown(const QByteArray &body) { return replaced(body, "x_unknown", R"({"deep":[null]})"); }

    /// Whether two objects differ in nothing but `fields` and the time of the last change.
    static bool sameBut(const QByteArray &a, const QByteArray &b, QByteArrayList fields)
    {
        QByteArray left = a, right = b;
        fields.append("updated_at");
        for (const QByteArray &field : fields) {
            left = replaced(left, field, {});
            right = replaced(right, field, {});
        }
        return left == right;
    }

    /// A JSON value that the field's codec does not take, or nothing where it takes all.
    template <typename T>
    static QByteArray wrongValue()
    {
        for (const QByteArray &candidate : {QByteArray("7.5"), QByteArray("[{}]"), QByteArray("{\"x\":[]}")}) {
            const auto document = JsonDocument::parse(candidate);
            T value{};
            if (!JsonCodec<T>::read(document->root(), value))
                return candidate;
        }
        return {};
    }

    /// An ApiError of `status` whose text names `field`.
    static void expectRefusal(const Answer &answer, int status, const QByteArray &field)
    {
        claim(answer.status == status, field + ": " + QByteArray::number(answer.status) + ' ' + answer.body.left(300));
        claim(!answer.code().isEmpty(), answer.body.left(300));
        claim(answer.text("error").contains(QString::fromLatin1(field)), answer.body.left(300));
    }

    RouteCaller &m_call;
    PlainResource m_resource;
    QByteArray m_id;
};

} // namespace agent::test
