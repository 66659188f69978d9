#pragma once

#include <QString>

namespace agent::templating {

/// Why a template failed; never leaves the room, Template turns it into a TemplateError.
struct Failure
{
    enum class Kind {
        Syntax,
        Undefined,
        Invalid,
        UnknownFilter,
        UnknownTest,
        UnknownFunction,
        UnknownMethod,
        Missing,
        Limit,
        Cancelled
    };
    Kind kind = Kind::Invalid;
    QString detail;
    QString file = {};
    int line = 0; ///< 1-based, 0 until the place is known
    int column = 0;
    bool whileParsing = false;
};

[[noreturn]] void fail(Failure::Kind kind, const QString &detail);
[[noreturn]] void invalid(const QString &detail);  ///< an operation that its values do not have
[[noreturn]] void exceeded(const QString &detail); ///< a limit

/// "undefined value": the kind in words.
[[nodiscard]] QString inWords(Failure::Kind kind);

} // namespace agent::templating
