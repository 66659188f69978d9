#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <QString>

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

/// libssh's text for the last error of a session, cleaned for people and of bounded length: the far side's words can be
/// of any.
[[nodiscard]] QString sshErrorText(ssh_session session);

} // namespace agent
