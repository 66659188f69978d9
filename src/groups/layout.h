#pragma once

#include "groups/group.h"

namespace agent {

/// One tab of a layout: as a group's, but with nulls written out.
struct LayoutTab
{
    TabType type = TabType::Terminal;
    std::optional<QString> sessionId;
    std::optional<QString> topologyId;
    std::optional<QString> documentId;
    std::optional<QString> documentName;

    friend bool operator==(const LayoutTab &, const LayoutTab &) = default;
};

template <>
struct Schema<LayoutTab>
{
    static constexpr const char *name = "LayoutTab";
    static constexpr auto fields = std::tuple{
        field("type", &LayoutTab::type, FieldFlag::Required), field("session_id", &LayoutTab::sessionId),
        field("topology_id", &LayoutTab::topologyId),         field("document_id", &LayoutTab::documentId),
        field("document_name", &LayoutTab::documentName),
    };
};

/// The older form of a group (contract 02 section 3.10). Null leaves tabs and sizes as they are (06 section 5.1).
struct Layout
{
    QString id;
    QString name;
    QStringList sessionIds;
    std::optional<QList<LayoutTab>> tabs;
    QString orientation = QStringLiteral("horizontal"); ///< any word is kept
    std::optional<QList<double>> sizes;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const Layout &, const Layout &) = default;
};

template <>
struct Schema<Layout>
{
    static constexpr const char *name = "Layout";
    static constexpr auto fields = std::tuple{
        field("id", &Layout::id, FieldFlag::ReadOnly),
        field("name", &Layout::name, FieldFlag::Required),
        field("session_ids", &Layout::sessionIds, FieldFlag::Required),
        field("tabs", &Layout::tabs, FieldFlag::NullKeeps),
        field("orientation", &Layout::orientation, FieldFlag::Required),
        field("sizes", &Layout::sizes, FieldFlag::NullKeeps),
        field("created_at", &Layout::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Layout::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<Layout>
{
    static constexpr const char *table = "layouts";
    static constexpr const char *order = "julianday(updated_at) DESC, rowid DESC";
    static constexpr const char *noun = "layout";
};

} // namespace agent
