#include "templating/texts.h"

#include "templating/failure.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

void checkParts(const QStringList &parts)
{
    if (parts.size() > kMostParts)
        exceeded(u"text is cut into too many parts"_s);
}

bool hasSurrogates(QStringView text)
{
    return std::ranges::any_of(text, [](QChar c) { return c.isSurrogate(); });
}

/// The index in UTF-16 after `count` characters from `at`.
qsizetype after(QStringView text, qsizetype at, qsizetype count)
{
    for (; count > 0 && at < text.size(); --count)
        at += text[at].isHighSurrogate() && at + 1 < text.size() && text[at + 1].isLowSurrogate() ? 2 : 1;
    return at;
}

} // namespace

qsizetype characterCount(QStringView text)
{
    qsizetype count = text.size();
    for (qsizetype i = 0; i + 1 < text.size(); ++i)
        if (text[i].isHighSurrogate() && text[i + 1].isLowSurrogate())
            --count;
    return count;
}

QString characters(const QString &text, qsizetype start, qsizetype stop)
{
    if (!hasSurrogates(text))
        return text.mid(start, stop - start);
    const qsizetype from = after(text, 0, start);
    return text.mid(from, after(text, from, stop - start) - from);
}

QStringList characterList(const QString &text)
{
    QStringList all;
    for (qsizetype at = 0; at < text.size();) {
        const qsizetype next = after(text, at, 1);
        all << text.mid(at, next - at);
        at = next;
    }
    return all;
}

QString reversed(const QString &text)
{
    QString out;
    out.reserve(text.size());
    for (qsizetype i = text.size() - 1; i >= 0; --i) {
        if (text[i].isLowSurrogate() && i > 0 && text[i - 1].isHighSurrogate()) {
            out += text[i - 1];
            out += text[i];
            --i;
        } else {
            out += text[i];
        }
    }
    return out;
}

QString capitalized(const QString &text)
{
    const qsizetype first = after(text, 0, 1);
    return text.left(first).toUpper() + text.mid(first).toLower();
}

QString titled(const QString &text)
{
    QString out;
    bool inWord = false;
    for (const QChar c : text) {
        out += inWord ? c.toLower() : c.toTitleCase();
        inWord = c.isLetter();
    }
    return out;
}

QString stripped(const QString &text, const QString &chars, bool atStart, bool atEnd)
{
    const auto goes = [&chars](QChar c) { return chars.isNull() ? c.isSpace() : chars.contains(c); };
    qsizetype from = 0, to = text.size();
    while (atStart && from < to && goes(text[from]))
        ++from;
    while (atEnd && to > from && goes(text[to - 1]))
        --to;
    return text.mid(from, to - from);
}

QString padded(const QString &text, qsizetype width, QChar fill, Qt::Alignment side)
{
    const qsizetype missing = width - characterCount(text);
    if (missing <= 0)
        return text;
    // str.center() puts the odd blank as CPython does.
    const qsizetype left = side == Qt::AlignLeft    ? 0
                           : side == Qt::AlignRight ? missing
                                                    : (missing / 2) + (missing & width & 1);
    return QString(left, fill) + text + QString(missing - left, fill);
}

namespace {

QStringList splitAtSpace(const QString &text, qsizetype most, bool fromRight)
{
    QStringList parts;
    QStringView rest(text);
    for (;;) {
        while (!rest.isEmpty() && (fromRight ? rest.back() : rest.front()).isSpace())
            rest = fromRight ? rest.chopped(1) : rest.sliced(1);
        if (rest.isEmpty())
            break;
        if (most >= 0 && parts.size() == most) { // the rest stays whole
            parts << rest.toString();
            break;
        }
        qsizetype size = 0;
        while (size < rest.size() && !(fromRight ? rest[rest.size() - 1 - size] : rest[size]).isSpace())
            ++size;
        parts << (fromRight ? rest.last(size) : rest.first(size)).toString();
        rest = fromRight ? rest.chopped(size) : rest.sliced(size);
        checkParts(parts);
    }
    if (fromRight)
        std::ranges::reverse(parts);
    return parts;
}

} // namespace

QStringList split(const QString &text, const QString &separator, qsizetype most, bool fromRight)
{
    if (separator.isNull())
        return splitAtSpace(text, most, fromRight);
    QStringList parts;
    if (!fromRight) {
        qsizetype at = 0;
        for (qsizetype found = text.indexOf(separator); found >= 0 && (most < 0 || parts.size() < most);
             found = text.indexOf(separator, at)) {
            parts << text.mid(at, found - at);
            at = found + separator.size();
            checkParts(parts);
        }
        parts << text.mid(at);
        return parts;
    }
    qsizetype end = text.size();
    while (end >= separator.size() && (most < 0 || parts.size() < most)) {
        const qsizetype found = text.lastIndexOf(separator, end - separator.size());
        if (found < 0)
            break;
        parts << text.mid(found + separator.size(), end - found - separator.size());
        end = found;
        checkParts(parts);
    }
    parts << text.left(end);
    std::ranges::reverse(parts);
    return parts;
}

QStringList splitLines(const QString &text, bool keepEnds)
{
    static const QString kEnds = u"\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"_s;
    QStringList lines;
    for (qsizetype at = 0; at < text.size();) {
        qsizetype end = at;
        while (end < text.size() && !kEnds.contains(text[end]))
            ++end;
        qsizetype next = std::min(end + 1, text.size());
        if (end + 1 < text.size() && text[end] == u'\r' && text[end + 1] == u'\n')
            ++next;
        lines << text.mid(at, (keepEnds ? next : end) - at);
        at = next;
        checkParts(lines);
    }
    return lines;
}

QString replaced(const QString &text, const QString &old, const QString &fresh, qsizetype most)
{
    if (most < 0 && !old.isEmpty())
        return QString(text).replace(old, fresh);
    QString out;
    qsizetype at = 0;
    if (old.isEmpty()) { // before each character and at the end, as in Python
        for (qsizetype i = 0; at <= text.size(); ++i) {
            if (most < 0 || i < most)
                out += fresh;
            const qsizetype next = at < text.size() ? after(text, at, 1) : at + 1;
            out += QStringView(text).mid(at, next - at);
            at = next;
        }
        return out;
    }
    for (qsizetype found = text.indexOf(old); found >= 0 && most != 0; found = text.indexOf(old, at), --most) {
        out += QStringView(text).mid(at, found - at);
        out += fresh;
        at = found + old.size();
    }
    return out += QStringView(text).mid(at);
}

QString escaped(const QString &text)
{
    QString out;
    out.reserve(text.size());
    for (const QChar c : text) {
        switch (c.unicode()) {
        case u'&':
            out += "&amp;"_L1;
            break;
        case u'<':
            out += "&lt;"_L1;
            break;
        case u'>':
            out += "&gt;"_L1;
            break;
        case u'\'':
            out += "&#39;"_L1;
            break;
        case u'"':
            out += "&#34;"_L1;
            break;
        default:
            out += c;
        }
    }
    return out;
}

namespace {

bool isBlank(QChar c) { return c == u' ' || (c >= u'\t' && c <= u'\r'); }

/// Cuts a word into the parts that may stand on lines of their own: after hyphens between letters, and around long
/// dashes.
void cutAtHyphens(QStringView word, std::vector<QStringView> &parts)
{
    const auto letter = [&](qsizetype i) {
        return i >= 0 && i < word.size() && (word[i].isLetter() || word[i] == u'_');
    };
    const auto inWord = [&](qsizetype i) { return word[i].isLetterOrNumber() || u"_!\"'&.,?"_s.contains(word[i]); };
    const auto goesOn = [&](qsizetype i, qsizetype by) { // two letters, or letter, hyphen, letter
        return letter(i) && (letter(i + by) || (letter(i + (2 * by)) && word[i + by] == u'-'));
    };
    qsizetype from = 0;
    for (qsizetype i = 0; i < word.size(); ++i) {
        if (word[i] != u'-')
            continue;
        qsizetype end = i;
        while (end < word.size() && word[end] == u'-')
            ++end;
        if (end - i > 1) {
            if (i > from && inWord(i - 1) && end < word.size() && (word[end].isLetterOrNumber() || word[end] == u'_')) {
                parts.push_back(word.sliced(from, i - from));
                parts.push_back(word.sliced(i, end - i));
                from = end;
            }
            i = end - 1;
        } else if (i > from && goesOn(i - 1, -1) && goesOn(i + 1, 1)) {
            parts.push_back(word.sliced(from, i + 1 - from));
            from = i + 1;
        }
    }
    if (from < word.size())
        parts.push_back(word.sliced(from));
}

/// Words, the blanks between them, and the parts of words; the last comes first.
std::vector<QStringView> chunksBackwards(QStringView text, bool breakOnHyphens)
{
    std::vector<QStringView> all;
    for (qsizetype at = 0; at < text.size();) {
        qsizetype end = at + 1;
        while (end < text.size() && isBlank(text[end]) == isBlank(text[at]))
            ++end;
        const QStringView chunk = text.sliced(at, end - at);
        if (breakOnHyphens && !isBlank(chunk.front()))
            cutAtHyphens(chunk, all);
        else
            all.push_back(chunk);
        at = end;
        if (qsizetype(all.size()) > kMostParts)
            exceeded(u"text is cut into too many parts"_s);
    }
    std::ranges::reverse(all);
    return all;
}

/// How much of a word that fits on no line goes onto this one, where there is room for so many characters.
qsizetype cutOf(QStringView word, qsizetype room, bool breakOnHyphens)
{
    const qsizetype fits = after(word, 0, room);
    const qsizetype hyphen = breakOnHyphens ? word.first(fits).lastIndexOf(u'-') : -1;
    const bool useful = hyphen > 0 && std::ranges::any_of(word.first(hyphen), [](QChar c) { return c != u'-'; });
    return useful ? hyphen + 1 : fits;
}

} // namespace

QStringList wrapped(const QString &text, qsizetype width, bool breakLongWords, bool breakOnHyphens)
{
    std::vector<QStringView> waiting = chunksBackwards(text, breakOnHyphens);
    QStringList lines;
    const auto blank = [](QStringView chunk) { return std::ranges::all_of(chunk, isBlank); };
    while (!waiting.empty()) {
        std::vector<QStringView> line;
        qsizetype room = width;
        const auto fits = [&room](QStringView chunk) { return after(chunk, 0, room) == chunk.size(); };
        if (blank(waiting.back()) && !lines.isEmpty())
            waiting.pop_back();
        while (!waiting.empty() && fits(waiting.back())) {
            room -= characterCount(waiting.back());
            line.push_back(waiting.back());
            waiting.pop_back();
        }
        if (!waiting.empty() && after(waiting.back(), 0, width) < waiting.back().size()) {
            if (breakLongWords) {
                const qsizetype cut = cutOf(waiting.back(), room, breakOnHyphens);
                line.push_back(waiting.back().first(cut));
                waiting.back() = waiting.back().sliced(cut);
            } else if (line.empty()) {
                line.push_back(waiting.back());
                waiting.pop_back();
            }
        }
        if (!line.empty() && blank(line.back()))
            line.pop_back();
        QString joined;
        for (const QStringView chunk : line)
            joined += chunk;
        if (!line.empty())
            lines << joined;
        checkParts(lines);
    }
    return lines;
}

} // namespace agent::templating
