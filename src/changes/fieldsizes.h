#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"

namespace agent {

namespace detail {

inline qsizetype textBytes(const QString &text) { return text.toUtf8().size(); }
template <JsonContainer kind>
qsizetype textBytes(const RawContainer<kind> &container)
{
    return container.text.size();
}
template <typename T>
qsizetype textBytes(const T &)
{
    return 0;
}
template <typename T>
qsizetype textBytes(const std::optional<T> &value)
{
    return value ? textBytes(*value) : 0;
}

} // namespace detail

/// Bounds every text and JSON value of a model, in UTF-8 bytes. @param path stands before the field's name in the
/// error: "mop_steps[3]."
template <Described Model>
Status checkFieldSizes(const Model &model, qsizetype maxBytes, const QString &path = {})
{
    Status status;
    forEachField<Model>([&](const auto &field) {
        if (!status || detail::textBytes(model.*field.member) <= maxBytes)
            return;
        const QString name = path + QLatin1StringView(field.name);
        status = Error{ErrorCode::Validation,
                       QStringLiteral("field '%1' is longer than %2 bytes").arg(name).arg(maxBytes), name};
    });
    return status;
}

} // namespace agent
