#pragma once

#include "core/schema.h"
#include "sessions/session.h"

#include <QByteArray>

namespace agent {

class Connection;

/// The JSON file that sessions travel in (contract 02 section 3.7). No ids and no secrets: profiles, jump hosts and
/// folders are named. Fields that the older agent does not know are extra and optional.
struct ExportSnippet
{
    QString name;
    QString command;
    qint32 sortOrder = 0;
};

/// Only read, from files of old releases: keys belonged to sessions then.
struct ExportMappedKey
{
    QString keyCombo;
    QString command;
    std::optional<QString> description;
};

struct ExportSession
{
    QString name;
    std::optional<QString> folderName;
    QString host;
    quint16 port = 22;
    std::optional<QString> profileName;
    std::optional<QString> color;
    std::optional<QString> icon;
    bool autoReconnect = true;
    quint32 reconnectDelay = 5;
    quint32 scrollbackLines = 10000;
    bool localEcho = false;
    std::optional<qint32> fontSizeOverride;
    QList<ExportMappedKey> mappedKeys;
    QList<ExportSnippet> snippets;
    std::optional<QString> jumpHostName;
    QList<PortForward> portForwards;
    // Ours
    std::optional<QStringList> folderPath; ///< names from the root down
    SessionProtocol protocol = SessionProtocol::Ssh;
    CliFlavor cliFlavor = CliFlavor::Auto;
    std::optional<QString> terminalTheme;
    std::optional<QString> fontFamily;
    bool legacySsh = false;
    QStringList autoCommands;
    std::optional<QString> sftpStartPath;
    std::optional<QString> jumpSessionName;
    std::optional<QStringList> jumpChain; ///< jump hosts before `jumpHostName`, the first dialled first
    qint32 sortOrder = 0;
};

struct ExportFolder
{
    QString name;
    std::optional<QString> parentName;
    std::optional<QStringList> path; ///< ours: names from the root down to this folder
};

struct ExportData
{
    QString version = QStringLiteral("1.0");
    QString format = QStringLiteral("netstacks-sessions");
    QString exportedAt;
    QList<ExportSession> sessions;
    QList<ExportFolder> folders;
};

template <>
struct Schema<ExportSnippet>
{
    static constexpr const char *name = "ExportSnippet";
    static constexpr auto fields = std::tuple{
        field("name", &ExportSnippet::name, FieldFlag::Required),
        field("command", &ExportSnippet::command, FieldFlag::Required),
        field("sort_order", &ExportSnippet::sortOrder),
    };
};

template <>
struct Schema<ExportMappedKey>
{
    static constexpr const char *name = "ExportMappedKey";
    static constexpr auto fields = std::tuple{
        field("key_combo", &ExportMappedKey::keyCombo, FieldFlag::Required),
        field("command", &ExportMappedKey::command, FieldFlag::Required),
        field("description", &ExportMappedKey::description),
    };
};

template <>
struct Schema<ExportSession>
{
    static constexpr const char *name = "ExportSession";
    static constexpr auto fields = std::tuple{
        field("name", &ExportSession::name, FieldFlag::Required),
        field("folder_name", &ExportSession::folderName),
        field("host", &ExportSession::host, FieldFlag::Required),
        field("port", &ExportSession::port),
        field("profile_name", &ExportSession::profileName),
        field("color", &ExportSession::color),
        field("icon", &ExportSession::icon),
        field("auto_reconnect", &ExportSession::autoReconnect),
        field("reconnect_delay", &ExportSession::reconnectDelay),
        field("scrollback_lines", &ExportSession::scrollbackLines),
        field("local_echo", &ExportSession::localEcho),
        field("font_size_override", &ExportSession::fontSizeOverride),
        field("mapped_keys", &ExportSession::mappedKeys),
        field("snippets", &ExportSession::snippets),
        field("jump_host_name", &ExportSession::jumpHostName),
        field("port_forwards", &ExportSession::portForwards),
        field("folder_path", &ExportSession::folderPath, FieldFlag::OmitNull),
        field("protocol", &ExportSession::protocol),
        field("cli_flavor", &ExportSession::cliFlavor),
        field("terminal_theme", &ExportSession::terminalTheme),
        field("font_family", &ExportSession::fontFamily),
        field("legacy_ssh", &ExportSession::legacySsh),
        field("auto_commands", &ExportSession::autoCommands),
        field("sftp_start_path", &ExportSession::sftpStartPath),
        field("jump_session_name", &ExportSession::jumpSessionName, FieldFlag::OmitNull),
        field("jump_chain", &ExportSession::jumpChain, FieldFlag::OmitNull),
        field("sort_order", &ExportSession::sortOrder),
    };
};

template <>
struct Schema<ExportFolder>
{
    static constexpr const char *name = "ExportFolder";
    static constexpr auto fields = std::tuple{
        field("name", &ExportFolder::name, FieldFlag::Required),
        field("parent_name", &ExportFolder::parentName),
        field("path", &ExportFolder::path, FieldFlag::OmitNull),
    };
};

template <>
struct Schema<ExportData>
{
    static constexpr const char *name = "SessionExport";
    static constexpr auto fields = std::tuple{
        field("version", &ExportData::version),        field("format", &ExportData::format),
        field("exported_at", &ExportData::exportedAt), field("sessions", &ExportData::sessions, FieldFlag::Required),
        field("folders", &ExportData::folders),
    };
};

struct ImportResult
{
    qint64 sessionsCreated = 0;
    qint64 foldersCreated = 0;
    QStringList warnings;
};

template <>
struct Schema<ImportResult>
{
    static constexpr const char *name = "SessionImportResult";
    static constexpr auto fields = std::tuple{
        field("sessions_created", &ImportResult::sessionsCreated),
        field("folders_created", &ImportResult::foldersCreated),
        field("warnings", &ImportResult::warnings),
    };
};

/// On the database thread, in one transaction.
namespace sessions {

[[nodiscard]] Result<ExportData> exportAll(Connection &connection);
/// The session and its folder.
[[nodiscard]] Result<ExportData> exportSession(Connection &connection, const QString &id);
/// The folder, everything below it, and their sessions.
[[nodiscard]] Result<ExportData> exportFolder(Connection &connection, const QString &id);

/// What becomes of a session that cannot be created, or not with its jump.
enum class OnRefusal {
    Warn, ///< it is left out, or created without its jump; the others are kept
    Fail  ///< the import fails, naming it
};
/// Creates what the file names.
[[nodiscard]] Result<ImportResult> importData(Connection &connection, const ExportData &data,
                                              OnRefusal onRefusal = OnRefusal::Warn);

} // namespace sessions

} // namespace agent
