#pragma once

#include <QByteArray>
#include <QString>

#include <chrono>

namespace agent {

/// What went wrong, for machines. Each code has one HTTP status and one wire word (contract 01 section 8.5).
enum class ErrorCode {
    // 4xx: the caller can do something about it
    BadRequest,       ///< 400 VALIDATION: body is not JSON, or the query is malformed
    Validation,       ///< 400 VALIDATION: well-formed, but a rule forbids it
    WrongShape,       ///< 422 VALIDATION: JSON of the wrong shape (missing field, wrong type, unknown enum word)
    WrongContentType, ///< 415 VALIDATION
    InvalidUrl,       ///< 400 INVALID_URL: malformed, or it leads where the agent does not go
    InvalidPassword,  ///< 401 INVALID_PASSWORD
    VaultLocked,      ///< 403 VAULT_LOCKED
    AccessDenied,     ///< 403 ACCESS_DENIED
    NotFound,         ///< 404 NOT_FOUND
    SftpSession,      ///< 404 SESSION_NOT_FOUND: no such SFTP connection
    SftpNotFound,     ///< 404 SFTP_ERROR: no such file on the device
    SftpDenied,       ///< 403 SFTP_ERROR: the device does not permit it
    Conflict,         ///< 409 CONFLICT
    Gone,             ///< 410 GONE
    TooLarge,         ///< 413 VALIDATION
    RateLimited,      ///< 429 RATE_LIMITED
    // 5xx
    Internal,             ///< 500 INTERNAL_ERROR
    Database,             ///< 500 DATABASE_ERROR
    DatabaseDamaged,      ///< 500 DATABASE_ERROR: the file itself is at fault
    Encryption,           ///< 500 ENCRYPTION_ERROR
    Io,                   ///< 500 IO_ERROR
    Config,               ///< 500 CONFIG_ERROR
    InvalidPath,          ///< 500 INVALID_PATH
    ShellNotFound,        ///< 500 SHELL_NOT_FOUND
    HostKeyRemoveFailed,  ///< 500 HOST_KEY_REMOVE_FAILED
    ConnectionFailed,     ///< 500 CONNECTION_FAILED
    AuthFailed,           ///< 500 AUTH_FAILED
    AuthMissing,          ///< 500 AUTH_MISSING
    KeyError,             ///< 500 KEY_ERROR
    ChannelError,         ///< 500 CHANNEL_ERROR
    Tunnel,               ///< 500 TUNNEL_ERROR
    Sftp,                 ///< 500 SFTP_ERROR
    NotImplemented,       ///< 501 NOT_IMPLEMENTED
    HttpClient,           ///< 502 HTTP_CLIENT: a web service could not be reached, or its answer not be used
    AuthFlow,             ///< 502 AUTH_FLOW: the login to a web service failed
    HttpTimeout,          ///< 504 HTTP_CLIENT
    BiometricUnsupported, ///< 501 BIOMETRIC_UNSUPPORTED
    StorageFull,          ///< 507 DATABASE_ERROR: the disk is full
    Unavailable,          ///< 503 UNAVAILABLE: the agent is stopping or over a limit
    Cancelled,            ///< 499, never seen by a client: it is gone
};

/// An expected failure: a code for machines, a text for people, and the name of the input field at fault, if any.
/// The text names the thing ("jump host 'edge-1': vault is locked") and never holds a secret.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    QString message;
    QString field = {};
    std::chrono::seconds retryAfter{0}; ///< for RateLimited: when another try makes sense
    const char *word = nullptr; ///< a literal: the `code` of rooms whose contract has words of its own; else the code's
};

[[nodiscard]] int httpStatus(ErrorCode code);
/// The `code` of the `ApiError` body.
[[nodiscard]] QByteArray wireCode(ErrorCode code);

} // namespace agent
