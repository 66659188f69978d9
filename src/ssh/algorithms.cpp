#include "ssh/algorithms.h"

#include <algorithm>

namespace agent {

namespace {

// libssh leaves out silently what it was built without: Debian's 0.11 has no hmac-md5 and no post-quantum exchange.
constexpr const char *kKeyExchange =
    "mlkem768x25519-sha256,sntrup761x25519-sha512,"
    "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
    "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512,"
    "diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group14-sha256";
constexpr const char *kOldKeyExchange = ",diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,"
                                        "diffie-hellman-group1-sha1";
constexpr const char *kCiphers = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
                                 "aes256-ctr,aes192-ctr,aes128-ctr";
constexpr const char *kBulkCiphers = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
                                     "aes256-ctr,aes192-ctr,aes128-ctr";
constexpr const char *kOldCiphers = ",aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
constexpr const char *kMacs = "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256";
constexpr const char *kOldMacs = ",hmac-sha1-etm@openssh.com,hmac-sha1,hmac-md5-etm@openssh.com,hmac-md5";
constexpr const char *kPublicKeys = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
                                    "rsa-sha2-512,rsa-sha2-256,ssh-rsa,"
                                    "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
                                    "ecdsa-sha2-nistp384-cert-v01@openssh.com,"
                                    "ecdsa-sha2-nistp521-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,"
                                    "rsa-sha2-256-cert-v01@openssh.com,ssh-rsa-cert-v01@openssh.com";

constexpr int kModernRsaBits = 1024; // many switches still make these; smaller ones are legacy
constexpr int kLegacyRsaBits = 768;

/// The key type behind a signature algorithm: RSA keys sign in three ways (RFC 8332).
QByteArray keyTypeOf(const QByteArray &algorithm)
{
    return algorithm.startsWith("rsa-sha2-") ? QByteArrayLiteral("ssh-rsa") : algorithm;
}

QByteArray hostKeys(AlgorithmSet set, const QList<QByteArray> &recordedTypes)
{
    QList<QByteArray> algorithms{"ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                 "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256"};
    if (set == AlgorithmSet::Legacy)
        algorithms.append("ssh-rsa");
    std::stable_partition(algorithms.begin(), algorithms.end(),
                          [&](const QByteArray &algorithm) { return recordedTypes.contains(keyTypeOf(algorithm)); });
    return algorithms.join(',');
}

} // namespace

AlgorithmLists algorithmsFor(AlgorithmSet set, const QList<QByteArray> &recordedTypes, CipherOrder order)
{
    AlgorithmLists lists{.keyExchange = kKeyExchange,
                         .hostKeys = hostKeys(set, recordedTypes),
                         .ciphers = order == CipherOrder::Bulk ? kBulkCiphers : kCiphers,
                         .macs = kMacs,
                         .publicKeys = kPublicKeys,
                         .smallestRsaBits = kModernRsaBits};
    if (set == AlgorithmSet::Legacy) {
        lists.keyExchange += kOldKeyExchange;
        lists.ciphers += kOldCiphers;
        lists.macs += kOldMacs;
        lists.smallestRsaBits = kLegacyRsaBits;
    }
    return lists;
}

} // namespace agent
