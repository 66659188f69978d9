#include "apiresources/apirequest.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

using Kind = ApiValues::Kind;

ApiValues valuesOf(std::initializer_list<std::pair<const char *, QByteArray>> values, Kind kind = Kind::Plain)
{
    ApiValues result;
    for (const auto &[name, value] : values)
        result.set(QString::fromLatin1(name), Secret(QByteArrayView(value)), kind);
    return result;
}

QByteArray opened(const Secret &secret)
{
    return secret.reveal([](QByteArrayView bytes) { return bytes.toByteArray(); });
}

QByteArray headerOf(const ApiRequest &request, const QByteArray &name)
{
    for (const HttpHeader &header : request.http.headers) {
        if (header.name.compare(name, Qt::CaseInsensitive) == 0)
            return opened(header.value);
    }
    return {};
}

QString shownHeader(const ApiRequest &request, const QString &name)
{
    for (const QStringList &header : request.shownHeaders) {
        if (header[0].compare(name, Qt::CaseInsensitive) == 0)
            return header[1];
    }
    return {};
}

ApiTarget target(ApiAuth auth = ApiAuth::None)
{
    ApiTarget made;
    made.resource.baseUrl = u"https://netbox.lan/api"_s;
    made.resource.authType = auth;
    made.secrets.token = Secret("token-0123456789");
    made.secrets.username = Secret("admin");
    made.secrets.password = Secret("open sesame");
    return made;
}

ApiRequest requestOf(const ApiTarget &target, const ApiCall &call, const ApiVariables &more = {})
{
    ApiValues values = credentialValues(target.secrets);
    for (const auto &[name, value] : more)
        values.add(name, Secret(QByteArrayView(value.toUtf8())), Kind::Plain);
    auto request = makeRequest(target, call, values);
    if (!request)
        qFatal("%s", qPrintable(request.error().message));
    return std::move(*request);
}

} // namespace

class TestApiRequest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void templates_data();
    void templates();
    void valuesAreNotExpandedAgain();
    void manyBracesAreReadInTime();
    void maskingLeavesTheEnd();
    void urlsAreJoinedWithOneSlash_data();
    void urlsAreJoinedWithOneSlash();
    void everyAuthTypeHasItsHeader();
    void missingCredentialsOmitTheHeader();
    void laterHeadersWin();
    void callersNeverOverrideCredentials();
    void bodiesAreJsonUnlessAHeaderSaysOtherwise();
    void timeoutsAreClamped();
    void nothingShownHoldsASecret();
    void multipliedValuesAreRefused();
    void stepsWantAUserNameForBasic();
};

void TestApiRequest::templates_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("expected");
    const auto add = [](const char *text, const char *expected) {
        QTest::newRow(text) << QString::fromUtf8(text) << QByteArray(expected);
    };
    add("", "");
    add("plain", "plain");
    add("{{a}}", "1");
    add("x{{a}}y{{b}}z", "x1y22z");
    add("{{a}}{{a}}", "11");
    add("{{unknown}}", "{{unknown}}");
    add("{{ a }}", "{{ a }}"); // no blanks inside
    add("{{}}", "{{}}");
    add("{{a", "{{a");
    add("{a}", "{a}");
    add("{{{a}}}", "{1}");
    add("{{{{a}}", "{{1");
    add("{{x{{a}}", "{{x1");
    add("{{umläut}}", "ö");
    add("{{broken}}", "[refused: the value has a line break]");
    add("{{empty}}", "");
}

void TestApiRequest::templates()
{
    QFETCH(QString, text);
    QFETCH(QByteArray, expected);
    ApiValues values = valuesOf({{"a", "1"}, {"b", "22"}, {"broken", "x\r\nInjected: yes"}, {"empty", ""}});
    values.set(u"umläut"_s, Secret("ö"), Kind::Plain);
    QCOMPARE(opened(substituted(text, values)), expected);
    QCOMPARE(shown(text, values).toUtf8(), expected);
}

void TestApiRequest::valuesAreNotExpandedAgain()
{
    const ApiValues values = valuesOf({{"a", "{{b}}"}, {"b", "{{a}}"}});
    QCOMPARE(opened(substituted(u"{{a}} {{b}}", values)), "{{b}} {{a}}");
}

void TestApiRequest::manyBracesAreReadInTime()
{
    const QString braces(1 << 20, u'{');
    QCOMPARE(opened(substituted(braces, valuesOf({{"a", "1"}}))), braces.toUtf8());
}

void TestApiRequest::maskingLeavesTheEnd()
{
    QCOMPARE(masked(Secret("0123456789")), u"****6789"_s);
    QCOMPARE(masked(Secret("01234567")), u"****4567"_s);
    QCOMPARE(masked(Secret("0123456")), u"****"_s); // four would be more than half of it
    QCOMPARE(masked(Secret("")), u"****"_s);
    QCOMPARE(masked(Secret("0123456789\xc3\xa9")), u"****"_s);
}

void TestApiRequest::urlsAreJoinedWithOneSlash_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("plain") << u"http://h"_s << u"a/b"_s << "http://h/a/b"_ba;
    QTest::newRow("slashes") << u"http://h/x/"_s << u"/a"_s << "http://h/x/a"_ba;
    QTest::newRow("root") << u"http://h"_s << u"/"_s << "http://h/"_ba;
    QTest::newRow("blanks") << u" http://h "_s << u"a b"_s << "http://h/a%20b"_ba;
    QTest::newRow("query") << u"http://h"_s << u"/q?x={{v}}&y=1"_s << "http://h/q?x=a%22%C3%A9&y=1"_ba;
    QTest::newRow("no other host") << u"http://h"_s << u"//evil/x"_s << "http://h/evil/x"_ba;
    QTest::newRow("no user info") << u"http://h"_s << u"@evil/x"_s << "http://h/@evil/x"_ba;
}

void TestApiRequest::urlsAreJoinedWithOneSlash()
{
    QFETCH(QString, base);
    QFETCH(QString, path);
    QFETCH(QByteArray, expected);
    ApiTarget to = target();
    to.resource.baseUrl = base;
    QCOMPARE(opened(requestOf(to, {.path = path}, {{u"v"_s, u"a\"é"_s}}).http.url), expected);
}

void TestApiRequest::everyAuthTypeHasItsHeader()
{
    const auto sent = [](ApiTarget to, const QByteArray &name, const ApiCall &call = {}) {
        return headerOf(requestOf(to, call), name);
    };
    QCOMPARE(sent(target(), "Authorization"), QByteArray());
    QCOMPARE(sent(target(ApiAuth::BearerToken), "Authorization"), "Bearer token-0123456789");
    QCOMPARE(sent(target(ApiAuth::BearerToken), "Authorization", {.bearerScheme = u"Token"_s}),
             "Token token-0123456789");
    QCOMPARE(sent(target(ApiAuth::Basic), "Authorization"), "Basic " + QByteArray("admin:open sesame").toBase64());
    QCOMPARE(sent(target(ApiAuth::ApiKeyHeader), "X-API-Key"), "token-0123456789");
    ApiTarget named = target(ApiAuth::ApiKeyHeader);
    named.resource.authHeaderName = u"X-Auth-Token"_s;
    QCOMPARE(sent(std::move(named), "X-Auth-Token"), "token-0123456789");
    ApiTarget older = target(ApiAuth::CustomHeader);
    older.resource.authHeaderName = u"X-Old"_s;
    older.resource.authHeaderPrefix = u"Key="_s;
    QCOMPARE(sent(std::move(older), "X-Old"), "Key=token-0123456789");
    ApiTarget newer = target(ApiAuth::CustomHeader);
    newer.resource.customHeaders = {{u"X-New"_s, u"k {{token}}"_s}};
    QCOMPARE(sent(std::move(newer), "X-New"), "k token-0123456789");
    QCOMPARE(sent(target(ApiAuth::CustomHeader), "Authorization"), QByteArray());
}

void TestApiRequest::missingCredentialsOmitTheHeader()
{
    for (const ApiAuth auth : {ApiAuth::BearerToken, ApiAuth::Basic, ApiAuth::ApiKeyHeader, ApiAuth::CustomHeader}) {
        ApiTarget to = target(auth);
        to.secrets = {};
        to.resource.authHeaderPrefix = u"p"_s;
        const ApiRequest request = requestOf(to, {});
        QCOMPARE(headerOf(request, "Authorization"), QByteArray());
        QCOMPARE(headerOf(request, "X-API-Key"), QByteArray());
    }
    ApiTarget half = target(ApiAuth::Basic);
    half.secrets.password.reset();
    QCOMPARE(headerOf(requestOf(half, {}), "Authorization"), QByteArray());
}

void TestApiRequest::laterHeadersWin()
{
    ApiTarget to = target(ApiAuth::BearerToken);
    to.resource.defaultHeaders.text =
        R"({"Accept":"a/default","X-One":"default","X-Number":7,"authorization":"default"})";
    to.resource.customHeaders = {{u"x-two"_s, u"custom"_s}, {u""_s, u"nothing"_s}};
    const ApiRequest request = requestOf(
        to, {.headers = {{u"x-one"_s, u"action"_s}, {u"X-Two"_s, u"action"_s}, {u"AUTHORIZATION"_s, u"action"_s}}});
    QCOMPARE(headerOf(request, "Accept"), "a/default");
    QCOMPARE(headerOf(request, "X-One"), "action");
    QCOMPARE(headerOf(request, "X-Two"), "custom");
    QCOMPARE(headerOf(request, "X-Number"), QByteArray());
    QCOMPARE(headerOf(request, "Authorization"), "Bearer token-0123456789");
    QStringList names;
    for (const HttpHeader &header : request.http.headers)
        names.append(QString::fromLatin1(header.name.toLower()));
    QCOMPARE(QSet<QString>(names.begin(), names.end()).size(), names.size());
    QCOMPARE(request.shownHeaders.size(), names.size());
}

void TestApiRequest::callersNeverOverrideCredentials()
{
    const ApiRequest request =
        requestOf(target(), {.path = u"{{token}}/{{mine}}"_s}, {{u"token"_s, u"forged"_s}, {u"mine"_s, u"yes"_s}});
    QCOMPARE(opened(request.http.url), "https://netbox.lan/api/token-0123456789/yes");
}

void TestApiRequest::bodiesAreJsonUnlessAHeaderSaysOtherwise()
{
    const ApiRequest plain = requestOf(target(), {.method = u"post"_s, .body = u"{\"u\":\"{{username}}\"}"_s});
    QCOMPARE(plain.http.method, "POST");
    QCOMPARE(opened(*plain.http.body), R"({"u":"admin"})");
    QCOMPARE(headerOf(plain, "Content-Type"), "application/json");
    const ApiRequest xml = requestOf(target(), {.headers = {{u"content-type"_s, u"text/xml"_s}}, .body = u"<a/>"_s});
    QCOMPARE(headerOf(xml, "Content-Type"), "text/xml");
    QVERIFY(!requestOf(target(), {.body = u""_s}).http.body);
    QCOMPARE(headerOf(requestOf(target(), {}), "Content-Type"), QByteArray());
}

void TestApiRequest::timeoutsAreClamped()
{
    for (const auto &[given, used] : {std::pair{-1, 1}, {0, 1}, {30, 30}, {300, 300}, {100000, 300}}) {
        ApiTarget to = target();
        to.resource.timeoutSecs = given;
        QCOMPARE(requestOf(to, {}).http.timeout, std::chrono::seconds(used));
    }
}

void TestApiRequest::nothingShownHoldsASecret()
{
    for (const ApiAuth auth : {ApiAuth::BearerToken, ApiAuth::Basic, ApiAuth::ApiKeyHeader}) {
        ApiTarget to = target(auth);
        to.resource.customHeaders = {{u"X-Odd"_s, u"{{password}} {{token}}"_s},
                                     {u"X-Api-Key-2"_s, u"literal-9876543210"_s}};
        const ApiRequest request =
            requestOf(to, {.path = u"/p/{{token}}?user={{username}}&pw={{password}}&api_key=typed-in-clear-1&x=1"_s});
        QString all = request.shownUrl;
        for (const QStringList &header : request.shownHeaders)
            all += u'\n' + header.join(u": ");
        for (const QString &secret :
             {u"token-0123456789"_s, u"open sesame"_s, u"literal-9876543210"_s, u"typed-in-clear-1"_s,
              QString::fromLatin1(QByteArray("admin:open sesame").toBase64())})
            QVERIFY2(!all.contains(secret), qPrintable(all));
        QVERIFY2(!all.contains(u"Bearer"_s), qPrintable(all));
        QVERIFY2(request.shownUrl.contains(u"user=****&"_s) && request.shownUrl.contains(u"x=1"_s), qPrintable(all));
    }
    QCOMPARE(shownHeader(requestOf(target(ApiAuth::BearerToken), {}), u"Authorization"_s), u"****6789"_s);
    QCOMPARE(shownHeader(requestOf(target(ApiAuth::Basic), {}), u"Authorization"_s), u"Basic ****"_s);
    QCOMPARE(shownHeader(requestOf(target(), {}), u"Accept"_s), u"application/json, */*;q=0.1"_s);
}

void TestApiRequest::multipliedValuesAreRefused()
{
    const ApiTarget to = target();
    const ApiValues values = valuesOf({{"v", QByteArray(1 << 20, 'v')}, {"n", QByteArray(1 << 20, '\n')}});
    const QString many = u"{{v}}{{n}}"_s.repeated(10'000);
    for (const ApiCall &call : {ApiCall{.path = many}, ApiCall{.headers = {{u"X"_s, many}}}, ApiCall{.body = many}}) {
        const auto refused = makeRequest(to, call, values);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Validation);
    }
    QVERIFY(makeRequest(to, {.body = u"{{v}}"_s}, values));
}

void TestApiRequest::stepsWantAUserNameForBasic()
{
    ApiTarget to = target(ApiAuth::MultiStep);
    const AuthFlowStep step{
        .method = u"post"_s, .path = u"/login"_s, .useBasicAuth = true, .extractPath = u"t"_s, .storeAs = u"t"_s};
    const auto request = makeStepRequest(to, step, credentialValues(to.secrets));
    QVERIFY(request);
    QCOMPARE(headerOf(*request, "Authorization"), "Basic " + QByteArray("admin:open sesame").toBase64());
    to.secrets.username = Secret("");
    const auto refused = makeStepRequest(to, step, credentialValues(to.secrets));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::AuthFlow);
}

QTEST_GUILESS_MAIN(TestApiRequest)
#include "tst_apirequest.moc"
