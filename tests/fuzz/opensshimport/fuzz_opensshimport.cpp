// Any bytes as an OpenSSH configuration that may include parts of itself: it ends, within its bounds, and what comes
// out of it can be planned.

#include "sessionimport/givenfiles.h"
#include "sessionimport/opensshimport.h"
#include "sessionimport/planner.h"

#include <cstdlib>

using namespace agent;
using namespace agent::sessionimport;
using namespace Qt::StringLiterals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    const qsizetype half = text.size() / 2;
    const GivenFiles includes({{u"a"_s, text.first(half)}, {u"b"_s, text.sliced(half)}, {u"conf.d/c"_s, text}});
    auto parsed = parseOpenSsh({u"config"_s, text}, includes, u"me"_s);
    if (!parsed)
        return 0;
    for (const ParsedSession &session : std::as_const(parsed->sessions)) {
        if (session.hops.size() > kMaxHops || session.forwards.size() > kMaxForwards || session.port == 0)
            std::abort();
        if (session.routeLost && !session.hops.isEmpty())
            std::abort(); // half a way is none
    }
    const ImportPlan plan = planImport(*std::move(parsed), {}, {});
    if (plan.sessions.size() > kMaxSessions || plan.warnings.size() > kMaxWarnings + 1)
        std::abort();
    return 0;
}
