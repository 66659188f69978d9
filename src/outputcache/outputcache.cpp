#include "outputcache/outputcache.h"

#include "core/uuid.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

qsizetype characterStart(QByteArrayView utf8, qsizetype at)
{
    if (at >= utf8.size())
        return utf8.size();
    while (at > 0 && (uchar(utf8[at]) & 0xc0) == 0x80) // a continuation byte (RFC 3629)
        --at;
    return at;
}

OutputCache::OutputCache(Clock clock, QObject *parent)
    : QObject(parent)
    , m_clock(std::move(clock))
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::VeryCoarseTimer);
    connect(&m_timer, &QTimer::timeout, this, &OutputCache::sweep);
}

void OutputCache::dropOldest()
{
    m_bytes -= m_entries.front().text.size();
    m_entries.pop_front();
}

void OutputCache::sweep()
{
    const auto now = m_clock();
    while (!m_entries.empty() && now - m_entries.front().since >= kLifetime)
        dropOldest();
    if (!m_entries.empty())
        m_timer.start(std::chrono::ceil<std::chrono::milliseconds>(kLifetime - (now - m_entries.front().since)));
}

QString OutputCache::keep(QByteArray text)
{
    text.truncate(characterStart(text, kMaxBytes));
    while (!m_entries.empty() && (m_entries.size() >= kMaxEntries || m_bytes + text.size() > kMaxBytes))
        dropOldest();
    m_bytes += text.size();
    const QString id = newUuid();
    m_entries.push_back({.id = id, .text = std::move(text), .since = m_clock()});
    sweep();
    return id;
}

OutputCache::Shown OutputCache::shorten(QByteArray text)
{
    if (text.size() <= kInline)
        return {.output = std::move(text), .requestId = {}};
    const qsizetype cut = characterStart(text, kInline);
    const qsizetype missing = text.size() - cut;
    QByteArray output = text.first(cut);
    const QString id = keep(std::move(text));
    output += "\n\n[output cut: " + QByteArray::number(missing) +
              " more bytes; read them with get_ssh_output and request_id " + id.toLatin1() + ", from offset " +
              QByteArray::number(cut) + "]";
    return {.output = std::move(output), .requestId = id};
}

Result<OutputCache::Page> OutputCache::page(const QString &id, qint64 offset, qint64 limit)
{
    sweep();
    const auto entry = std::ranges::find(m_entries, id, &Entry::id);
    if (entry == m_entries.end())
        return Error{ErrorCode::NotFound, u"no output is kept under this request_id, or no longer"_s};
    const QByteArrayView text = entry->text;
    const qsizetype size = text.size();
    const qsizetype from = characterStart(text, qsizetype(std::clamp<qint64>(offset, 0, size)));
    qsizetype to = characterStart(text, from + qsizetype(std::clamp<qint64>(limit, 0, size - from)));
    if (to == from && from < size) { // one character is longer than the limit
        ++to;
        while (to < size && (uchar(text[to]) & 0xc0) == 0x80)
            ++to;
    }
    return Page{.content = text.sliced(from, to - from).toByteArray(), .offset = from, .totalBytes = size};
}

} // namespace agent
