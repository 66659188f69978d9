#pragma once

#include "core/result.h"
#include "ssh/pipelink.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <vector>

namespace agent {

// SFTP protocol version 3 (draft-ietf-secsh-filexfer-02), as bytes. Pure; any thread.

enum class SftpType : quint8 {
    Init = 1,
    Version = 2,
    Open = 3,
    Close = 4,
    Read = 5,
    Write = 6,
    Lstat = 7,
    Fstat = 8,
    Setstat = 9,
    Fsetstat = 10,
    Opendir = 11,
    Readdir = 12,
    Remove = 13,
    Mkdir = 14,
    Rmdir = 15,
    Realpath = 16,
    Stat = 17,
    Rename = 18,
    Status = 101,
    Handle = 102,
    Data = 103,
    Name = 104,
    Attrs = 105,
    Extended = 200,
    ExtendedReply = 201,
};

enum class SftpOpen : quint32 { Read = 1, Write = 2, Append = 4, Create = 8, Truncate = 16, Exclusive = 32 };
constexpr SftpOpen operator|(SftpOpen a, SftpOpen b) { return SftpOpen(quint32(a) | quint32(b)); }

/// POSIX file types within `permissions`.
constexpr quint32 kTypeMask = 0170000;
constexpr quint32 kTypeFolder = 0040000;
constexpr quint32 kTypeRegular = 0100000;
constexpr quint32 kTypeLink = 0120000;

/// What a server says of a file; every part may be missing.
struct SftpAttributes
{
    struct Owner
    {
        quint32 user = 0;
        quint32 group = 0;
        bool operator==(const Owner &) const = default;
    };
    struct Times
    {
        quint32 accessed = 0; ///< Unix seconds
        quint32 modified = 0;
    };

    std::optional<quint64> size = {};
    std::optional<Owner> owner = {};
    std::optional<quint32> permissions = {}; ///< the mode, with the file type
    std::optional<Times> times = {};

    [[nodiscard]] bool isType(quint32 type) const { return permissions && (*permissions & kTypeMask) == type; }
};

struct SftpName
{
    QByteArray name;     ///< as the server has it: any bytes
    QByteArray longName; ///< a line of `ls -l`, for people
    SftpAttributes attributes;
};

struct SftpStatus
{
    quint32 code = 0;
    QByteArray message;
};

/// What `limits@openssh.com` tells; 0 is no limit.
struct SftpServerLimits
{
    quint64 packet = 0;
    quint64 read = 0;
    quint64 write = 0;
    quint64 handles = 0;
};

constexpr quint32 kSftpOk = 0;
constexpr quint32 kSftpEof = 1;
constexpr quint32 kSftpNoSuchFile = 2;
constexpr quint32 kSftpPermissionDenied = 3;

/// No reply is longer, whatever a server says: what OpenSSH's own client accepts.
constexpr qsizetype kMaxSftpPacket = 256 * 1024;
/// What is asked for at most in one READ; its reply then fits.
constexpr quint32 kMaxSftpRead = 255 * 1024;
constexpr qsizetype kMaxSftpHandle = 256; ///< the draft's own limit

/// A request being put together.
class SftpPacket
{
public:
    /// `reserve`: bytes that the fields will take.
    explicit SftpPacket(SftpType type, qsizetype reserve = 256);

    [[nodiscard]] SftpType type() const;
    SftpPacket &&u32(quint32 value) &&;
    SftpPacket &&u64(quint64 value) &&;
    SftpPacket &&string(QByteArrayView bytes) &&;
    SftpPacket &&attributes(const SftpAttributes &attributes) &&;
    /// Begins the last string, whose bytes come by `append`.
    SftpPacket &&openString() &&;
    void append(QByteArrayView bytes) { m_bytes.append(bytes); }

    /// The whole packet, with its length.
    [[nodiscard]] QByteArray finish(quint32 id) &&;

private:
    void put(quint64 value, int bytes);

    QByteArray m_bytes;
    qsizetype m_openString = 0; ///< where its bytes begin
};

/// A reply to a request: its type, and what comes after the id.
struct SftpReply
{
    SftpType type = SftpType::Status;
    QByteArray body;
};

// Each refuses what does not fit, naming what it was.
[[nodiscard]] Result<SftpStatus> readSftpStatus(const SftpReply &reply);
[[nodiscard]] Result<QByteArray> readSftpHandle(const SftpReply &reply);
/// The reply gives up its bytes: nothing is copied.
[[nodiscard]] Result<QByteArray> takeSftpData(SftpReply reply);
[[nodiscard]] Result<std::vector<SftpName>> readSftpNames(const SftpReply &reply);
[[nodiscard]] Result<SftpAttributes> readSftpAttributes(const SftpReply &reply);
[[nodiscard]] Result<SftpServerLimits> readSftpLimits(const SftpReply &reply);

struct SftpExtension
{
    QByteArray name;
    QByteArray data;
};
struct SftpVersion
{
    quint32 version = 0;
    std::vector<SftpExtension> extensions; ///< the first few
};
/// `body`: what comes after the packet's type.
[[nodiscard]] Result<SftpVersion> readSftpVersion(QByteArrayView body);

/// Cuts the stream into packets, without their lengths.
class SftpFramer final : public PipeFramer
{
public:
    bool take(QByteArrayView bytes, std::vector<QByteArray> &pieces) override;

private:
    QByteArray m_packet;  ///< what has come of it
    qsizetype m_size = 0; ///< of the whole; 0 before the length is complete
    quint32 m_length = 0;
    int m_lengthBytes = 0;
};

} // namespace agent
