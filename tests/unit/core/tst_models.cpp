#include "core/schema.h"

#include <QtTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

enum class Color { Red, DarkBlue };

struct Wheel
{
    QString id;
    int size = 10;
    friend bool operator==(const Wheel &, const Wheel &) = default;
};

struct Car
{
    QString id;
    QString name;
    quint16 port = 22;
    Color color = Color::Red;
    std::optional<QString> owner;
    std::optional<QString> icon;
    qint32 order = 0;
    QList<Wheel> wheels;
    std::optional<double> weight;
    friend bool operator==(const Car &, const Car &) = default;
};

} // namespace

namespace agent {

template <>
struct EnumWords<Color>
{
    static constexpr std::array words{std::pair{Color::Red, "red"}, std::pair{Color::DarkBlue, "dark-blue"}};
};

template <>
struct Schema<Wheel>
{
    static constexpr const char *name = "Wheel";
    static constexpr auto fields =
        std::tuple{field("id", &Wheel::id, FieldFlag::Required), field("size", &Wheel::size)};
};

template <>
struct Schema<Car>
{
    static constexpr const char *name = "Car";
    static constexpr auto fields = std::tuple{
        field("id", &Car::id, FieldFlag::ReadOnly),
        field("name", &Car::name, FieldFlag::Required),
        field("port", &Car::port),
        field("color", &Car::color),
        field("owner", &Car::owner),
        field("icon", &Car::icon, FieldFlag::NullKeeps),
        field("order", &Car::order, FieldFlag::UpdateOnly),
        field("wheels", &Car::wheels),
        field("weight", &Car::weight, FieldFlag::OmitNull),
    };
};

} // namespace agent

namespace {

Result<Car> create(QByteArray body)
{
    const auto document = JsonDocument::parse(std::move(body));
    Car car;
    if (Status status = readObject(document->root(), car, BodyKind::Create); !status)
        return status.error();
    return car;
}

Result<Car> update(Car car, QByteArray body)
{
    const auto document = JsonDocument::parse(std::move(body));
    if (Status status = readObject(document->root(), car, BodyKind::Update); !status)
        return status.error();
    return car;
}

} // namespace

class ModelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void absentFieldsTakeTheirDefaults();
    void readOnlyAndUpdateOnlyFieldsAreIgnoredInCreates();
    void unknownFieldsAreIgnored();
    void aTextKeepsItsByteOrderMarks();
    void errorsNameTheField_data();
    void errorsNameTheField();
    void anUpdateKeepsWhatIsAbsent();
    void nullClearsWhatIsNullable();
    void nullKeepsWhatIsNotNullable();
    void nullKeepsWhereTheSchemaSaysSo();
    void whatIsWrittenReadsBackEqual();
    void absentOptionalsAreNullOrOmitted();
    void theOpenApiSchemaFollowsTheFields();
};

void ModelsTest::absentFieldsTakeTheirDefaults()
{
    const auto car = create(R"({"name":"a"})");
    QVERIFY(car);
    QCOMPARE(car->port, 22);
    QCOMPARE(car->color, Color::Red);
    QVERIFY(!car->owner);
}

void ModelsTest::readOnlyAndUpdateOnlyFieldsAreIgnoredInCreates()
{
    const auto car = create(R"({"name":"a","id":"forged","order":7})");
    QVERIFY(car);
    QCOMPARE(car->id, QString());
    QCOMPARE(car->order, 0);
    QCOMPARE(update(*car, R"({"order":7})")->order, 7);
}

void ModelsTest::unknownFieldsAreIgnored()
{
    QVERIFY(create(R"({"name":"a","colour":"red","nested":{"deep":[1,2]}})"));
}

void ModelsTest::aTextKeepsItsByteOrderMarks()
{
    const auto car = create("{\"name\":\"\xef\xbb\xbf\xef\xbb\xbf"
                            "a\xef\xbb\xbf\"}");
    QVERIFY(car);
    QCOMPARE(car->name, u"\ufeff\ufeffa\ufeff"_s);
}

void ModelsTest::errorsNameTheField_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("text");
    QTest::newRow("missing") << QByteArray(R"({})") << u"name"_s << u"missing field 'name'"_s;
    QTest::newRow("null for required") << QByteArray(R"({"name":null})") << u"name"_s << u"missing field 'name'"_s;
    QTest::newRow("wrong type") << QByteArray(R"({"name":1})") << u"name"_s << u"field 'name' must be a string"_s;
    QTest::newRow("range") << QByteArray(R"({"name":"a","port":70000})") << u"port"_s
                           << u"field 'port' must be an integer from 0 to 65535"_s;
    QTest::newRow("enum") << QByteArray(R"({"name":"a","color":"Red"})") << u"color"_s
                          << u"field 'color' must be one of red, dark-blue"_s;
    QTest::newRow("list") << QByteArray(R"({"name":"a","wheels":{}})") << u"wheels"_s
                          << u"field 'wheels' must be an array"_s;
    QTest::newRow("inside a list") << QByteArray(R"({"name":"a","wheels":[{"id":"1"},{"id":"2","size":"x"}]})")
                                   << u"wheels[1].size"_s
                                   << u"field 'wheels[1].size' must be an integer from -2147483648 to 2147483647"_s;
    QTest::newRow("missing inside a list")
        << QByteArray(R"({"name":"a","wheels":[{}]})") << u"wheels[0].id"_s << u"missing field 'id'"_s;
    QTest::newRow("not an object") << QByteArray("[]") << QString() << u"must be a JSON object"_s;
}

void ModelsTest::errorsNameTheField()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, field);
    QFETCH(QString, text);
    const auto car = create(body);
    QVERIFY(!car);
    QCOMPARE(car.error().code, ErrorCode::WrongShape);
    QCOMPARE(car.error().field, field);
    QCOMPARE(car.error().message, text);
}

void ModelsTest::anUpdateKeepsWhatIsAbsent()
{
    const Car before{.id = u"1"_s, .name = u"a"_s, .owner = u"me"_s, .wheels = {{u"w"_s, 3}}};
    QCOMPARE(*update(before, "{}"), before);
    const auto after = update(before, R"({"port":23})");
    QCOMPARE(after->port, 23);
    QCOMPARE(after->owner, u"me"_s);
    QCOMPARE(after->wheels, before.wheels);
}

void ModelsTest::nullClearsWhatIsNullable() { QVERIFY(!update({.owner = u"me"_s}, R"({"owner":null})")->owner); }

void ModelsTest::nullKeepsWhatIsNotNullable()
{
    const auto car = update({.name = u"a"_s, .port = 23}, R"({"name":null,"port":null,"wheels":null})");
    QVERIFY(car);
    QCOMPARE(car->name, u"a"_s);
    QCOMPARE(car->port, 23);
}

void ModelsTest::nullKeepsWhereTheSchemaSaysSo()
{
    QCOMPARE(update({.icon = u"server"_s}, R"({"icon":null})")->icon, u"server"_s);
    QVERIFY(!create(R"({"name":"a","icon":null})")->icon);
}

void ModelsTest::whatIsWrittenReadsBackEqual()
{
    const Car car{.id = {},
                  .name = u"Ünïcode \U0001F680 \"quoted\"\n"_s,
                  .port = 65535,
                  .color = Color::DarkBlue,
                  .owner = u""_s,
                  .wheels = {{u"a"_s, -1}, {u"b"_s, 2147483647}},
                  .weight = 0.1};
    QCOMPARE(*create(encode(car)), car);
}

void ModelsTest::absentOptionalsAreNullOrOmitted()
{
    const QByteArray json = encode(Car{.name = u"a"_s});
    QVERIFY2(json.contains(R"("owner":null)"), json.constData());
    QVERIFY2(!json.contains("weight"), json.constData());
}

void ModelsTest::theOpenApiSchemaFollowsTheFields()
{
    JsonWriter writer;
    SchemaCollector collector;
    writer.beginArray();
    collector.reference(writer, createBodyOf<Car>());
    collector.reference(writer, typeOf<Car>());
    collector.writeAll(writer);
    writer.endArray();
    const auto document = JsonDocument::parse(writer.take());
    QVERIFY(document);
    const JsonValue &types = document->root()[2];
    QVERIFY(types.HasMember("Wheel")); // nested types come along
    const JsonValue &body = types["NewCar"];
    QVERIFY(!body["properties"].HasMember("id"));
    QVERIFY(!body["properties"].HasMember("order"));
    QCOMPARE(toJsonText(body["required"]), R"(["name"])");
    QCOMPARE(toJsonText(types["Car"]["properties"]["color"]), R"({"type":"string","enum":["red","dark-blue"]})");
    QCOMPARE(toJsonText(types["Car"]["properties"]["port"]), R"({"type":"integer","minimum":0,"maximum":65535})");
}

QTEST_GUILESS_MAIN(ModelsTest)
#include "tst_models.moc"
