#pragma once

#include "core/result.h"
#include "core/task.h"

#include <QDateTime>
#include <QString>

#include <functional>
#include <optional>

namespace agent {

class Database;

/// What a certificate authority signed for us, as it came over the wire. Nothing of it is secret.
struct IssuedCertificate
{
    QString certificate; ///< an OpenSSH certificate line
    QString caPublicKey;
    QString validAfter;
    QString validBefore;
    quint64 serial = 0;
};

struct CertificateStatus
{
    bool valid = false;
    std::optional<QString> expiresAt; ///< RFC 3339 with `+00:00`
    std::optional<QString> publicKeyFingerprint;
    std::optional<QString> error;
};

/// The SSH certificate that an Enterprise controller would issue (contract 01 section 15). Dormant in Personal Mode:
/// nobody makes the key pair, and no connection uses the certificate. Main thread.
class SshCertificate
{
public:
    using Clock = std::function<QDateTime()>;

    /// `database` outlives this.
    explicit SshCertificate(Database &database, Clock clock = &QDateTime::currentDateTimeUtc);

    [[nodiscard]] Task<Result<CertificateStatus>> status();
    /// One OpenSSH line; empty when there is no key pair.
    [[nodiscard]] Task<Result<QString>> publicKey();
    /// Keeps the certificate for this run, and in the file if there is a key pair that it could belong to.
    [[nodiscard]] Task<Result<CertificateStatus>> store(IssuedCertificate issued);

private:
    [[nodiscard]] CertificateStatus statusFor(const QString &publicKey) const;

    Database &m_database;
    Clock m_clock;
    bool m_isHeld = false;
    std::optional<QDateTime> m_expiry; ///< of the held one; empty when its text could not be read
};

} // namespace agent
