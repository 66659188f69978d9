#include "lookups/ouitable.h"

#include "lookups/ouiformat.h"

#include <QResource>
#include <QtEndian>

#include <cstring>

namespace agent {

using namespace Qt::StringLiterals;
using namespace ouiformat;

namespace {

/// The parts of the file, found once.
struct Parts
{
    struct Blocks
    {
        const uchar *first = nullptr;
        quint32 count = 0;
    };
    std::array<Blocks, kKinds.size()> blocks;
    const uchar *ends = nullptr;
    const uchar *names = nullptr;
};

const Parts &parts()
{
    static const Parts found = [] {
        const QResource file(u":/lookups/oui.bin"_s);
        Parts parts;
        const uchar *at = file.data();
        // Made with this program, so a file of another shape is a mistake of the build.
        if (!at || std::memcmp(at, kMagic.data(), kMagic.size()) != 0)
            qFatal("the program's table of MAC vendors is missing");
        at += kMagic.size();
        for (auto &blocks : parts.blocks) {
            blocks.count = qFromLittleEndian<quint32>(at);
            at += 4;
        }
        const auto names = qFromLittleEndian<quint32>(at);
        at += 4;
        for (std::size_t i = 0; i < kKinds.size(); ++i) {
            parts.blocks[i].first = at;
            at += qsizetype(parts.blocks[i].count) * (kKinds[i].prefixBytes + 2);
        }
        parts.ends = at;
        parts.names = at + qsizetype(names) * 4;
        return parts;
    }();
    return found;
}

QString nameAt(quint16 index)
{
    const Parts &all = parts();
    const quint32 begin = index == 0 ? 0 : qFromLittleEndian<quint32>(all.ends + qsizetype(index - 1) * 4);
    const auto end = qFromLittleEndian<quint32>(all.ends + qsizetype(index) * 4);
    return QString::fromUtf8(reinterpret_cast<const char *>(all.names) + begin, end - begin);
}

qint64 bigEndian(const uchar *bytes, int count)
{
    qint64 value = 0;
    for (int i = 0; i < count; ++i)
        value = value << 8 | bytes[i];
    return value;
}

} // namespace

std::optional<QString> OuiTable::vendorOf(QByteArrayView digits)
{
    for (std::size_t i = kKinds.size(); i-- > 0;) {
        const BlockKind &kind = kKinds[i];
        if (digits.size() < kind.digits)
            continue;
        const qint64 wanted = prefixOf(digits.data(), kind);
        const auto [first, count] = parts().blocks[i];
        const qsizetype step = kind.prefixBytes + 2;
        quint32 low = 0, high = count;
        while (low < high) {
            const quint32 middle = low + (high - low) / 2;
            if (bigEndian(first + middle * step, kind.prefixBytes) < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < count && bigEndian(first + low * step, kind.prefixBytes) == wanted)
            return nameAt(qFromLittleEndian<quint16>(first + low * step + kind.prefixBytes));
    }
    return {};
}

int OuiTable::size()
{
    int all = 0;
    for (const auto &blocks : parts().blocks)
        all += int(blocks.count);
    return all;
}

} // namespace agent
