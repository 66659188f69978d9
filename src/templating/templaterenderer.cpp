#include "templating/templaterenderer.h"

#include "core/async.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

Rendering renderHere(const QString &source, QByteArray variables, const RenderOptions &options)
{
    if (options.cancelled->load())
        return {.error = TemplateError{.isCancelled = true, .kind = u"cancelled"_s}};
    const auto compiled = Template::compile(source);
    if (const auto *error = std::get_if<TemplateError>(&compiled))
        return {.error = *error};
    const auto document = JsonDocument::parse(std::move(variables));
    if (!document)
        return {.error = TemplateError{.kind = u"bad variables"_s, .detail = document.error().message}};
    return std::get<Template>(compiled).render(document->root(), options);
}

} // namespace

TemplateRenderer::TemplateRenderer()
{
    m_pool.setMaxThreadCount(2);
    m_pool.setStackSize(Template::kStackSize);
}

TemplateRenderer::~TemplateRenderer()
{
    // The pool's end waits for all: what runs stops at its next check, what waits does not begin.
    for (const auto &each : m_running)
        if (const auto token = each.lock())
            (*token)->store(true);
}

Task<Rendering> TemplateRenderer::render(QString source, QByteArray variables, CancelToken cancelled,
                                         std::shared_ptr<const Loader> loader, Limits limits)
{
    std::erase_if(m_running, [](const auto &each) { return each.expired(); });
    if (m_running.size() >= kMostWaiting)
        co_return Rendering{.error = TemplateError{.kind = u"busy"_s, .detail = u"too many templates are rendered"_s}};
    if (!cancelled)
        cancelled = std::make_shared<std::atomic<bool>>(false);
    auto job = std::make_shared<CancelToken>(std::move(cancelled));
    m_running.push_back(job);
    auto delivery = onWorker(m_pool, [source = std::move(source), variables = std::move(variables),
                                      loader = std::move(loader), limits, job = std::move(job)] {
        return renderHere(source, variables, {.limits = limits, .loader = loader.get(), .cancelled = *job});
    });
    co_return co_await delivery;
}

} // namespace agent::templating
