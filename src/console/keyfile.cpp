#include "console/keyfile.h"

#include "core/secret.h"

#include <QFile>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxKeyFile = 64 * 1024; // a 16,384-bit RSA key has 13 KB

/// OpenSSH's PROTOCOL.key: "openssh-key-v1\0", then the cipher's name with its length in front; "none" is unencrypted.
bool opensshKeyIsEncrypted(const QByteArray &pem)
{
    static constexpr QByteArrayView begin("-----BEGIN OPENSSH PRIVATE KEY-----"), end("-----END");
    static constexpr QByteArrayView plain("openssh-key-v1\0\0\0\0\4none", 23);
    const qsizetype from = pem.indexOf(begin) + begin.size();
    QByteArray binary = QByteArray::fromBase64(pem.mid(from, pem.indexOf(end, from) - from));
    const bool encrypted = !binary.startsWith(plain);
    wipe(binary);
    return encrypted;
}

} // namespace

Result<bool> keyNeedsPassphrase(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Error{.code = ErrorCode::KeyError, .message = path + u": "_s + file.errorString()};
    QByteArray pem = file.read(kMaxKeyFile);
    const bool encrypted =
        pem.contains("BEGIN OPENSSH PRIVATE KEY") ? opensshKeyIsEncrypted(pem) : pem.contains("ENCRYPTED");
    wipe(pem);
    return encrypted;
}

} // namespace agent::console
