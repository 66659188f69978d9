#include "terminal/utf8stream.h"

namespace agent {

namespace {

using Byte = unsigned char;

struct Sequence
{
    int length = 0; ///< of the whole code point; 0: no such first byte
    Byte secondMin = 0x80;
    Byte secondMax = 0xbf;
};

/// RFC 3629 section 4, by the first byte.
Sequence sequenceOf(Byte first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return {2};
    if (first == 0xe0)
        return {3, 0xa0, 0xbf};
    if (first == 0xed)
        return {3, 0x80, 0x9f};
    if (first >= 0xe1 && first <= 0xef)
        return {3};
    if (first == 0xf0)
        return {4, 0x90, 0xbf};
    if (first >= 0xf1 && first <= 0xf3)
        return {4};
    if (first == 0xf4)
        return {4, 0x80, 0x8f};
    return {};
}

/// How many bytes at the end are the beginning of a code point that may still be completed.
qsizetype unfinishedTail(QByteArrayView bytes)
{
    for (qsizetype back = 1; back <= 3 && back <= bytes.size(); ++back) {
        const auto first = Byte(bytes[bytes.size() - back]);
        if ((first & 0xc0) == 0x80)
            continue; // a continuation byte: its first byte is further back
        const Sequence sequence = sequenceOf(first);
        if (sequence.length <= back)
            return 0;
        if (back > 1) {
            const auto second = Byte(bytes[bytes.size() - back + 1]);
            if (second < sequence.secondMin || second > sequence.secondMax)
                return 0;
        }
        return back;
    }
    return 0;
}

} // namespace

QString Utf8Stream::feed(QByteArrayView bytes)
{
    if (m_held.isEmpty()) {
        const qsizetype tail = unfinishedTail(bytes);
        m_held = bytes.last(tail).toByteArray();
        return decode(bytes.chopped(tail));
    }
    QByteArray whole = std::exchange(m_held, {});
    whole.append(bytes);
    const qsizetype tail = unfinishedTail(whole);
    m_held = whole.last(tail);
    return decode(QByteArrayView(whole).chopped(tail));
}

QString Utf8Stream::flush()
{
    const QByteArray held = std::exchange(m_held, {});
    return held.isEmpty() ? QString() : QString(QChar(QChar::ReplacementCharacter));
}

QString Utf8Stream::decode(QByteArrayView bytes) { return m_decoder.decode(bytes); }

} // namespace agent
