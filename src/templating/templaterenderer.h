#pragma once

#include "core/task.h"
#include "templating/template.h"

#include <QThreadPool>

namespace agent::templating {

/// Renders on threads of its own, away from the main one, at most two at a time. Lives on the main thread; when it
/// goes, what still renders is cancelled.
class TemplateRenderer
{
public:
    TemplateRenderer();
    ~TemplateRenderer();
    Q_DISABLE_COPY_MOVE(TemplateRenderer)

    /// Parses and renders. Never fails otherwise than with a Rendering that holds an error.
    /// @param variables one JSON value as text
    /// @param cancelled raise it when nobody waits any more; may be null
    [[nodiscard]] Task<Rendering> render(QString source, QByteArray variables, CancelToken cancelled = {},
                                         std::shared_ptr<const Loader> loader = {}, Limits limits = {});

    static constexpr std::size_t kMostWaiting = 64; ///< more at once are refused

private:
    QThreadPool m_pool;
    std::vector<std::weak_ptr<CancelToken>> m_running; // gone once the worker is done with it
};

} // namespace agent::templating
