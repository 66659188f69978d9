#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class TabType { Terminal, Topology, Document };

template <>
struct EnumWords<TabType>
{
    static constexpr std::array words{std::pair{TabType::Terminal, "terminal"},
                                      std::pair{TabType::Topology, "topology"},
                                      std::pair{TabType::Document, "document"}};
};

/// One tab of a group. Ids may dangle: deleting a session leaves the tab.
struct GroupTab
{
    TabType type = TabType::Terminal;
    std::optional<QString> sessionId;
    std::optional<QString> topologyId;
    std::optional<QString> documentId;
    std::optional<QString> documentName;

    friend bool operator==(const GroupTab &, const GroupTab &) = default;
};

template <>
struct Schema<GroupTab>
{
    static constexpr const char *name = "GroupTab";
    static constexpr auto fields = std::tuple{
        field("type", &GroupTab::type, FieldFlag::Required),
        field("session_id", &GroupTab::sessionId, FieldFlag::OmitNull),
        field("topology_id", &GroupTab::topologyId, FieldFlag::OmitNull),
        field("document_id", &GroupTab::documentId, FieldFlag::OmitNull),
        field("document_name", &GroupTab::documentName, FieldFlag::OmitNull),
    };
};

enum class LaunchAction { Alongside, Replace, NewWindow, Ask };

template <>
struct EnumWords<LaunchAction>
{
    static constexpr std::array words{
        std::pair{LaunchAction::Alongside, "alongside"}, std::pair{LaunchAction::Replace, "replace"},
        std::pair{LaunchAction::NewWindow, "new_window"}, std::pair{LaunchAction::Ask, "ask"}};
};

/// A saved set of tabs (contract 02 section 3.10). Its times are RFC 3339 texts passed through untouched.
struct Group
{
    QString id;
    QString name;
    QList<GroupTab> tabs;
    std::optional<QString> topologyId;
    std::optional<LaunchAction> defaultLaunchAction;
    QString createdAt;
    QString updatedAt;
    std::optional<QString> lastUsedAt;

    friend bool operator==(const Group &, const Group &) = default;
};

template <>
struct Schema<Group>
{
    static constexpr const char *name = "Group";
    static constexpr auto fields = std::tuple{
        field("id", &Group::id, FieldFlag::ReadOnly),
        field("name", &Group::name, FieldFlag::Required),
        field("tabs", &Group::tabs, FieldFlag::Required),
        field("topology_id", &Group::topologyId, FieldFlag::OmitNull),
        field("default_launch_action", &Group::defaultLaunchAction, FieldFlag::OmitNull),
        field("created_at", &Group::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Group::updatedAt, FieldFlag::ReadOnly),
        field("last_used_at", &Group::lastUsedAt, FieldFlag::OmitNull | FieldFlag::UpdateOnly),
    };
};

template <>
struct Table<Group>
{
    static constexpr const char *table = "groups";
    // Compared as times: rows copied from layouts hold the form with a space.
    static constexpr const char *order = "julianday(updated_at) DESC, rowid DESC";
    static constexpr const char *noun = "group";
};

} // namespace agent
