#pragma once

#include "mcp/mcptool.h"

namespace agent {

enum class McpAuth { None, Bearer, ApiKey };

template <>
struct EnumWords<McpAuth>
{
    static constexpr std::array words{std::pair{McpAuth::None, "none"}, std::pair{McpAuth::Bearer, "bearer"},
                                      std::pair{McpAuth::ApiKey, "api-key"}};
};

/// A server of tools for the assistant (contract 07 section 8.1). Null in a change keeps what is there. Its token is in
/// the vault and never leaves it.
struct McpServer
{
    QString id;
    QString name;
    QString transportType = QStringLiteral("stdio"); ///< "sse" is Streamable HTTP; everything else starts a program
    QString command;
    QStringList args;
    std::optional<QString> url;
    McpAuth authType = McpAuth::None;
    QString serverType = QStringLiteral("custom");
    bool enabled = false;   ///< connect when the agent starts
    bool connected = false; ///< now
    QList<McpTool> tools;

    [[nodiscard]] bool isRemote() const { return transportType == QLatin1StringView("sse"); }
    friend bool operator==(const McpServer &, const McpServer &) = default;
};

template <>
struct Schema<McpServer>
{
    static constexpr const char *name = "McpServer";
    static constexpr auto fields = std::tuple{
        field("id", &McpServer::id, FieldFlag::ReadOnly),
        field("name", &McpServer::name, FieldFlag::Required),
        field("transport_type", &McpServer::transportType),
        field("command", &McpServer::command),
        field("args", &McpServer::args),
        field("url", &McpServer::url, FieldFlag::NullKeeps),
        field("auth_type", &McpServer::authType),
        field("server_type", &McpServer::serverType),
        field("enabled", &McpServer::enabled, FieldFlag::ReadOnly),
        field("connected", &McpServer::connected, FieldFlag::ReadOnly | FieldFlag::NotStored),
        field("tools", &McpServer::tools, FieldFlag::ReadOnly | FieldFlag::NotStored),
    };
};

template <>
struct Table<McpServer>
{
    static constexpr const char *table = "mcp_servers";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "MCP server";
};

} // namespace agent
