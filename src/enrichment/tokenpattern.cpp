#include "enrichment/tokenpattern.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// PCRE2 counts these from each place in the text where it tries to match.
constexpr auto kLimits = "(*LIMIT_MATCH=5000)(*LIMIT_DEPTH=2000)"_L1;

/// Whether the last thing is repeated already: by `+`, `*` or a count, not by the braces of `\p{L}`.
bool isQuantified(QStringView before)
{
    if (before.endsWith(u'+') || before.endsWith(u'*'))
        return !before.chopped(1).endsWith(u'\\');
    if (!before.endsWith(u'}'))
        return false;
    const QStringView count = before.sliced(before.lastIndexOf(u'{') + 1).chopped(1);
    return !count.isEmpty() && std::ranges::all_of(count, [](QChar c) { return c.isDigit() || c == u','; });
}

/// What a backtracking engine has and the others have not; empty when there is nothing of it.
QString foreignPart(const QString &pattern)
{
    bool inClass = false;
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        const QChar c = pattern[i];
        const QStringView rest = QStringView(pattern).sliced(i);
        if (c == u'\\') {
            const QChar next = rest.size() > 1 ? rest[1] : QChar();
            if (!inClass && ((next >= u'1' && next <= u'9') || next == u'k' || next == u'g'))
                return u"a back-reference"_s;
            if (next == u'C' || next == u'K' || next == u'G' || next == u'Q' || next == u'R' || next == u'X')
                return u"'\\%1'"_s.arg(next);
            ++i;
        } else if (inClass) {
            inClass = c != u']' || (i > 0 && pattern[i - 1] == u'[');
        } else if (c == u'[') {
            inClass = true;
        } else if (rest.startsWith("(*"_L1)) {
            return u"a verb"_s;
        } else if (rest.startsWith("(?="_L1) || rest.startsWith("(?!"_L1)) {
            return u"a look-ahead"_s;
        } else if (rest.startsWith("(?<="_L1) || rest.startsWith("(?<!"_L1)) {
            return u"a look-behind"_s;
        } else if (rest.startsWith("(?>"_L1) || rest.startsWith("(?|"_L1) || rest.startsWith("(?("_L1) ||
                   rest.startsWith("(?R"_L1) || rest.startsWith("(?&"_L1) || rest.startsWith("(?C"_L1) ||
                   rest.startsWith("(?P="_L1) || rest.startsWith("(?P>"_L1) ||
                   (rest.size() > 2 && rest.startsWith("(?"_L1) && (rest[2].isDigit() || rest[2] == u'+'))) {
            return u"'%1'"_s.arg(rest.first(3));
        } else if (c == u'+' && isQuantified(QStringView(pattern).first(i))) {
            return u"a possessive quantifier"_s;
        }
    }
    return {};
}

} // namespace

Result<TokenPattern> TokenPattern::compile(const QString &pattern)
{
    if (pattern.isEmpty())
        return Error{ErrorCode::Validation, u"a pattern must not be empty"_s, u"patterns"_s};
    if (pattern.toUtf8().size() > kMaxBytes)
        return Error{ErrorCode::Validation, u"a pattern must not be longer than %1 bytes"_s.arg(kMaxBytes),
                     u"patterns"_s};
    if (const QString foreign = foreignPart(pattern); !foreign.isEmpty())
        return Error{ErrorCode::Validation, u"pattern '%1' has %2, which is not supported"_s.arg(pattern, foreign),
                     u"patterns"_s};
    QRegularExpression expression(kLimits + pattern);
    if (!expression.isValid()) {
        return Error{ErrorCode::Validation,
                     u"pattern '%1' at %2: %3"_s.arg(pattern)
                         .arg(std::max<qsizetype>(0, expression.patternErrorOffset() - kLimits.size()))
                         .arg(expression.errorString()),
                     u"patterns"_s};
    }
    return TokenPattern(std::move(expression));
}

QString TokenPattern::firstMatch(const QString &text) const { return m_expression.match(text).captured(); }

QList<TokenPattern::Found> TokenPattern::allMatches(const QString &text, int max) const
{
    QList<Found> found;
    qsizetype counted = 0; // UTF-16 units
    qint64 bytes = 0;      // the same in UTF-8
    const auto bytesTo = [&](qsizetype position) {
        bytes += QStringView(text).sliced(counted, position - counted).toUtf8().size();
        counted = position;
        return bytes;
    };
    for (auto matches = m_expression.globalMatch(text); matches.hasNext() && found.size() < max;) {
        const QRegularExpressionMatch match = matches.next();
        const qint64 start = bytesTo(match.capturedStart());
        found.append({start, bytesTo(match.capturedEnd()), match.captured()});
    }
    return found;
}

} // namespace agent
