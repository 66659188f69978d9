#pragma once

#include "core/result.h"
#include "core/secret.h"

#include <QByteArray>
#include <QByteArrayView>

namespace agent {

/// One vault key with its salt: seals texts into blobs and opens them again (contract 02 section 2.1).
///
/// Blob: salt (32) | nonce (12) | ciphertext | tag (16). AES-256-GCM (NIST SP 800-38D) without AAD, a fresh random
/// nonce per blob. Immutable, so any thread may use it; a blob is cipher bytes and harmless to copy.
class SecretBox
{
public:
    static constexpr qsizetype kNonceSize = 12;
    static constexpr qsizetype kTagSize = 16;

    /// `key` is 32 bytes, `salt` the 32 bytes it was derived with.
    SecretBox(Secret key, QByteArray salt);

    [[nodiscard]] Result<QByteArray> seal(QByteArrayView text) const;
    /// For published vectors: `nonce` must never be used twice with one key.
    [[nodiscard]] Result<QByteArray> sealWithNonce(QByteArrayView text, QByteArrayView nonce) const;
    /// @return Encryption when the blob is short, was changed, is under another key, or does not hold UTF-8. The
    /// blob's own salt is not looked at.
    [[nodiscard]] Result<Secret> open(QByteArrayView blob) const;

    [[nodiscard]] QByteArray salt() const { return m_salt; }

    /// The salt a blob names; empty when the blob is too short to have one.
    [[nodiscard]] static QByteArray saltOf(QByteArrayView blob);

private:
    Secret m_key;
    QByteArray m_salt;
};

} // namespace agent
