#pragma once

#include "api/body.h"

namespace agent {

/// A field whose texts follow another rule than the model's others.
struct FieldTextRule
{
    std::string_view field;
    TextRule rule;
};

/// `checkText` for every text that a body may set, by the model's own field table, nested models not included. Fields
/// that are not among `exceptions` follow `rule`.
template <Described Model>
[[nodiscard]] Status checkTexts(const Model &model, TextRule rule, std::initializer_list<FieldTextRule> exceptions = {})
{
    Status status;
    forEachField<Model>([&](const auto &field) {
        using T = typename std::decay_t<decltype(field)>::Type;
        if (!status || field.is(FieldFlag::ReadOnly))
            return;
        TextRule own = rule;
        for (const FieldTextRule &exception : exceptions) {
            if (exception.field == field.key)
                own = exception.rule;
        }
        if constexpr (std::same_as<T, QString>) {
            status = checkText(model.*field.member, QLatin1StringView(field.name), own);
        } else if constexpr (std::same_as<T, std::optional<QString>>) {
            if (model.*field.member)
                status = checkText(*(model.*field.member), QLatin1StringView(field.name), own);
        }
    });
    return status;
}

} // namespace agent
