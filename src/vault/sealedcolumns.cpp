#include "vault/sealedcolumns.h"

#include <array>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

constexpr std::array kSealedColumns = {
    SealedColumn{"profile_credentials"_L1, "profile_id"_L1, "encrypted_data"_L1, OnWipe::DeleteRow},
    SealedColumn{"credentials"_L1, "session_id"_L1, "encrypted_data"_L1, OnWipe::DeleteRow},
    SealedColumn{"api_keys"_L1, "key_type"_L1, "encrypted_data"_L1, OnWipe::DeleteRow},
    SealedColumn{"api_resource_credentials"_L1, "api_resource_id"_L1, "encrypted_data"_L1, OnWipe::DeleteRow},
    SealedColumn{"documents"_L1, "id"_L1, "encrypted_content"_L1, OnWipe::SetNull},
    SealedColumn{"document_versions"_L1, "id"_L1, "encrypted_content"_L1, OnWipe::SetNull},
    SealedColumn{"mapped_keys"_L1, "id"_L1, "command_encrypted"_L1, OnWipe::DeleteSecretRow},
    SealedColumn{"mcp_servers"_L1, "id"_L1, "auth_token_encrypted"_L1, OnWipe::SetNull},
    // The reference seals this one under a salt of its own; like any blob it opens under the verification salt too.
    SealedColumn{"cert_auth_state"_L1, "id"_L1, "private_key_encrypted"_L1, OnWipe::DeleteRow},
    // Tokens of a 0.1.7 file that wait for the next unlock (storage/legacytokens.h).
    SealedColumn{"nsx_legacy_tokens"_L1, "api_resource_id"_L1, "encrypted_data"_L1, OnWipe::DeleteRow},
};

constexpr std::array kPlainSecretColumns = {
    PlainSecretColumn{"git_accounts"_L1, "credential"_L1, "''"_L1},
    PlainSecretColumn{"mcp_servers"_L1, "auth_token"_L1, "NULL"_L1}, // of rows that nobody has saved since 0.1.7
};

} // namespace

std::span<const SealedColumn> sealedColumns() { return kSealedColumns; }

std::span<const PlainSecretColumn> plainSecretColumns() { return kPlainSecretColumns; }

} // namespace agent
