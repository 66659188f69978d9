#include "core/secret.h"

#include <algorithm>
#include <cstring>
#include <openssl/crypto.h>

#ifdef Q_OS_UNIX // mlock has no Qt face; elsewhere the bytes are only wiped
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#else
#include <openssl/rand.h>
#endif

namespace agent {

namespace {

std::unique_ptr<char[]> allocate(std::size_t size)
{
    auto bytes = std::make_unique<char[]>(size + 1); // value-initialised: zeroes, and the final NUL
#ifdef Q_OS_UNIX
    mlock(bytes.get(), size + 1); // best effort: the limit may be small
#endif
    return bytes;
}

} // namespace

Secret::Secret(QByteArrayView bytes)
    : m_bytes(allocate(std::size_t(bytes.size())))
    , m_size(std::size_t(bytes.size()))
{
    if (!bytes.isEmpty())
        std::memcpy(m_bytes.get(), bytes.data(), m_size);
}

Secret Secret::ofSize(std::size_t size)
{
    Secret secret;
    secret.m_bytes = allocate(size);
    secret.m_size = size;
    return secret;
}

Secret Secret::takeFrom(QByteArray &source)
{
    Secret secret{QByteArrayView(source)};
    wipe(source);
    return secret;
}

Secret::Secret(Secret &&other) noexcept
    : m_bytes(std::move(other.m_bytes))
    , m_size(std::exchange(other.m_size, 0))
{
}

Secret &Secret::operator=(Secret &&other) noexcept
{
    if (this != &other) {
        clear();
        m_bytes = std::move(other.m_bytes);
        m_size = std::exchange(other.m_size, 0);
    }
    return *this;
}

Secret::~Secret() { clear(); }

Secret Secret::clone() const { return Secret(QByteArrayView(data(), qsizetype(m_size))); }

bool Secret::equals(QByteArrayView other) const
{
    return equalInConstantTime(QByteArrayView(data(), qsizetype(m_size)), other);
}

bool Secret::equals(const Secret &other) const { return equals(QByteArrayView(other.data(), qsizetype(other.m_size))); }

void Secret::clear() noexcept
{
    if (!m_bytes)
        return;
    wipe(m_bytes.get(), m_size);
    // No munlock: locks are per page and do not nest, and a neighbour's secret may lie on the same page.
    m_bytes.reset();
    m_size = 0;
}

void wipe(void *bytes, std::size_t size) { OPENSSL_cleanse(bytes, size); }

void wipe(QByteArray &bytes)
{
    // data() would detach from other owners and wipe a copy; constData() is the shared buffer itself.
    if (!bytes.isEmpty())
        OPENSSL_cleanse(const_cast<char *>(bytes.constData()), std::size_t(bytes.size()));
    bytes = {};
}

bool equalInConstantTime(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), std::size_t(a.size())) == 0;
}

QByteArray randomBytes(qsizetype count)
{
    QByteArray bytes(count, Qt::Uninitialized);
#ifdef Q_OS_UNIX
    // Not OpenSSL's generator: it keeps a state in every thread that asks, which a thread that ends together with the
    // program does not give back.
    constexpr qsizetype kAtOnce = 256; // what getentropy gives
    for (qsizetype at = 0; at < count; at += kAtOnce) {
        if (getentropy(bytes.data() + at, std::size_t(std::min(kAtOnce, count - at))) != 0)
            qFatal("the system's random generator failed");
    }
#else
    if (RAND_bytes(reinterpret_cast<unsigned char *>(bytes.data()), int(count)) != 1)
        qFatal("the system's random generator failed");
#endif
    return bytes;
}

} // namespace agent
