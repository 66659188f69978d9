#pragma once

#include <QStringView>

namespace agent::sessionimport {

/// The work one import may spend on matching, so that no file can keep a worker busy for long. A step is about a
/// character compared.
class MatchBudget
{
public:
    /// False when the budget is used up; it stays so.
    bool spend(qint64 steps)
    {
        m_left -= steps;
        return m_left > 0;
    }
    [[nodiscard]] bool isSpent() const { return m_left <= 0; }

private:
    qint64 m_left = 60'000'000;
};

/// `*` and `?` as ssh_config(5) PATTERNS has them; case matters. False when the budget is spent.
[[nodiscard]] bool matchesPattern(QStringView text, QStringView pattern, MatchBudget &budget);

enum class ListMatch { None, Yes, Excluded };
/// A pattern list: comma-separated, `!` excludes.
[[nodiscard]] ListMatch matchesList(QStringView text, QStringView list, MatchBudget &budget);

/// A file name against the pattern of an `Include`: like a pattern, but no wildcard matches `/` or a leading dot.
[[nodiscard]] bool matchesPath(QStringView path, QStringView pattern, MatchBudget &budget);

} // namespace agent::sessionimport
