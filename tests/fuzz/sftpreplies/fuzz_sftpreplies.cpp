// Any bytes from an SFTP server, its greeting included: they are cut into packets in the same way however they arrive,
// only what was asked for is taken as an answer, once, and nothing is larger than what came.

#include "sftp/sftpprotocol.h"

#include <cstdlib>
#include <set>

using namespace agent;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// What can be read from an answer fits into it.
void read(const SftpReply &reply, quint32 asked)
{
    const qsizetype size = reply.body.size();
    if (const auto status = readSftpStatus(reply))
        require(status->message.size() <= size);
    if (const auto handle = readSftpHandle(reply))
        require(handle->size() <= std::min(size, kMaxSftpHandle));
    if (const auto names = readSftpNames(reply)) {
        require(names->size() <= std::size_t(size));
        qsizetype bytes = 0;
        for (const SftpName &name : *names)
            bytes += name.name.size() + name.longName.size();
        require(bytes <= size);
    }
    (void)readSftpAttributes(reply);
    (void)readSftpLimits(reply);
    if (const auto data = takeSftpData(reply))
        require(data->size() <= size && data->size() <= qsizetype(asked));
}

struct Heard
{
    std::vector<QByteArray> packets;
    bool isFramed = true;
};

Heard frame(QByteArrayView bytes, qsizetype step)
{
    Heard heard;
    SftpFramer framer;
    for (; heard.isFramed && !bytes.isEmpty(); bytes = bytes.sliced(std::min(step, bytes.size())))
        heard.isFramed = framer.take(bytes.first(std::min(step, bytes.size())), heard.packets);
    return heard;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const Heard whole = frame(bytes, std::max<qsizetype>(bytes.size(), 1));
    const Heard cut = frame(bytes, 1);
    require(whole.isFramed == cut.isFramed && whole.packets == cut.packets);

    constexpr quint32 kAsked = 64;
    SftpProtocol protocol;
    std::set<quint32> open;
    for (const SftpType type : {SftpType::Open, SftpType::Read, SftpType::Readdir, SftpType::Stat, SftpType::Realpath,
                                SftpType::Remove, SftpType::Extended, SftpType::Read})
        open.insert(protocol.request(SftpPacket(type).string("x"), kAsked).id);
    for (const QByteArray &packet : whole.packets) {
        require(!packet.isEmpty() && packet.size() <= kMaxSftpPacket);
        const bool wasReady = protocol.isReady();
        const auto heard = protocol.receive(packet);
        if (!heard)
            break; // the connection is given up
        require(heard->has_value() == wasReady && protocol.isReady());
        if (!*heard)
            continue;
        require(open.erase((*heard)->id) == 1);
        require(protocol.requestsUnderWay() == open.size());
        read((*heard)->reply, kAsked);
    }
    return 0;
}
