#pragma once

#include <QByteArray>
#include <QList>

namespace agent {

enum class AlgorithmSet {
    Modern, ///< what a server kept up to date in the last ten years offers
    Legacy, ///< the same first, then what old network gear needs: SHA-1 exchanges, CBC, 3DES, HMAC-MD5
};

/// Comma-separated lists in order of preference (contract 03 section 4.3), as libssh's options take them.
struct AlgorithmLists
{
    QByteArray keyExchange;
    QByteArray hostKeys;
    QByteArray ciphers;
    QByteArray macs;
    /// Signature algorithms for a login with a key; `ssh-rsa` is last, libssh uses it when the server's
    /// `server-sig-algs` has nothing better.
    QByteArray publicKeys;
    int smallestRsaBits = 2048;
};

enum class CipherOrder {
    Usual, ///< ChaCha20-Poly1305 first, as OpenSSH has it
    Bulk,  ///< AES-GCM first: processors have instructions for it, which makes it several times as fast
};

/// `recordedTypes` are the types of the keys on record for the host; they are asked for first, so that a server
/// with several keys shows the one we can compare.
[[nodiscard]] AlgorithmLists algorithmsFor(AlgorithmSet set, const QList<QByteArray> &recordedTypes,
                                           CipherOrder order = CipherOrder::Usual);

} // namespace agent
