// Any bytes as templates: they are refused or rendered within their limits, the same way twice. A NUL begins another
// template, which the first can include, extend or import as "1", "2" ...

#include "templating/template.h"

#include <QStringList>

#include <cstdlib>

using namespace agent;
using namespace agent::templating;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

class Parts : public Loader
{
public:
    explicit Parts(const QStringList &texts)
        : m_texts(texts)
    {
    }
    std::optional<QString> source(const QString &name) const override
    {
        bool ok = false;
        const int index = name.toInt(&ok);
        return ok && index > 0 && index < m_texts.size() ? std::optional(m_texts[index]) : std::nullopt;
    }

private:
    QStringList m_texts;
};

constexpr qsizetype kMostOutput = 50'000;

Rendering rendered(const QStringList &texts, const JsonValue &variables)
{
    const auto compiled = Template::compile(texts.first());
    if (const auto *error = std::get_if<TemplateError>(&compiled)) {
        require(error->whileParsing && !error->kind.isEmpty());
        require(error->line > 0 && error->column > 0 && error->line <= texts.first().size() + 1);
        return {.error = *error};
    }
    Limits limits;
    limits.time = std::chrono::seconds(60); // the steps end it, so that a run is the same everywhere
    limits.steps = 30'000;
    limits.output = kMostOutput;
    limits.text = 100'000;
    limits.items = 5'000;
    limits.memory = 8 * 1024 * 1024;
    const Parts parts(texts);
    return std::get<Template>(compiled).render(variables, {.limits = limits, .loader = &parts});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const auto variables = JsonDocument::parse(
        R"({"a":7,"b":-3,"e":[],"f":2.5,"h":"edge-r1.example.net","l":[{"n":"Gi0/1","v":10},{"n":"Gi0/2","v":20}],)"
        R"("s":"  vlan Ten ","t":[{"c":[{"c":[],"n":"x"}],"n":"y"}],"x":{"mtu":9000,"name":"Po1","up":true},"z":null})");
    const QStringList texts = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size)).split(QChar(0));
    const Rendering rendering = rendered(texts, variables->root());
    require(rendering.output.toUtf8().size() <= kMostOutput);
    require(rendering.ok() || rendering.output.isEmpty());
    if (!texts.join(QString()).contains(QStringLiteral("random"))) {
        const Rendering again = rendered(texts, variables->root());
        require(again.output == rendering.output && again.ok() == rendering.ok());
    }
    return 0;
}
