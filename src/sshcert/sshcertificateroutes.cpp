#include "sshcert/sshcertificateroutes.h"

#include "api/body.h"
#include "core/log.h"
#include "net/router.h"
#include "sshcert/sshcertificate.h"

namespace agent {

template <>
struct Schema<IssuedCertificate>
{
    static constexpr const char *name = "IssuedCertificate";
    static constexpr auto fields = std::tuple{
        field("certificate", &IssuedCertificate::certificate, FieldFlag::Required),
        field("ca_public_key", &IssuedCertificate::caPublicKey, FieldFlag::Required),
        field("valid_after", &IssuedCertificate::validAfter, FieldFlag::Required),
        field("valid_before", &IssuedCertificate::validBefore, FieldFlag::Required),
        field("serial", &IssuedCertificate::serial, FieldFlag::Required),
    };
};
template <>
struct Schema<CertificateStatus>
{
    static constexpr const char *name = "CertificateStatus";
    static constexpr auto fields = std::tuple{
        field("valid", &CertificateStatus::valid, FieldFlag::ReadOnly),
        field("expires_at", &CertificateStatus::expiresAt, FieldFlag::ReadOnly),
        field("public_key_fingerprint", &CertificateStatus::publicKeyFingerprint, FieldFlag::ReadOnly),
        field("error", &CertificateStatus::error, FieldFlag::ReadOnly),
    };
};

namespace {

/// A failure of the database has no body here.
Response answer(const Result<CertificateStatus> &status)
{
    return status ? Response::json(encode(*status)) : Response::empty(500);
}

Task<Response> readStatus(SshCertificate &certificate) { co_return answer(co_await certificate.status()); }

Task<Response> readPublicKey(SshCertificate &certificate)
{
    const auto key = co_await certificate.publicKey();
    if (!key || key->isEmpty())
        co_return Response::empty(500);
    co_return Response::text(key->toUtf8());
}

Task<Response> storeCertificate(SshCertificate &certificate, Request request)
{
    const auto body = decodeBody<IssuedCertificate>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return answer(co_await certificate.store(*body));
}

Task<Response> refuseRenewal(Request)
{
    qCInfo(lcAudit) << "renewal of the SSH certificate asked for; there is nobody to ask";
    co_return Response::empty(501);
}

} // namespace

void registerSshCertificateRoutes(Router &router, SshCertificate &certificate)
{
    router.get("/api/cert/status", [&certificate](Request) { return readStatus(certificate); })
        .describe("Whether a valid SSH certificate is held")
        .returns(typeOf<CertificateStatus>());
    router.get("/api/cert/public-key", [&certificate](Request) { return readPublicKey(certificate); })
        .describe("The public key to be certified; 500 when there is none");
    router.post("/api/cert/store", [&certificate](Request r) { return storeCertificate(certificate, std::move(r)); })
        .describe("Keep an issued certificate")
        .accepts(createBodyOf<IssuedCertificate>())
        .returns(typeOf<CertificateStatus>());
    router.post("/api/cert/renew", refuseRenewal).describe("Not implemented in Personal Mode").returnsNothing(501);
}

} // namespace agent
