#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace agent {

/// A server's public key.
struct HostKey
{
    QByteArray type; ///< as in the blob: "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"
    QByteArray blob; ///< SSH wire format (RFC 4253 section 6.6)

    friend bool operator==(const HostKey &, const HostKey &) = default;
};

/// `SHA256:` and unpadded base64 over the blob, as `ssh-keygen -lf` prints it.
[[nodiscard]] QByteArray fingerprintOf(const HostKey &key);

/// The algorithm name a key blob begins with; empty when the blob has no such name.
[[nodiscard]] QByteArray typeOfBlob(QByteArrayView blob);

} // namespace agent
