#pragma once

#include "core/schema.h"
#include "sessions/session.h"
#include "storage/repository.h"

namespace agent {

/// A port forward of its own, with the server it goes through (contract 04 section 2.1).
struct Tunnel
{
    QString id;
    QString name;
    QString host;
    quint16 port = 22;
    QString profileId;
    std::optional<QString> jumpHostId;
    std::optional<QString> jumpSessionId;
    ForwardType forwardType = ForwardType::Local;
    quint16 localPort = 0;
    QString bindAddress = QStringLiteral("127.0.0.1");
    std::optional<QString> remoteHost;
    std::optional<quint16> remotePort;
    bool autoStart = false;
    bool autoReconnect = true;
    quint32 maxRetries = 10; ///< 0: without end
    bool enabled = true;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const Tunnel &, const Tunnel &) = default;
};

template <>
struct Schema<Tunnel>
{
    static constexpr const char *name = "Tunnel";
    /// All but the times, which the forwards of sessions do not have.
    static constexpr auto definition = std::tuple{
        field("id", &Tunnel::id, FieldFlag::ReadOnly),
        field("name", &Tunnel::name, FieldFlag::Required),
        field("host", &Tunnel::host, FieldFlag::Required),
        field("port", &Tunnel::port),
        field("profile_id", &Tunnel::profileId, FieldFlag::Required),
        field("jump_host_id", &Tunnel::jumpHostId),
        field("jump_session_id", &Tunnel::jumpSessionId),
        field("forward_type", &Tunnel::forwardType),
        field("local_port", &Tunnel::localPort, FieldFlag::Required),
        field("bind_address", &Tunnel::bindAddress),
        field("remote_host", &Tunnel::remoteHost),
        field("remote_port", &Tunnel::remotePort),
        field("auto_start", &Tunnel::autoStart),
        field("auto_reconnect", &Tunnel::autoReconnect),
        field("max_retries", &Tunnel::maxRetries),
        field("enabled", &Tunnel::enabled, FieldFlag::UpdateOnly),
    };
    static constexpr auto fields =
        std::tuple_cat(definition, std::tuple{field("created_at", &Tunnel::createdAt, FieldFlag::ReadOnly),
                                              field("updated_at", &Tunnel::updatedAt, FieldFlag::ReadOnly)});
};

template <>
struct Table<Tunnel>
{
    static constexpr const char *table = "tunnels";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "tunnel";
};

enum class TunnelStatus { Disconnected, Connecting, Connected, Reconnecting, Failed };

template <>
struct EnumWords<TunnelStatus>
{
    static constexpr std::array words{
        std::pair{TunnelStatus::Disconnected, "disconnected"}, std::pair{TunnelStatus::Connecting, "connecting"},
        std::pair{TunnelStatus::Connected, "connected"}, std::pair{TunnelStatus::Reconnecting, "reconnecting"},
        std::pair{TunnelStatus::Failed, "failed"}};
};

/// What a tunnel does at the moment; nothing of it is stored. Starts at zero with every start.
struct TunnelState
{
    TunnelStatus status = TunnelStatus::Disconnected;
    std::optional<quint64> uptimeSecs; ///< while connected
    quint64 bytesTx = 0;               ///< payload from clients here into SSH
    quint64 bytesRx = 0;
    std::optional<QString> lastError;
    quint32 retryCount = 0;
};

template <>
struct Schema<TunnelState>
{
    static constexpr const char *name = "TunnelState";
    static constexpr auto fields = std::tuple{
        field("status", &TunnelState::status),        field("uptime_secs", &TunnelState::uptimeSecs),
        field("bytes_tx", &TunnelState::bytesTx),     field("bytes_rx", &TunnelState::bytesRx),
        field("last_error", &TunnelState::lastError), field("retry_count", &TunnelState::retryCount),
    };
};

/// A row of `GET /tunnels/status`.
struct TunnelRuntimeState : TunnelState
{
    QString tunnelId;
};

template <>
struct Schema<TunnelRuntimeState>
{
    static constexpr const char *name = "TunnelRuntimeState";
    static constexpr auto fields =
        std::tuple_cat(std::tuple{field("id", &TunnelRuntimeState::tunnelId)}, Schema<TunnelState>::fields);
};

/// A row of `GET /tunnels`.
struct TunnelWithState : Tunnel, TunnelState
{
    QString createdText; ///< empty for the forward of a session
    QString updatedText;
};

template <>
struct Schema<TunnelWithState>
{
    static constexpr const char *name = "TunnelWithState";
    static constexpr auto fields = std::tuple_cat(Schema<Tunnel>::definition, Schema<TunnelState>::fields,
                                                  std::tuple{field("created_at", &TunnelWithState::createdText),
                                                             field("updated_at", &TunnelWithState::updatedText)});
};

} // namespace agent
