#pragma once

#include "sftp/sftpwire.h"

#include <optional>
#include <unordered_map>

namespace agent {

/// Which requests are under way, and whether what the server says can be their answers (SFTP version 3). Pure: it
/// knows bytes only, no network and no clock. One thread.
///
/// Any breach (an answer nobody asked for, a second one, one of the wrong kind, more data than asked for) is an error
/// after which the connection is to be given up: nothing the server says can be told apart any more.
class SftpProtocol
{
public:
    struct Answer
    {
        quint32 id = 0;
        SftpReply reply;
    };
    struct Request
    {
        quint32 id = 0;
        QByteArray packet;
    };

    /// The first packet.
    [[nodiscard]] static QByteArray hello();
    /// `maxData`: how many bytes a READ asks for.
    [[nodiscard]] Request request(SftpPacket packet, quint32 maxData = 0);
    /// Takes a packet without its length. @return nothing for the server's greeting
    [[nodiscard]] Result<std::optional<Answer>> receive(QByteArray packet);

    /// The server has greeted.
    [[nodiscard]] bool isReady() const { return m_version.has_value(); }
    /// Whether the server offers the extension in a version that we know ("1").
    [[nodiscard]] bool offers(QByteArrayView extension) const;
    [[nodiscard]] std::size_t requestsUnderWay() const { return m_expected.size(); }

private:
    struct Expected
    {
        SftpType type;
        quint32 maxData;
    };

    std::optional<SftpVersion> m_version;
    std::unordered_map<quint32, Expected> m_expected;
    quint32 m_nextId = 1;
};

} // namespace agent
