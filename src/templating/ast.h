#pragma once

#include "templating/value.h"

#include <QHash>
#include <QSet>

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
        List, ///< flag: a tuple
        Dict, ///< key, value, key, value ...
        Unary,
        Binary,
        Concat,
        Compare, ///< names: one operator for each part but the first
        And,
        Or,
        Conditional, ///< condition, then, else (null when absent)
        Attribute,
        Item,
        Slice, ///< target, start, stop, step (null when absent)
        Call,
        Filter, ///< a null target: the block's text
        Test,   ///< flag: is not
        Spread, ///< text: * or ** before an argument
        // statements: `body` is what they enclose
        Text,
        Output,
        For, ///< parts: target, list, condition or null; flag: recursive
        If,  ///< parts: conditions, body: one Group for each
        Set, ///< parts: target, value; flag: the block form, value may be null
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
        Autoescape,
        Group,
        Break,
        Continue,
    };
    Kind kind = Kind::Literal;
    int line = 0;
    int column = 0;
    int depth = 1;
    QString text = {}; ///< the name, operator or text
    Value value = {};  ///< of a Literal
    Nodes parts = {};  ///< an absent operand is null
    Nodes arguments = {};
    std::vector<std::pair<QString, NodePtr>> named = {}; ///< arguments; parameters with their default or null
    Nodes body = {};
    Nodes otherwise = {};                                ///< else
    std::vector<std::pair<QString, QString>> names = {}; ///< import a as b
    bool flag = false;                                   ///< not, recursive, scoped, ignore missing: per kind
    bool context = true;                                 ///< with context; of a Block: required
    QSet<QString> uses = {}; ///< of a macro or call block: which of caller, varargs and kwargs its body names
};

/// A parsed template.
struct Document
{
    QString name;
    Nodes nodes;
    QHash<QString, const Node *> blocks;
};

} // namespace agent::templating
