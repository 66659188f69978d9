#include "vault/secretjson.h"

#include "net/request.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

Result<SecretJson> parse(const QByteArray &text) { return SecretJson::parse(Secret(text)); }

Request requestOf(const QByteArray &body, const char *type)
{
    Request request;
    request.body = body;
    if (type)
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, QByteArrayView(type));
    return request;
}

} // namespace

class SecretJsonTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void stringsComeOutDecoded()
    {
        auto json =
            parse("{\"a\":\"x\\\"\\\\\\u00e4\\ud83d\\ude00\\n\",\"b\" : null, \"n\":{\"a\":\"inner\"},\"e\":\"\"}");
        QVERIFY(json.ok());
        QVERIFY((**json->string("a")).equals(u"x\"\\ä😀\n"_s.toUtf8()));
        QVERIFY(!json->string("b")->has_value());
        QVERIFY(!json->string("absent")->has_value());
        QVERIFY((**json->string("e")).isEmpty());
    }

    void wrongTypesNameTheField_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("number") << QByteArray("{\"password\":1}");
        QTest::newRow("bool") << QByteArray("{\"password\":true}");
        QTest::newRow("object") << QByteArray("{\"password\":{\"password\":\"x\"}}");
        QTest::newRow("list") << QByteArray("{\"password\":[\"x\"]}");
        QTest::newRow("null") << QByteArray("{\"password\":null}");
        QTest::newRow("absent") << QByteArray("{\"nested\":{\"password\":\"x\"}}");
    }
    void wrongTypesNameTheField()
    {
        QFETCH(QByteArray, text);
        auto json = parse(text);
        QVERIFY(json.ok());
        const auto value = json->requiredString("password");
        QVERIFY(!value.ok());
        QCOMPARE(value.error().code, ErrorCode::WrongShape);
        QCOMPARE(value.error().field, u"password"_s);
    }

    void textThatIsNotJsonIsRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("code");
        const int badRequest = int(ErrorCode::BadRequest);
        const int wrongShape = int(ErrorCode::WrongShape);
        QTest::newRow("empty") << QByteArray() << badRequest;
        QTest::newRow("word") << QByteArray("hello") << badRequest;
        QTest::newRow("cut off") << QByteArray("{\"a\":\"b") << badRequest;
        QTest::newRow("trailing text") << QByteArray("{} x") << badRequest;
        QTest::newRow("hidden after NUL") << QByteArray("{}\0x", 4) << badRequest;
        QTest::newRow("bad UTF-8") << QByteArray("{\"a\":\"\xc3\x28\"}") << badRequest;
        QTest::newRow("cut off in a character") << QByteArray("{\"a\":\"\xf0") << badRequest;
        QTest::newRow("lone low surrogate") << QByteArray("{\"a\":\"\\ude00\"}") << badRequest;
        QTest::newRow("lone surrogate") << QByteArray("{\"a\":\"\\ud800\"}") << badRequest;
        QTest::newRow("depth 100000") << QByteArray(QByteArray("{\"a\":") + QByteArray(100'000, '[')) << badRequest;
        QTest::newRow("list") << QByteArray("[{\"a\":\"b\"}]") << wrongShape;
        QTest::newRow("string") << QByteArray("\"a\"") << wrongShape;
        QTest::newRow("null") << QByteArray("null") << wrongShape;
        QByteArray many = "{";
        for (int i = 0; i < 1000; ++i)
            many += '"' + QByteArray::number(i) + "\":1,";
        many += "\"z\":1}";
        QTest::newRow("1001 fields") << many << badRequest;
        QTest::newRow("5000 values") << QByteArray("{\"a\":[" + QByteArray("\"x\",").repeated(5000) + "\"x\"]}")
                                     << badRequest;
    }
    void textThatIsNotJsonIsRefused()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, code);
        const auto json = parse(text);
        QVERIFY(!json.ok());
        QCOMPARE(int(json.error().code), code);
        QVERIFY(!json.error().message.contains("hello"_L1));
    }

    void theLastOfRepeatedFieldsWins()
    {
        auto json = parse("{\"a\":\"first\",\"a\":[\"x\",\"y\"],\"b\":[\"z\"],\"b\":null}");
        QCOMPARE((*json->strings("a"))->size(), 2u);
        QVERIFY(!json->strings("b")->has_value());
    }

    void listsHoldOnlyStrings()
    {
        QCOMPARE((*parse("{\"a\":[]}")->strings("a"))->size(), 0u);
        QVERIFY(!parse("{\"a\":\"x\"}")->strings("a").ok());
        QVERIFY(!parse("{\"a\":[\"x\",1]}")->strings("a").ok());
        QVERIFY(!parse("{\"a\":[\"x\",null,\"y\"]}")->strings("a").ok());
        QVERIFY(!parse("{\"a\":[[\"x\"]]}")->strings("a").ok());
    }

    void theBodyIsWipedWhereverItIsShared()
    {
        const QByteArray keptByTheTransport("{\"password\":\"sentinel\"}");
        QByteArray shared = keptByTheTransport;
        shared.detach();
        const QByteArrayView bytes(shared);
        Request request = requestOf(shared, "application/json; charset=utf-8");
        const auto json = SecretJson::takeBody(request);
        QVERIFY(json.ok());
        QVERIFY(json->requiredString("password")->equals("sentinel"));
        QCOMPARE(bytes.toByteArray(), QByteArray(bytes.size(), '\0'));
        QVERIFY(request.body.isEmpty());
    }

    void onlyJsonBodiesOfModestSizeAreTaken()
    {
        for (const char *type : {static_cast<const char *>(nullptr), "text/plain", "application/jsonx", ""}) {
            Request request = requestOf("{}", type);
            QCOMPARE(SecretJson::takeBody(request).error().code, ErrorCode::WrongContentType);
        }
        Request request = requestOf(QByteArray(2'000'000, ' '), "application/json");
        QCOMPARE(SecretJson::takeBody(request).error().code, ErrorCode::TooLarge);
    }

    void theWriterGivesCompactJsonThatReadsBack()
    {
        SecretJsonWriter writer;
        writer.add("password", std::optional<Secret>(Secret(u"q\"\\ü\n"_s.toUtf8())));
        writer.add("key_passphrase", std::optional<Secret>());
        std::vector<Secret> communities;
        communities.emplace_back("public");
        communities.emplace_back(QByteArray(5000, 'c'));
        writer.add("snmp_communities", std::optional<std::vector<Secret>>(std::move(communities)));
        Secret text = writer.take();
        QVERIFY(text.equals(QByteArray(u"{\"password\":\"q\\\"\\\\ü\\n\",\"key_passphrase\":null,\"snmp_communities\":["
                                       "\"public\",\""_s.toUtf8() +
                                       QByteArray(5000, 'c') + "\"]}")));
        auto json = SecretJson::parse(std::move(text));
        QVERIFY((**json->string("password")).equals(u"q\"\\ü\n"_s.toUtf8()));
        QCOMPARE((*json->strings("snmp_communities"))->size(), 2u);
    }
};

QTEST_GUILESS_MAIN(SecretJsonTest)
#include "tst_secretjson.moc"
