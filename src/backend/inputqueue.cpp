#include "backend/inputqueue.h"

namespace agent {

namespace {

constexpr qsizetype kMergeBelow = 16 * 1024; ///< inputs this small are joined instead of queued one by one

} // namespace

void InputQueue::pushBytes(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return;
    const std::scoped_lock lock(m_mutex);
    m_bytes += bytes.size();
    if (!m_items.empty()) {
        auto *last = std::get_if<QByteArray>(&m_items.back());
        if (last && last->size() + bytes.size() <= kMergeBelow) {
            last->append(bytes);
            return;
        }
    }
    m_items.emplace_back(bytes);
}

void InputQueue::pushSize(TerminalSize size)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_items.empty() && std::holds_alternative<TerminalSize>(m_items.back()))
        m_items.back() = size;
    else
        m_items.emplace_back(size);
}

std::optional<InputQueue::Item> InputQueue::take()
{
    const std::scoped_lock lock(m_mutex);
    m_bytes -= std::exchange(m_taken, 0);
    if (m_items.empty())
        return std::nullopt;
    Item item = std::move(m_items.front());
    m_items.pop_front();
    if (const auto *bytes = std::get_if<QByteArray>(&item))
        m_taken = bytes->size();
    return item;
}

void InputQueue::putBack(QByteArray rest)
{
    const std::scoped_lock lock(m_mutex);
    m_bytes -= std::exchange(m_taken, 0);
    if (rest.isEmpty())
        return;
    m_bytes += rest.size();
    m_items.emplace_front(std::move(rest));
}

std::optional<TerminalSize> InputQueue::takeSize()
{
    const std::scoped_lock lock(m_mutex);
    if (m_items.empty() || !std::holds_alternative<TerminalSize>(m_items.front()))
        return std::nullopt;
    const auto size = std::get<TerminalSize>(m_items.front());
    m_items.pop_front();
    return size;
}

qint64 InputQueue::bytes() const
{
    const std::scoped_lock lock(m_mutex);
    return m_bytes;
}

bool InputQueue::isEmpty() const
{
    const std::scoped_lock lock(m_mutex);
    return m_items.empty();
}

void InputQueue::clear()
{
    const std::scoped_lock lock(m_mutex);
    m_items.clear();
    m_bytes = 0;
    m_taken = 0;
}

} // namespace agent
