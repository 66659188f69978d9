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

QByteArray Utf8Stream::feed(const QByteArray &bytes)
{
    QByteArray whole = std::exchange(m_held, {});
    whole.append(bytes); // shares `bytes` when nothing was held
    const qsizetype tail = unfinishedTail(whole);
    if (tail == 0)
        return repaired(whole);
    m_held = whole.last(tail);
    return repaired(whole.chopped(tail));
}

QByteArray Utf8Stream::flush()
{
    const QByteArray held = std::exchange(m_held, {});
    return held.isEmpty() ? held : QByteArray("\xef\xbf\xbd"); // U+FFFD
}

QByteArray Utf8Stream::repaired(const QByteArray &bytes)
{
    return QUtf8StringView(bytes).isValidUtf8() ? bytes : QString(m_decoder.decode(bytes)).toUtf8();
}

} // namespace agent
