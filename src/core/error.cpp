#include "core/error.h"

namespace agent {

namespace {

struct Mapping
{
    int status;
    const char *word;
};

Mapping mappingOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::BadRequest:
        return {400, "VALIDATION"};
    case ErrorCode::Validation:
        return {400, "VALIDATION"};
    case ErrorCode::WrongShape:
        return {422, "VALIDATION"};
    case ErrorCode::WrongContentType:
        return {415, "VALIDATION"};
    case ErrorCode::InvalidUrl:
        return {400, "INVALID_URL"};
    case ErrorCode::InvalidPassword:
        return {401, "INVALID_PASSWORD"};
    case ErrorCode::VaultLocked:
        return {403, "VAULT_LOCKED"};
    case ErrorCode::AccessDenied:
        return {403, "ACCESS_DENIED"};
    case ErrorCode::NotFound:
        return {404, "NOT_FOUND"};
    case ErrorCode::SftpSession:
        return {404, "SESSION_NOT_FOUND"};
    case ErrorCode::SftpNotFound:
        return {404, "SFTP_ERROR"};
    case ErrorCode::SftpDenied:
        return {403, "SFTP_ERROR"};
    case ErrorCode::Conflict:
        return {409, "CONFLICT"};
    case ErrorCode::Gone:
        return {410, "GONE"};
    case ErrorCode::TooLarge:
        return {413, "VALIDATION"};
    case ErrorCode::RateLimited:
        return {429, "RATE_LIMITED"};
    case ErrorCode::Internal:
        return {500, "INTERNAL_ERROR"};
    case ErrorCode::Database:
    case ErrorCode::DatabaseDamaged:
        return {500, "DATABASE_ERROR"};
    case ErrorCode::Encryption:
        return {500, "ENCRYPTION_ERROR"};
    case ErrorCode::Io:
        return {500, "IO_ERROR"};
    case ErrorCode::Config:
        return {500, "CONFIG_ERROR"};
    case ErrorCode::InvalidPath:
        return {500, "INVALID_PATH"};
    case ErrorCode::ShellNotFound:
        return {500, "SHELL_NOT_FOUND"};
    case ErrorCode::HostKeyRemoveFailed:
        return {500, "HOST_KEY_REMOVE_FAILED"};
    case ErrorCode::ConnectionFailed:
        return {500, "CONNECTION_FAILED"};
    case ErrorCode::AuthFailed:
        return {500, "AUTH_FAILED"};
    case ErrorCode::AuthMissing:
        return {500, "AUTH_MISSING"};
    case ErrorCode::KeyError:
        return {500, "KEY_ERROR"};
    case ErrorCode::ChannelError:
        return {500, "CHANNEL_ERROR"};
    case ErrorCode::Tunnel:
        return {500, "TUNNEL_ERROR"};
    case ErrorCode::HttpClient:
        return {502, "HTTP_CLIENT"};
    case ErrorCode::AuthFlow:
        return {502, "AUTH_FLOW"};
    case ErrorCode::HttpTimeout:
        return {504, "HTTP_CLIENT"};
    case ErrorCode::Sftp:
        return {500, "SFTP_ERROR"};
    case ErrorCode::NotImplemented:
        return {501, "NOT_IMPLEMENTED"};
    case ErrorCode::BiometricUnsupported:
        return {501, "BIOMETRIC_UNSUPPORTED"};
    case ErrorCode::StorageFull:
        return {507, "DATABASE_ERROR"};
    case ErrorCode::Unavailable:
        return {503, "UNAVAILABLE"};
    case ErrorCode::Cancelled:
        return {499, "CANCELLED"};
    }
    Q_UNREACHABLE_RETURN((Mapping{500, "INTERNAL_ERROR"}));
}

} // namespace

int httpStatus(ErrorCode code) { return mappingOf(code).status; }

QByteArray wireCode(ErrorCode code) { return mappingOf(code).word; }

} // namespace agent
