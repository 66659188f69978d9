#include "sftp/sftpprotocol.h"

#include <QtEndian>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr quint32 kVersion = 3;

/// What answers a request when it is not a status.
std::optional<SftpType> answerTo(SftpType request)
{
    switch (request) {
    case SftpType::Open:
    case SftpType::Opendir:
        return SftpType::Handle;
    case SftpType::Read:
        return SftpType::Data;
    case SftpType::Readdir:
    case SftpType::Realpath:
        return SftpType::Name;
    case SftpType::Stat:
    case SftpType::Lstat:
    case SftpType::Fstat:
        return SftpType::Attrs;
    case SftpType::Extended:
        return SftpType::ExtendedReply;
    default:
        return std::nullopt;
    }
}

Error breach(const QString &what) { return {ErrorCode::Sftp, u"Bad message: the server sent "_s + what}; }

} // namespace

QByteArray SftpProtocol::hello() { return QByteArray("\0\0\0\5\1", 5) + QByteArray("\0\0\0", 3) + char(kVersion); }

SftpProtocol::Request SftpProtocol::request(SftpPacket packet, quint32 maxData)
{
    while (m_expected.contains(m_nextId)) // after four thousand million of them
        ++m_nextId;
    const quint32 id = m_nextId++;
    m_expected.emplace(id, Expected{packet.type(), maxData});
    return {id, std::move(packet).finish(id)};
}

Result<std::optional<SftpProtocol::Answer>> SftpProtocol::receive(QByteArray packet)
{
    const auto type = SftpType(packet.isEmpty() ? 0 : quint8(packet.front()));
    if (!m_version) {
        if (type != SftpType::Version)
            return breach(u"something else than its version"_s);
        auto version = readSftpVersion(QByteArrayView(packet).sliced(1));
        if (!version)
            return std::move(version).error();
        if (version->version < kVersion) // a higher one than ours is not allowed, but harmless
            return Error{ErrorCode::Sftp,
                         u"Operation unsupported: the server speaks SFTP version %1, not %2"_s.arg(version->version)
                             .arg(kVersion)};
        m_version = std::move(*version);
        return std::optional<Answer>();
    }
    if (packet.size() < 5)
        return breach(u"a packet without an id"_s);
    const auto id = qFromBigEndian<quint32>(packet.constData() + 1);
    const auto entry = m_expected.find(id);
    if (entry == m_expected.end())
        return breach(u"an answer to nothing"_s);
    const Expected expected = entry->second;
    if (type != SftpType::Status && answerTo(expected.type) != type)
        return breach(u"an answer of the wrong kind"_s);
    m_expected.erase(entry);
    packet.remove(0, 5);
    if (type == SftpType::Data && packet.size() >= 4 && qFromBigEndian<quint32>(packet.constData()) > expected.maxData)
        return breach(u"more data than asked for"_s);
    return std::optional(Answer{id, {type, std::move(packet)}});
}

bool SftpProtocol::offers(QByteArrayView extension) const
{
    return m_version && std::ranges::any_of(m_version->extensions, [&](const SftpExtension &offered) {
               return offered.name == extension && offered.data == "1";
           });
}

} // namespace agent
