#pragma once

#include "core/schema.h"
#include "profiles/cliflavor.h"
#include "storage/repository.h"

namespace agent {

enum class AuthType { Password, Key };

template <>
struct EnumWords<AuthType>
{
    static constexpr std::array words{std::pair{AuthType::Password, "password"}, std::pair{AuthType::Key, "key"}};
};

/// How to log in to devices, without the secrets (contract 02 section 3.3).
struct Profile
{
    QString id;
    QString name;
    QString username;
    AuthType authType = AuthType::Password;
    std::optional<QString> keyPath;
    quint16 port = 22;
    quint32 keepaliveInterval = 30; ///< seconds; 0 = none
    quint32 connectionTimeout = 30; ///< seconds
    std::optional<QString> terminalTheme;
    std::optional<qint32> defaultFontSize;
    std::optional<QString> defaultFontFamily;
    quint32 scrollbackLines = 10000;
    bool localEcho = false;
    bool autoReconnect = true;
    quint32 reconnectDelay = 5; ///< seconds
    CliFlavor cliFlavor = CliFlavor::Auto;
    QStringList autoCommands;
    std::optional<QString> jumpHostId;
    std::optional<QString> jumpSessionId;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const Profile &, const Profile &) = default;
};

template <>
struct Schema<Profile>
{
    static constexpr const char *name = "Profile";
    static constexpr auto fields = std::tuple{
        field("id", &Profile::id, FieldFlag::ReadOnly),
        field("name", &Profile::name, FieldFlag::Required),
        field("username", &Profile::username, FieldFlag::Required),
        field("auth_type", &Profile::authType),
        field("key_path", &Profile::keyPath),
        field("port", &Profile::port),
        field("keepalive_interval", &Profile::keepaliveInterval),
        field("connection_timeout", &Profile::connectionTimeout),
        field("terminal_theme", &Profile::terminalTheme),
        field("default_font_size", &Profile::defaultFontSize),
        field("default_font_family", &Profile::defaultFontFamily),
        field("scrollback_lines", &Profile::scrollbackLines),
        field("local_echo", &Profile::localEcho),
        field("auto_reconnect", &Profile::autoReconnect),
        field("reconnect_delay", &Profile::reconnectDelay),
        fieldStoredAs<CliFlavorStorage>("cli_flavor", &Profile::cliFlavor),
        field("auto_commands", &Profile::autoCommands),
        field("jump_host_id", &Profile::jumpHostId),
        field("jump_session_id", &Profile::jumpSessionId),
        field("created_at", &Profile::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Profile::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<Profile>
{
    static constexpr const char *table = "credential_profiles";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "profile";
};

} // namespace agent
