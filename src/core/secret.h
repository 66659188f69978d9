#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

QT_FORWARD_DECLARE_CLASS(QDebug)

namespace agent {

/// A password, passphrase, token or key in memory: move-only, of fixed size, NUL-terminated for C, locked
/// against swapping where the system allows it, wiped when it goes. It is never converted to a QString,
/// never logged, compared in constant time. Text is UTF-8.
class Secret
{
public:
    Secret() = default;
    explicit Secret(QByteArrayView bytes);
    /// An all-zero secret of `size` bytes, to be filled through `fill`.
    static Secret ofSize(std::size_t size);
    /// Takes the bytes and wipes `source`, also where it was shared.
    static Secret takeFrom(QByteArray &source);

    Secret(Secret &&other) noexcept;
    Secret &operator=(Secret &&other) noexcept;
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;
    ~Secret();

    /// A copy on purpose: the caller says why a second one has to live.
    [[nodiscard]] Secret clone() const;

    [[nodiscard]] bool isEmpty() const { return m_size == 0; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool equals(QByteArrayView other) const;
    [[nodiscard]] bool equals(const Secret &other) const;

    /// Opens the secret for the time of one call.
    template <typename F>
    decltype(auto) reveal(F &&use) const
    {
        return std::forward<F>(use)(QByteArrayView(data(), qsizetype(m_size)));
    }
    template <typename F>
    decltype(auto) fill(F &&use)
    {
        return std::forward<F>(use)(m_bytes.get(), m_size);
    }

private:
    const char *data() const { return m_bytes ? m_bytes.get() : ""; }
    void clear() noexcept;

    std::unique_ptr<char[]> m_bytes;
    std::size_t m_size = 0;
};

QDebug operator<<(QDebug, const Secret &) = delete;

/// Overwrites bytes so that the compiler cannot leave it out.
void wipe(void *bytes, std::size_t size);
/// Overwrites the array's own buffer in place (never detaches), then empties it.
void wipe(QByteArray &bytes);
/// Compares in time that depends only on the lengths.
[[nodiscard]] bool equalInConstantTime(QByteArrayView a, QByteArrayView b);
/// Bytes from the system's cryptographic random generator. Aborts when it has none to give.
[[nodiscard]] QByteArray randomBytes(qsizetype count);

} // namespace agent
