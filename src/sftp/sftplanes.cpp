#include "sftp/sftplanes.h"

#include "sftp/sftplog.h"

namespace agent {

Task<std::shared_ptr<SftpClient>> SftpLanes::lane(std::size_t index)
{
    const auto self = shared_from_this();
    if (m_lanes[index] && !m_lanes[index]->isOver())
        co_return std::shared_ptr(m_lanes[index]);
    if (m_isOpening || m_isRefused || m_first->isOver())
        co_return nullptr;
    m_isOpening = true;
    const auto opened = co_await SftpClient::open(m_first->connection());
    m_isOpening = false;
    m_isRefused = !opened.client || m_first->isOver();
    if (m_isRefused) {
        qCDebug(lcSftp) << "no further channel";
        co_return nullptr;
    }
    m_lanes[index] = opened.client;
    co_return opened.client;
}

void SftpLanes::close(const Error &why)
{
    m_isRefused = true;
    for (const auto &lane : m_lanes) {
        if (lane)
            lane->close(why);
    }
}

} // namespace agent
