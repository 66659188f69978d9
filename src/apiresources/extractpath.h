#pragma once

#include "core/jsondocument.h"
#include "core/jsonwriter.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace agent {

/// Takes a value out of a JSON document (contract 06 section 15.1): keys separated by `.`, `[n]` an element, `[*]` the
/// rest of the path for every element, with those that lack it left out, `["key"]`, `['key']` and `[key]` a key as it
/// is. Empty segments are ignored. Any text is a path; one that is
/// longer than kMaxLength, or has more than kMaxSegments, leads nowhere.
class ExtractPath
{
public:
    static constexpr qsizetype kMaxLength = 8 * 1024; ///< UTF-16 units
    static constexpr qsizetype kMaxSegments = 64;

    explicit ExtractPath(QStringView text);

    /// The value as JSON text; nothing when the path leads nowhere, or is empty.
    [[nodiscard]] std::optional<QByteArray> extract(const JsonValue &document) const;
    [[nodiscard]] bool isEmpty() const { return m_segments.isEmpty(); }

private:
    struct Segment
    {
        enum class Kind { Key, Index, Every };
        Kind kind = Kind::Key;
        QByteArray key = {}; ///< of an Index, too: an object may have such a key
        quint32 index = 0;
    };

    void addKey(QStringView text);
    void addBracket(QStringView inside);
    bool write(JsonWriter &writer, const JsonValue &value, qsizetype at) const;
    static const JsonValue *step(const JsonValue &value, const Segment &segment);

    QList<Segment> m_segments;
    bool m_isTooLong = false;
};

} // namespace agent
