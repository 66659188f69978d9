#include "net/chunkeddecoder.h"

#include <algorithm>

namespace agent {

namespace {

constexpr int kMaxOverhead = 16 * 1024; ///< bytes of extensions and trailers, in all
constexpr int kMaxSizeDigits = 15;      ///< hex digits that fit a qint64; leading zeros count

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = char(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

} // namespace

qsizetype ChunkedDecoder::decode(QByteArrayView input, QByteArray &body)
{
    qsizetype at = 0;
    while (at < input.size() && m_state == State::Reading) {
        if (m_part != Part::Data) {
            takeByte(input[at++]);
            continue;
        }
        const auto count = qsizetype(std::min<qint64>(m_chunkLeft, input.size() - at));
        body.append(input.sliced(at, count));
        at += count;
        m_chunkLeft -= count;
        if (m_chunkLeft == 0)
            m_part = Part::DataReturn;
    }
    return at;
}

void ChunkedDecoder::takeByte(char c)
{
    const auto expect = [&](char wanted, Part next) {
        if (c == wanted)
            m_part = next;
        else
            m_state = State::Malformed;
    };
    switch (m_part) {
    case Part::Size:
        if (const int digit = hexDigit(c); digit >= 0 && m_sizeDigits < kMaxSizeDigits) {
            m_chunkSize = m_chunkSize * 16 + digit;
            ++m_sizeDigits;
        } else if (m_sizeDigits > 0 && c == '\r') {
            m_part = Part::SizeLineFeed;
        } else if (m_sizeDigits > 0 && c == ';') {
            m_part = Part::Extension;
        } else {
            m_state = State::Malformed;
        }
        break;
    case Part::Extension:
        if (c == '\r')
            m_part = Part::SizeLineFeed;
        else if (c == '\n' || c == '\0' || !spendOverhead())
            m_state = State::Malformed;
        break;
    case Part::SizeLineFeed:
        if (c == '\n')
            endSizeLine();
        else
            m_state = State::Malformed;
        break;
    case Part::DataReturn:
        expect('\r', Part::DataLineFeed);
        break;
    case Part::DataLineFeed:
        expect('\n', Part::Size);
        break;
    case Part::TrailerStart:
        if (c == '\r')
            m_part = Part::EndLineFeed;
        else if (c == '\n' || c == '\0' || !spendOverhead())
            m_state = State::Malformed;
        else
            m_part = Part::Trailer;
        break;
    case Part::Trailer:
        if (c == '\r')
            m_part = Part::TrailerLineFeed;
        else if (c == '\n' || c == '\0' || !spendOverhead())
            m_state = State::Malformed;
        break;
    case Part::TrailerLineFeed:
        expect('\n', Part::TrailerStart);
        break;
    case Part::EndLineFeed:
        m_state = c == '\n' ? State::Complete : State::Malformed;
        break;
    case Part::Data:
        Q_UNREACHABLE();
    }
}

void ChunkedDecoder::endSizeLine()
{
    if (m_chunkSize > m_maxBodyBytes - m_total) {
        m_state = State::TooLarge;
        return;
    }
    m_total += m_chunkSize;
    m_part = m_chunkSize == 0 ? Part::TrailerStart : Part::Data;
    m_chunkLeft = std::exchange(m_chunkSize, 0);
    m_sizeDigits = 0;
}

bool ChunkedDecoder::spendOverhead() { return ++m_overhead <= kMaxOverhead; }

} // namespace agent
