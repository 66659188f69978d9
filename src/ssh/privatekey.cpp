#include "ssh/privatekey.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// An RSA key of 16,384 bits in PEM is 13 KB.
constexpr qint64 kMaxKeyBytes = 64 * 1024;

constexpr QByteArrayView kOpenSshHead = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr QByteArrayView kOpenSshTail = "-----END OPENSSH PRIVATE KEY-----";

Error keyError(const QString &path, const QString &what)
{
    return Error{ErrorCode::KeyError, u"key file %1: %2"_s.arg(path, what)};
}

Result<Secret> readKeyFile(const QString &shownPath, const QString &path)
{
    const QFileInfo info(path);
    if (!info.exists())
        return keyError(shownPath, u"it does not exist or may not be read"_s);
    if (!info.isFile())
        return keyError(shownPath, u"it is not a file"_s);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return keyError(shownPath, u"it cannot be read: %1"_s.arg(file.errorString()));
    QByteArray bytes(kMaxKeyBytes + 1, Qt::Uninitialized);
    qint64 size = 0;
    while (size < bytes.size()) {
        const qint64 count = file.read(bytes.data() + size, bytes.size() - size);
        if (count < 0) {
            wipe(bytes);
            return keyError(shownPath, u"it cannot be read: %1"_s.arg(file.errorString()));
        }
        if (count == 0)
            break;
        size += count;
    }
    Secret secret(QByteArrayView(bytes.constData(), qMin(size, kMaxKeyBytes)));
    wipe(bytes);
    if (size > kMaxKeyBytes)
        return keyError(shownPath, u"it is too large to be a private key"_s);
    return secret;
}

/// The container of OpenSSH names its cipher right after the magic word ("PROTOCOL.key" of OpenSSH, section 1).
bool isEncryptedOpenSsh(QByteArrayView text)
{
    const qsizetype end = text.indexOf(kOpenSshTail);
    const QByteArrayView body =
        end < 0 ? text.sliced(kOpenSshHead.size()) : text.sliced(kOpenSshHead.size(), end - kOpenSshHead.size());
    constexpr QByteArrayView kPlain("openssh-key-v1\0\0\0\0\4none", 23);
    // The first bytes only: they hold no key material.
    const QByteArray head =
        QByteArray::fromBase64(body.trimmed().first(qMin(body.trimmed().size(), qsizetype(64))).toByteArray());
    return !head.startsWith(kPlain);
}

bool isEncrypted(QByteArrayView text)
{
    if (text.startsWith(kOpenSshHead))
        return isEncryptedOpenSsh(text);
    return text.startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED");
}

/// Keeps OpenSSL from asking for a passphrase on the terminal of the agent.
int refuseToAsk(const char *, char *, size_t, int, int, void *) { return -1; }

} // namespace

Result<SshKeyHandle> loadPrivateKey(const QString &shownPath, const Secret &passphrase)
{
    const QString path = expandHome(shownPath);
    auto content = readKeyFile(shownPath, path);
    if (!content)
        return std::move(content).error();
    return content->reveal([&](QByteArrayView bytes) -> Result<SshKeyHandle> {
        const QByteArrayView text = bytes.trimmed();
        if (text.startsWith("PuTTY-User-Key-File-"))
            return keyError(shownPath, u"it has PuTTY's format; export it as an OpenSSH key with PuTTYgen"_s);
        if (!text.startsWith("-----BEGIN ") || !text.contains("PRIVATE KEY-----"))
            return keyError(shownPath, u"it is not a private key in OpenSSH or PEM format"_s);
        const bool encrypted = isEncrypted(text);
        if (encrypted && passphrase.isEmpty())
            return keyError(shownPath, u"it is encrypted and no passphrase is stored for it"_s);
        ssh_key key = nullptr;
        const int rc = passphrase.reveal([&](QByteArrayView phrase) {
            // Both are NUL-terminated, as Secret promises; trimming the front keeps that.
            return ssh_pki_import_privkey_base64(text.data(), encrypted ? phrase.data() : nullptr, refuseToAsk, nullptr,
                                                 &key);
        });
        if (rc == SSH_OK)
            return SshKeyHandle(key);
        return keyError(shownPath, encrypted ? u"the passphrase is wrong, or the file is damaged"_s
                                             : u"it is damaged, or of a kind that is not supported"_s);
    });
}

SshKeyHandle withCertificate(const SshKeyHandle &key, const QString &shownPath)
{
    const QFileInfo info(expandHome(shownPath) + "-cert.pub"_L1);
    if (!info.isFile() || info.size() > kMaxKeyBytes)
        return nullptr;
    ssh_key raw = nullptr;
    if (ssh_pki_import_cert_file(QFile::encodeName(info.filePath()).constData(), &raw) != SSH_OK)
        return nullptr;
    const SshKeyHandle certificate(raw);
    SshKeyHandle certified(ssh_key_dup(key.get()));
    if (!certified || ssh_key_cmp(key.get(), certificate.get(), SSH_KEY_CMP_PUBLIC) != 0 ||
        ssh_pki_copy_cert_to_privkey(certificate.get(), certified.get()) != SSH_OK)
        return nullptr;
    return certified;
}

QString expandHome(const QString &path)
{
    if (path == "~"_L1)
        return QDir::homePath();
    if (path.startsWith("~/"_L1) || path.startsWith("~\\"_L1))
        return QDir::homePath() + u'/' + path.sliced(2);
    constexpr QLatin1StringView kProfile("%USERPROFILE%");
    if (path.startsWith(kProfile, Qt::CaseInsensitive))
        return QString(QDir::homePath() + path.sliced(kProfile.size()));
    return path;
}

} // namespace agent
