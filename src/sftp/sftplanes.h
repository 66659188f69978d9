#pragma once

#include "core/task.h"
#include "sftp/sftpclient.h"

#include <array>
#include <memory>

namespace agent {

/// Further `sftp` channels on the connection of a first one, for long ways. libssh grants its peer a window of 2 MiB
/// for each channel and renews it by halves, so that one channel carries little more than 1 MiB in a round trip;
/// several carry several times that. Opened when they are first wanted, shared by all downloads, and done without where
/// the server allows one channel only. Main thread.
class SftpLanes : public std::enable_shared_from_this<SftpLanes>
{
public:
    static constexpr std::size_t kMost = 2;

    explicit SftpLanes(std::shared_ptr<SftpClient> first)
        : m_first(std::move(first))
    {
    }

    /// @return null when there is none to be had
    [[nodiscard]] Task<std::shared_ptr<SftpClient>> lane(std::size_t index);
    void close(const Error &why);

private:
    const std::shared_ptr<SftpClient> m_first;
    std::array<std::shared_ptr<SftpClient>, kMost> m_lanes;
    bool m_isOpening = false;
    bool m_isRefused = false;
};

} // namespace agent
