#pragma once

#include <QDateTime>
#include <QString>
#include <QStringView>
#include <QUtf8StringView>

#include <array>
#include <optional>

namespace agent {

/// A point in time as the contract writes it (02 sections 0 and 1.3): whole seconds, UTC. On disk
/// `YYYY-MM-DD HH:MM:SS`, in JSON RFC 3339 with `Z`.
class Timestamp
{
public:
    Timestamp() = default;
    explicit Timestamp(qint64 secondsSinceEpoch)
        : m_seconds(secondsSinceEpoch)
    {
    }

    static Timestamp now();
    /// Reads the disk form, RFC 3339 with an offset, and, tolerantly, either without a zone (taken as UTC).
    static std::optional<Timestamp> parse(QStringView text);
    static std::optional<Timestamp> parse(QUtf8StringView text);

    [[nodiscard]] qint64 secondsSinceEpoch() const { return m_seconds; }
    [[nodiscard]] QString toDatabaseText() const;
    [[nodiscard]] QString toJsonText() const;
    [[nodiscard]] std::array<char, 20> toJsonBytes() const; ///< the same, ASCII
    [[nodiscard]] QString toFileNameText() const;           ///< `YYYYMMDD_HHMMSS`

    friend auto operator<=>(const Timestamp &, const Timestamp &) = default;

private:
    qint64 m_seconds = 0;
};

/// The clock's reading with fractional seconds and `Z`, for values made while answering (`exported_at`).
[[nodiscard]] QString preciseNowAsJsonText();
/// The same with `+00:00`, for the few resources that write it so (groups, prompts).
[[nodiscard]] QString preciseNowWithOffset();

} // namespace agent
