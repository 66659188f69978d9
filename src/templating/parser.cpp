#include "templating/parser.h"

#include "templating/expressionparser.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Kind = Node::Kind;

namespace {

class Parser : public ExpressionParser
{
public:
    using ExpressionParser::ExpressionParser;

    std::shared_ptr<const Document> run(const QString &name)
    {
        auto document = std::make_shared<Document>();
        document->name = name;
        document->nodes = body({});
        document->blocks = std::move(m_blocks);
        return document;
    }

private:
    using Statement = NodePtr (Parser::*)(const Token &);

    void endTag()
    {
        if (now().kind != Token::Kind::BlockEnd)
            wrong(u"expected end of the tag, found %1"_s.arg(here()));
        take();
    }

    bool atWord(std::initializer_list<const char *> words) const
    {
        return std::ranges::any_of(words, [this](const char *word) { return isName(word); });
    }

    /// Statements until one of the closing words, which is left as the current token.
    Nodes body(std::initializer_list<const char *> closing)
    {
        const Level level(*this);
        const Token opened = now();
        Nodes nodes;
        for (;;) {
            const Token at = now();
            switch (at.kind) {
            case Token::Kind::Text:
                nodes.push_back(make(Kind::Text, at, take().text));
                break;
            case Token::Kind::OutputBegin: {
                take();
                NodePtr output = make(Kind::Output, at);
                adopt(*output, tuple());
                if (now().kind != Token::Kind::OutputEnd)
                    wrong(u"expected '}}', found %1"_s.arg(here()));
                take();
                nodes.push_back(std::move(output));
                break;
            }
            case Token::Kind::BlockBegin:
                take();
                if (atWord(closing))
                    return nodes;
                nodes.push_back(statement());
                break;
            case Token::Kind::End:
                if (closing.size() > 0)
                    wrong(u"end of template, but '%1' is missing"_s.arg(QLatin1StringView(*(closing.end() - 1))));
                return nodes;
            default:
                wrong(u"unexpected %1"_s.arg(here()));
            }
        }
    }

    Nodes enclosed(const char *end)
    {
        endTag();
        Nodes nodes = body({end});
        take();
        return nodes;
    }

    NodePtr statement()
    {
        static const QHash<QString, Statement> kStatements{
            {u"for"_s, &Parser::forLoop},     {u"if"_s, &Parser::condition},
            {u"set"_s, &Parser::assignment},  {u"macro"_s, &Parser::macro},
            {u"call"_s, &Parser::callBlock},  {u"filter"_s, &Parser::filterBlock},
            {u"with"_s, &Parser::with},       {u"include"_s, &Parser::include},
            {u"extends"_s, &Parser::extends}, {u"block"_s, &Parser::block},
            {u"import"_s, &Parser::import},   {u"from"_s, &Parser::fromImport},
            {u"do"_s, &Parser::doExpression}, {u"autoescape"_s, &Parser::autoescape},
            {u"break"_s, &Parser::leaveLoop}, {u"continue"_s, &Parser::leaveLoop},
        };
        const Token at = now();
        if (at.kind != Token::Kind::Name)
            wrong(u"expected the name of a tag, found %1"_s.arg(here()));
        const auto found = kStatements.constFind(at.text);
        if (found == kStatements.constEnd())
            wrong(u"unknown tag '%1'"_s.arg(at.text));
        take();
        NodePtr node = (this->**found)(at);
        endTag();
        return node;
    }

    NodePtr forLoop(const Token &at)
    {
        NodePtr loop = make(Kind::For, at);
        loop->parts.push_back(target());
        expectName("in");
        loop->parts.push_back(tuple(false));
        loop->parts.push_back(skipName("if") ? expression() : nullptr);
        loop->flag = skipName("recursive");
        endTag();
        ++m_loops;
        loop->body = body({"else", "endfor"});
        --m_loops;
        if (skipName("else")) {
            endTag();
            loop->otherwise = body({"endfor"});
        }
        take();
        return loop;
    }

    NodePtr condition(const Token &at)
    {
        NodePtr first = make(Kind::If, at);
        // One branch each: `parts` the condition, a Group its body.
        first->parts.push_back(tuple(true));
        endTag();
        for (;;) {
            const Token start = now();
            NodePtr group = make(Kind::Group, start);
            group->body = body({"elif", "else", "endif"});
            first->body.push_back(std::move(group));
            if (!skipName("elif"))
                break;
            first->parts.push_back(tuple(true));
            endTag();
        }
        if (skipName("else")) {
            endTag();
            first->otherwise = body({"endif"});
        }
        take();
        return first;
    }

    NodePtr assignment(const Token &at)
    {
        NodePtr set = make(Kind::Set, at);
        set->parts.push_back(target());
        if (skipOperator("=")) {
            set->parts.push_back(tuple());
            return set;
        }
        set->flag = true; // the block form; its filters, if any, have no innermost operand
        set->parts.push_back(skipOperator("|") ? filters(nullptr) : nullptr);
        set->body = enclosed("endset");
        return set;
    }

    void signature(Node &macro)
    {
        expectOperator("(");
        while (!isOperator(")")) {
            QString name = takeName();
            NodePtr fallback = skipOperator("=") ? expression() : nullptr;
            if (!fallback && !macro.named.empty() && macro.named.back().second)
                wrong(u"parameter without default after one with"_s);
            macro.named.emplace_back(std::move(name), std::move(fallback));
            if (macro.named.size() > kMostArguments)
                wrong(u"too many parameters"_s);
            if (!skipOperator(","))
                break;
        }
        expectOperator(")");
    }

    Nodes macroBody(Node &macro, const char *end)
    {
        m_macroUses.emplace_back();
        const int loops = std::exchange(m_loops, 0);
        Nodes nodes = enclosed(end);
        m_loops = loops;
        macro.uses = std::move(m_macroUses.back());
        m_macroUses.pop_back();
        return nodes;
    }

    NodePtr macro(const Token &at)
    {
        NodePtr node = make(Kind::Macro, at);
        node->text = takeName();
        signature(*node);
        node->body = macroBody(*node, "endmacro");
        return node;
    }

    NodePtr callBlock(const Token &at)
    {
        NodePtr node = make(Kind::CallBlock, at, u"caller"_s);
        if (isOperator("("))
            signature(*node);
        node->parts.push_back(expression());
        if (node->parts.front()->kind != Kind::Call)
            wrong(u"a call block needs a call"_s);
        node->body = macroBody(*node, "endcall");
        return node;
    }

    NodePtr leaveLoop(const Token &at)
    {
        if (m_loops == 0)
            wrong(u"'%1' outside of a loop"_s.arg(at.text));
        return make(at.text == "break"_L1 ? Kind::Break : Kind::Continue, at);
    }

    NodePtr filterBlock(const Token &at)
    {
        NodePtr node = make(Kind::FilterBlock, at);
        node->parts.push_back(filters(nullptr));
        node->body = enclosed("endfilter");
        return node;
    }

    NodePtr with(const Token &at)
    {
        NodePtr node = make(Kind::With, at);
        while (now().kind != Token::Kind::BlockEnd) {
            node->parts.push_back(oneTarget());
            expectOperator("=");
            node->arguments.push_back(expression());
            if (!skipOperator(","))
                break;
        }
        node->body = enclosed("endwith");
        return node;
    }

    void contextWords(Node &node)
    {
        if ((isName("with") || isName("without")) && next().text == "context"_L1) {
            node.context = take().text == "with"_L1;
            take();
        }
    }

    NodePtr include(const Token &at)
    {
        NodePtr node = make(Kind::Include, at);
        node->parts.push_back(expression());
        if (isName("ignore") && next().text == "missing"_L1) {
            take();
            take();
            node->flag = true;
        }
        contextWords(*node);
        return node;
    }

    NodePtr extends(const Token &at)
    {
        NodePtr node = make(Kind::Extends, at);
        node->parts.push_back(expression());
        return node;
    }

    NodePtr block(const Token &at)
    {
        NodePtr node = make(Kind::Block, at);
        node->text = takeName();
        if (m_blocks.contains(node->text))
            wrong(u"block '%1' is defined twice"_s.arg(node->text));
        m_blocks.insert(node->text, node.get());
        node->flag = skipName("scoped");
        node->context = skipName("required");
        node->flag = node->flag || skipName("scoped");
        const int loops = std::exchange(m_loops, 0);
        node->body = enclosed("endblock");
        m_loops = loops;
        if (now().kind == Token::Kind::Name && take().text != node->text)
            wrong(u"endblock of another block"_s);
        return node;
    }

    NodePtr import(const Token &at)
    {
        NodePtr node = make(Kind::Import, at);
        node->parts.push_back(expression());
        expectName("as");
        node->text = takeName();
        node->context = false;
        contextWords(*node);
        return node;
    }

    NodePtr fromImport(const Token &at)
    {
        NodePtr node = make(Kind::FromImport, at);
        node->parts.push_back(expression());
        expectName("import");
        node->context = false;
        do {
            contextWords(*node);
            if (now().kind != Token::Kind::Name)
                break;
            const QString name = takeName();
            node->names.emplace_back(name, skipName("as") ? takeName() : name);
        } while (skipOperator(","));
        contextWords(*node);
        if (node->names.empty())
            wrong(u"expected a name, found %1"_s.arg(here()));
        return node;
    }

    NodePtr doExpression(const Token &at)
    {
        NodePtr node = make(Kind::Do, at);
        node->parts.push_back(tuple());
        return node;
    }

    NodePtr autoescape(const Token &at)
    {
        NodePtr node = make(Kind::Autoescape, at);
        node->parts.push_back(expression());
        node->body = enclosed("endautoescape");
        return node;
    }

    QHash<QString, const Node *> m_blocks;
    int m_loops = 0; ///< around this place, within the macro or block
};

} // namespace

std::shared_ptr<const Document> parseTemplate(const QString &source, const QString &name, Spacing spacing)
{
    try {
        return Parser(tokenize(source, spacing)).run(name);
    } catch (Failure &failure) {
        failure.file = name;
        failure.whileParsing = true;
        throw;
    }
}

} // namespace agent::templating
