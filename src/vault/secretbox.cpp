#include "vault/secretbox.h"

#include "core/leakcheck.h"
#include "vault/keyderivation.h"

#include <QtCrypto>

#include <cstring>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

constexpr qsizetype kHeadSize = kVaultSaltSize + SecretBox::kNonceSize;
constexpr int kSecureHeapKiB = 64; // grows when more is needed

/// Loads QCA and its OpenSSL provider (some 10 ms), at the first use so that starting up does not pay for it.
/// QCA ends itself with the application; the initializer is left to it.
bool cipherIsAvailable()
{
    static const bool available = [] {
        // qca-ossl loads OpenSSL's legacy provider, whose library context outlives the process's last clean-up.
        const KnownLeak providerContext;
        // Locking, not Practical: the latter falls back on a memory-mapped file, which may reach the disk.
        static const auto *const qca = new QCA::Initializer(QCA::Locking, kSecureHeapKiB);
        return qca && QCA::isSupported("aes256-gcm");
    }();
    return available;
}

QCA::SecureArray secureCopy(QByteArrayView bytes)
{
    QCA::SecureArray copy(int(bytes.size()));
    if (!bytes.isEmpty())
        std::memcpy(copy.data(), bytes.data(), std::size_t(bytes.size()));
    return copy;
}

QCA::Cipher cipherFor(QCA::Direction direction, const Secret &key, QByteArrayView nonce, QByteArrayView tag)
{
    const QCA::SymmetricKey secureKey = key.reveal([](QByteArrayView bytes) { return secureCopy(bytes); });
    const QCA::AuthTag authTag =
        tag.isEmpty() ? QCA::AuthTag(int(SecretBox::kTagSize)) : QCA::AuthTag(tag.toByteArray());
    return QCA::Cipher(u"aes256"_s, QCA::Cipher::GCM, QCA::Cipher::NoPadding, direction, secureKey,
                       QCA::InitializationVector(nonce.toByteArray()), authTag);
}

Error unavailable() { return {ErrorCode::Encryption, u"QCA's OpenSSL provider with AES-256-GCM is not installed"_s}; }

} // namespace

SecretBox::SecretBox(Secret key, QByteArray salt)
    : m_key(std::move(key))
    , m_salt(std::move(salt))
{
    Q_ASSERT(m_key.size() == kVaultKeySize && m_salt.size() == kVaultSaltSize);
}

Result<QByteArray> SecretBox::seal(QByteArrayView text) const { return sealWithNonce(text, randomBytes(kNonceSize)); }

Result<QByteArray> SecretBox::sealWithNonce(QByteArrayView text, QByteArrayView nonce) const
{
    Q_ASSERT(nonce.size() == kNonceSize);
    if (!cipherIsAvailable())
        return unavailable();
    QCA::Cipher cipher = cipherFor(QCA::Encode, m_key, nonce, {});
    const QByteArray sealed = cipher.process(secureCopy(text)).toByteArray();
    const QByteArray tag = cipher.tag().toByteArray();
    if (!cipher.ok() || sealed.size() != text.size() || tag.size() != kTagSize)
        return Error{ErrorCode::Encryption, u"the secret could not be encrypted"_s};
    QByteArray blob;
    blob.reserve(kHeadSize + sealed.size() + kTagSize);
    return blob.append(m_salt).append(nonce).append(sealed).append(tag);
}

Result<Secret> SecretBox::open(QByteArrayView blob) const
{
    if (!cipherIsAvailable())
        return unavailable();
    if (blob.size() < kHeadSize + kTagSize)
        return Error{ErrorCode::Encryption, u"the stored secret is damaged: it is too short"_s};
    const QByteArrayView nonce = blob.sliced(kVaultSaltSize, kNonceSize);
    const QByteArrayView sealed = blob.sliced(kHeadSize).chopped(kTagSize);
    QCA::Cipher cipher = cipherFor(QCA::Decode, m_key, nonce, blob.last(kTagSize));
    const QCA::SecureArray text = cipher.process(QCA::MemoryRegion(sealed.toByteArray()));
    if (!cipher.ok())
        return Error{ErrorCode::Encryption,
                     u"the stored secret cannot be decrypted: it is damaged or under another key"_s};
    const QByteArrayView bytes(text.constData(), text.size());
    if (!bytes.isValidUtf8())
        return Error{ErrorCode::Encryption, u"the stored secret is damaged: it does not hold text"_s};
    return Secret(bytes);
}

QByteArray SecretBox::saltOf(QByteArrayView blob)
{
    return blob.size() < kHeadSize ? QByteArray() : blob.first(kVaultSaltSize).toByteArray();
}

} // namespace agent
