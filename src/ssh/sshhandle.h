#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <memory>
#include <type_traits>

namespace agent {

template <auto free>
struct SshFree
{
    template <typename T>
    void operator()(T *handle) const
    {
        free(handle);
    }
};

using SshKeyHandle = std::unique_ptr<std::remove_pointer_t<ssh_key>, SshFree<ssh_key_free>>;
using SshEventHandle = std::unique_ptr<std::remove_pointer_t<ssh_event>, SshFree<ssh_event_free>>;

} // namespace agent
