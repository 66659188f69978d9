#pragma once

#include <QtTypes>

#include <chrono>
#include <optional>

namespace agent {

/// Decides when collected output goes on: a keystroke's echo at once, a flood in pieces of up to 64 KiB at most
/// 8 ms apart (contract 03 section 2.4). Pure; the caller brings the clock.
class FlushPolicy
{
public:
    using Clock = std::chrono::steady_clock;

    static constexpr qint64 kFullPiece = 64 * 1024;
    static constexpr auto kWindow = std::chrono::milliseconds(8);
    /// What still counts as typing within one window: some echoes and a redrawn line, at most so many pieces.
    static constexpr qint64 kLightBytes = 4 * 1024;
    static constexpr int kLightPieces = 8;

    /// Nothing when `pending` bytes should go now, else how long they may wait for more.
    [[nodiscard]] std::optional<Clock::duration> waitFor(qint64 pending, Clock::time_point now) const
    {
        const auto age = now - m_windowStart;
        if (pending >= kFullPiece || age >= kWindow)
            return std::nullopt;
        if (m_pieces < kLightPieces && m_bytes + pending <= kLightBytes)
            return std::nullopt;
        return kWindow - age;
    }

    /// Whether the current window, or the one just over, has carried more than typing makes: more is likely to follow.
    [[nodiscard]] bool isBusy(Clock::time_point now) const
    {
        return m_bytes > kLightBytes && now - m_windowStart < 2 * kWindow;
    }

    void flushed(qint64 bytes, Clock::time_point now)
    {
        if (now - m_windowStart >= kWindow) {
            m_windowStart = now;
            m_bytes = 0;
            m_pieces = 0;
        }
        m_bytes += bytes;
        ++m_pieces;
    }

private:
    Clock::time_point m_windowStart{};
    qint64 m_bytes = 0;
    int m_pieces = 0;
};

} // namespace agent
