#pragma once

#include "core/result.h"
#include "platform/sockets.h"
#include "ssh/streamchannel.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace agent {

/// What an SshForward on the main thread and its channel on the connection's thread share: the listening socket until
/// the channel takes it, the order to stop, and the news of what became of it. Thread-safe.
class ForwardLink
{
public:
    struct News
    {
        std::function<void(Status)> started; ///< once: it serves, or why it never will
        std::function<void(Error)> ended;    ///< once, after `started`: the port is free again
    };

    /// `listener` is bound; closed for a forward that listens on the server.
    ForwardLink(UniqueSocket listener, News news);
    ~ForwardLink();
    ForwardLink(const ForwardLink &) = delete;
    ForwardLink &operator=(const ForwardLink &) = delete;

    [[nodiscard]] const std::shared_ptr<StreamGroup> &streams() const { return m_streams; }
    [[nodiscard]] bool isStopped() const { return m_streams->isStopped; }

    /// Ends the forward and all its streams. When its channel has not begun yet, the port is free on return; else wake
    /// the connection and wait for the news.
    void stop();

    // For the channel
    /// Begins to serve with the socket; nothing when it was stopped before.
    [[nodiscard]] std::optional<UniqueSocket> begin();
    void reportStarted();
    /// Later reports do nothing. What listened must be closed before.
    void reportEnded(const Error &why);

private:
    void report(std::optional<Error> end);

    const std::shared_ptr<StreamGroup> m_streams = std::make_shared<StreamGroup>();
    std::mutex m_mutex;
    UniqueSocket m_listener;
    bool m_hasBegun = false;
    News m_news; ///< each emptied once it was told
};

} // namespace agent
