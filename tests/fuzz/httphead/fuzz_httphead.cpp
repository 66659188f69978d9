// Feeds a client's bytes to the head reader, whole and in two pieces: both must agree, take no more than given,
// and what is accepted must hold the reader's promises. A chunked body that follows is decoded too.

#include "net/chunkeddecoder.h"
#include "net/httphead.h"

#include <cstdint>
#include <cstdlib>

namespace {

constexpr qsizetype kMaxHead = 16 * 1024;
constexpr qint64 kMaxBody = 64 * 1024;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

struct Outcome
{
    agent::HttpHeadReader::State state;
    int refusal;
    qsizetype taken;
};

Outcome readInPieces(QByteArrayView bytes, qsizetype split)
{
    agent::HttpHeadReader reader(kMaxHead);
    qsizetype taken = reader.read(bytes.first(split));
    require(taken <= split);
    if (reader.state() == agent::HttpHeadReader::State::Incomplete)
        taken += reader.read(bytes.sliced(split));
    return {.state = reader.state(), .refusal = reader.refusal(), .taken = taken};
}

void checkHead(const agent::HttpHead &head)
{
    require(!head.method.isEmpty() && (head.path.startsWith('/') || head.path == "*"));
    require(!(head.isChunked && head.contentLength));
    require(head.contentLength.value_or(0) >= 0);
    require(head.minorVersion == 0 || !head.authority.isEmpty());
    for (qsizetype i = 0; i < head.headers.size(); ++i) {
        const QByteArrayView value = head.headers.valueAt(i);
        require(!value.contains('\r') && !value.contains('\n') && !value.contains('\0'));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using State = agent::HttpHeadReader::State;
    const QByteArrayView bytes(data, qsizetype(size));
    agent::HttpHeadReader reader(kMaxHead);
    const qsizetype taken = reader.read(bytes);
    require(taken <= bytes.size());

    const Outcome pieces = readInPieces(bytes, bytes.size() / 2);
    require(pieces.state == reader.state() && pieces.refusal == reader.refusal());
    if (reader.state() != State::Complete)
        return 0;
    require(pieces.taken == taken);
    const agent::HttpHead head = reader.takeHead();
    checkHead(head);
    if (!head.isChunked)
        return 0;
    agent::ChunkedDecoder decoder(kMaxBody);
    QByteArray body;
    const QByteArrayView rest = bytes.sliced(taken);
    require(decoder.decode(rest, body) <= rest.size());
    require(body.size() <= kMaxBody);
    return 0;
}
