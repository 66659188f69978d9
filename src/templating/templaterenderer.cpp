#include "templating/templaterenderer.h"

#include "core/async.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

Rendering renderHere(const QString &source, QByteArray variables, const RenderOptions &options)
{
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
    for (const auto &each : m_running)
        if (const auto token = each.lock())
            token->store(true);
    m_pool.clear(); // the pool's end waits for the two that run, which stop at their next check
}

Task<Rendering> TemplateRenderer::render(QString source, QByteArray variables, CancelToken cancelled,
                                         std::shared_ptr<const Loader> loader, Limits limits)
{
    std::erase_if(m_running, [](const auto &each) { return each.expired(); });
    if (m_running.size() >= kMostWaiting)
        co_return Rendering{.error = TemplateError{.kind = u"busy"_s, .detail = u"too many templates are rendered"_s}};
    if (!cancelled)
        cancelled = std::make_shared<std::atomic<bool>>(false);
    m_running.push_back(cancelled);
    auto work = [source = std::move(source), variables = std::move(variables), loader = std::move(loader), limits,
                 cancelled] {
        return renderHere(source, variables, {.limits = limits, .loader = loader.get(), .cancelled = cancelled});
    };
    // Moved: what the coroutine's frame holds must not keep the token of a finished job.
    auto delivery = onWorker(m_pool, std::move(work));
    cancelled.reset();
    co_return co_await delivery;
}

} // namespace agent::templating
