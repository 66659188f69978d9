#pragma once

#include "commandfilter/shellparser.h"

#include <optional>

namespace agent {

/// A program that starts another one, which its arguments name: `env`, `xargs`, `timeout` ...
struct CommandWrapper;

/// Null when `name` is no such program.
[[nodiscard]] const CommandWrapper *findWrapper(QStringView name);

/// What a wrapper would start.
struct WrappedCommand
{
    QList<ShellWord> words;   ///< empty: nothing, as in a bare `env`
    bool takesMore = false;   ///< words that are not known yet are added behind
    QString placeholder = {}; ///< is replaced by what is not known yet
};

/// `words` begins with the wrapper itself. Empty when an option is not known, or cannot be told before it runs: then
/// nobody can say which word is the command.
[[nodiscard]] std::optional<WrappedCommand> commandBehind(const CommandWrapper &wrapper, const QList<ShellWord> &words);

} // namespace agent
