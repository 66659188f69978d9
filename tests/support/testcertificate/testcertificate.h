#pragma once

#include <QSslCertificate>
#include <QSslKey>

namespace agent::test {

struct TestIdentity
{
    QSslCertificate certificate;
    QSslKey key;
};

/// A fresh self-signed P-256 identity for localhost and 127.0.0.1, valid for a day. Aborts when OpenSSL fails.
TestIdentity makeTestIdentity();

} // namespace agent::test
