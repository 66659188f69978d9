// A line that is an expression, then any bytes as a web service's answer: what comes out is JSON, or an error.

#include "core/jsondocument.h"
#include "enrichment/answervalues.h"
#include "enrichment/enrichmenttoml.h"
#include "enrichment/tokenpattern.h"

#include <cstdlib>

using namespace agent;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size > 4096)
        return 0;
    const QByteArray input(reinterpret_cast<const char *>(data), qsizetype(size));
    const qsizetype end = input.indexOf('\n');
    const QString expression = QString::fromUtf8(input.first(std::max<qsizetype>(0, end)));
    const QByteArray body = input.sliced(end + 1);
    if (const auto value = answervalues::unwrapped(body, expression); value && *value) {
        const auto section = answervalues::section(**value, {{expression, QStringLiteral("x")}}, {expression});
        require(!section || !*section || !(*section)->isEmpty());
        require(answervalues::flattenedKeys(**value).ok());
    }
    if (const auto collection = enrichmenttoml::parse(body)) {
        const auto again = enrichmenttoml::parse(enrichmenttoml::write(*collection));
        require(again && again->matchers.size() == collection->matchers.size() &&
                again->sources.size() == collection->sources.size());
    }
    if (const auto pattern = TokenPattern::compile(expression)) {
        const QString text = QString::fromUtf8(body.first(std::min<qsizetype>(body.size(), 64)));
        require(text.contains(pattern->firstMatch(text)));
    }
    return 0;
}
