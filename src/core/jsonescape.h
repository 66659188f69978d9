#pragma once

#include <QtEndian>
#include <QtTypes>

#include <algorithm>
#include <bit>
#include <cstring>

namespace agent {

/// The first byte at or after `from` that a JSON string must escape; `end` when there is none. Eight bytes a step:
/// nearly all text has nothing to escape, and writing text is most of what this process does.
inline const char *nextJsonEscape(const char *from, const char *end)
{
    if constexpr (Q_BYTE_ORDER == Q_LITTLE_ENDIAN) {
        constexpr quint64 kOnes = 0x0101010101010101, kHighs = 0x80 * kOnes;
        for (; end - from >= 8; from += 8) {
            quint64 word;
            std::memcpy(&word, from, 8);
            const quint64 quote = word ^ ('"' * kOnes), backslash = word ^ ('\\' * kOnes);
            // The lowest high bit that is set marks the first such byte; those above it may be false.
            const quint64 found =
                ((word - 0x20 * kOnes) & ~word) | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash);
            if (found & kHighs)
                return from + std::countr_zero(found & kHighs) / 8;
        }
    }
    return std::find_if(from, end, [](char c) { return static_cast<uchar>(c) < 0x20 || c == '"' || c == '\\'; });
}

} // namespace agent
