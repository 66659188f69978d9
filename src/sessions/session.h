#pragma once

#include "core/schema.h"
#include "profiles/cliflavor.h"
#include "storage/repository.h"

namespace agent {

enum class ForwardType { Local, Remote, Dynamic };

template <>
struct EnumWords<ForwardType>
{
    static constexpr std::array words{std::pair{ForwardType::Local, "local"}, std::pair{ForwardType::Remote, "remote"},
                                      std::pair{ForwardType::Dynamic, "dynamic"}};
};

/// A port forward that starts with the session's terminal. The id is made by the client.
struct PortForward
{
    QString id;
    ForwardType forwardType = ForwardType::Local;
    quint16 localPort = 0;
    std::optional<QString> remoteHost;
    std::optional<quint16> remotePort;
    std::optional<QString> bindAddress; ///< null: 127.0.0.1
    bool enabled = true;

    friend bool operator==(const PortForward &, const PortForward &) = default;
};

template <>
struct Schema<PortForward>
{
    static constexpr const char *name = "PortForward";
    static constexpr auto fields = std::tuple{
        field("id", &PortForward::id, FieldFlag::Required),
        field("forward_type", &PortForward::forwardType),
        field("local_port", &PortForward::localPort, FieldFlag::Required),
        field("remote_host", &PortForward::remoteHost),
        field("remote_port", &PortForward::remotePort),
        field("bind_address", &PortForward::bindAddress),
        field("enabled", &PortForward::enabled),
    };
};

enum class SessionProtocol { Ssh, Telnet };

template <>
struct EnumWords<SessionProtocol>
{
    static constexpr std::array words{std::pair{SessionProtocol::Ssh, "ssh"},
                                      std::pair{SessionProtocol::Telnet, "telnet"}};
};

/// A saved device (contract 02 section 3.1). All authentication comes from its profile.
struct Session
{
    QString id;
    QString name;
    std::optional<QString> folderId; ///< null: the root
    QString host;
    quint16 port = 22;
    std::optional<QString> color;
    std::optional<QString> icon;
    qint32 sortOrder = 0;
    std::optional<Timestamp> lastConnectedAt;
    Timestamp createdAt;
    Timestamp updatedAt;
    bool autoReconnect = true;
    quint32 reconnectDelay = 5; ///< seconds
    quint32 scrollbackLines = 10000;
    bool localEcho = false;
    std::optional<qint32> fontSizeOverride;
    std::optional<QString> fontFamily;
    std::optional<QString> terminalTheme;
    QString profileId; ///< empty only in rows that an old release left without one
    std::optional<qint64> netboxDeviceId;
    std::optional<QString> netboxSourceId;
    CliFlavor cliFlavor = CliFlavor::Auto;
    std::optional<QString> jumpHostId;
    std::optional<QString> jumpSessionId;
    QList<PortForward> portForwards;
    QStringList autoCommands;
    bool legacySsh = false;
    SessionProtocol protocol = SessionProtocol::Ssh;
    std::optional<QString> sftpStartPath;

    friend bool operator==(const Session &, const Session &) = default;
};

template <>
struct Schema<Session>
{
    static constexpr const char *name = "Session";
    static constexpr auto fields = std::tuple{
        field("id", &Session::id, FieldFlag::ReadOnly),
        field("name", &Session::name, FieldFlag::Required),
        field("folder_id", &Session::folderId),
        field("host", &Session::host, FieldFlag::Required),
        field("port", &Session::port),
        // The client's dialog sends null for these two on every save, and means "unchanged".
        field("color", &Session::color, FieldFlag::NullKeeps),
        field("icon", &Session::icon, FieldFlag::NullKeeps),
        field("sort_order", &Session::sortOrder, FieldFlag::UpdateOnly),
        field("last_connected_at", &Session::lastConnectedAt, FieldFlag::ReadOnly),
        field("created_at", &Session::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Session::updatedAt, FieldFlag::ReadOnly),
        field("auto_reconnect", &Session::autoReconnect),
        field("reconnect_delay", &Session::reconnectDelay),
        field("scrollback_lines", &Session::scrollbackLines),
        field("local_echo", &Session::localEcho),
        field("font_size_override", &Session::fontSizeOverride),
        field("font_family", &Session::fontFamily),
        field("terminal_theme", &Session::terminalTheme),
        field("profile_id", &Session::profileId, FieldFlag::Required),
        field("netbox_device_id", &Session::netboxDeviceId),
        field("netbox_source_id", &Session::netboxSourceId),
        fieldStoredAs<SessionCliFlavorStorage>("cli_flavor", &Session::cliFlavor),
        field("jump_host_id", &Session::jumpHostId),
        field("jump_session_id", &Session::jumpSessionId),
        field("port_forwards", &Session::portForwards, FieldFlag::EmptyIsNull),
        field("auto_commands", &Session::autoCommands, FieldFlag::EmptyIsNull),
        field("legacy_ssh", &Session::legacySsh),
        field("protocol", &Session::protocol),
        field("sftp_start_path", &Session::sftpStartPath),
    };
};

template <>
struct Table<Session>
{
    static constexpr const char *table = "sessions";
    static constexpr const char *order = "sort_order, name, id";
    static constexpr const char *noun = "session";
    // Dead columns that are NOT NULL with a CHECK (contract 02 section 1.4, rule 6).
    static constexpr const char *insertColumns = "username, auth_type";
    static constexpr const char *insertValues = "'', 'password'";
};

} // namespace agent
