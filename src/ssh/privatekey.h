#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "ssh/sshhandle.h"

#include <QString>

namespace agent {

/// Loads a private key: OpenSSH's format, PKCS#1, SEC1 and PKCS#8 PEM, plain or encrypted (also the old `DEK-Info`
/// way). Ed25519, ECDSA on the NIST curves, RSA. Blocks on the disk and on key derivation.
///
/// Unreadable file, missing passphrase, wrong passphrase and a format that is none are errors of their own
/// (KeyError); their texts name the file and nothing of its content.
[[nodiscard]] Result<SshKeyHandle> loadPrivateKey(const QString &path, const Secret &passphrase);

/// `~/x`, `~` and `%USERPROFILE%\x` below the user's home; anything else unchanged.
[[nodiscard]] QString expandHome(const QString &path);

/// The key together with the certificate beside its file (`<path>-cert.pub`, as OpenSSH names it), which the server may
/// want instead of the bare key. Null when there is none, or none that belongs to the key.
[[nodiscard]] SshKeyHandle withCertificate(const SshKeyHandle &key, const QString &path);

} // namespace agent
