#include "scripts/preparedscript.h"

#include "scripts/inlinemetadata.h"
#include "scripts/scriptanalysis.h"
#include "scripts/scriptimports.h"

#include <set>

namespace agent {

namespace {

/// Underscores, because it shares the names of the script.
constexpr const char *kMainCall = R"(

if __name__ == "__main__":
    import inspect as _ns_inspect
    import json as _ns_json
    import os as _ns_os

    _ns_result = main(**_ns_json.loads(_ns_os.environ.get("NETSTACKS_ARGS") or "{}"))
    if _ns_inspect.isawaitable(_ns_result):
        import asyncio as _ns_asyncio

        async def _ns_wait(awaitable):
            return await awaitable

        _ns_result = _ns_asyncio.run(_ns_wait(_ns_result))
    if isinstance(_ns_result, str):
        print(_ns_result)
    elif _ns_result is not None:
        print(_ns_json.dumps(_ns_result, indent=2, ensure_ascii=False, default=str))
)";

QByteArray metadataFor(const QByteArrayList &modules)
{
    std::set<QByteArray> packages;
    for (const QByteArray &module : modules) {
        if (const QByteArray package = packageOf(module); !package.isEmpty())
            packages.insert(package);
    }
    QByteArray block = "# /// script\n# requires-python = \">=3.11\"\n";
    if (!packages.empty()) {
        block += "# dependencies = [\n";
        for (const QByteArray &package : packages)
            block += "#   \"" + package + "\",\n";
        block += "# ]\n";
    }
    return block + "# ///\n";
}

} // namespace

Result<PreparedScript> prepareScript(QByteArrayView source, const QByteArrayList &beside)
{
    if (source.startsWith("\xef\xbb\xbf")) // allowed at the very beginning only, where the metadata goes
        source = source.sliced(3);
    const auto own = inlineMetadata(source);
    if (!own)
        return own.error();
    PreparedScript script;
    if (*own) {
        script.declaresDependencies = !(*own)->dependencies.isEmpty();
    } else {
        script.modules = thirdPartyModules(source, beside);
        script.text = metadataFor(script.modules);
    }
    script.text += source;
    if (needsMainCall(source))
        script.text += kMainCall;
    return script;
}

} // namespace agent
