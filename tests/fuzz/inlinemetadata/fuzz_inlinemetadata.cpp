// Inline metadata (PEP 723): the parser comes to an end on anything, and what precedes a block or follows it does not
// change what it says.

#include "scripts/inlinemetadata.h"

#include <cstdint>
#include <cstdlib>

using namespace agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray source(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto metadata = inlineMetadata(source);
    if (!metadata) {
        if (metadata.error().code != ErrorCode::Validation || metadata.error().message.isEmpty())
            std::abort();
        return 0;
    }
    const auto framed = inlineMetadata(QByteArray("import os\n\n" + source + "\n\nprint(1)\n"));
    if (!framed || *framed != *metadata)
        std::abort();
    if (*metadata) { // a second one is one too many
        const auto twice = inlineMetadata(QByteArray(source + "\n\n# /// script\n# dependencies = []\n# ///\n"));
        if (twice)
            std::abort();
    }
    return 0;
}
