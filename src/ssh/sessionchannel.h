#pragma once

#include "core/result.h"
#include "ssh/sshchannel.h"

#include <QString>

#include <optional>

namespace agent {

/// What a session channel (RFC 4254 section 6.1) is opened with. The functions of `callbacks` are set by its owner,
/// who lives as long as the channel.
struct SessionChannelParts
{
    ssh_channel &channel; ///< null before the first step
    ssh_channel_callbacks_struct &callbacks;
    void *owner;
};

/// One non-blocking step of opening it: makes the channel at first, with its callbacks.
/// @return nothing while the server has not answered; the refusal is a ChannelError
[[nodiscard]] std::optional<Status> openSessionChannel(ssh_session session, const SessionChannelParts &parts);

/// What became of a request on an open channel, from the return code of libssh. `refusal` says what the server does
/// not do: "starts no shell".
[[nodiscard]] std::optional<Status> requestAnswer(ssh_session session, int rc, const QString &refusal);

} // namespace agent
