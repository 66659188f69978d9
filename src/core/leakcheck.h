#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define AGENT_HAS_LEAK_CHECK
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AGENT_HAS_LEAK_CHECK
#endif
#endif

#ifdef AGENT_HAS_LEAK_CHECK
#include <sanitizer/lsan_interface.h>
#endif

namespace agent {

/// While one lives, what this thread allocates is not reported as leaked by a sanitizer build. Only around a foreign
/// library's call that is known to keep something for good; in other builds it does nothing.
class KnownLeak
{
public:
#ifdef AGENT_HAS_LEAK_CHECK
    KnownLeak() { __lsan_disable(); }
    ~KnownLeak() { __lsan_enable(); }
#else
    KnownLeak() {}
    ~KnownLeak() {}
#endif
    KnownLeak(const KnownLeak &) = delete;
    KnownLeak &operator=(const KnownLeak &) = delete;
};

} // namespace agent
