#include "sshcert/sshcertificate.h"

#include "core/timestamp.h"
#include "storage/connection.h"
#include "storage/database.h"

#include <memory>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kFingerprintLength = 16;

/// RFC 3339, so with an offset: a time of no known zone says nothing about the expiry.
std::optional<QDateTime> parseTime(const QString &text)
{
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    if (!time.isValid() || time.timeSpec() == Qt::LocalTime)
        return std::nullopt;
    return time.toUTC();
}

/// The end of the key itself; a line is "<type> <base64> [comment]".
std::optional<QString> fingerprintOf(const QString &publicKey)
{
    const QStringList words = publicKey.split(u' ', Qt::SkipEmptyParts);
    if (words.size() < 2)
        return std::nullopt;
    return u"..."_s + words[1].last(std::min(kFingerprintLength, words[1].size()));
}

Result<QString> readPublicKey(Connection &connection)
{
    const auto key = connection.value(u"SELECT public_key_openssh FROM cert_auth_state WHERE id = 1"_s);
    if (!key)
        return key.error();
    return key->toString();
}

} // namespace

SshCertificate::SshCertificate(Database &database, Clock clock)
    : m_database(database)
    , m_clock(std::move(clock))
{
}

CertificateStatus SshCertificate::statusFor(const QString &publicKey) const
{
    CertificateStatus status;
    status.valid = m_isHeld && m_expiry && m_clock() < *m_expiry;
    if (m_expiry)
        status.expiresAt = m_expiry->toString(u"yyyy-MM-ddTHH:mm:ss"_s) + u"+00:00"_s;
    status.publicKeyFingerprint = fingerprintOf(publicKey);
    return status;
}

Task<Result<CertificateStatus>> SshCertificate::status()
{
    const auto key = co_await publicKey();
    if (!key)
        co_return key.error();
    co_return statusFor(*key);
}

Task<Result<QString>> SshCertificate::publicKey()
{
    co_return co_await m_database.read([](Connection &connection) { return readPublicKey(connection); });
}

Task<Result<CertificateStatus>> SshCertificate::store(IssuedCertificate issued)
{
    const auto key = co_await m_database.run([issued](Connection &connection) -> Result<QString> {
        const auto updated = connection.execute(
            u"UPDATE cert_auth_state SET certificate_openssh = ?, cert_expiry = ?, ca_public_key = ?, updated_at = ? "
            "WHERE id = 1"_s,
            {issued.certificate, issued.validBefore, issued.caPublicKey, Timestamp::now().toDatabaseText()});
        if (!updated)
            return updated.error();
        return readPublicKey(connection);
    });
    if (!key)
        co_return key.error();
    m_isHeld = true;
    m_expiry = parseTime(issued.validBefore);
    co_return statusFor(*key);
}

} // namespace agent
