// Python source, whole or half-written: the lexer comes to an end, its tokens are parts of the source in their order,
// and what is read from them is well-formed JSON.

#include "core/jsondocument.h"
#include "scripts/preparedscript.h"
#include "scripts/pythonlexer.h"
#include "scripts/scriptanalysis.h"
#include "scripts/scriptimports.h"

#include <cstdint>
#include <cstdlib>

using namespace agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView source(reinterpret_cast<const char *>(data), qsizetype(size));
    PythonLexer lexer(source);
    const char *end = source.data();
    bool lineHasEnded = true;
    while (const auto token = lexer.next()) {
        if (token->text.data() < end || token->text.data() + token->text.size() > source.data() + source.size())
            std::abort();
        if (token->column < 0 || token->column > source.size())
            std::abort();
        const bool isEnd = token->kind == PythonToken::Kind::LineEnd;
        if (!isEnd && token->text.isEmpty())
            std::abort();
        if (isEnd && lineHasEnded)
            std::abort();
        if (lineHasEnded && !token->startsLine)
            std::abort();
        lineHasEnded = isEnd;
        end = token->text.data() + token->text.size();
    }
    if (!lineHasEnded)
        std::abort();

    const ScriptAnalysis analysis = analyzeScript(source);
    if (!analysis.params.isEmpty() && !analysis.hasMain)
        std::abort();
    if (analysis.params.size() > 256 || !JsonDocument::parse(encode(analysis)))
        std::abort();
    const QByteArrayList modules = thirdPartyModules(source);
    for (qsizetype i = 0; i < modules.size(); ++i) {
        if (modules[i].isEmpty() || (i > 0 && modules[i - 1] >= modules[i]))
            std::abort();
    }
    // What is made of it does not change what it is, and is not made again.
    const auto prepared = prepareScript(source);
    if (prepared && !prepared->text.contains(source.startsWith("\xef\xbb\xbf") ? source.sliced(3) : source))
        std::abort();
    return 0;
}
