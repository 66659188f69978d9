#include "sessionimport/wildcard.h"

#include <QString>

namespace agent::sessionimport {

bool matchesPattern(QStringView text, QStringView pattern, MatchBudget &budget)
{
    // Goes back to the last `*` only: quadratic at worst, never exponential.
    qsizetype t = 0, p = 0, star = -1, starText = 0;
    qint64 steps = 0;
    bool matches = true;
    while (t < text.size() && matches) {
        if ((++steps & 0xfff) == 0 && !budget.spend(0xfff))
            return false;
        if (p < pattern.size() && pattern[p] == u'*') {
            star = p++;
            starText = t;
        } else if (p < pattern.size() && (pattern[p] == u'?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star >= 0) {
            p = star + 1;
            t = ++starText;
        } else {
            matches = false;
        }
    }
    if (!budget.spend((steps & 0xfff) + 1) || !matches)
        return false;
    while (p < pattern.size() && pattern[p] == u'*')
        ++p;
    return p == pattern.size();
}

ListMatch matchesList(QStringView text, QStringView list, MatchBudget &budget)
{
    ListMatch found = ListMatch::None;
    for (QStringView pattern : list.tokenize(u',')) {
        const bool excludes = pattern.startsWith(u'!');
        if (excludes)
            pattern = pattern.sliced(1);
        if (!matchesPattern(text, pattern, budget))
            continue;
        if (excludes)
            return ListMatch::Excluded;
        found = ListMatch::Yes;
    }
    return found;
}

bool matchesPath(QStringView path, QStringView pattern, MatchBudget &budget)
{
    const auto names = path.split(u'/'), patterns = pattern.split(u'/');
    if (names.size() != patterns.size())
        return false;
    for (qsizetype i = 0; i < names.size(); ++i) {
        if (names[i].startsWith(u'.') && !patterns[i].startsWith(u'.'))
            return false;
        if (!matchesPattern(names[i], patterns[i], budget))
            return false;
    }
    return true;
}

} // namespace agent::sessionimport
