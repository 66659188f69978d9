#pragma once

#include "profiles/profile.h"
#include "sessionimport/importmodel.h"
#include "sessions/sessionexport.h"

namespace agent::sessionimport {

/// What an import would do, whatever the format it came from: shown as the preview, and sent back to confirm it
/// (docs/session-import.md). Sessions are those of the session export file; what is more stands beside them.

enum class Format { Auto, OpenSsh, PuttyRegistry, PuttyFiles, SecureCrt };

/// Beside the sessions that are there already.
enum class PlanState {
    New,
    Renamed,  ///< its name is taken by another session, so it gets the name proposed
    Duplicate ///< the same name, protocol, host and port are there
};
enum class PlanAction { Create, Skip };

struct PlannedFolder
{
    QStringList path;
    bool exists = false;
};

/// A login. One that exists is used as it is, and must still be what the preview saw.
struct PlannedProfile
{
    QString name;
    QString username;
    AuthType authType = AuthType::Password;
    std::optional<QString> keyPath;
    quint32 keepaliveInterval = 30; ///< seconds; 0 = none
    quint32 connectionTimeout = 30; ///< seconds
    bool exists = false;
};

struct PlannedJumpHost
{
    QString name;
    QString host;
    quint16 port = 22;
    QString profileName;
    bool exists = false;
};

struct PlannedSession
{
    ExportSession session;
    PlanState state = PlanState::New;
    PlanAction action = PlanAction::Create;
    std::optional<QString> sourceName; ///< in the file, where it differs
    std::optional<QString> file;
    std::optional<qint64> line;
};

struct ImportPlan
{
    Format format = Format::Auto;
    QList<PlannedFolder> folders; ///< shown only: sessions name theirs
    QList<PlannedProfile> profiles;
    QList<PlannedJumpHost> jumpHosts;
    QList<PlannedSession> sessions;
    QList<Warning> warnings;
    QStringList missingIncludes;
};

struct PlanResult
{
    qint64 sessionsCreated = 0;
    qint64 sessionsSkipped = 0;
    qint64 foldersCreated = 0;
    qint64 profilesCreated = 0;
    qint64 jumpHostsCreated = 0;
};

} // namespace agent::sessionimport

namespace agent {

template <>
struct EnumWords<sessionimport::Format>
{
    using Format = sessionimport::Format;
    static constexpr std::array words{std::pair{Format::Auto, "auto"}, std::pair{Format::OpenSsh, "openssh"},
                                      std::pair{Format::PuttyRegistry, "putty-registry"},
                                      std::pair{Format::PuttyFiles, "putty-files"},
                                      std::pair{Format::SecureCrt, "securecrt"}};
};

template <>
struct EnumWords<sessionimport::PlanState>
{
    using PlanState = sessionimport::PlanState;
    static constexpr std::array words{std::pair{PlanState::New, "new"}, std::pair{PlanState::Renamed, "renamed"},
                                      std::pair{PlanState::Duplicate, "duplicate"}};
};

template <>
struct EnumWords<sessionimport::PlanAction>
{
    using PlanAction = sessionimport::PlanAction;
    static constexpr std::array words{std::pair{PlanAction::Create, "create"}, std::pair{PlanAction::Skip, "skip"}};
};

template <>
struct Schema<sessionimport::PlannedFolder>
{
    using Model = sessionimport::PlannedFolder;
    static constexpr const char *name = "PlannedFolder";
    static constexpr auto fields = std::tuple{
        field("path", &Model::path, FieldFlag::Required),
        field("exists", &Model::exists),
    };
};

template <>
struct Schema<sessionimport::PlannedProfile>
{
    using Model = sessionimport::PlannedProfile;
    static constexpr const char *name = "PlannedProfile";
    static constexpr auto fields = std::tuple{
        field("name", &Model::name, FieldFlag::Required),
        field("username", &Model::username, FieldFlag::Required),
        field("auth_type", &Model::authType),
        field("key_path", &Model::keyPath),
        field("keepalive_interval", &Model::keepaliveInterval),
        field("connection_timeout", &Model::connectionTimeout),
        field("exists", &Model::exists),
    };
};

template <>
struct Schema<sessionimport::PlannedJumpHost>
{
    using Model = sessionimport::PlannedJumpHost;
    static constexpr const char *name = "PlannedJumpHost";
    static constexpr auto fields = std::tuple{
        field("name", &Model::name, FieldFlag::Required),
        field("host", &Model::host, FieldFlag::Required),
        field("port", &Model::port),
        field("profile_name", &Model::profileName, FieldFlag::Required),
        field("exists", &Model::exists),
    };
};

template <>
struct Schema<sessionimport::PlannedSession>
{
    using Model = sessionimport::PlannedSession;
    static constexpr const char *name = "PlannedSession";
    static constexpr auto fields = std::tuple{
        field("session", &Model::session, FieldFlag::Required),
        field("state", &Model::state),
        field("action", &Model::action),
        field("source_name", &Model::sourceName),
        field("file", &Model::file),
        field("line", &Model::line),
    };
};

template <>
struct Schema<sessionimport::ImportPlan>
{
    using Model = sessionimport::ImportPlan;
    static constexpr const char *name = "SessionImportPlan";
    static constexpr auto fields = std::tuple{
        field("format", &Model::format),
        field("folders", &Model::folders),
        field("profiles", &Model::profiles),
        field("jump_hosts", &Model::jumpHosts),
        field("sessions", &Model::sessions, FieldFlag::Required),
        field("warnings", &Model::warnings),
        field("missing_includes", &Model::missingIncludes),
    };
};

template <>
struct Schema<sessionimport::PlanResult>
{
    using Model = sessionimport::PlanResult;
    static constexpr const char *name = "SessionImportOutcome";
    static constexpr auto fields = std::tuple{
        field("sessions_created", &Model::sessionsCreated),    field("sessions_skipped", &Model::sessionsSkipped),
        field("folders_created", &Model::foldersCreated),      field("profiles_created", &Model::profilesCreated),
        field("jump_hosts_created", &Model::jumpHostsCreated),
    };
};

} // namespace agent
