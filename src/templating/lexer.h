#pragma once

#include "templating/value.h"

namespace agent::templating {

struct Token
{
    enum class Kind { Text, OutputBegin, OutputEnd, BlockBegin, BlockEnd, Name, Literal, Operator, End };
    Kind kind = Kind::End;
    QString text = {};
    Value value = {};
    int line = 1;
    int column = 1;
};

struct Spacing
{
    bool trimBlocks = false;   ///< the newline after a block goes
    bool lstripBlocks = false; ///< the blanks before a block go
};

/// Cuts a template into tokens. Throws Failure.
std::vector<Token> tokenize(const QString &source, Spacing spacing);

} // namespace agent::templating
