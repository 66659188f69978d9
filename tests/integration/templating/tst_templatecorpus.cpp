// Jinja2 itself is the judge: python3-jinja2 renders the same templates in the same run. Where contract 06 section
// 8.3 wants something else, the corpus says what, and Jinja2 must really differ.

#include "templating/template.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

using namespace agent;
using namespace agent::templating;
using namespace Qt::StringLiterals;

namespace {

class Files : public Loader
{
public:
    explicit Files(const QJsonObject &files)
        : m_files(files)
    {
    }
    std::optional<QString> source(const QString &name) const override
    {
        const QJsonValue text = m_files.value(name);
        return text.isString() ? std::optional(text.toString()) : std::nullopt;
    }

private:
    QJsonObject m_files;
};

Rendering rendered(const QJsonObject &test)
{
    const auto compiled = Template::compile(test.value("template"_L1).toString());
    if (const auto *error = std::get_if<TemplateError>(&compiled))
        return {.error = *error};
    const Files files(test.value("files"_L1).toObject());
    const auto variables =
        JsonDocument::parse(QJsonDocument(test.value("context"_L1).toObject()).toJson(QJsonDocument::Compact));
    return std::get<Template>(compiled).render(variables->root(), {.loader = &files});
}

QByteArray shown(const Rendering &rendering)
{
    const QString text = rendering.ok() ? rendering.output : rendering.error->message();
    return (rendering.ok() ? "printed: " : "failed: ") + text.toUtf8();
}

QByteArray shown(const QJsonObject &test)
{
    const bool failed = test.contains("error"_L1);
    return (failed ? "failed: " : "printed: ") + test.value(failed ? "error"_L1 : "output"_L1).toString().toUtf8();
}

/// What is wrong with a case; empty when all is well.
QByteArray wrong(const QJsonObject &test)
{
    const Rendering ours = rendered(test);
    const bool jinjaFails = test.contains("error"_L1);
    const QString jinja = test.value("output"_L1).toString();
    const auto both = [&](const QByteArray &what) -> QByteArray {
        return what + "\n  template: " + test.value("template"_L1).toString().toUtf8() + "\n  ours " + shown(ours) +
               "\n  Jinja2 " + shown(test);
    };
    if (test.contains("fails"_L1))
        return jinjaFails ? both("Jinja2 fails too") : ours.ok() ? both("must fail") : QByteArray();
    if (test.contains("expect"_L1)) {
        const QString expected = test.value("expect"_L1).toString();
        if (!jinjaFails && jinja == expected)
            return both("Jinja2 does not differ");
        return ours.ok() && ours.output == expected ? QByteArray() : both("expected: " + expected.toUtf8());
    }
    if (jinjaFails != !ours.ok())
        return both("one fails, one does not");
    if (!ours.ok())
        return ours.error->line > 0 && ours.error->column > 0 ? QByteArray() : both("the error has no place");
    return ours.output == jinja ? QByteArray() : both("printed differently");
}

} // namespace

class TestTemplateCorpus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCaseAgreesWithJinja2();
    void randomTemplatesAgreeWithJinja2();

private:
    static QJsonArray ask(const QStringList &arguments);
    static void compare(const QJsonArray &cases);
};

QJsonArray TestTemplateCorpus::ask(const QStringList &arguments)
{
    const QString here = QStringLiteral(AGENT_SOURCE_DIR "/tests/integration/templating/");
    QProcess python;
    python.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    python.start(u"/usr/bin/python3"_s, QStringList{u"-B"_s, here + u"oracle.py"_s} + arguments);
    if (!python.waitForFinished(120'000) || python.exitCode() != 0)
        return {};
    return QJsonDocument::fromJson(python.readAllStandardOutput()).object().value("cases"_L1).toArray();
}

void TestTemplateCorpus::compare(const QJsonArray &cases)
{
    int failures = 0;
    for (const QJsonValue &each : cases) {
        const QJsonObject test = each.toObject();
        const QByteArray problem = wrong(test);
        if (problem.isEmpty())
            continue;
        if (++failures <= 40)
            qWarning().noquote() << test.value("file"_L1).toString() << "/" << test.value("name"_L1).toString() << ":"
                                 << problem;
    }
    qInfo() << cases.size() << "templates compared";
    QCOMPARE(failures, 0);
}

void TestTemplateCorpus::everyCaseAgreesWithJinja2()
{
    const QJsonArray cases =
        ask({u"corpus"_s, QStringLiteral(AGENT_SOURCE_DIR "/tests/integration/templating/corpus")});
    QCOMPARE_GE(cases.size(), 300);
    compare(cases);
}

void TestTemplateCorpus::randomTemplatesAgreeWithJinja2()
{
    // AGENT_TEMPLATE_SEED and AGENT_TEMPLATE_COUNT look further than the usual run.
    const QString seed = qEnvironmentVariable("AGENT_TEMPLATE_SEED", u"20"_s),
                  count = qEnvironmentVariable("AGENT_TEMPLATE_COUNT", u"1500"_s);
    const QJsonArray cases = ask({u"random"_s, seed, count});
    QVERIFY(!cases.isEmpty());
    compare(cases);
}

QTEST_GUILESS_MAIN(TestTemplateCorpus)

#include "tst_templatecorpus.moc"
