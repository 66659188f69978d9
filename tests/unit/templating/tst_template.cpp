// What a template's caller sees: variables from JSON, and errors with their place. What templates print is compared
// with Jinja2 in tests/integration/templating.

#include "templating/template.h"

#include <QTest>
#include <QThread>

using namespace agent;
using namespace agent::templating;
using namespace Qt::StringLiterals;

namespace {

Rendering rendered(const QString &source, const QByteArray &variables = "{}", const RenderOptions &options = {})
{
    const auto compiled = Template::compile(source);
    if (const auto *error = std::get_if<TemplateError>(&compiled))
        return {.error = *error};
    const auto document = JsonDocument::parse(variables);
    return std::get<Template>(compiled).render(document->root(), options);
}

class OneFile : public Loader
{
public:
    explicit OneFile(QString text)
        : m_text(std::move(text))
    {
    }
    std::optional<QString> source(const QString &name) const override
    {
        return name == "other"_L1 ? std::optional(m_text) : std::nullopt;
    }

private:
    QString m_text;
};

} // namespace

class TestTemplate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void variablesComeFromJson_data();
    void variablesComeFromJson();
    void errorsNameTheirPlace_data();
    void errorsNameTheirPlace();
    void errorOfAnIncludedTemplateNamesThatTemplate();
    void aFailureLeavesNoOutput();
    void templatesAreMissingWithoutALoader();
    void blocksAreTrimmedOnRequest();
    void valuesThatHoldThemselvesAreFreed();
    void oneTemplateRendersOnSeveralThreads();
};

void TestTemplate::variablesComeFromJson_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QByteArray>("variables");
    QTest::addColumn<QString>("output");
    QTest::newRow("whole number") << u"{{ v }}"_s << QByteArray(R"({"v":5})") << u"5"_s;
    QTest::newRow("least of 64 bits") << u"{{ v }}"_s << QByteArray(R"({"v":-9223372036854775808})")
                                      << u"-9223372036854775808"_s;
    QTest::newRow("more than 64 bits is a float")
        << u"{{ v }}"_s << QByteArray(R"({"v":9223372036854775808})") << u"9.223372036854776e+18"_s;
    QTest::newRow("whole float keeps .0") << u"{{ v }}"_s << QByteArray(R"({"v":4.0})") << u"4.0"_s;
    QTest::newRow("null is undefined") << u"{{ v is defined }}{{ v }}"_s << QByteArray(R"({"v":null})") << u"false"_s;
    QTest::newRow("null in an object") << u"{{ v.a|default('x') }}"_s << QByteArray(R"({"v":{"a":null}})") << u"x"_s;
    QTest::newRow("null is null again as JSON")
        << u"{{ v|tojson }}"_s << QByteArray(R"({"v":{"a":null}})") << uR"({"a":null})"_s;
    QTest::newRow("keys in alphabetical order")
        << u"{{ v }}"_s << QByteArray(R"({"v":{"b":1,"a":[true,"x"]}})") << uR"({"a": [true, "x"], "b": 1})"_s;
    QTest::newRow("text stays text") << u"{{ v is string }}{{ v }}"_s << QByteArray(R"({"v":"007"})") << u"true007"_s;
    QTest::newRow("a list has no names") << u"[{{ v }}]"_s << QByteArray("[1,2]") << u"[]"_s;
    QTest::newRow("null has no names") << u"[{{ v }}]"_s << QByteArray("null") << u"[]"_s;
}

void TestTemplate::variablesComeFromJson()
{
    QFETCH(QString, source);
    QFETCH(QByteArray, variables);
    const Rendering rendering = rendered(source, variables);
    QVERIFY2(rendering.ok(), rendering.ok() ? "" : qPrintable(rendering.error->message()));
    QTEST(rendering.output, "output");
}

void TestTemplate::errorsNameTheirPlace_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("message");
    QTest::newRow("syntax") << u"a\n  {% if x y %}"_s
                            << u"Template parse error: syntax error: expected end of the tag, found 'y' "
                               "at column 11 (in template:2)"_s;
    QTest::newRow("unclosed block")
        << u"{% for x in y %}\nx"_s
        << u"Template parse error: syntax error: end of template, but 'endfor' is missing at column 2 (in template:2)"_s;
    QTest::newRow("unclosed comment")
        << u"ab{# x"_s << u"Template parse error: syntax error: comment is not closed at column 3 (in template:1)"_s;
    QTest::newRow("unknown tag")
        << u"\n\n{% foo %}"_s << u"Template parse error: syntax error: unknown tag 'foo' at column 4 (in template:3)"_s;
    QTest::newRow("attribute of undefined")
        << u"x\ny\n  {{ a.b }}"_s
        << u"Render error: undefined value: 'a' is undefined, so it has no 'b' at column 7 (in template:3)"_s;
    QTest::newRow("filter")
        << u"{{ 1|nosuch }}"_s
        << u"Render error: unknown filter: there is no filter 'nosuch' at column 6 (in template:1)"_s;
    QTest::newRow("test") << u"{{ 1 is nosuch }}"_s
                          << u"Render error: unknown test: there is no test 'nosuch' at column 9 (in template:1)"_s;
    QTest::newRow("function") << u"{{ f() }}"_s
                              << u"Render error: unknown function: 'f' is undefined at column 5 (in template:1)"_s;
    QTest::newRow("method") << u"{{ 'a'.b() }}"_s
                            << u"Render error: unknown method: string has no method 'b' at column 9 (in template:1)"_s;
    QTest::newRow("include")
        << u"{% include 'x' %}"_s
        << u"Render error: template not found: there is no template 'x' at column 4 (in template:1)"_s;
    QTest::newRow("number of a text")
        << u"{{ 'abc'|int }}"_s
        << u"Render error: invalid operation: 'abc' is no whole number at column 10 (in template:1)"_s;
    QTest::newRow("in a macro") << u"{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n{{ m() }}"_s
                                << u"Render error: invalid operation: division by zero at column 6 (in template:2)"_s;
}

void TestTemplate::errorsNameTheirPlace()
{
    QFETCH(QString, source);
    const Rendering rendering = rendered(source);
    QVERIFY(!rendering.ok());
    QTEST(rendering.error->message(), "message");
}

void TestTemplate::errorOfAnIncludedTemplateNamesThatTemplate()
{
    const OneFile files(u"x\n{{ a.b }}"_s);
    const Rendering rendering = rendered(u"1\n2\n3{% include 'other' %}"_s, "{}", {.loader = &files});
    QVERIFY(!rendering.ok());
    QCOMPARE(rendering.error->file, u"other"_s);
    QCOMPARE(rendering.error->line, 2);
    const OneFile bad(u"{% if %}"_s);
    const Rendering unread = rendered(u"{% include 'other' %}"_s, "{}", {.loader = &bad});
    QVERIFY(!unread.ok() && unread.error->whileParsing);
    QCOMPARE(unread.error->file, u"other"_s);
}

void TestTemplate::aFailureLeavesNoOutput()
{
    const Rendering rendering = rendered(u"printed before {{ 1 / 0 }}"_s);
    QVERIFY(!rendering.ok());
    QVERIFY(rendering.output.isEmpty());
}

void TestTemplate::templatesAreMissingWithoutALoader()
{
    for (const QString &tag : {u"{% extends 'other' %}"_s, u"{% import 'other' as o %}"_s,
                               u"{% from 'other' import o %}"_s, u"{% include 'other' %}"_s}) {
        const Rendering rendering = rendered(tag);
        QVERIFY(!rendering.ok());
        QCOMPARE(rendering.error->kind, u"template not found"_s);
    }
    QCOMPARE(rendered(u"a{% include 'other' ignore missing %}b"_s).output, u"ab"_s);
}

void TestTemplate::blocksAreTrimmedOnRequest()
{
    const auto compiled = Template::compile(
        u"a\n  {% if true %}\nb\n  {% endif %}\n  {# c #}\n{{ 1 }}\n  {%+ if true %}c{% endif +%}\nd"_s,
        {.spacing = {.trimBlocks = true, .lstripBlocks = true}});
    const auto variables = JsonDocument::parse("{}");
    QCOMPARE(std::get<Template>(compiled).render(variables->root()).output, u"a\nb\n1\n  c\nd"_s);
}

void TestTemplate::valuesThatHoldThemselvesAreFreed()
{
    // The leak checker of the sanitizer build is the judge.
    const Rendering rendering =
        rendered(u"{% set l = [] %}{% do l.append(l) %}{% set d = {} %}{% do d.update(d=d, l=l) %}"
                 "{% set ns = namespace(l=l) %}{% do l.append(ns) %}"
                 "{% macro m() %}{% endmacro %}{% do l.append(m) %}"
                 "{% for i in l %}{% do l.append(loop) if loop.first %}{% endfor %}{{ l|length }}"_s);
    QVERIFY2(rendering.ok(), rendering.ok() ? "" : qPrintable(rendering.error->message()));
    QCOMPARE(rendering.output, u"4"_s);
}

void TestTemplate::oneTemplateRendersOnSeveralThreads()
{
    const auto compiled = Template::compile(u"{% for i in range(200) %}{{ v ~ i }}{% endfor %}"_s);
    const auto &shared = std::get<Template>(compiled);
    std::vector<QString> outputs(4);
    std::vector<std::unique_ptr<QThread>> threads;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        threads.emplace_back(QThread::create([&shared, &outputs, i] {
            const auto variables = JsonDocument::parse("{\"v\":" + QByteArray::number(int(i)) + "}");
            outputs[i] = shared.render(variables->root()).output;
        }));
        threads.back()->start();
    }
    for (const auto &thread : threads)
        QVERIFY(thread->wait(60'000));
    for (std::size_t i = 0; i < outputs.size(); ++i)
        QVERIFY(outputs[i].startsWith(u"%1"_s.arg(i) + u"0%1"_s.arg(i) + u"1"_s));
}

QTEST_GUILESS_MAIN(TestTemplate)

#include "tst_template.moc"
