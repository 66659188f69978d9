// Any bytes as a settings export of SecureCRT.

#include "sessionimport/planner.h"
#include "sessionimport/securecrtimport.h"

#include <cstdlib>

using namespace agent;
using namespace agent::sessionimport;
using namespace Qt::StringLiterals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    auto parsed = parseSecureCrt({u"crt.xml"_s, bytes});
    if (!parsed)
        return 0;
    for (const ParsedSession &session : std::as_const(parsed->sessions)) {
        if (session.host.isEmpty() || session.port == 0 || session.folderPath.size() > 64)
            std::abort();
    }
    const ImportPlan plan = planImport(*std::move(parsed), {}, {});
    if (plan.sessions.size() > kMaxSessions || plan.warnings.size() > kMaxWarnings + 1)
        std::abort();
    return 0;
}
