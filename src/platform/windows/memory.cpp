#include "platform/memory.h"

namespace agent {

// The system's heap is one for all threads and returns memory by itself.

void limitMemoryPools() {}

void returnFreeMemory() {}

} // namespace agent
