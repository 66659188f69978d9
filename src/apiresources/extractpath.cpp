#include "apiresources/extractpath.h"

#include "core/jsonwriter.h"

namespace agent {

using namespace Qt::StringLiterals;

ExtractPath::ExtractPath(QStringView text)
{
    m_isTooLong = text.size() > kMaxLength;
    if (m_isTooLong)
        return;
    qsizetype begin = 0; // of the key that is being read
    for (qsizetype at = 0; at < text.size();) {
        if (text[at] == u'.') {
            addKey(text.sliced(begin, at - begin));
            begin = ++at;
            continue;
        }
        if (text[at] != u'[') {
            ++at;
            continue;
        }
        // A quoted key ends with its quote, so that it may hold a bracket.
        const QChar quote = at + 1 < text.size() ? text[at + 1] : QChar();
        const bool isQuoted = quote == u'"' || quote == u'\'';
        const QString closing = isQuoted ? QString(quote) + u']' : u"]"_s;
        const qsizetype end = text.indexOf(closing, at + (isQuoted ? 2 : 1));
        if (end < 0) {
            ++at; // no bracket, then: a character of the key
            continue;
        }
        addKey(text.sliced(begin, at - begin));
        const qsizetype inside = at + (isQuoted ? 2 : 1);
        if (isQuoted)
            m_segments.append({.key = text.sliced(inside, end - inside).toUtf8()});
        else
            addBracket(text.sliced(inside, end - inside));
        begin = at = end + closing.size();
    }
    addKey(text.sliced(begin));
    m_isTooLong = m_segments.size() > kMaxSegments;
}

void ExtractPath::addKey(QStringView text)
{
    if (!text.isEmpty())
        m_segments.append({.key = text.toUtf8()});
}

void ExtractPath::addBracket(QStringView inside)
{
    if (inside == u'*') {
        m_segments.append({.kind = Segment::Kind::Every});
        return;
    }
    bool isIndex = false;
    const quint32 index = inside.toUInt(&isIndex);
    if (isIndex && inside.front().isDigit())
        m_segments.append({.kind = Segment::Kind::Index, .key = inside.toUtf8(), .index = index});
    else
        addKey(inside);
}

const JsonValue *ExtractPath::step(const JsonValue &value, const Segment &segment)
{
    if (value.IsObject())
        return memberOf(value, std::string_view(segment.key.constData(), std::size_t(segment.key.size())));
    if (value.IsArray() && segment.kind == Segment::Kind::Index && segment.index < value.Size())
        return &value[segment.index];
    return nullptr;
}

bool ExtractPath::write(JsonWriter &writer, const JsonValue &value, qsizetype at) const
{
    const JsonValue *here = &value;
    for (; at < m_segments.size(); ++at) {
        const Segment &segment = m_segments[at];
        if (segment.kind == Segment::Kind::Every) {
            if (!here->IsArray())
                return false;
            writer.beginArray();
            for (const JsonValue &element : here->GetArray())
                write(writer, element, at + 1);
            writer.endArray();
            return true;
        }
        here = step(*here, segment);
        if (!here)
            return false;
    }
    here->Accept(writer.handler());
    return true;
}

std::optional<QByteArray> ExtractPath::extract(const JsonValue &document) const
{
    if (m_segments.isEmpty() || m_isTooLong)
        return std::nullopt;
    JsonWriter writer;
    if (!write(writer, document, 0))
        return std::nullopt;
    return writer.take();
}

} // namespace agent
