#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// What an MCP server offers (contract 07 section 8.1). Found when the agent connects; a person allows it.
struct McpTool
{
    QString id; ///< "<server id>:<name>"
    QString name;
    std::optional<QString> description;
    bool enabled = false;
    RawObject inputSchema; ///< a JSON Schema

    friend bool operator==(const McpTool &, const McpTool &) = default;
};

template <>
struct Schema<McpTool>
{
    static constexpr const char *name = "McpTool";
    static constexpr auto fields = std::tuple{
        field("id", &McpTool::id),
        field("name", &McpTool::name),
        field("description", &McpTool::description),
        field("enabled", &McpTool::enabled),
        field("input_schema", &McpTool::inputSchema),
    };
};

template <>
struct Table<McpTool>
{
    static constexpr const char *table = "mcp_tools";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "MCP tool";
};

} // namespace agent
