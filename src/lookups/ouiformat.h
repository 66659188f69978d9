#pragma once

#include <QtTypes>

#include <array>

namespace agent::ouiformat {

// The file that ouigen writes and OuiTable reads. All numbers are little endian.
//
//   magic, then for each kind of block its count as u32, then the count of names as u32
//   for each kind: the blocks in ascending order, each its prefix (prefixBytes, high bits first, left aligned) and the
//   u16 index of its name
//   the names' ends as u32, counted from the first name's first byte; then the names in UTF-8

inline constexpr std::array<char, 4> kMagic{'O', 'U', 'I', '1'};

struct BlockKind
{
    int digits; ///< hex digits of the prefix
    int prefixBytes;
    const char *file; ///< of the registry
};
inline constexpr std::array kKinds{BlockKind{6, 3, "oui.csv"}, BlockKind{7, 4, "mam.csv"},
                                   BlockKind{9, 5, "oui36.csv"}};

/// The prefix's value, left aligned in `prefixBytes`; negative when a digit is none.
constexpr qint64 prefixOf(const char *digits, const BlockKind &kind)
{
    qint64 value = 0;
    for (int i = 0; i < kind.prefixBytes * 2; ++i) {
        value <<= 4;
        if (i >= kind.digits)
            continue;
        const char c = digits[i];
        if (c >= '0' && c <= '9')
            value |= c - '0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value |= (c | 0x20) - 'a' + 10;
        else
            return -1;
    }
    return value;
}

} // namespace agent::ouiformat
