#include "vault/vaultkey.h"

#include <utility>

using namespace Qt::StringLiterals;

namespace agent {

Error vaultLocked(const QString &what)
{
    if (what.isEmpty())
        return {ErrorCode::VaultLocked, u"The vault is locked. Unlock the vault in Settings > Security first."_s};
    return {ErrorCode::VaultLocked,
            QString(what + u": the vault is locked. Unlock the vault in Settings > Security first."_s)};
}

std::shared_ptr<const SecretBox> VaultKey::current() const
{
    const QMutexLocker lock(&m_mutex);
    return m_box;
}

bool VaultKey::isUnlocked() const { return current() != nullptr; }

Result<QByteArray> VaultKey::seal(QByteArrayView text) const
{
    const auto box = current();
    if (!box)
        return vaultLocked();
    if (!text.isValidUtf8()) // it would never open again
        return Error{ErrorCode::Validation, u"A secret must be valid UTF-8 text."_s};
    return box->seal(text);
}

Result<QByteArray> VaultKey::seal(const Secret &text) const
{
    return text.reveal([this](QByteArrayView bytes) { return seal(bytes); });
}

Result<Secret> VaultKey::open(QByteArrayView blob) const
{
    const auto box = current();
    if (!box)
        return vaultLocked();
    return box->open(blob);
}

void VaultKey::set(SecretBox box)
{
    const auto fresh = std::make_shared<const SecretBox>(std::move(box));
    const QMutexLocker lock(&m_mutex);
    m_box = fresh;
}

bool VaultKey::replace(QByteArrayView oldSalt, SecretBox box)
{
    const auto fresh = std::make_shared<const SecretBox>(std::move(box));
    const QMutexLocker lock(&m_mutex);
    if (!m_box || m_box->salt() != oldSalt)
        return false;
    m_box = fresh;
    return true;
}

bool VaultKey::clear()
{
    const QMutexLocker lock(&m_mutex);
    return std::exchange(m_box, nullptr) != nullptr;
}

} // namespace agent
