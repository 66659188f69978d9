#pragma once

#include "core/schema.h"

namespace agent {

enum class DiffKind { Changed, Added, Removed };

template <>
struct EnumWords<DiffKind>
{
    static constexpr std::array words{std::pair{DiffKind::Changed, "changed"}, std::pair{DiffKind::Added, "added"},
                                      std::pair{DiffKind::Removed, "removed"}};
};

/// One difference. The side that is not there is null.
struct DiffEntry
{
    QString path; ///< `$.key[0]`, or `L3` for the third line
    std::optional<RawJson> before;
    std::optional<RawJson> after;
    DiffKind kind = DiffKind::Changed;
};

template <>
struct Schema<DiffEntry>
{
    static constexpr const char *name = "StepDiffChange";
    static constexpr auto fields = std::tuple{
        field("path", &DiffEntry::path, FieldFlag::ReadOnly),
        field("old", &DiffEntry::before, FieldFlag::ReadOnly),
        field("new", &DiffEntry::after, FieldFlag::ReadOnly),
        field("type", &DiffEntry::kind, FieldFlag::ReadOnly),
    };
};

struct DiffSummary
{
    qint64 changed = 0;
    qint64 added = 0;
    qint64 removed = 0;
};

template <>
struct Schema<DiffSummary>
{
    static constexpr const char *name = "StepDiffSummary";
    static constexpr auto fields = std::tuple{
        field("changed", &DiffSummary::changed, FieldFlag::ReadOnly),
        field("added", &DiffSummary::added, FieldFlag::ReadOnly),
        field("removed", &DiffSummary::removed, FieldFlag::ReadOnly),
    };
};

/// How the outputs of two steps differ (contract 09 section C8).
struct StepDiff
{
    QString format;
    QList<DiffEntry> changes;
    DiffSummary summary;
};

template <>
struct Schema<StepDiff>
{
    static constexpr const char *name = "StepDiff";
    static constexpr auto fields = std::tuple{
        field("format", &StepDiff::format, FieldFlag::ReadOnly),
        field("changes", &StepDiff::changes, FieldFlag::ReadOnly),
        field("summary", &StepDiff::summary, FieldFlag::ReadOnly),
    };
};

constexpr qsizetype kMaxDiffLines = 20'000; ///< of each text

/// By lines, of which as many as possible are kept. @return Validation when a text has more than kMaxDiffLines.
[[nodiscard]] Result<StepDiff> textDiff(const QString &a, const QString &b);
/// By members and elements. @return Validation when a text is no JSON.
[[nodiscard]] Result<StepDiff> jsonDiff(const QByteArray &a, const QByteArray &b);

} // namespace agent
