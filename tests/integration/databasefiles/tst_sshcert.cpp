#include "routecaller/routecaller.h"
#include "sshcert/sshcertificate.h"
#include "sshcert/sshcertificateroutes.h"
#include "storage/connection.h"
#include "storage/opendatabase.h"

#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// `/api/cert/...` as contract 01 section 15 has it for Personal Mode.
class TestSshCert : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        auto opened = openDatabase({.path = m_folder->filePath(u"netstacks.db"_s), .warning = {}});
        QVERIFY(opened);
        m_database = std::move(opened->database);
        m_now = QDateTime::fromString(u"2026-03-01T09:00:00Z"_s, Qt::ISODate);
        m_certificate = std::make_unique<SshCertificate>(*m_database, [this] { return m_now; });
        m_router = std::make_unique<Router>();
        registerSshCertificateRoutes(*m_router, *m_certificate);
        m_call = std::make_unique<RouteCaller>(*m_router);
    }
    void cleanup()
    {
        m_call.reset();
        m_router.reset();
        m_certificate.reset();
        m_database.reset();
    }

    void withoutACertificateEveryFieldIsThereAndEmpty()
    {
        const Answer answer = m_call->get("/api/cert/status");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body,
                 QByteArray(R"({"valid":false,"expires_at":null,"public_key_fingerprint":null,"error":null})"));
    }

    void withoutAKeyThePublicKeyIs500AndEmpty()
    {
        const Answer answer = m_call->get("/api/cert/public-key");
        QCOMPARE(answer.status, 500);
        QVERIFY(answer.body.isEmpty());
    }

    void theFingerprintIsTheEndOfTheKey()
    {
        addKey();
        QCOMPARE(m_call->get("/api/cert/status").text("public_key_fingerprint"), u"...0123456789abcdef"_s);
        const Answer key = m_call->get("/api/cert/public-key");
        QCOMPARE(key.status, 200);
        QCOMPARE(key.body, QByteArray("ssh-ed25519 AAAAC30123456789abcdef me"));
    }

    void aStoredCertificateIsValidUntilItExpires()
    {
        addKey();
        const Answer stored = m_call->post("/api/cert/store", body("2026-03-01T12:00:00+02:00"));
        QCOMPARE(stored.status, 200);
        QCOMPARE(stored.json()["valid"].GetBool(), true);
        QCOMPARE(stored.text("expires_at"), u"2026-03-01T10:00:00+00:00"_s);
        QCOMPARE(
            value(u"SELECT certificate_openssh || '|' || cert_expiry || '|' || ca_public_key FROM cert_auth_state"),
            u"the certificate|2026-03-01T12:00:00+02:00|the ca"_s);
        m_now = m_now.addSecs(3600);
        QCOMPARE(m_call->get("/api/cert/status").json()["valid"].GetBool(), false);
    }

    void withoutAKeyACertificateIsKeptForThisRunOnly()
    {
        QCOMPARE(m_call->post("/api/cert/store", body("2026-03-01T10:00:00Z")).json()["valid"].GetBool(), true);
        QCOMPARE(value(u"SELECT count(*) FROM cert_auth_state"), u"0"_s);
    }

    void anExpiryThatCannotBeReadIsStoredAndNotValid_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::newRow("words") << QByteArray("tomorrow");
        QTest::newRow("no zone") << QByteArray("2026-03-01T10:00:00");
        QTest::newRow("empty") << QByteArray();
    }
    void anExpiryThatCannotBeReadIsStoredAndNotValid()
    {
        QFETCH(QByteArray, before);
        addKey();
        const Answer stored = m_call->post("/api/cert/store", body(before));
        QCOMPARE(stored.status, 200);
        QCOMPARE(stored.json()["valid"].GetBool(), false);
        QVERIFY(stored.json()["expires_at"].IsNull());
        QCOMPARE(value(u"SELECT cert_expiry FROM cert_auth_state"), QString::fromLatin1(before));
    }

    void everyFieldIsRequired() { QCOMPARE(m_call->post("/api/cert/store", "{\"certificate\":\"c\"}").status, 422); }

    void renewalIsNotImplemented()
    {
        const Answer answer = m_call->post("/api/cert/renew");
        QCOMPARE(answer.status, 501);
        QVERIFY(answer.body.isEmpty());
    }

    void aClosedDatabaseIs500AndEmpty()
    {
        m_database->close();
        for (const Answer &answer : {m_call->get("/api/cert/status"), m_call->get("/api/cert/public-key"),
                                     m_call->post("/api/cert/store", body("2026-03-01T10:00:00Z"))}) {
            QCOMPARE(answer.status, 500);
            QVERIFY(answer.body.isEmpty());
        }
    }

private:
    static QByteArray body(const QByteArray &before)
    {
        return "{\"certificate\":\"the certificate\",\"ca_public_key\":\"the ca\",\"valid_after\":\"x\","
               "\"valid_before\":\"" +
               before + "\",\"serial\":18446744073709551615}";
    }
    void addKey()
    {
        QVERIFY(m_database->runBlocking([](Connection &connection) {
            return connection.execute(u"INSERT INTO cert_auth_state (id, private_key_encrypted, public_key_openssh) "
                                      "VALUES (1, x'00', 'ssh-ed25519 AAAAC30123456789abcdef me')"_s);
        }));
    }
    QString value(QStringView sql)
    {
        const auto read = m_database->runBlocking(
            [&](Connection &connection) -> Result<QVariant> { return connection.value(sql.toString()); });
        return read ? read->toString() : read.error().message;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    QDateTime m_now;
    std::unique_ptr<SshCertificate> m_certificate;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<RouteCaller> m_call;
};

QTEST_GUILESS_MAIN(TestSshCert)
#include "tst_sshcert.moc"
