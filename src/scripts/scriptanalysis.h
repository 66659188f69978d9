#pragma once

#include "core/schema.h"

#include <QByteArrayView>

namespace agent {

/// An argument of a script's `main`, as far as its source tells (contract 04 section 5.3).
struct ScriptParam
{
    QString name;
    QString paramType; ///< int, float, bool, list, dict, str
    RawJson defaultValue;
    bool required = false;

    friend bool operator==(const ScriptParam &, const ScriptParam &) = default;
};

template <>
struct Schema<ScriptParam>
{
    static constexpr const char *name = "ScriptParam";
    static constexpr auto fields = std::tuple{
        field("name", &ScriptParam::name),
        field("param_type", &ScriptParam::paramType),
        field("default_value", &ScriptParam::defaultValue, FieldFlag::ReadOnly),
        field("required", &ScriptParam::required),
    };
};

struct ScriptAnalysis
{
    bool hasMain = false;
    QList<ScriptParam> params;
    bool hasInlineMetadata = false;

    friend bool operator==(const ScriptAnalysis &, const ScriptAnalysis &) = default;
};

template <>
struct Schema<ScriptAnalysis>
{
    static constexpr const char *name = "ScriptAnalysis";
    static constexpr auto fields = std::tuple{
        field("has_main", &ScriptAnalysis::hasMain),
        field("params", &ScriptAnalysis::params, FieldFlag::ReadOnly),
        field("has_inline_metadata", &ScriptAnalysis::hasInlineMetadata),
    };
};

/// What a form for the script needs to know. Reads the source, runs nothing; any thread.
[[nodiscard]] ScriptAnalysis analyzeScript(QByteArrayView source);

/// Whether somebody has to call its `main`: it defines one at the left edge, and has no `if __name__ ...` there.
[[nodiscard]] bool needsMainCall(QByteArrayView source);

} // namespace agent
