#include "ssh/pipelink.h"

namespace agent {

void PipeLink::send(QByteArray bytes, PipeLane lane)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_hasEnded)
        (lane == PipeLane::Urgent ? m_urgent : m_bulk).push_back(std::move(bytes));
}

void PipeLink::endInput()
{
    const std::scoped_lock lock(m_mutex);
    m_inputEnds = true;
}

PipeNews PipeLink::take()
{
    const std::scoped_lock lock(m_mutex);
    m_isAnnounced = false;
    m_received = 0;
    return std::exchange(m_news, {});
}

void PipeLink::announceDrained()
{
    const std::scoped_lock lock(m_mutex);
    m_wantsDrained = true;
    noteDrained();
}

void PipeLink::abandon()
{
    const std::scoped_lock lock(m_mutex);
    m_announce = {};
    m_isAbandoned = true;
    m_news = {};
    m_urgent.clear();
    m_bulk.clear();
}

std::optional<PipeLink::Sending> PipeLink::nextToSend()
{
    const std::scoped_lock lock(m_mutex);
    for (auto *lane : {&m_urgent, &m_bulk}) {
        if (!lane->empty()) {
            Sending next{std::move(lane->front())};
            lane->pop_front();
            noteDrained();
            return next;
        }
    }
    if (std::exchange(m_inputEnds, false))
        return Sending{.bytes = {}, .isLast = true};
    return std::nullopt;
}

void PipeLink::reportOpen()
{
    const std::scoped_lock lock(m_mutex);
    m_news.isOpen = true;
    announce();
}

void PipeLink::add(std::vector<QByteArray> pieces)
{
    if (pieces.empty())
        return;
    const std::scoped_lock lock(m_mutex);
    if (m_hasEnded || m_isAbandoned)
        return;
    for (QByteArray &piece : pieces) {
        m_received += piece.size();
        m_news.pieces.push_back(std::move(piece));
    }
    announce();
}

void PipeLink::reportEnd(PipeEnd end)
{
    const std::scoped_lock lock(m_mutex);
    if (std::exchange(m_hasEnded, true))
        return;
    m_urgent.clear();
    m_bulk.clear();
    m_news.end = std::move(end);
    announce();
}

void PipeLink::noteDrained()
{
    if (!m_wantsDrained || !m_urgent.empty() || !m_bulk.empty())
        return;
    m_wantsDrained = false;
    m_news.isDrained = true;
    announce();
}

void PipeLink::announce()
{
    if (m_announce && !std::exchange(m_isAnnounced, true))
        m_announce();
}

} // namespace agent
