// No template takes more time, memory, output or stack than the limits say.

#include "templating/template.h"

#include <QTest>

using namespace agent;
using namespace agent::templating;
using namespace Qt::StringLiterals;

namespace {

Rendering rendered(const QString &source, const RenderOptions &options = {})
{
    const auto compiled = Template::compile(source);
    if (const auto *error = std::get_if<TemplateError>(&compiled))
        return {.error = *error};
    const auto variables = JsonDocument::parse("{}");
    return std::get<Template>(compiled).render(variables->root(), options);
}

QString repeated(const QString &text, int count) { return text.repeated(count); }

} // namespace

class TestTemplateLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bombsEnd_data();
    void bombsEnd();
    void outputEndsAtItsLimit();
    void stepsEndAtTheirLimit();
    void timeEndsARendering();
    void macrosNestTwoHundredDeep();
    void aCancelledRenderingEnds();
    void aLongTemplateIsRefused();
    void aLongChainOfOperatorsIsRefused();
    void whatIsLargeButAllowedWorks();
};

void TestTemplateLimits::bombsEnd_data()
{
    QTest::addColumn<QString>("source");
    const auto bomb = [](const char *name, const QString &source) { QTest::newRow(name) << source; };
    const auto grown = [](const QString &start, const QString &step, const QString &use) {
        return u"{% set ns = namespace(v="_s + start + u") %}{% for i in range(70) %}{% set ns.v = "_s + step +
               u" %}{% endfor %}"_s + use;
    };
    bomb("loops in loops", u"{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}"_s);
    bomb("repeated text", u"{{ 'a' * 10**9 }}"_s);
    bomb("repeated list", u"{{ ([1] * 10**9)|length }}"_s);
    bomb("range", u"{{ range(10**9)|length }}"_s);
    bomb("range one beyond", u"{{ range(100001)|length }}"_s);
    bomb("text doubled", grown(u"'abcd'"_s, u"ns.v + ns.v"_s, u"{{ ns.v|length }}"_s));
    bomb("text doubled by ~", grown(u"'abcd'"_s, u"ns.v ~ ns.v"_s, u"{{ ns.v|length }}"_s));
    bomb("list doubled", grown(u"[1]"_s, u"ns.v + ns.v"_s, u"{{ ns.v|length }}"_s));
    bomb("list in itself twice, printed", grown(u"[1]"_s, u"[ns.v, ns.v]"_s, u"{{ ns.v }}"_s));
    bomb("list in itself twice, as JSON", grown(u"[1]"_s, u"[ns.v, ns.v]"_s, u"{{ ns.v|tojson }}"_s));
    bomb("list in itself twice, pretty", grown(u"[1]"_s, u"[ns.v, ns.v]"_s, u"{{ ns.v|pprint }}"_s));
    bomb(
        "list in itself twice, compared",
        grown(
            u"[1]"_s, u"[ns.v, ns.v]"_s,
            u"{% set a = ns.v %}{% set ns.v = [1] %}{% for i in range(70) %}{% set ns.v = [ns.v, ns.v] %}{% endfor %}{{ a == ns.v }}"_s));
    bomb("list in itself twice, sorted",
         grown(u"[1]"_s, u"[ns.v, ns.v]"_s, u"{{ [ns.v, [ns.v[0], ns.v[0]], ns.v]|sort }}"_s));
    bomb("list that holds itself", u"{% set l = [] %}{% do l.append(l) %}{{ l }}"_s);
    bomb("list that holds itself, compared",
         u"{% set a = [] %}{% do a.append(a) %}{% set b = [] %}{% do b.append(b) %}{{ a == b }}"_s);
    bomb("deep value printed",
         grown(u"[1]"_s, u"[ns.v]"_s, u"{% for i in range(300) %}{% set ns.v = [ns.v] %}{% endfor %}{{ ns.v }}"_s));
    bomb("percent width", u"{{ '%1000000000d' % 1 }}"_s);
    bomb("percent star", u"{{ '%*d' % (10**9, 1) }}"_s);
    bomb("percent precision", u"{{ '%.1000000f' % 1 }}"_s);
    bomb("format width", u"{{ '{:1000000000}'.format(1) }}"_s);
    bomb("ljust", u"{{ 'x'.ljust(10**9) }}"_s);
    bomb("zfill", u"{{ 'x'.zfill(10**9) }}"_s);
    bomb("center", u"{{ 'x'|center(10**9) }}"_s);
    bomb("indent", u"{{ 'x'|indent(10**9, true) }}"_s);
    bomb("indent of many lines", u"{{ ('\\n' * 1000000)|indent('y' * 1000000, blank=true) }}"_s);
    bomb("replace", u"{{ ('a' * 100000)|replace('a', 'b' * 100000) }}"_s);
    bomb("replace of nothing", u"{{ ('a' * 100000).replace('', 'b' * 100000) }}"_s);
    bomb("join", u"{{ (['a'] * 100000)|join('b' * 100000) }}"_s);
    bomb("join method", u"{{ ('b' * 100000).join(['a'] * 100000) }}"_s);
    bomb("tabs", u"{{ ('\\t' * 1000000).expandtabs(1000) }}"_s);
    bomb("tojson indent", u"{{ [1]|tojson(indent=10**9) }}"_s);
    bomb("wordwrap", u"{{ ('a ' * 1000000)|wordwrap(1, wrapstring='x' * 1000) }}"_s);
    bomb("batch", u"{{ (range(1000)|batch(1, 0)|list * 1000)|length }}"_s);
    bomb("list grown", u"{% set l = [1] %}{% for i in range(70) %}{% do l.extend(l) %}{% endfor %}"_s);
    bomb(
        "dict grown",
        u"{% set d = {} %}{% for a in range(1000) %}{% for b in range(10000) %}{% do d.update({a * 10000 + b: 'x' * 100}) %}{% endfor %}{% endfor %}"_s);
    bomb("walk over a long text", u"{% for c in 'a' * 1000000 %}{% endfor %}"_s);
    bomb("split", u"{{ ('a,' * 1000000).split(',')|length }}"_s);
    bomb(
        "output",
        u"{% for a in range(1000) %}{% for b in range(1000) %}0123456789012345678901234567890123456789{% endfor %}{% endfor %}"_s);
    bomb("macro without end", u"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"_s);
    // The native stack holds out where blocks or expressions of each call are deep as well.
    bomb("macro without end, in deep blocks", u"{% macro m() %}"_s + repeated(u"{% if 1 %}{% for x in [1] %}"_s, 90) +
                                                  u"{{ m() }}"_s + repeated(u"{% endfor %}{% endif %}"_s, 90) +
                                                  u"{% endmacro %}{{ m() }}"_s);
    bomb("macro without end, in deep expressions", u"{% macro m() %}{{ "_s + repeated(u"[1 + (x or "_s, 60) + u"m()"_s +
                                                       repeated(u")|int]|length"_s, 60) +
                                                       u" }}{% endmacro %}{{ m() }}"_s);
    bomb("macro without end, as arguments of filters", u"{% macro m() %}{{ "_s + repeated(u"''|default("_s, 150) +
                                                           u"m()"_s + repeated(u", true)"_s, 150) +
                                                           u" }}{% endmacro %}{{ m() }}"_s);
    bomb("loop without end", u"{% set l = [1] %}{% for x in l recursive %}{{ loop(l) }}{% endfor %}"_s);
    bomb("caller without end", u"{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}"_s);
    bomb("block without end", u"{% block a %}{{ self.a() }}{% endblock %}"_s);
    bomb("brackets", u"{{ "_s + repeated(u"("_s, 1000) + u"1"_s + repeated(u")"_s, 1000) + u" }}"_s);
    bomb("lists", u"{{ "_s + repeated(u"["_s, 1000) + repeated(u"]"_s, 1000) + u" }}"_s);
    bomb("dicts", u"{{ "_s + repeated(u"{1:"_s, 1000) + u"1"_s + repeated(u"}"_s, 1000) + u" }}"_s);
    bomb("calls", u"{{ "_s + repeated(u"f("_s, 1000) + repeated(u")"_s, 1000) + u" }}"_s);
    bomb("signs", u"{{ "_s + repeated(u"-"_s, 100'000) + u"1 }}"_s);
    bomb("nots", u"{{ "_s + repeated(u"not "_s, 100'000) + u"1 }}"_s);
    bomb("filters", u"{{ x"_s + repeated(u"|e"_s, 10'000) + u" }}"_s);
    bomb("attributes", u"{{ x"_s + repeated(u".a"_s, 10'000) + u" }}"_s);
    bomb("conditions", repeated(u"{% if 1 %}"_s, 1000) + repeated(u"{% endif %}"_s, 1000));
    bomb("else ifs", u"{{ "_s + repeated(u"1 if 0 else "_s, 1000) + u"1 }}"_s);
    bomb("targets", u"{% set "_s + repeated(u"("_s, 1000) + u"a"_s + repeated(u")"_s, 1000) + u" = 1 %}"_s);
}

void TestTemplateLimits::bombsEnd()
{
    QFETCH(QString, source);
    QVERIFY(Limits().time <= std::chrono::seconds(2)); // contract 06 section 8.3; less of it keeps this test short
    Limits limits;
    limits.time = std::chrono::milliseconds(300);
    const Rendering rendering = rendered(source, {.limits = limits});
    QVERIFY(!rendering.ok());
    QVERIFY(rendering.output.isEmpty());
    QVERIFY2(rendering.error->kind == "limit exceeded"_L1, qPrintable(rendering.error->message()));
}

void TestTemplateLimits::outputEndsAtItsLimit()
{
    Limits limits;
    limits.output = 10;
    QCOMPARE(rendered(u"{{ '12345' }}12345"_s, {.limits = limits}).output, u"1234512345"_s);
    QVERIFY(!rendered(u"{{ '12345' }}123456"_s, {.limits = limits}).ok());
    // bytes of UTF-8, not characters
    QVERIFY(rendered(u"ääääaa"_s, {.limits = limits}).ok());
    QVERIFY(!rendered(u"äääääa"_s, {.limits = limits}).ok());
    QVERIFY(rendered(u"🙂🙂"_s, {.limits = limits}).ok());
    QVERIFY(!rendered(u"🙂🙂🙂"_s, {.limits = limits}).ok());
    // what is captured counts once
    QVERIFY(rendered(u"{% set x %}1234567890{% endset %}{{ x }}"_s, {.limits = limits}).ok());
}

void TestTemplateLimits::stepsEndAtTheirLimit()
{
    Limits limits;
    limits.steps = 5'000;
    QVERIFY(rendered(u"{% for i in range(100) %}{{ i }}{% endfor %}"_s, {.limits = limits}).ok());
    const Rendering rendering = rendered(u"{% for i in range(10000) %}{{ i }}{% endfor %}"_s, {.limits = limits});
    QVERIFY(!rendering.ok());
    QCOMPARE(rendering.error->detail, u"template needs too many steps"_s);
}

void TestTemplateLimits::timeEndsARendering()
{
    Limits limits;
    limits.time = std::chrono::milliseconds(20);
    limits.steps = qint64(1) << 40;
    limits.memory = qint64(1) << 50;
    const Rendering rendering =
        rendered(u"{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}"_s,
                 {.limits = limits});
    QVERIFY(!rendering.ok());
    QCOMPARE(rendering.error->detail, u"template takes too long"_s);
}

void TestTemplateLimits::macrosNestTwoHundredDeep()
{
    const QString macro = u"{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{% else %}bottom{% endif %}{% endmacro %}"_s;
    QCOMPARE(rendered(macro + u"{{ m(190) }}"_s).output, u"bottom"_s);
    const Rendering deeper = rendered(macro + u"{{ m(210) }}"_s);
    QVERIFY(!deeper.ok());
    QCOMPARE(deeper.error->detail, u"calls are nested too deeply"_s);
}

void TestTemplateLimits::aCancelledRenderingEnds()
{
    const auto cancelled = std::make_shared<std::atomic<bool>>(true);
    const Rendering rendering = rendered(u"{% for i in range(10000) %}{{ i }}{% endfor %}"_s, {.cancelled = cancelled});
    QVERIFY(!rendering.ok());
    QVERIFY(rendering.error->isCancelled);
}

void TestTemplateLimits::aLongTemplateIsRefused()
{
    const Rendering rendering = rendered(QString(Template::kMostSource + 1, u'x'));
    QVERIFY(!rendering.ok());
    QCOMPARE(rendering.error->message(), u"Template parse error: limit exceeded: template is too long"_s);
    // within the length, but of very many parts; and reading them takes no more than linear time
    QCOMPARE(rendered(u"{{1}}"_s.repeated(300'000)).error->detail, u"template has too many parts"_s);
    QVERIFY(rendered(u"{% raw %}ä{% endraw %}{# c #}"_s.repeated(10'000)).ok());
}

void TestTemplateLimits::aLongChainOfOperatorsIsRefused()
{
    QCOMPARE(rendered(u"{{ 1"_s + repeated(u" ~ 1"_s, 1000) + u" }}"_s).output.size(), 1001); // flat
    QCOMPARE(rendered(u"{{ 1"_s + repeated(u" + 1"_s, 150) + u" }}"_s).output, u"151"_s);
    QVERIFY(!rendered(u"{{ 1"_s + repeated(u" + 1"_s, 1000) + u" }}"_s).ok());
}

void TestTemplateLimits::whatIsLargeButAllowedWorks()
{
    const Rendering many =
        rendered(u"{% for i in range(48000) %}interface Gi{{ i // 48 }}/0/{{ i % 48 }}\n{% endfor %}"_s);
    QVERIFY2(many.ok(), many.ok() ? "" : qPrintable(many.error->message()));
    QVERIFY(many.output.size() > 900'000);
    QCOMPARE(rendered(u"{{ range(100000)|map('string')|join(',')|length }}"_s).output, u"588889"_s);
    QCOMPARE(rendered(u"{{ range(100000)|sort(reverse=true)|first }}"_s).output, u"99999"_s);
    QCOMPARE(rendered(u"{{ range(100000)|unique|list|length }}"_s).output, u"100000"_s);
}

QTEST_GUILESS_MAIN(TestTemplateLimits)

#include "tst_templatelimits.moc"
