// Any bytes from a server: where they are cut makes no difference, and nothing grows beyond bounds.

#include "telnet/logindialogue.h"
#include "telnet/telnetstream.h"
#include "telnet/typedinput.h"

#include <cstdlib>

using namespace agent;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

QByteArray taken(TelnetStream &stream)
{
    const QByteArray sent = stream.outgoing().toByteArray();
    stream.take(sent.size());
    return sent;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    TelnetStream whole({255, 43}), cut({255, 43});
    const QByteArray output = whole.receive(bytes);
    QByteArray pieces;
    for (const char byte : bytes)
        pieces += cut.receive(QByteArrayView(&byte, 1));
    require(output == pieces && output.size() <= bytes.size());
    require(whole.isBroken() == cut.isBroken());
    const QByteArray said = taken(whole);
    require(said == taken(cut) && said.size() <= 8 * bytes.size());

    const auto now = LoginDialogue::Clock::now();
    LoginDialogue dialogue({true, true}, now);
    dialogue.observe(output, now);
    static_cast<void>(dialogue.takeDue(now + LoginDialogue::kSettleTime));
    static_cast<void>(isTyped(bytes));
    whole.send(bytes);
    require(whole.outgoing().size() <= 2 * bytes.size());
    return 0;
}
