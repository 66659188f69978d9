#include "app/launchtoken.h"

#include "platform/environment.h"

namespace agent {

namespace {

constexpr std::size_t kShortestAccepted = 32;
constexpr qsizetype kRandomBytes = 32;

} // namespace

LaunchToken LaunchToken::take()
{
    if (auto given = takeSecretFromEnvironment("NETSTACKS_AUTH_TOKEN"); given && given->size() >= kShortestAccepted)
        return {.value = std::move(*given)};
    QByteArray raw = randomBytes(kRandomBytes);
    QByteArray text = raw.toHex();
    wipe(raw);
    return {.value = Secret::takeFrom(text), .isGenerated = true};
}

} // namespace agent
