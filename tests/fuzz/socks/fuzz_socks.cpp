// Any bytes from a client of a dynamic forward: the handshake ends in the same way however they are cut, and within
// its bounds.

#include "ssh/sockshandshake.h"

#include <cstdlib>

using namespace agent;
using Stage = SocksHandshake::Stage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    SocksHandshake whole, cut;
    whole.feed(bytes);
    const QByteArray output = whole.takeOutput();
    QByteArray pieces;
    for (qsizetype at = 0; at < bytes.size(); ++at) {
        cut.feed(QByteArrayView(bytes).sliced(at, 1));
        pieces += cut.takeOutput();
    }
    if (whole.stage() != cut.stage() || output != pieces || whole.host() != cut.host() || whole.port() != cut.port())
        std::abort();
    if (whole.stage() == Stage::Reading && bytes.size() > 2 + 255 + 4 + 1 + 255 + 2)
        std::abort(); // nothing legal is that long
    if (whole.stage() == Stage::Complete) {
        if (whole.host().isEmpty() || whole.host().toUtf8().contains('\0') || whole.port() == 0)
            std::abort();
        const QByteArray rest = whole.takeRest();
        if (rest != cut.takeRest() || !bytes.endsWith(rest))
            std::abort();
    }
    return 0;
}
