#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// What a terminal colours (contract 06 section 12). The client matches; patterns are JavaScript's and kept as they
/// are.
struct HighlightRule
{
    QString id;
    QString name;
    QString pattern;
    bool isRegex = false;
    bool caseSensitive = false;
    bool wholeWord = false;
    std::optional<QString> foreground; ///< `#RRGGBB`
    std::optional<QString> background;
    bool bold = false;
    bool italic = false;
    bool underline = false;
    QString category = QStringLiteral("Custom");
    qint32 priority = 0; ///< lower is stronger
    bool enabled = true;
    std::optional<QString> sessionId; ///< null: global
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const HighlightRule &, const HighlightRule &) = default;
};

template <>
struct Schema<HighlightRule>
{
    static constexpr const char *name = "HighlightRule";
    static constexpr auto fields = std::tuple{
        field("id", &HighlightRule::id, FieldFlag::ReadOnly),
        field("name", &HighlightRule::name, FieldFlag::Required),
        field("pattern", &HighlightRule::pattern, FieldFlag::Required),
        field("is_regex", &HighlightRule::isRegex),
        field("case_sensitive", &HighlightRule::caseSensitive),
        field("whole_word", &HighlightRule::wholeWord),
        field("foreground", &HighlightRule::foreground),
        field("background", &HighlightRule::background),
        field("bold", &HighlightRule::bold),
        field("italic", &HighlightRule::italic),
        field("underline", &HighlightRule::underline),
        field("category", &HighlightRule::category),
        field("priority", &HighlightRule::priority),
        field("enabled", &HighlightRule::enabled),
        field("session_id", &HighlightRule::sessionId),
        field("created_at", &HighlightRule::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &HighlightRule::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<HighlightRule>
{
    static constexpr const char *table = "highlight_rules";
    static constexpr const char *order = "priority, name, id";
    static constexpr const char *noun = "highlight rule";
};

} // namespace agent
