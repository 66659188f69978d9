#include "sftp/sftpwire.h"

#include <QtEndian>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kHead = 9;               ///< length, type, id
constexpr std::size_t kMaxExtensions = 64;   ///< that are remembered
constexpr qsizetype kShortestName = 12;      ///< two lengths and the attributes' flags
constexpr quint32 kMaxExtendedPairs = 1'000; ///< of attributes

enum AttributeFlag : quint32 { HasSize = 1, HasOwner = 2, HasPermissions = 4, HasTimes = 8, HasExtended = 0x80000000 };

Error malformed(const char *what)
{
    return {ErrorCode::Sftp, u"Bad message: the server sent a malformed %1"_s.arg(QLatin1StringView(what))};
}

/// Reads fields one after the other; once one does not fit, all further ones are empty and `ok` is false.
class Reader
{
public:
    explicit Reader(QByteArrayView bytes)
        : m_rest(bytes)
    {
    }

    quint32 u32() { return number<quint32>(); }
    quint64 u64() { return number<quint64>(); }
    QByteArrayView string()
    {
        const quint32 size = u32();
        if (size > std::size_t(m_rest.size()))
            m_ok = false;
        if (!m_ok)
            return {};
        const QByteArrayView value = m_rest.first(size);
        m_rest = m_rest.sliced(size);
        return value;
    }
    SftpAttributes attributes()
    {
        SftpAttributes read;
        const quint32 flags = u32();
        if (flags & HasSize)
            read.size = u64();
        if (flags & HasOwner) {
            const quint32 user = u32();
            read.owner = {user, u32()};
        }
        if (flags & HasPermissions)
            read.permissions = u32();
        if (flags & HasTimes) {
            const quint32 accessed = u32();
            read.times = {accessed, u32()};
        }
        if (flags & HasExtended) {
            const quint32 count = u32();
            m_ok = m_ok && count <= kMaxExtendedPairs;
            for (quint32 i = 0; m_ok && i < count; ++i) {
                string();
                string();
            }
        }
        return read;
    }
    [[nodiscard]] bool ok() const { return m_ok; }
    [[nodiscard]] bool atEnd() const { return m_rest.isEmpty(); }
    [[nodiscard]] qsizetype left() const { return m_rest.size(); }

private:
    template <typename T>
    T number()
    {
        if (m_rest.size() < qsizetype(sizeof(T)))
            m_ok = false;
        if (!m_ok)
            return 0;
        const T value = qFromBigEndian<T>(m_rest.data());
        m_rest = m_rest.sliced(sizeof(T));
        return value;
    }

    QByteArrayView m_rest;
    bool m_ok = true;
};

} // namespace

SftpPacket::SftpPacket(SftpType type, qsizetype reserve)
{
    m_bytes.reserve(kHead + reserve);
    m_bytes.resize(kHead);
    m_bytes[4] = char(type);
}

SftpType SftpPacket::type() const { return SftpType(quint8(m_bytes[4])); }

SftpPacket &&SftpPacket::u32(quint32 value) &&
{
    put(value, 4);
    return std::move(*this);
}

SftpPacket &&SftpPacket::u64(quint64 value) &&
{
    put(value, 8);
    return std::move(*this);
}

SftpPacket &&SftpPacket::string(QByteArrayView bytes) &&
{
    put(quint32(bytes.size()), 4);
    m_bytes.append(bytes);
    return std::move(*this);
}

SftpPacket &&SftpPacket::openString() &&
{
    put(0, 4);
    m_openString = m_bytes.size();
    return std::move(*this);
}

SftpPacket &&SftpPacket::attributes(const SftpAttributes &attributes) &&
{
    put((attributes.size ? HasSize : 0U) | (attributes.owner ? HasOwner : 0U) |
            (attributes.permissions ? HasPermissions : 0U) | (attributes.times ? HasTimes : 0U),
        4);
    if (attributes.size)
        put(*attributes.size, 8);
    if (attributes.owner) {
        put(attributes.owner->user, 4);
        put(attributes.owner->group, 4);
    }
    if (attributes.permissions)
        put(*attributes.permissions, 4);
    if (attributes.times) {
        put(attributes.times->accessed, 4);
        put(attributes.times->modified, 4);
    }
    return std::move(*this);
}

QByteArray SftpPacket::finish(quint32 id) &&
{
    qToBigEndian(quint32(m_bytes.size() - 4), m_bytes.data());
    qToBigEndian(id, m_bytes.data() + 5);
    if (m_openString > 0)
        qToBigEndian(quint32(m_bytes.size() - m_openString), m_bytes.data() + m_openString - 4);
    return std::move(m_bytes);
}

void SftpPacket::put(quint64 value, int bytes)
{
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        m_bytes.append(char(value >> shift));
}

Result<SftpStatus> readSftpStatus(const SftpReply &reply)
{
    Reader reader(reply.body);
    SftpStatus status{.code = reader.u32(), .message = {}};
    if (reply.type != SftpType::Status || !reader.ok())
        return malformed("status");
    if (!reader.atEnd()) // servers before version 3 send no text
        status.message = reader.string().toByteArray();
    return status;
}

Result<QByteArray> readSftpHandle(const SftpReply &reply)
{
    Reader reader(reply.body);
    const QByteArrayView handle = reader.string();
    if (reply.type != SftpType::Handle || !reader.ok() || handle.size() > kMaxSftpHandle)
        return malformed("handle");
    return handle.toByteArray();
}

Result<QByteArray> takeSftpData(SftpReply reply)
{
    Reader reader(reply.body);
    const quint32 size = reader.u32();
    if (reply.type != SftpType::Data || !reader.ok() || size > std::size_t(reader.left()))
        return malformed("piece of data");
    reply.body.remove(0, 4);
    reply.body.truncate(size);
    return std::move(reply.body);
}

Result<std::vector<SftpName>> readSftpNames(const SftpReply &reply)
{
    Reader reader(reply.body);
    const quint32 count = reader.u32();
    if (reply.type != SftpType::Name || !reader.ok() || count > std::size_t(reader.left() / kShortestName))
        return malformed("list of names");
    std::vector<SftpName> names;
    names.reserve(count);
    for (quint32 i = 0; i < count && reader.ok(); ++i) {
        SftpName name;
        name.name = reader.string().toByteArray();
        name.longName = reader.string().toByteArray();
        name.attributes = reader.attributes();
        names.push_back(std::move(name));
    }
    if (!reader.ok())
        return malformed("list of names");
    return names;
}

Result<SftpAttributes> readSftpAttributes(const SftpReply &reply)
{
    Reader reader(reply.body);
    SftpAttributes attributes = reader.attributes();
    if (reply.type != SftpType::Attrs || !reader.ok())
        return malformed("set of attributes");
    return attributes;
}

Result<SftpServerLimits> readSftpLimits(const SftpReply &reply)
{
    Reader reader(reply.body);
    SftpServerLimits limits;
    limits.packet = reader.u64();
    limits.read = reader.u64();
    limits.write = reader.u64();
    limits.handles = reader.u64();
    if (reply.type != SftpType::ExtendedReply || !reader.ok())
        return malformed("list of limits");
    return limits;
}

Result<SftpVersion> readSftpVersion(QByteArrayView body)
{
    Reader reader(body);
    SftpVersion version{.version = reader.u32(), .extensions = {}};
    if (!reader.ok())
        return malformed("version");
    while (!reader.atEnd() && version.extensions.size() < kMaxExtensions) {
        SftpExtension extension;
        extension.name = reader.string().toByteArray();
        extension.data = reader.string().toByteArray();
        if (!reader.ok())
            return malformed("list of extensions");
        version.extensions.push_back(std::move(extension));
    }
    return version;
}

bool SftpFramer::take(QByteArrayView bytes, std::vector<QByteArray> &pieces)
{
    while (!bytes.isEmpty()) {
        if (m_size == 0) {
            m_length = (m_length << 8) | quint8(bytes.front());
            bytes = bytes.sliced(1);
            if (++m_lengthBytes < 4)
                continue;
            if (m_length == 0 || m_length > quint32(kMaxSftpPacket))
                return false;
            m_size = qsizetype(m_length);
            m_length = 0;
            m_lengthBytes = 0;
            m_packet.reserve(m_size);
            continue;
        }
        const QByteArrayView part = bytes.first(qMin(m_size - m_packet.size(), bytes.size()));
        m_packet.append(part);
        bytes = bytes.sliced(part.size());
        if (m_packet.size() == m_size) {
            pieces.push_back(std::exchange(m_packet, {}));
            m_size = 0;
        }
    }
    return true;
}

} // namespace agent
