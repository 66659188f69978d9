#pragma once

#include "core/result.h"

#include <QList>
#include <QRegularExpression>
#include <QString>

namespace agent {

/// A regular expression over a word in a terminal. The Terminal compiles the same text in JavaScript and the reference
/// agent in an engine without backtracking, so only what all read is taken: no look-around, no back-references, no
/// atomic groups or verbs. Matching stops after a bounded number of steps, whatever the pattern.
class TokenPattern
{
public:
    /// @return Validation saying what is wrong and where
    [[nodiscard]] static Result<TokenPattern> compile(const QString &pattern);

    /// Whether it is found anywhere, and where first; empty when not.
    [[nodiscard]] QString firstMatch(const QString &text) const;

    struct Found
    {
        qint64 start; ///< in UTF-8 bytes
        qint64 end;
        QString text;
    };
    /// All that do not overlap, at most `max`.
    [[nodiscard]] QList<Found> allMatches(const QString &text, int max) const;

    static constexpr qsizetype kMaxBytes = 4096; ///< of a pattern

private:
    explicit TokenPattern(QRegularExpression expression)
        : m_expression(std::move(expression))
    {
    }
    QRegularExpression m_expression;
};

} // namespace agent
