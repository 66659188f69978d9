// A path from a person, a line break, and a document from anywhere: what is extracted is JSON, and no longer than the
// document could make it. The same text as a template: what is filled in and what is shown are the same.

#include "apiresources/apitemplate.h"
#include "apiresources/extractpath.h"

#include <cstdlib>

using namespace agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const qsizetype end = bytes.indexOf('\n');
    const QString path = QString::fromUtf8(bytes.first(end < 0 ? bytes.size() : end));
    if (const auto document = JsonDocument::parse(end < 0 ? QByteArray("{}") : bytes.sliced(end + 1))) {
        const auto value = ExtractPath(path).extract(document->root());
        if (value && !JsonDocument::parse(*value))
            std::abort();
        if (value && value->size() > toJsonText(document->root()).size() + 2 * ExtractPath::kMaxSegments)
            std::abort();
    }

    ApiValues values;
    values.set(QStringLiteral("a"), Secret("{{b}}"), ApiValues::Kind::Plain);
    values.set(QStringLiteral("b"), Secret("x\ny"), ApiValues::Kind::Plain);
    const Secret filled = substituted(path, values);
    if (!filled.equals(shown(path, values).toUtf8()))
        std::abort();
    return 0;
}
