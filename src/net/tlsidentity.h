#pragma once

#include "core/result.h"
#include "core/secret.h"

#include <QByteArray>
#include <QSslCertificate>
#include <QSslKey>
#include <QString>
#include <QStringList>

namespace agent {

/// The self-signed certificate the agent shows on its port, and its key (contract 01 section 6): ECDSA P-256,
/// stable between launches, because each change makes the Terminal ask its user to trust anew.
class TlsIdentity
{
public:
    /// Where a pair lives and what it must say.
    struct Wanted
    {
        QString folder;
        QString baseName; ///< `<baseName>.crt` and `<baseName>.key`
        QString commonName;
        QStringList extraNames = {}; ///< beside localhost and 127.0.0.1; an IP literal becomes an address entry
    };

    static Wanted localPair(const QString &folder);
    /// The pair of a remote agent; `extraNames` as NETSTACKS_TLS_SANS gives them.
    static Wanted remotePair(const QString &folder, const QStringList &extraNames);
    /// Splits NETSTACKS_TLS_SANS: trimmed, empty ones dropped.
    static QStringList parseNames(const QString &commaSeparated);

    /// Reuses the pair on disk when it loads, key and certificate belong together, every wanted name is in it, it is
    /// valid now and for 30 days more; else makes a new one and replaces both files (0600 from the start). Blocks
    /// on the disk. Error Io or Encryption naming the file.
    static Result<TlsIdentity> loadOrCreate(const Wanted &wanted);

    [[nodiscard]] const QByteArray &certificatePem() const { return m_certificatePem; }
    [[nodiscard]] bool isNew() const { return m_isNew; }
    /// What `tls_installed.txt` holds once this certificate is trusted (contract 01 section 6.4).
    [[nodiscard]] QByteArray trustFlag() const;
    [[nodiscard]] QSslCertificate certificate() const;
    [[nodiscard]] QSslKey privateKey() const;

private:
    TlsIdentity(QByteArray certificatePem, Secret keyPem, bool isNew);

    QByteArray m_certificatePem;
    Secret m_keyPem;
    bool m_isNew = false;
};

} // namespace agent
