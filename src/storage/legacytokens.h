#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace agent {

class Connection;

/// A token of a 0.1.7 inventory source that waits for the vault.
///
/// 0.1.7 sealed the bare token text (`netbox_tokens`, `librenms_tokens`, `api_keys` rows `netdisco_<id>`); today
/// `api_resource_credentials` seals a JSON object (contract 02 section 2.2). The migration cannot open a blob, so it
/// puts it, still sealed, into `nsx_legacy_tokens`. What the vault does:
///
/// - after unlock, for each of legacyTokens(): open `sealed` (UTF-8 text), seal
///   `{"token":t,"username":null,"password":null}` for Form::Token or
///   `{"token":null,"username":username,"password":t}` for Form::Password, and call adoptLegacyToken();
///   a blob that cannot be opened stays where it is;
/// - when it wipes or resets: delete all rows of `nsx_legacy_tokens` (`kLegacyTokenTable`) too;
/// - when it changes the password: adopt first, or re-seal `encrypted_data` of that table like the others.
struct LegacyToken
{
    enum class Form { Token, Password };

    QString apiResourceId;
    QString username;  ///< empty for Form::Token
    QByteArray sealed; ///< salt, nonce, cipher text, tag, as everywhere
    Form form = Form::Token;
};

inline constexpr char16_t kLegacyTokenTable[] = u"nsx_legacy_tokens";

[[nodiscard]] Result<QList<LegacyToken>> legacyTokens(Connection &connection);

/// Stores `sealedCredential` for the resource, unless the user has given it a newer one meanwhile, and forgets the
/// old token. In a write transaction.
[[nodiscard]] Status adoptLegacyToken(Connection &connection, const QString &apiResourceId,
                                      const QByteArray &sealedCredential);

} // namespace agent
