#pragma once

#include <QString>

#include <optional>

namespace agent::templating {

/// Where include, extends and import find other templates. Called on the thread that renders.
class Loader
{
public:
    Loader() = default;
    virtual ~Loader() = default;
    Q_DISABLE_COPY_MOVE(Loader)
    /// The text of a template; nothing when there is none of this name.
    [[nodiscard]] virtual std::optional<QString> source(const QString &name) const = 0;
};

} // namespace agent::templating
