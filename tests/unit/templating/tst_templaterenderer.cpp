// Templates are rendered away from the main thread, and stop when nobody waits for them.

#include "templating/templaterenderer.h"

#include <QCoroTask>
#include <QTest>
#include <QTimer>

using namespace agent;
using namespace agent::templating;
using namespace Qt::StringLiterals;

namespace {

const QString kEndless = u"{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}"_s;

Limits withoutEnd()
{
    Limits limits;
    limits.time = std::chrono::hours(1);
    limits.steps = qint64(1) << 40;
    limits.memory = qint64(1) << 50;
    limits.output = qsizetype(1) << 40;
    return limits;
}

} // namespace

class TestTemplateRenderer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rendersWithVariables();
    void badTemplatesAndVariablesAreErrors();
    void theMainLoopRunsMeanwhile();
    void aCancelledRenderingEndsSoon();
    void theEndCancelsWhatRuns();
    void tooManyAtOnceAreRefused();
};

void TestTemplateRenderer::rendersWithVariables()
{
    TemplateRenderer renderer;
    const Rendering rendering = QCoro::waitFor(renderer.render(u"hostname {{ name }}"_s, R"({"name":"r1"})"));
    QVERIFY(rendering.ok());
    QCOMPARE(rendering.output, u"hostname r1"_s);
}

void TestTemplateRenderer::badTemplatesAndVariablesAreErrors()
{
    TemplateRenderer renderer;
    QVERIFY(QCoro::waitFor(renderer.render(u"{% if %}"_s, "{}")).error->whileParsing);
    QCOMPARE(QCoro::waitFor(renderer.render(u"x"_s, "{")).error->kind, u"bad variables"_s);
}

void TestTemplateRenderer::theMainLoopRunsMeanwhile()
{
    TemplateRenderer renderer;
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    std::optional<Rendering> answer;
    QCoro::connect(renderer.render(kEndless, "{}", cancelled, {}, withoutEnd()), this,
                   [&answer](Rendering &&rendering) { answer = std::move(rendering); });
    int ticks = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&ticks] { ++ticks; });
    timer.start(1);
    QTRY_VERIFY(ticks > 5);
    QVERIFY(!answer);
    cancelled->store(true);
    QTRY_VERIFY(answer);
}

void TestTemplateRenderer::aCancelledRenderingEndsSoon()
{
    TemplateRenderer renderer;
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    std::optional<Rendering> answer;
    QCoro::connect(renderer.render(kEndless, "{}", cancelled, {}, withoutEnd()), this,
                   [&answer](Rendering &&rendering) { answer = std::move(rendering); });
    QTest::qWait(20);
    cancelled->store(true);
    QTRY_VERIFY(answer);
    QVERIFY(!answer->ok() && answer->error->isCancelled);
}

void TestTemplateRenderer::theEndCancelsWhatRuns()
{
    // Without the cancelling this would take an hour.
    auto renderer = std::make_unique<TemplateRenderer>();
    for (int i = 0; i < 5; ++i)
        QCoro::connect(renderer->render(kEndless, "{}", {}, {}, withoutEnd()), this, [](Rendering &&) {});
    QTest::qWait(20);
    renderer.reset();
    QCoreApplication::processEvents();
}

void TestTemplateRenderer::tooManyAtOnceAreRefused()
{
    TemplateRenderer renderer;
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    std::size_t answers = 0, refused = 0;
    for (std::size_t i = 0; i < TemplateRenderer::kMostWaiting + 3; ++i)
        QCoro::connect(renderer.render(kEndless, "{}", cancelled, {}, withoutEnd()), this, [&](Rendering &&rendering) {
            ++answers;
            refused += rendering.error->kind == "busy"_L1;
        });
    QTRY_COMPARE(refused, std::size_t(3));
    cancelled->store(true);
    QTRY_COMPARE(answers, TemplateRenderer::kMostWaiting + 3);
    QVERIFY(QCoro::waitFor(renderer.render(u"x"_s, "{}")).ok());
}

QTEST_GUILESS_MAIN(TestTemplateRenderer)

#include "tst_templaterenderer.moc"
