#include "vault/vaultkey.h"

#include <mutex>

using namespace Qt::StringLiterals;

namespace agent {

Error vaultLocked(const QString &what)
{
    if (what.isEmpty())
        return {ErrorCode::VaultLocked, u"The vault is locked. Unlock the vault in Settings > Security first."_s};
    return {ErrorCode::VaultLocked,
            QString(what + u": the vault is locked. Unlock the vault in Settings > Security first."_s)};
}

bool VaultKey::isUnlocked() const
{
    const std::shared_lock lock(m_mutex);
    return m_box.has_value();
}

Result<QByteArray> VaultKey::seal(QByteArrayView text) const
{
    const std::shared_lock lock(m_mutex);
    if (!m_box)
        return vaultLocked();
    return m_box->seal(text);
}

Result<QByteArray> VaultKey::seal(const Secret &text) const
{
    return text.reveal([this](QByteArrayView bytes) { return seal(bytes); });
}

Result<Secret> VaultKey::open(QByteArrayView blob) const
{
    const std::shared_lock lock(m_mutex);
    if (!m_box)
        return vaultLocked();
    return m_box->open(blob);
}

void VaultKey::set(SecretBox box)
{
    const std::unique_lock lock(m_mutex);
    m_box = std::move(box);
}

bool VaultKey::replace(QByteArrayView oldSalt, SecretBox box)
{
    const std::unique_lock lock(m_mutex);
    if (!m_box || m_box->salt() != oldSalt)
        return false;
    m_box = std::move(box);
    return true;
}

bool VaultKey::clear()
{
    const std::unique_lock lock(m_mutex);
    const bool had = m_box.has_value();
    m_box.reset();
    return had;
}

} // namespace agent
