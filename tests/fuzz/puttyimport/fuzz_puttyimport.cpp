// Any bytes as a registry export of PuTTY and as one of its session files.

#include "sessionimport/planner.h"
#include "sessionimport/puttyimport.h"

#include <cstdlib>

using namespace agent;
using namespace agent::sessionimport;
using namespace Qt::StringLiterals;

namespace {

void check(Result<ParsedImport> parsed)
{
    if (!parsed)
        return;
    for (const ParsedSession &session : std::as_const(parsed->sessions)) {
        if (session.host.isEmpty() || session.port == 0 || session.hops.size() > 1)
            std::abort();
    }
    const ImportPlan plan = planImport(*std::move(parsed), {}, {});
    if (plan.sessions.size() > kMaxSessions || plan.warnings.size() > kMaxWarnings + 1)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    check(parsePuttyRegistry({u"putty.reg"_s, bytes}));
    check(parsePuttyFiles({{QString::fromUtf8(bytes.first(std::min<qsizetype>(bytes.size(), 40))), bytes}}));
    return 0;
}
