#include "net/tlsidentity.h"

#include "platform/privatefile.h"

#include <QDir>
#include <QFile>
#include <QLoggingCategory>
#include <QUrl>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Q_LOGGING_CATEGORY(lcTls, "netstacks.tls")

constexpr long kSecondsPerDay = 24 * 60 * 60;
constexpr long kValidDays = 3650;
constexpr long kRenewBeforeDays = 30;
constexpr int kSerialBytes = 20;         // the most RFC 5280 section 4.1.2.2 allows
constexpr qint64 kFileLimit = 64 * 1024; // the Terminal refuses larger certificates
// One request may name some dozens of hosts; the certificate must stay below the limit above.
constexpr qsizetype kMaxExtraNames = 100;
constexpr qsizetype kMaxNameLength = 253; // RFC 1035 section 2.3.4, as text

template <auto Free>
struct FreeWith
{
    template <typename T>
    void operator()(T *object) const
    {
        Free(object);
    }
};
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using Octets = std::unique_ptr<ASN1_OCTET_STRING, FreeWith<ASN1_OCTET_STRING_free>>;

/// One subjectAltName entry in its wire form: 4 or 16 address bytes, or an ASCII host name in lower case.
struct AltName
{
    int type = GEN_DNS;
    QByteArray bytes;

    friend bool operator==(const AltName &, const AltName &) = default;
};

std::optional<AltName> altName(QString text)
{
    if (text.startsWith(u'[') && text.endsWith(u']'))
        text = text.mid(1, text.size() - 2);
    if (const Octets address{a2i_IPADDRESS(text.toLatin1().constData())})
        return AltName{GEN_IPADD, QByteArray(reinterpret_cast<const char *>(ASN1_STRING_get0_data(address.get())),
                                             ASN1_STRING_length(address.get()))};
    const QByteArray host = QUrl::toAce(text).toLower();
    if (host.isEmpty() || host.size() > kMaxNameLength)
        return std::nullopt;
    return AltName{GEN_DNS, host};
}

QList<AltName> wantedNames(const QStringList &extraNames)
{
    QList<AltName> names{*altName(u"localhost"_s), *altName(u"127.0.0.1"_s)};
    for (const QString &text : extraNames) {
        const auto name = altName(text);
        if (!name || names.size() >= kMaxExtraNames + 2)
            qCWarning(lcTls) << "leaving out the certificate name" << text.left(kMaxNameLength);
        else if (!names.contains(*name))
            names.append(*name);
    }
    return names;
}

QList<AltName> namesIn(X509 *certificate)
{
    QList<AltName> found;
    const Names names{
        static_cast<GENERAL_NAMES *>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
        if (type != GEN_DNS && type != GEN_IPADD)
            continue;
        const auto *string = static_cast<const ASN1_STRING *>(value);
        const QByteArray bytes(reinterpret_cast<const char *>(ASN1_STRING_get0_data(string)),
                               ASN1_STRING_length(string));
        found.append({type, type == GEN_DNS ? bytes.toLower() : bytes});
    }
    return found;
}

Bio readOnlyBio(QByteArrayView bytes) { return Bio(BIO_new_mem_buf(bytes.data(), int(bytes.size()))); }

/// A prompt would read the terminal; an encrypted key is simply one that does not load.
int noPassphrase(char *, int, int, void *) { return -1; }

Certificate parseCertificate(QByteArrayView pem)
{
    Certificate certificate(PEM_read_bio_X509(readOnlyBio(pem).get(), nullptr, noPassphrase, nullptr));
    ERR_clear_error();
    return certificate;
}

Key parseKey(QByteArrayView pem)
{
    Key key(PEM_read_bio_PrivateKey(readOnlyBio(pem).get(), nullptr, noPassphrase, nullptr));
    ERR_clear_error();
    return key;
}

/// Why a stored pair cannot be used on; empty: it can.
QString reasonToRenew(X509 *certificate, EVP_PKEY *key, const QList<AltName> &wanted)
{
    if (!certificate)
        return u"the certificate does not parse"_s;
    if (!key)
        return u"the key does not parse"_s;
    const bool usable = EVP_PKEY_is_a(key, "EC") || EVP_PKEY_is_a(key, "RSA");
    if (!usable || X509_check_private_key(certificate, key) != 1) {
        ERR_clear_error();
        return u"key and certificate do not belong together"_s;
    }
    time_t soon = std::time(nullptr) + kRenewBeforeDays * kSecondsPerDay;
    if (X509_cmp_time(X509_get0_notAfter(certificate), &soon) <= 0) // 0: not readable
        return u"it expires within %1 days"_s.arg(kRenewBeforeDays);
    const int begin = X509_cmp_time(X509_get0_notBefore(certificate), nullptr);
    if (begin >= 0)
        return u"it is not valid yet"_s;
    const QList<AltName> present = namesIn(certificate);
    if (!std::ranges::all_of(wanted, [&](const AltName &name) { return present.contains(name); }))
        return u"it does not cover every name"_s;
    return {};
}

bool addExtension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool addNames(X509 *certificate, const QList<AltName> &wanted)
{
    const Names names(GENERAL_NAMES_new());
    for (const AltName &name : wanted) {
        ASN1_STRING *value = ASN1_STRING_type_new(name.type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
        GENERAL_NAME *entry = GENERAL_NAME_new();
        if (!names || !value || !entry)
            return false;
        ASN1_STRING_set(value, name.bytes.constData(), int(name.bytes.size()));
        GENERAL_NAME_set0_value(entry, name.type, value);
        sk_GENERAL_NAME_push(names.get(), entry);
    }
    return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

/// Random, positive and of full length: the Terminal tells certificates apart by the first serial bytes (6.4).
bool setSerial(X509 *certificate)
{
    QByteArray bytes = randomBytes(kSerialBytes);
    bytes[0] = char((bytes[0] & 0x3f) | 0x40);
    const Number number(
        BN_bin2bn(reinterpret_cast<const unsigned char *>(bytes.constData()), int(bytes.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

Certificate makeCertificate(EVP_PKEY *key, const QString &commonName, const QList<AltName> &names)
{
    Certificate certificate(X509_new());
    X509 *x = certificate.get();
    const QByteArray name = commonName.toUtf8();
    const bool made = x && X509_set_version(x, X509_VERSION_3) == 1 && setSerial(x) &&
                      X509_gmtime_adj(X509_getm_notBefore(x), -kSecondsPerDay) &&
                      X509_gmtime_adj(X509_getm_notAfter(x), kValidDays * kSecondsPerDay) &&
                      X509_set_pubkey(x, key) == 1 &&
                      X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                                                 reinterpret_cast<const unsigned char *>(name.constData()),
                                                 int(name.size()), -1, 0) == 1 &&
                      X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 && addNames(x, names) &&
                      addExtension(x, NID_key_usage, "critical,digitalSignature") &&
                      addExtension(x, NID_ext_key_usage, "serverAuth") && X509_sign(x, key, EVP_sha256()) > 0;
    return made ? std::move(certificate) : nullptr;
}

/// What a write-only memory BIO collected.
QByteArrayView collected(BIO *bio)
{
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, qsizetype(size)};
}

} // namespace

TlsIdentity::TlsIdentity(QByteArray certificatePem, Secret keyPem, bool isNew)
    : m_certificatePem(std::move(certificatePem))
    , m_keyPem(std::move(keyPem))
    , m_isNew(isNew)
{
}

TlsIdentity::Wanted TlsIdentity::localPair(const QString &folder)
{
    return {.folder = folder, .baseName = u"localhost"_s, .commonName = u"NetStacks Local Agent"_s};
}

TlsIdentity::Wanted TlsIdentity::remotePair(const QString &folder, const QStringList &extraNames)
{
    return {
        .folder = folder, .baseName = u"remote"_s, .commonName = u"NetStacks Remote Agent"_s, .extraNames = extraNames};
}

QStringList TlsIdentity::parseNames(const QString &commaSeparated)
{
    QStringList names;
    for (const QString &part : commaSeparated.split(u',')) {
        if (const QString name = part.trimmed(); !name.isEmpty())
            names.append(name);
    }
    return names;
}

Result<TlsIdentity> TlsIdentity::loadOrCreate(const Wanted &wanted)
{
    if (!QDir().mkpath(wanted.folder))
        return Error{.code = ErrorCode::Io, .message = u"cannot create the folder "_s + wanted.folder};
    const QString certificatePath = wanted.folder + u'/' + wanted.baseName + u".crt"_s;
    const QString keyPath = wanted.folder + u'/' + wanted.baseName + u".key"_s;
    const QList<AltName> names = wantedNames(wanted.extraNames);

    Result<QByteArray> storedCertificate = readSmallFile(certificatePath, kFileLimit);
    Result<QByteArray> storedKey = readSmallFile(keyPath, kFileLimit);
    if (storedCertificate && storedKey) {
        Secret keyPem = Secret::takeFrom(*storedKey);
        const Certificate certificate = parseCertificate(*storedCertificate);
        const Key key = keyPem.reveal(parseKey);
        const QString reason = reasonToRenew(certificate.get(), key.get(), names);
        if (reason.isEmpty()) {
            QFile::setPermissions(keyPath, QFileDevice::ReadOwner | QFileDevice::WriteOwner);
            return TlsIdentity(*storedCertificate, std::move(keyPem), false);
        }
        qCInfo(lcTls).noquote() << "renewing" << certificatePath << "because" << reason;
    }

    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = key ? makeCertificate(key.get(), wanted.commonName, names) : nullptr;
    const Bio certificateText(BIO_new(BIO_s_mem()));
    const Bio keyText(BIO_new(BIO_s_secmem()));
    if (!certificate || PEM_write_bio_X509(certificateText.get(), certificate.get()) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(keyText.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        ERR_clear_error();
        return Error{.code = ErrorCode::Encryption, .message = u"cannot make the certificate "_s + certificatePath};
    }
    const QByteArray certificatePem = collected(certificateText.get()).toByteArray();
    Secret keyPem(collected(keyText.get()));

    // The key first: a stop in between leaves a pair that does not match, which the next start replaces.
    const Status keyWritten =
        keyPem.reveal([&](QByteArrayView pem) { return writePrivateFile(keyPath, pem, Durable::Yes); });
    if (!keyWritten)
        return keyWritten.error();
    if (const Status written = writePrivateFile(certificatePath, certificatePem, Durable::Yes); !written)
        return written.error();
    return TlsIdentity(certificatePem, std::move(keyPem), true);
}

QByteArray TlsIdentity::trustFlag() const
{
    const QByteArray text = m_certificatePem.trimmed();
    return QByteArray::number(text.size()) + ':' + text.first(std::min<qsizetype>(text.size(), 64));
}

QSslCertificate TlsIdentity::certificate() const { return QSslCertificate(m_certificatePem, QSsl::Pem); }

QSslKey TlsIdentity::privateKey() const
{
    return m_keyPem.reveal([](QByteArrayView pem) {
        QByteArray copy = pem.toByteArray();
        QSslKey key(copy, QSsl::Ec);
        if (key.isNull()) // a pair of the user's own
            key = QSslKey(copy, QSsl::Rsa);
        wipe(copy);
        return key;
    });
}

} // namespace agent
