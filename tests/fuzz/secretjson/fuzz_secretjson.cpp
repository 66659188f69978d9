// Bodies with secrets: whatever comes in is read or refused, and what was read is written so that it reads back.

#include "vault/credential.h"

#include <cstdint>
#include <cstdlib>

using namespace agent;

namespace {

bool same(const std::optional<Secret> &a, const std::optional<Secret> &b)
{
    return a.has_value() == b.has_value() && (!a || a->equals(*b));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto json = SecretJson::parse(Secret(QByteArrayView(reinterpret_cast<const char *>(data), qsizetype(size))));
    if (!json)
        return 0;
    const auto credential = readSecrets<Credential>(*json);
    if (!credential)
        return 0;
    const auto again = SecretJson::parse(writeSecrets(*credential));
    if (!again)
        std::abort();
    const auto copy = readSecrets<Credential>(*again);
    if (!copy || !same(credential->password, copy->password) || !same(credential->keyPassphrase, copy->keyPassphrase))
        std::abort();
    return 0;
}
