#include "templating/texts.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

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
        const QStringList all = characterList(text);
        for (qsizetype i = 0; i <= all.size(); ++i)
            out += (most < 0 || i < most ? fresh : QString()) + all.value(i);
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

/// Words, the blanks between them, and the parts of words that may stand on lines of their own.
QStringList chunks(const QString &text, bool breakOnHyphens)
{
    QStringList all;
    for (qsizetype at = 0; at < text.size();) {
        qsizetype end = at + 1;
        const bool space = text[at].isSpace();
        while (end < text.size() && text[end].isSpace() == space)
            ++end;
        if (space || !breakOnHyphens) {
            all << text.mid(at, end - at);
            at = end;
            continue;
        }
        // A hyphen ends a chunk after two letters (or letter-letter) and before two letters (or letter-hyphen-letter).
        const auto letter = [&](qsizetype i) { return i >= at && i < end && (text[i].isLetter() || text[i] == u'_'); };
        const auto inWord = [&](qsizetype i) {
            return i >= at && (text[i].isLetterOrNumber() || u"_!\"'&.,?"_s.contains(text[i]));
        };
        qsizetype from = at;
        for (qsizetype i = at; i < end; ++i) {
            if (text[i] != u'-')
                continue;
            qsizetype dashes = i;
            while (dashes < end && text[dashes] == u'-')
                ++dashes;
            if (dashes - i > 1) { // a long dash is a chunk of its own
                if (i > from && inWord(i - 1) && dashes < end &&
                    (text[dashes].isLetterOrNumber() || text[dashes] == u'_')) {
                    all << text.mid(from, i - from) << text.mid(i, dashes - i);
                    from = dashes;
                }
                i = dashes - 1;
                continue;
            }
            const bool before =
                letter(i - 1) && (letter(i - 2) || (i - 2 >= at && text[i - 2] == u'-' && letter(i - 3)));
            const bool behind =
                letter(i + 1) && (letter(i + 2) || (i + 2 < end && text[i + 2] == u'-' && letter(i + 3)));
            if (i > from && before && behind) {
                all << text.mid(from, i + 1 - from);
                from = i + 1;
            }
        }
        if (from < end)
            all << text.mid(from, end - from);
        at = end;
    }
    return all;
}

} // namespace

QStringList wrapped(const QString &text, qsizetype width, bool breakLongWords, bool breakOnHyphens)
{
    QStringList waiting = chunks(text, breakOnHyphens), lines;
    std::ranges::reverse(waiting);
    const auto isBlank = [](const QString &chunk) { return chunk.trimmed().isEmpty(); };
    while (!waiting.isEmpty()) {
        QStringList line;
        qsizetype used = 0;
        if (isBlank(waiting.last()) && !lines.isEmpty())
            waiting.removeLast();
        while (!waiting.isEmpty() && used + characterCount(waiting.last()) <= width) {
            used += characterCount(waiting.last());
            line << waiting.takeLast();
        }
        if (!waiting.isEmpty() && characterCount(waiting.last()) > width) {
            if (breakLongWords) {
                QString &word = waiting.last();
                const qsizetype room = std::max<qsizetype>(width - used, 1), size = characterCount(word);
                qsizetype cut = room;
                // With hyphens in what fits, it is cut after the last one.
                if (breakOnHyphens && size > room) {
                    const QString head = characters(word, 0, room);
                    const qsizetype hyphen = head.lastIndexOf(u'-');
                    if (hyphen > 0 && std::ranges::any_of(head.left(hyphen), [](QChar c) { return c != u'-'; }))
                        cut = characterCount(head.left(hyphen)) + 1;
                }
                line << characters(word, 0, cut);
                word = characters(word, cut, size);
            } else if (line.isEmpty()) {
                line << waiting.takeLast();
            }
        }
        if (!line.isEmpty() && isBlank(line.last()))
            line.removeLast();
        if (!line.isEmpty())
            lines << line.join(QString());
    }
    return lines;
}

} // namespace agent::templating
