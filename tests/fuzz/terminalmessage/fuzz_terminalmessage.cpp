// Any bytes from a client and from a device: messages parse or are ignored, output survives any cut.

#include "backend/prompt.h"
#include "core/jsondocument.h"
#include "terminal/terminalmessage.h"
#include "terminal/utf8stream.h"

#include <cstdlib>

using namespace agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    static_cast<void>(parseClientMessage(QString::fromUtf8(bytes)));

    Utf8Stream whole, cut;
    QByteArray text = whole.feed(bytes);
    text += whole.flush();
    QByteArray pieces;
    for (qsizetype at = 0; at < bytes.size(); ++at)
        pieces += cut.feed(bytes.sliced(at, 1));
    pieces += cut.flush();
    if (text != pieces)
        std::abort();

    const auto echoed = JsonDocument::parse(outputMessage(text).toUtf8());
    if (!echoed || QByteArrayView(memberOf(echoed->root(), "data")->GetString(),
                                  qsizetype(memberOf(echoed->root(), "data")->GetStringLength())) != text)
        std::abort();
    static_cast<void>(endsInPrompt(QString::fromUtf8(text)));
    return 0;
}
