#include "mop/stepdiff.h"

#include "mop/commonlines.h"

#include <QHash>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

void add(StepDiff &diff, DiffKind kind, const QString &path, std::optional<RawJson> before,
         std::optional<RawJson> after)
{
    diff.changes.append({path, std::move(before), std::move(after), kind});
    switch (kind) {
    case DiffKind::Changed:
        ++diff.summary.changed;
        return;
    case DiffKind::Added:
        ++diff.summary.added;
        return;
    case DiffKind::Removed:
        ++diff.summary.removed;
        return;
    }
}

// Texts

/// Without the line ends; what follows the last one is a line only when it is not empty.
QList<QStringView> linesOf(const QString &text)
{
    QList<QStringView> lines = QStringView(text).split(u'\n');
    if (lines.last().isEmpty())
        lines.removeLast();
    for (QStringView &line : lines) {
        if (line.endsWith(u'\r'))
            line.chop(1);
    }
    return lines;
}

std::vector<int> numbered(const QList<QStringView> &lines, QHash<QStringView, int> &numbers)
{
    std::vector<int> result;
    result.reserve(std::size_t(lines.size()));
    for (const QStringView line : lines) {
        const auto known = numbers.constFind(line);
        result.push_back(known != numbers.cend() ? *known : *numbers.insert(line, int(numbers.size())));
    }
    return result;
}

RawJson textJson(QStringView line)
{
    JsonWriter writer;
    writer.string(line);
    return {writer.take()};
}

QString linePath(int index) { return u"L%1"_s.arg(index + 1); }

class TextGap
{
public:
    TextGap(StepDiff &diff, const QList<QStringView> &a, const QList<QStringView> &b)
        : m_diff(diff)
        , m_a(a)
        , m_b(b)
    {
    }

    /// Reports what lies before the common lines `i` and `j`: the removed, then the added lines; where the two meet,
    /// one line has changed.
    void close(int i, int j)
    {
        const bool hasMeeting = m_nextA < i && m_nextB < j;
        for (const int last = hasMeeting ? i - 1 : i; m_nextA < last; ++m_nextA)
            add(m_diff, DiffKind::Removed, linePath(m_nextA), textJson(m_a[m_nextA]), {});
        if (hasMeeting) {
            add(m_diff, DiffKind::Changed, linePath(m_nextA), textJson(m_a[m_nextA]), textJson(m_b[m_nextB]));
            ++m_nextB;
        }
        for (; m_nextB < j; ++m_nextB)
            add(m_diff, DiffKind::Added, linePath(m_nextB), {}, textJson(m_b[m_nextB]));
        m_nextA = i + 1;
        m_nextB = j + 1;
    }

private:
    StepDiff &m_diff;
    const QList<QStringView> &m_a;
    const QList<QStringView> &m_b;
    int m_nextA = 0;
    int m_nextB = 0;
};

// JSON

QString memberPath(const QString &path, std::string_view key)
{
    return path + u'.' + QString::fromUtf8(key.data(), qsizetype(key.size()));
}

std::vector<std::string_view> sortedKeys(const JsonValue &object)
{
    std::vector<std::string_view> keys;
    for (const auto &member : object.GetObject())
        keys.emplace_back(member.name.GetString(), member.name.GetStringLength());
    std::ranges::sort(keys);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    return keys;
}

void compare(StepDiff &diff, const QString &path, const JsonValue *a, const JsonValue *b);

void compareObjects(StepDiff &diff, const QString &path, const JsonValue &a, const JsonValue &b)
{
    for (const std::string_view key : sortedKeys(a))
        compare(diff, memberPath(path, key), memberOf(a, key), memberOf(b, key));
    for (const std::string_view key : sortedKeys(b)) {
        if (!memberOf(a, key))
            compare(diff, memberPath(path, key), nullptr, memberOf(b, key));
    }
}

void compareArrays(StepDiff &diff, const QString &path, const JsonValue &a, const JsonValue &b)
{
    for (rapidjson::SizeType i = 0; i < std::max(a.Size(), b.Size()); ++i)
        compare(diff, u"%1[%2]"_s.arg(path).arg(i), i < a.Size() ? &a[i] : nullptr, i < b.Size() ? &b[i] : nullptr);
}

/// Null: it is not there. The depth is that of a JsonDocument.
void compare(StepDiff &diff, const QString &path, const JsonValue *a, const JsonValue *b)
{
    const auto json = [](const JsonValue *value) { return RawJson{toJsonText(*value)}; };
    if (!a)
        return add(diff, DiffKind::Added, path, {}, json(b));
    if (!b)
        return add(diff, DiffKind::Removed, path, json(a), {});
    if (a->IsObject() && b->IsObject())
        return compareObjects(diff, path, *a, *b);
    if (a->IsArray() && b->IsArray())
        return compareArrays(diff, path, *a, *b);
    if (*a != *b)
        add(diff, DiffKind::Changed, path, json(a), json(b));
}

Result<JsonDocument> parseSide(const QByteArray &text, const QString &field)
{
    auto document = JsonDocument::parse(text);
    if (!document)
        return Error{ErrorCode::Validation, u"field '%1' is no JSON: %2"_s.arg(field, document.error().message), field};
    return document;
}

} // namespace

Result<StepDiff> textDiff(const QString &a, const QString &b)
{
    const QList<QStringView> before = linesOf(a), after = linesOf(b);
    for (const auto &[lines, name] : {std::pair(&before, u"a"_s), std::pair(&after, u"b"_s)}) {
        if (lines->size() > kMaxDiffLines)
            return Error{ErrorCode::Validation,
                         u"field '%1' has more than %2 lines"_s.arg(name, QString::number(kMaxDiffLines)), name};
    }
    QHash<QStringView, int> numbers;
    const std::vector<int> beforeNumbers = numbered(before, numbers), afterNumbers = numbered(after, numbers);
    StepDiff diff{.format = u"text"_s, .changes = {}, .summary = {}};
    TextGap gap(diff, before, after);
    for (const auto &[i, j] : commonLines(beforeNumbers, afterNumbers))
        gap.close(i, j);
    gap.close(int(before.size()), int(after.size()));
    return diff;
}

Result<StepDiff> jsonDiff(const QByteArray &a, const QByteArray &b)
{
    const auto before = parseSide(a, u"a"_s);
    if (!before)
        return before.error();
    const auto after = parseSide(b, u"b"_s);
    if (!after)
        return after.error();
    StepDiff diff{.format = u"json"_s, .changes = {}, .summary = {}};
    compare(diff, u"$"_s, &before->root(), &after->root());
    return diff;
}

} // namespace agent
