#pragma once

#include "core/result.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace agent {

/// A word of a shell command line.
struct ShellWord
{
    QString text;          ///< quotes and backslashes taken away; expansions as they are written
    bool isPlain = true;   ///< `text` is exactly what the program gets: nothing in it expands or matches files
    bool isQuoted = false; ///< a part was quoted, so it is no reserved word
};

/// A simple command: where a program, builtin or function is started.
struct ShellCommand
{
    QStringList assignments; ///< names that are set in front of it
    QList<ShellWord> words;  ///< may be empty: assignments or redirections only
};

/// Every simple command in a line for bash or a POSIX shell (POSIX.1-2017 XCU section 2, the bash manual), wherever
/// it stands: behind any operator, in subshells, groups, loops, conditions, command and process substitutions.
/// Pure text, at most kMaxShellNesting deep.
/// @return Validation with the reason for what it does not understand: line breaks, here-documents, functions, `case`,
/// `((`, unfinished quotes and the like. A line that it understands starts nothing else than what it returns, except
/// through what those programs do themselves.
[[nodiscard]] Result<QList<ShellCommand>> parseShell(QStringView line, int depth = 0);

constexpr int kMaxShellNesting = 16;
constexpr qsizetype kMaxShellCommands = 500; ///< in one line

} // namespace agent
