#include "scripts/inlinemetadata.h"

#include "core/foreigntext.h"

#include <toml++/toml.hpp>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxBlock = 64 * 1024;
constexpr QByteArrayView kOpening("# /// ");
constexpr QByteArrayView kClosing("# ///");

Error malformed(const QString &what)
{
    return {ErrorCode::Validation, u"the script's inline metadata (# /// script) %1"_s.arg(what), u"content"_s};
}

/// The lines of a text without their ends.
class LineReader
{
public:
    explicit LineReader(QByteArrayView text)
        : m_text(text)
    {
    }
    std::optional<QByteArrayView> next()
    {
        if (m_at >= m_text.size())
            return std::nullopt;
        qsizetype end = m_text.indexOf('\n', m_at);
        if (end < 0)
            end = m_text.size();
        QByteArrayView line = m_text.sliced(m_at, end - m_at);
        if (line.endsWith('\r'))
            line.chop(1);
        m_at = end + 1;
        return line;
    }
    [[nodiscard]] qsizetype position() const { return std::min(m_at, m_text.size()); }
    void goTo(qsizetype position) { m_at = position; }

private:
    QByteArrayView m_text;
    qsizetype m_at = 0;
};

/// The type of the block that the line opens: "script".
std::optional<QByteArrayView> openedType(QByteArrayView line)
{
    if (!line.startsWith(kOpening) || line.size() == kOpening.size())
        return std::nullopt;
    const QByteArrayView type = line.sliced(kOpening.size());
    const bool isType = std::ranges::all_of(type, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
    return isType ? std::optional(type) : std::nullopt;
}

/// What is in the block, the comment signs taken off; the reader is behind it then. It ends with the last closing line
/// of the comment, not the first. Empty, and nothing read, when it is not closed.
std::optional<QByteArray> readBlock(LineReader &reader)
{
    const qsizetype start = reader.position();
    QByteArray read, closed;
    qsizetype end = -1, lines = 0;
    while (const auto line = reader.next()) {
        if (*line != "#" && !line->startsWith("# "))
            break;
        if (*line == kClosing && lines > 0) {
            closed = read;
            end = reader.position();
        }
        if (read.size() <= kMaxBlock)
            read += line->sliced(std::min<qsizetype>(line->size(), 2)) + '\n';
        ++lines;
    }
    reader.goTo(end < 0 ? start : end);
    return end < 0 ? std::nullopt : std::optional(closed);
}

Result<InlineMetadata> parseToml(const QByteArray &text)
{
    if (text.size() > kMaxBlock)
        return malformed(u"is too long"_s);
    InlineMetadata metadata;
    try {
        const toml::table table = toml::parse(std::string_view(text.constData(), std::size_t(text.size())));
        if (table.contains("requires-python") && !table.get("requires-python")->is_string())
            return malformed(u"has a 'requires-python' that is no string"_s);
        const toml::node *dependencies = table.get("dependencies");
        if (!dependencies)
            return metadata;
        if (!dependencies->is_array())
            return malformed(u"has 'dependencies' that are no array"_s);
        for (const toml::node &dependency : *dependencies->as_array()) {
            if (!dependency.is_string())
                return malformed(u"has a dependency that is no string"_s);
            const std::string &name = dependency.as_string()->get();
            metadata.dependencies.append(QByteArray(name.data(), qsizetype(name.size())));
        }
    } catch (const toml::parse_error &error) {
        const std::string_view what = error.description();
        return malformed(
            u"is no TOML: %1 (its line %2)"_s.arg(foreignText(QByteArrayView(what.data(), qsizetype(what.size())), 200),
                                                  QString::number(error.source().begin.line)));
    }
    return metadata;
}

} // namespace

Result<std::optional<InlineMetadata>> inlineMetadata(QByteArrayView source)
{
    std::optional<QByteArray> found;
    LineReader reader(source);
    while (const auto line = reader.next()) {
        const auto type = openedType(*line);
        if (!type)
            continue;
        auto block = readBlock(reader);
        if (!block || *type != "script")
            continue;
        if (found)
            return malformed(u"is there more than once"_s);
        found = std::move(block);
    }
    if (!found)
        return std::optional<InlineMetadata>();
    auto metadata = parseToml(*found);
    if (!metadata)
        return metadata.error();
    return std::optional(std::move(*metadata));
}

} // namespace agent
