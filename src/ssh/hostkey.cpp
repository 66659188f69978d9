#include "ssh/hostkey.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>

namespace agent {

QByteArray fingerprintOf(const HostKey &key)
{
    return "SHA256:" + QCryptographicHash::hash(key.blob, QCryptographicHash::Sha256)
                           .toBase64(QByteArray::Base64Encoding | QByteArray::OmitTrailingEquals);
}

QByteArray typeOfBlob(QByteArrayView blob)
{
    constexpr quint32 kLongestName = 64; // RFC 4250 section 4.6.1
    if (blob.size() < 4)
        return {};
    const auto length = qFromBigEndian<quint32>(blob.data());
    if (length == 0 || length > kLongestName || blob.size() < qsizetype(4 + length))
        return {};
    const QByteArrayView name = blob.sliced(4, length);
    const bool printable = std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    return printable ? name.toByteArray() : QByteArray();
}

} // namespace agent
