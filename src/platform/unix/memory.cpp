#include "platform/memory.h"

#ifdef __GLIBC__ // these are its own; elsewhere the allocator is left alone
#include <malloc.h>
#endif

namespace agent {

void limitMemoryPools()
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2); // the main thread's and one for the workers
#endif
}

void returnFreeMemory()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

} // namespace agent
