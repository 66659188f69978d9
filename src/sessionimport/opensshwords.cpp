#include "sessionimport/opensshwords.h"

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

bool isBlank(QChar c) { return c == u' ' || c == u'\t' || c == u'\r' || c == u'\n'; }

QStringView withoutLeadingBlanks(QStringView text)
{
    while (!text.isEmpty() && isBlank(text.front()))
        text = text.sliced(1);
    return text;
}

/// OpenSSH's argv_split, ended by a comment. Nothing when a quote is left open.
std::optional<QStringList> splitWords(QStringView text)
{
    QStringList words;
    qsizetype i = 0;
    while (i < text.size()) {
        if (text[i] == u' ' || text[i] == u'\t') {
            ++i;
            continue;
        }
        if (text[i] == u'#')
            break;
        QString word;
        QChar quote;
        for (; i < text.size(); ++i) {
            const QChar c = text[i];
            const QChar next = i + 1 < text.size() ? text[i + 1] : QChar();
            if (c == u'\\') {
                if (next == u'\'' || next == u'"' || next == u'\\' || (quote.isNull() && next == u' '))
                    ++i;
                word += text[i];
            } else if (quote.isNull() && (c == u' ' || c == u'\t')) {
                break;
            } else if (quote.isNull() && (c == u'"' || c == u'\'')) {
                quote = c;
            } else if (c == quote) {
                quote = {};
            } else {
                word += c;
            }
        }
        if (!quote.isNull())
            return std::nullopt;
        words.append(word);
    }
    return words;
}

} // namespace

Result<std::optional<OpenSshLine>> splitOpenSshLine(QStringView line)
{
    while (!line.isEmpty() && (isBlank(line.back()) || line.back() == u'\f'))
        line.chop(1);
    line = withoutLeadingBlanks(line);
    if (line.isEmpty() || line.front() == u'#')
        return std::optional<OpenSshLine>();

    OpenSshLine split;
    QStringView keyword;
    if (line.front() == u'"') {
        const qsizetype end = line.indexOf(u'"', 1);
        if (end < 0)
            return Error{ErrorCode::Validation, u"the quote is not closed"_s};
        keyword = line.sliced(1, end - 1);
        line = withoutLeadingBlanks(line.sliced(end + 1));
    } else {
        qsizetype end = 0;
        while (end < line.size() && !isBlank(line[end]) && line[end] != u'=' && line[end] != u'"')
            ++end;
        keyword = line.first(end);
        line = withoutLeadingBlanks(line.sliced(end));
        if (line.startsWith(u'=')) // one, with blanks around it
            line = withoutLeadingBlanks(line.sliced(1));
    }
    split.keyword = keyword.toString().toLower();
    if (line.isEmpty())
        return Error{ErrorCode::Validation, u"'%1' has no value"_s.arg(split.keyword)};
    split.rest = line.toString();
    auto words = splitWords(line);
    if (!words)
        return Error{ErrorCode::Validation, u"the quote is not closed"_s};
    split.words = std::move(*words);
    return std::optional(std::move(split));
}

} // namespace agent::sessionimport
