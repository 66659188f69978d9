#pragma once

#include <QtTypes>

#include <algorithm>
#include <chrono>

namespace agent {

/// How many bytes of a transfer are asked for, or sent, before the first of them is answered. It grows to fill a long
/// way, and shrinks on a slow one, where what is under way would hold up every other request of the connection.
class TransferWindow
{
public:
    static constexpr qint64 kMost = 4 * 1024 * 1024; ///< twice what the SSH window lets through in a round trip
    static constexpr auto kSlow = std::chrono::seconds(2);

    /// `piece`: what one request carries.
    TransferWindow(qint64 piece, qint64 start)
        : m_piece(piece)
        , m_size(std::max(start, piece))
    {
    }

    [[nodiscard]] bool hasRoom(qint64 underWay) const { return underWay < m_size; }
    /// A piece was answered so long after it was asked for.
    void noteAnswer(std::chrono::steady_clock::duration latency)
    {
        m_size = latency > kSlow ? std::max(m_size / 2, m_piece) : std::min(m_size + m_piece, kMost);
    }

private:
    const qint64 m_piece;
    qint64 m_size;
};

} // namespace agent
