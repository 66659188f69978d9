#include "vault/keyderivation.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

constexpr std::uint32_t kMemoryKiB = 19456;
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kLanes = 1;
constexpr std::uint32_t kVersion = 0x13;

struct KdfFree
{
    void operator()(EVP_KDF *kdf) const { EVP_KDF_free(kdf); }
    void operator()(EVP_KDF_CTX *context) const { EVP_KDF_CTX_free(context); }
};

/// OSSL_PARAM wants pointers to mutable data and only reads them.
template <typename T>
T *readOnly(const T *value)
{
    return const_cast<T *>(value);
}

/// OpenSSL leaves its last BLAKE2b state, whose first half is the key, in stack frames it has returned from (seen
/// with 3.5). Writes over what lies below the caller's frame; Argon2's own frames take less than 16 KiB.
Q_NEVER_INLINE void wipeStackBelow()
{
    std::array<char, 64 * 1024> frames;
    wipe(frames.data(), frames.size());
}

} // namespace

Result<Secret> deriveVaultKey(const Secret &password, QByteArrayView salt)
{
    const std::unique_ptr<EVP_KDF, KdfFree> kdf(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr));
    const std::unique_ptr<EVP_KDF_CTX, KdfFree> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    if (!context)
        return Error{ErrorCode::Encryption, u"this build of OpenSSL has no Argon2id"_s};

    Secret key = Secret::ofSize(kVaultKeySize);
    const bool derived = password.reveal([&](QByteArrayView bytes) {
        const std::array params = {
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, readOnly(bytes.data()),
                                              std::size_t(bytes.size())),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, readOnly(salt.data()), std::size_t(salt.size())),
            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, readOnly(&kPasses)),
            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, readOnly(&kMemoryKiB)),
            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, readOnly(&kLanes)),
            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_VERSION, readOnly(&kVersion)),
            OSSL_PARAM_construct_end(),
        };
        return key.fill([&](char *out, std::size_t size) {
            return EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char *>(out), size, params.data()) == 1;
        });
    });
    wipeStackBelow();
    if (!derived)
        return Error{ErrorCode::Encryption, u"the vault key could not be derived (out of memory?)"_s};
    return key;
}

} // namespace agent
