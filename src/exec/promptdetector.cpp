#include "exec/promptdetector.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxPrompt = 512; ///< no prompt is longer, and a pattern need not look at more
constexpr qsizetype kMaxLearned = 8;
/// Systems cut a long host name when the mode takes the room: "AVeryLongHostNameOf(config-if)#".
constexpr qsizetype kComparedStem = 16;

struct Pager
{
    const char16_t *pattern;
    const char *answer;
};

/// Unterminated lines, without trailing blanks, that wait for a key.
constexpr std::array kPagers{
    // --More--  ---(more 45%)---  <--- More --->  ---- More ----  -- MORE --, next page: Space  --More--(45%)
    Pager{uR"((?:<\s*)?-{2,}\s*\(?\s*(?i:more)\b[^-()<>]{0,16}\)?\s*-{2,}>?[^<>]{0,100}$)", " "},
    Pager{uR"((?i:press (?:any key|<?space(?: ?bar)?>?|<?enter>?)[^<>]{0,40}\bto (?:continue|see more).{0,60})$)", " "},
    Pager{uR"(^lines \d+-\d+$)", " "},                        // less -M
    Pager{uR"(^(?:lines \d+-\d+(?:/\d+)? ?)?\(END\)$)", "q"}, // less
    Pager{uR"(^:$)", " "},                                    // less
};

const std::array<QRegularExpression, kPagers.size()> &pagerPatterns()
{
    static const auto patterns = [] {
        std::array<QRegularExpression, kPagers.size()> compiled;
        for (std::size_t i = 0; i < kPagers.size(); ++i)
            compiled[i].setPattern(QString::fromUtf16(kPagers[i].pattern));
        return compiled;
    }();
    return patterns;
}

QStringView withoutTrailingBlanks(QStringView line)
{
    while (!line.isEmpty() && line.back().isSpace())
        line.chop(1);
    return line;
}

bool isStrong(QChar c) { return QStringView(u">#$").contains(c); }

QStringView withoutDecoration(QStringView prompt)
{
    while (!prompt.isEmpty() && QStringView(u"[<(*!~ ").contains(prompt.front()))
        prompt = prompt.sliced(1);
    return prompt;
}

/// Whatever may follow the host name in a prompt does not go on with the name.
bool endsName(QStringView rest)
{
    return rest.isEmpty() || !(rest.front().isLetterOrNumber() || rest.front() == u'-' || rest.front() == u'_');
}

bool startsWithStem(QStringView text, QStringView stem)
{
    if (text.startsWith(stem))
        return endsName(text.sliced(stem.size()));
    return stem.size() > kComparedStem && text.startsWith(stem.first(kComparedStem)) && text.contains(u'(');
}

bool asksForSecret(QStringView line)
{
    static const QRegularExpression pattern(uR"((?i)\b(?:password|passphrase|passcode|secret)\b.{0,60}:$)"_s);
    return pattern.matchView(line).hasMatch();
}

} // namespace

bool asksForLogin(QStringView openLine)
{
    static const QRegularExpression pattern(uR"((?i)\b(?:user ?name|login|user|password|passphrase|passcode)\s*:$)"_s);
    return pattern.matchView(withoutTrailingBlanks(openLine)).hasMatch();
}

QString promptStem(QStringView prompt)
{
    prompt = withoutTrailingBlanks(prompt);
    while (!prompt.isEmpty() && (QStringView(u">#$%:]").contains(prompt.back()) || prompt.back().isSpace()))
        prompt.chop(1);
    prompt = withoutDecoration(prompt);
    qsizetype end = 0;
    for (; end < prompt.size(); ++end) {
        const QChar c = prompt[end];
        if (c.isSpace() || c == u'(' || c == u'[')
            break;
        // "host:~/src" is a folder, "RP/0/RP0/CPU0:router" is not
        if (c == u':' && end + 1 < prompt.size() && (prompt[end + 1] == u'~' || prompt[end + 1] == u'/'))
            break;
    }
    prompt = prompt.first(end);
    if (const qsizetype at = prompt.lastIndexOf(u'@'); at >= 0 && at + 1 < prompt.size())
        prompt = prompt.sliced(at + 1);
    return std::any_of(prompt.begin(), prompt.end(), [](QChar c) { return c.isLetter(); }) ? prompt.toString()
                                                                                           : QString();
}

PromptDetector::Sighting PromptDetector::judge(QStringView openLine) const
{
    using Kind = Sighting::Kind;
    const QStringView line = withoutTrailingBlanks(openLine);
    if (line.isEmpty() || line.size() > kMaxPrompt)
        return {};
    for (std::size_t i = 0; i < kPagers.size(); ++i) {
        const auto match = pagerPatterns()[i].matchView(line);
        if (!match.hasMatch())
            continue;
        const QStringView before = line.first(match.capturedStart());
        const bool isAlone = withoutTrailingBlanks(before).isEmpty();
        return {Kind::Pager, kPagerSettle, isAlone ? 0 : before.size(), kPagers[i].answer};
    }
    if (isKnown(line))
        return {Kind::Prompt, kSettle};
    const QChar last = line.back();
    if (isStrong(last))
        return {Kind::Prompt, hasLearned() ? kUnknownSettle : kSettle};
    if (last == u'%') {
        const bool isPercentage = line.size() > 1 && line[line.size() - 2].isDigit();
        return {Kind::Prompt, !hasLearned() && !isPercentage ? kSettle : kWeakSettle};
    }
    if (last != u':')
        return {};
    // Before the first prompt it may be a login that somebody else is answering.
    if (!hasLearned())
        return {Kind::Prompt, kWeakFirstSettle};
    return {Kind::Prompt, asksForSecret(line) ? kSettle : kWeakSettle};
}

void PromptDetector::learn(QStringView prompt)
{
    const QString line = withoutTrailingBlanks(prompt).toString();
    if (line.isEmpty() || line.size() > kMaxPrompt || isKnown(line) || asksForSecret(line))
        return;
    const bool hasUsualEnd = isStrong(line.back()) || line.endsWith(u'%');
    const QString stem = hasUsualEnd || line.endsWith(u']') ? promptStem(line) : QString();
    if (line.endsWith(u':') && hasLearned())
        return; // a question, hardly the next prompt
    QStringList &learned = stem.isEmpty() ? m_exact : m_stems;
    if (learned.size() < kMaxLearned)
        learned.append(stem.isEmpty() ? line : stem);
}

bool PromptDetector::isKnown(QStringView line) const
{
    if (std::any_of(m_exact.begin(), m_exact.end(), [&](const QString &exact) { return line == exact; }))
        return true;
    if (!QStringView(u">#$%:]").contains(line.back()))
        return false;
    const QStringView plain = withoutDecoration(line);
    const qsizetype at = plain.indexOf(u'@');
    const QStringView afterUser = at > 0 && !plain.first(at).contains(u' ') ? plain.sliced(at + 1) : QStringView();
    return std::any_of(m_stems.begin(), m_stems.end(), [&](const QString &stem) {
        return startsWithStem(plain, stem) || startsWithStem(afterUser, stem);
    });
}

} // namespace agent
