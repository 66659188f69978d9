#include "scripts/outputlines.h"

#include <QString>

#include <algorithm>

namespace agent {

namespace {

/// The most of the text that is at most `limit` bytes and ends with a whole character.
qsizetype cutAt(QByteArrayView text, qsizetype limit)
{
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    qsizetype at = limit;
    while (at > limit - 4 && at > 0 && continues(text[at]))
        --at;
    return at > 0 && !continues(text[at]) ? at : limit;
}

QByteArray asUtf8(QByteArrayView bytes)
{
    return bytes.isValidUtf8() ? bytes.toByteArray() : QString::fromUtf8(bytes).toUtf8();
}

} // namespace

QByteArrayList OutputLines::add(QByteArrayView bytes)
{
    QByteArrayList lines;
    while (!bytes.isEmpty()) {
        if (std::exchange(m_afterReturn, false) && bytes[0] == '\n') {
            bytes = bytes.sliced(1);
            continue;
        }
        const auto end = std::ranges::find_if(bytes, [](char c) { return c == '\n' || c == '\r'; }) - bytes.begin();
        m_begun += bytes.first(end);
        while (m_begun.size() > m_maxLine) {
            const qsizetype cut = cutAt(m_begun, m_maxLine);
            QByteArray rest = m_begun.sliced(cut);
            m_begun.truncate(cut);
            endLine(lines);
            m_begun = std::move(rest);
        }
        if (end == bytes.size())
            break;
        endLine(lines);
        m_afterReturn = bytes[end] == '\r';
        bytes = bytes.sliced(end + 1);
    }
    return lines;
}

QByteArrayList OutputLines::finish()
{
    QByteArrayList lines;
    if (!m_begun.isEmpty())
        endLine(lines);
    return lines;
}

void OutputLines::endLine(QByteArrayList &lines)
{
    QByteArray line = asUtf8(m_begun);
    m_begun.clear();
    while (line.size() > m_maxLine) { // what stands for invalid bytes is longer than they are
        const qsizetype cut = cutAt(line, m_maxLine);
        lines.append(line.first(cut));
        line = line.sliced(cut);
    }
    lines.append(std::move(line));
}

} // namespace agent
