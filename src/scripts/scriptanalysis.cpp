#include "scripts/scriptanalysis.h"

#include "scripts/pythonlexer.h"
#include "scripts/pythonliteral.h"

#include <vector>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

using Kind = PythonToken::Kind;
using Tokens = std::span<const PythonToken>;

constexpr std::size_t kMaxParams = 256;
constexpr std::size_t kMaxTokens = 65'536; ///< of one signature

/// The source of the tokens, with one blank for whatever is between them.
QByteArray sourceOf(Tokens tokens)
{
    QByteArray text;
    const char *end = nullptr;
    for (const PythonToken &token : tokens) {
        if (end && token.text.data() != end)
            text += ' ';
        text += token.text;
        end = token.text.data() + token.text.size();
    }
    return text;
}

/// One argument of a signature: its tokens up to the comma.
struct Argument
{
    std::vector<PythonToken> name;
    std::vector<PythonToken> annotation;
    std::vector<PythonToken> standard; ///< what follows the `=`
};

/// Sorts the tokens of a signature into arguments.
class SignatureReader
{
public:
    /// @return false when the signature is complete
    bool take(const PythonToken &token)
    {
        if (token.is(')') && m_depth == 0) {
            finishArgument();
            return false;
        }
        if (token.is('(') || token.is('[') || token.is('{'))
            ++m_depth;
        else if (token.is(')') || token.is(']') || token.is('}'))
            --m_depth;
        if (m_depth == 0 && m_part == &Argument::standard && token.isName("lambda"))
            ++m_lambdas;
        if (m_depth == 0 && m_lambdas > 0) { // its own arguments have commas too
            if (token.is(':'))
                --m_lambdas;
        } else if (m_depth == 0 && token.is(',')) {
            finishArgument();
            return true;
        } else if (m_depth == 0 && token.is(':') && m_part == &Argument::name) {
            m_part = &Argument::annotation;
            return true;
        } else if (m_depth == 0 && token.is('=') && m_part != &Argument::standard) {
            m_part = &Argument::standard;
            return true;
        }
        (m_current.*m_part).push_back(token);
        return ++m_tokens < kMaxTokens && m_arguments.size() < kMaxParams;
    }

    [[nodiscard]] const std::vector<Argument> &arguments() const { return m_arguments; }

private:
    void finishArgument()
    {
        m_arguments.push_back(std::exchange(m_current, {}));
        m_part = &Argument::name;
        m_lambdas = 0;
    }

    std::vector<Argument> m_arguments;
    Argument m_current;
    std::vector<PythonToken> Argument::*m_part = &Argument::name;
    std::size_t m_tokens = 0;
    int m_depth = 0;
    int m_lambdas = 0;
};

/// Reads up to the bracket behind `def main` of the first such definition at the left edge.
bool skipToMain(PythonLexer &lexer)
{
    bool isDefinition = false;
    while (auto token = lexer.next()) {
        if (token->startsLine)
            isDefinition = token->column == 0 && (token->isName("def") || token->isName("async"));
        if (!isDefinition || token->isName("async") || token->isName("def"))
            continue;
        isDefinition = false;
        if (!token->isName("main"))
            continue;
        int depth = 0; // of type parameters: main[T](...)
        while ((token = lexer.next())) {
            if (depth == 0 && token->is('('))
                return true;
            if (token->is('['))
                ++depth;
            else if (token->is(']'))
                --depth;
            else if (depth == 0)
                break;
        }
        if (!token)
            return false;
    }
    return false;
}

std::vector<Argument> argumentsOfMain(QByteArrayView source, bool &hasMain)
{
    PythonLexer lexer(source);
    hasMain = skipToMain(lexer);
    if (!hasMain)
        return {};
    SignatureReader reader;
    while (const auto token = lexer.next()) {
        if (token->kind == Kind::LineEnd)
            break; // a bracket was forgotten
        if (!reader.take(*token))
            return reader.arguments();
    }
    return {};
}

/// Without blanks, quotes around it, and what only says that it may be None.
QByteArray innerType(QByteArray annotation)
{
    annotation.replace(' ', "").replace('"', "").replace('\'', "").replace("typing.", "");
    if (annotation.startsWith("Optional[") && annotation.endsWith(']'))
        annotation = annotation.sliced(9).chopped(1);
    if (annotation.endsWith("|None"))
        annotation.chop(5);
    if (annotation.startsWith("None|"))
        annotation.remove(0, 5);
    return annotation;
}

QByteArray typeWord(const QByteArray &annotation)
{
    const QByteArray type = innerType(annotation);
    for (const QByteArray &plain : {"int"_ba, "float"_ba, "bool"_ba}) {
        if (type == plain)
            return plain;
    }
    for (const QByteArray &container : {"list"_ba, "dict"_ba}) {
        if (type.toLower().startsWith(container))
            return container;
    }
    return "str"_ba;
}

bool mayBeNone(const QByteArray &annotation)
{
    const QByteArray type = QByteArray(annotation).replace(' ', "");
    return type.contains("Optional") || type.contains("|None") || type.contains("None|");
}

/// What a form shows at first: only a value of the type it has a field for.
QByteArray defaultJson(Tokens standard, const QByteArray &type)
{
    const auto literal = literalJson(standard);
    if (type == "str") {
        if (literal && (*literal == "null" || literal->startsWith('"')))
            return *literal;
        JsonWriter writer;
        writer.string(QString::fromUtf8(sourceOf(standard)));
        return writer.take();
    }
    if (!literal)
        return "null"_ba;
    const char first = literal->at(0);
    const bool isNumber = first == '-' || (first >= '0' && first <= '9');
    const bool isWhole = isNumber && !literal->contains('.') && !literal->contains('e');
    const bool fits = (type == "int" && isWhole) || (type == "float" && isNumber) ||
                      (type == "bool" && (first == 't' || first == 'f')) || (type == "list" && first == '[') ||
                      (type == "dict" && first == '{');
    return fits ? *literal : "null"_ba;
}

std::optional<ScriptParam> paramOf(const Argument &argument)
{
    // "*", "/", "*args" and nothing are no arguments with a name of their own.
    if (argument.name.size() != 1 || argument.name.front().kind != Kind::Name)
        return std::nullopt;
    const PythonToken &name = argument.name.front();
    if (name.isName("self") || name.isName("cls"))
        return std::nullopt;
    const QByteArray annotation = sourceOf(argument.annotation);
    const QByteArray type = typeWord(annotation);
    ScriptParam param{.name = QString::fromUtf8(name.text), .paramType = QString::fromLatin1(type)};
    if (!argument.standard.empty())
        param.defaultValue.text = defaultJson(argument.standard, type);
    param.required = argument.standard.empty() && !mayBeNone(annotation);
    return param;
}

bool hasMetadataLine(QByteArrayView source)
{
    qsizetype at = 0;
    while (at < source.size()) {
        qsizetype end = source.indexOf('\n', at);
        if (end < 0)
            end = source.size();
        if (source.sliced(at, end - at).trimmed() == "# /// script")
            return true;
        at = end + 1;
    }
    return false;
}

} // namespace

ScriptAnalysis analyzeScript(QByteArrayView source)
{
    ScriptAnalysis analysis;
    bool definesMain = false;
    for (const Argument &argument : argumentsOfMain(source, definesMain)) {
        if (auto param = paramOf(argument))
            analysis.params.append(std::move(*param));
    }
    analysis.hasMain = definesMain || source.contains("def main(");
    analysis.hasInlineMetadata = hasMetadataLine(source);
    return analysis;
}

bool needsMainCall(QByteArrayView source)
{
    PythonLexer forMain(source);
    if (!skipToMain(forMain))
        return false;
    PythonLexer lexer(source);
    bool isCondition = false;
    while (const auto token = lexer.next()) {
        if (token->startsLine)
            isCondition = token->column == 0 && token->isName("if");
        if (isCondition && token->isName("__name__"))
            return false;
        if (token->is(':'))
            isCondition = false;
    }
    return true;
}

} // namespace agent
