#include "enrichment/answervalues.h"
#include "enrichment/builtinsources.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kNetbox =
    R"({"count":2,"results":[{"address":"10.0.0.1/24","status":{"value":"active","label":"Active"},)"
    R"("vrf":null,"assigned_object":{"device":{"name":"core-1"}}},{"address":"10.0.0.2/24"}]})";

QByteArray unwrapped(const QByteArray &body, const QString &expression)
{
    const auto value = answervalues::unwrapped(body, expression);
    return !value ? "error: " + value.error().message.toUtf8() : value->value_or("nothing");
}

} // namespace

/// What hovers take out of an answer: contract 06 sections 16.3 and 16.5.
class AnswerValuesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void unwraps_data();
    void unwraps();
    void aSectionHasItsPickedValues();
    void aSectionOfNothingIsNothing();
    void withoutAHitEverythingIsShown();
    void keysAreDottedPaths();
    void deepAndBrokenAnswersAreErrors();
    void macAddressTypes_data();
    void macAddressTypes();
};

void AnswerValuesTest::unwraps_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("all") << u""_s << kNetbox;
    QTest::newRow("dotted") << u"results.1"_s << QByteArray(R"({"address":"10.0.0.2/24"})");
    QTest::newRow("bracket") << u"results[1].address"_s << QByteArray(R"("10.0.0.2/24")");
    QTest::newRow("missing") << u"results.7.address"_s << QByteArray("nothing");
    QTest::newRow("below a value") << u"count.x"_s << QByteArray("nothing");
    QTest::newRow("null") << u"results.0.vrf"_s << QByteArray("null");
    QTest::newRow("jsonpath one") << u"$.count"_s << QByteArray("2");
    QTest::newRow("jsonpath many") << u"$.results[*].address"_s << QByteArray(R"(["10.0.0.1/24","10.0.0.2/24"])");
    QTest::newRow("jsonpath deep") << u"$..name"_s << QByteArray(R"("core-1")");
    QTest::newRow("jsonpath filter") << u"$.results[?(@.address == '10.0.0.2/24')].address"_s
                                     << QByteArray(R"("10.0.0.2/24")");
    QTest::newRow("jsonpath filter, RFC")
        << u"$.results[?@.address == '10.0.0.2/24'].address"_s << QByteArray(R"("10.0.0.2/24")");
    QTest::newRow("jsonpath slice") << u"$.results[-1:].address"_s << QByteArray(R"("10.0.0.2/24")");
    QTest::newRow("jsonpath none") << u"$.nope"_s << QByteArray("nothing");
}

void AnswerValuesTest::unwraps()
{
    QFETCH(QString, expression);
    QTEST(unwrapped(kNetbox, expression), "value");
}

void AnswerValuesTest::aSectionHasItsPickedValues()
{
    const QList<PickedField> fields{{u"assigned_object.device.name"_s, u"Device"_s},
                                    {u"vrf.name"_s, u"VRF"_s},
                                    {u"status.label"_s, u"Status"_s, PickedFormat::StatusPill},
                                    {u"$[*].address"_s, u"All"_s}};
    QStringList keys;
    for (const PickedField &field : fields)
        keys.append(field.key);
    const auto section = answervalues::section(unwrapped(kNetbox, u"results"_s), fields, keys);
    QVERIFY(section && *section);
    QCOMPARE(unwrapped(**section, u"$['assigned_object.device.name']"_s), R"("core-1")");
    QCOMPARE(unwrapped(**section, u"$['vrf.name']"_s), "nothing");
    QCOMPARE(unwrapped(**section, u"$['status.label']"_s), R"("Active")");
    QCOMPARE(unwrapped(**section, u"$['$[*].address']"_s), R"(["10.0.0.1/24","10.0.0.2/24"])"); // of the whole array
    QCOMPARE(unwrapped(**section, u"_meta.fields.2"_s),
             R"({"key":"status.label","label":"Status","format":"status_pill"})");
    QCOMPARE(unwrapped(**section, u"_raw.address"_s), R"("10.0.0.1/24")");
}

void AnswerValuesTest::aSectionOfNothingIsNothing()
{
    for (const QByteArray &value : {"null"_ba, "[]"_ba}) {
        const auto section = answervalues::section(value, {{u"a"_s, u"A"_s}}, {u"a"_s});
        QVERIFY(section && !*section);
    }
}

void AnswerValuesTest::withoutAHitEverythingIsShown()
{
    const auto all = answervalues::section(R"([{"a":1,"b":[2]}])", {{u"x"_s, u"X"_s}}, {u"x"_s});
    QVERIFY(all && *all);
    QVERIFY((*all)->startsWith(R"({"a":1,"b":[2],"_meta":)"));
    QCOMPARE(answervalues::section(R"({"b":1,"a":2})", {}, {}).value(), R"({"b":1,"a":2})"); // as it came
}

void AnswerValuesTest::keysAreDottedPaths()
{
    QCOMPARE(
        answervalues::flattenedKeys(R"({"a":{"b":1,"c":null},"l":[{"x":1},{"x":2},3,{"never":4}],"e":{}})").value(),
        (QStringList{u"a.b"_s, u"a.c"_s, u"l.0.x"_s, u"l.1.x"_s, u"l.2"_s}));
    QCOMPARE(answervalues::flattenedKeys("7").value(), QStringList());
}

void AnswerValuesTest::deepAndBrokenAnswersAreErrors()
{
    for (const QByteArray &body : {"{"_ba, "<html>"_ba, ""_ba, QByteArray(100'000, '[')})
        QVERIFY(!answervalues::unwrapped(body, u"a"_s));
    const auto bad = answervalues::unwrapped("{}", u"$[?("_s);
    QVERIFY(!bad);
    QVERIFY(bad.error().message.startsWith(u"JSONPath"_s));
    QVERIFY(!answervalues::unwrapped(R"({"a":"x"})", u"$[?@.a =~ /(x|y)*/]"_s)); // regular expressions by recursion
}

void AnswerValuesTest::macAddressTypes_data()
{
    QTest::addColumn<QByteArray>("digits");
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("broadcast") << "FFFFFFFFFFFF"_ba << "Broadcast"_ba;
    QTest::newRow("v4") << "01005E000005"_ba << "IPv4 Multicast"_ba;
    QTest::newRow("v6") << "333300000001"_ba << "IPv6 Multicast"_ba;
    QTest::newRow("stp") << "0180C2000000"_ba << "IEEE 802.1 Multicast"_ba;
    QTest::newRow("vrrp") << "00005E000101"_ba << "VRRP Virtual"_ba;
    QTest::newRow("kvm") << "525400123456"_ba << "QEMU/KVM Virtual"_ba;
    QTest::newRow("docker") << "0242AC110002"_ba << "Docker Virtual"_ba;
    QTest::newRow("random") << "020000000001"_ba << "Locally Administered (Random/VTEP/VM)"_ba;
    QTest::newRow("local") << "AE0000000001"_ba << "Locally Administered"_ba;
    QTest::newRow("multicast") << "090000000001"_ba << "Multicast"_ba;
    QTest::newRow("vendor") << "00000C000001"_ba << QByteArray();
    QTest::newRow("no address") << "00000C"_ba << QByteArray();
}

void AnswerValuesTest::macAddressTypes()
{
    QFETCH(QByteArray, digits);
    QFETCH(QByteArray, type);
    const auto section = builtinsources::macAddressType(digits);
    QCOMPARE(section.has_value(), !type.isEmpty());
    if (section) {
        QCOMPARE(unwrapped(*section, u"type"_s), '"' + type + '"');
        QVERIFY(unwrapped(*section, u"scope"_s).size() > 2 && unwrapped(*section, u"notes"_s).size() > 2);
    }
}

QTEST_GUILESS_MAIN(AnswerValuesTest)
#include "tst_answervalues.moc"
