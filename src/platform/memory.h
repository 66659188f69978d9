#pragma once

namespace agent {

/// Keeps the allocator from giving every thread a pool of its own, which with hundreds of terminals costs more memory
/// than it saves time. Before any thread starts.
void limitMemoryPools();
/// Gives memory that is free inside the allocator back to the system: after start-up, or after a flood.
void returnFreeMemory();

} // namespace agent
