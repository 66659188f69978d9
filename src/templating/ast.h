#pragma once

#include "templating/value.h"

namespace agent::templating {

struct Node;
using NodePtr = std::unique_ptr<Node>;
using Nodes = std::vector<NodePtr>;

/// One part of a parsed template; what the fields hold is said per kind.
struct Node
{
    enum class Kind {
        // expressions: `parts` are the operands
        Literal,
        Name,
        List,
        Dict,
        Unary,
        Binary,
        Concat,
        Compare,
        And,
        Or,
        Conditional,
        Attribute,
        Item,
        Slice,
        Call,
        Filter,
        Test,
        // statements: `body` is what they enclose
        Text,
        Output,
        For,
        If,
        Set,
        Macro,
        CallBlock,
        FilterBlock,
        With,
        Include,
        Extends,
        Block,
        Import,
        FromImport,
        Do,
        Group,
    };
    Kind kind = Kind::Literal;
    int line = 0;
    int column = 0;
    QString text = {}; ///< the name, operator or text
    Value value = {};  ///< of a Literal
    Nodes parts = {};  ///< an absent operand is null
    Nodes arguments = {};
    std::vector<std::pair<QString, NodePtr>> named = {};
    Nodes body = {};
    Nodes otherwise = {};                                ///< else
    std::vector<std::pair<QString, QString>> names = {}; ///< import a as b
    bool flag = false;                                   ///< not, recursive, scoped, ignore missing: per kind
    bool context = true;                                 ///< with context
    int depth = 1;
};

} // namespace agent::templating
