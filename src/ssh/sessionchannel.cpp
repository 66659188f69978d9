#include "ssh/sessionchannel.h"

namespace agent {

using namespace Qt::StringLiterals;

std::optional<Status> openSessionChannel(ssh_session session, const SessionChannelParts &parts)
{
    if (!parts.channel) {
        parts.channel = ssh_channel_new(session);
        if (!parts.channel)
            return Error{ErrorCode::Internal, u"out of memory"_s};
        parts.callbacks.userdata = parts.owner;
        ssh_callbacks_init(&parts.callbacks);
        ssh_set_channel_callbacks(parts.channel, &parts.callbacks);
    }
    return requestAnswer(session, ssh_channel_open_session(parts.channel), u"opens no session channel"_s);
}

std::optional<Status> requestAnswer(ssh_session session, int rc, const QString &refusal)
{
    if (rc == SSH_AGAIN)
        return std::nullopt;
    if (rc == SSH_OK)
        return Status();
    return Error{ErrorCode::ChannelError, u"channel error: the server %1 (%2)"_s.arg(refusal, sshErrorText(session))};
}

} // namespace agent
