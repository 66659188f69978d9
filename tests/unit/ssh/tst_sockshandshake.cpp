#include "ssh/sockshandshake.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;
using Stage = SocksHandshake::Stage;

namespace {

const QByteArray kGreeting("\x05\x01\x00", 3), kGreeted("\x05\x00", 2);

QByteArray refusal(char reply) { return QByteArray("\x05", 1) + reply + QByteArray("\x00\x01\0\0\0\0\0\0", 8); }

QByteArray named(const QByteArray &host, const QByteArray &port = "\x00\x50"_ba)
{
    return QByteArray("\x05\x01\x00\x03", 4) + char(host.size()) + host + port;
}

} // namespace

/// RFC 1928, and the SOCKS 4 and 4a memos (contract 04 section 2.4).
class SocksHandshakeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestsAreReadAtEveryCut_data()
    {
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<QByteArray>("heard");
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::newRow("5, name") << QByteArray(kGreeting + named("db.lab.example")) << kGreeted << u"db.lab.example"_s
                                 << 80;
        QTest::newRow("5, longest name") << QByteArray(kGreeting + named(QByteArray(255, 'n'))) << kGreeted
                                         << QString(255, u'n') << 80;
        QTest::newRow("5, several methods")
            << QByteArray(QByteArray("\x05\x03\x01\x02\x00", 5) + named("h")) << kGreeted << u"h"_s << 80;
        QTest::newRow("5, IPv4") << QByteArray(kGreeting + QByteArray("\x05\x01\x00\x01\x0a\x00\x00\x07\xff\xff", 10))
                                 << kGreeted << u"10.0.0.7"_s << 65535;
        QTest::newRow("5, IPv6") << QByteArray(kGreeting + QByteArray("\x05\x01\x00\x04\x20\x01\x0d\xb8", 8) +
                                               QByteArray(11, '\0') + QByteArray("\x01\x01\xbb", 3))
                                 << kGreeted << u"2001:db8::1"_s << 443;
        QTest::newRow("4") << QByteArray("\x04\x01\x00\x50\x0a\x00\x00\x07user\0", 13) << QByteArray() << u"10.0.0.7"_s
                           << 80;
        QTest::newRow("4, no user") << QByteArray("\x04\x01\x00\x50\x0a\x00\x00\x07\0", 9) << QByteArray()
                                    << u"10.0.0.7"_s << 80;
        QTest::newRow("4a") << QByteArray("\x04\x01\x00\x50\x00\x00\x00\x01user\0name\0", 18) << QByteArray()
                            << u"name"_s << 80;
    }
    void requestsAreReadAtEveryCut()
    {
        QFETCH(QByteArray, sent);
        QFETCH(QByteArray, heard);
        QFETCH(QString, host);
        QFETCH(int, port);
        for (qsizetype cut = 0; cut <= sent.size(); ++cut) {
            SocksHandshake handshake;
            handshake.feed(sent.first(cut));
            QCOMPARE(handshake.stage() == Stage::Complete, cut == sent.size());
            handshake.feed(QByteArray(sent.sliced(cut) + "rest"));
            QCOMPARE(handshake.stage(), Stage::Complete);
            QCOMPARE(handshake.takeOutput(), heard);
            QCOMPARE(handshake.host(), host);
            QCOMPARE(int(handshake.port()), port);
            QCOMPARE(handshake.takeRest(), QByteArray("rest"));
        }
    }

    void whatIsNotServedIsRefusedInItsOwnWords_data()
    {
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<QByteArray>("heard");
        const QByteArray no4("\x00\x5b\0\0\0\0\0\0", 8);
        QTest::newRow("another version") << QByteArray("GET / HTTP/1.1\r\n") << QByteArray();
        QTest::newRow("no common method") << QByteArray("\x05\x02\x01\x02", 4) << QByteArray("\x05\xff", 2);
        QTest::newRow("no method at all") << QByteArray("\x05\x00", 2) << QByteArray("\x05\xff", 2);
        QTest::newRow("BIND") << QByteArray(kGreeting + QByteArray("\x05\x02\x00\x01\x01", 5))
                              << QByteArray(kGreeted + refusal(7));
        QTest::newRow("UDP") << QByteArray(kGreeting + QByteArray("\x05\x03\x00\x01\x01", 5))
                             << QByteArray(kGreeted + refusal(7));
        QTest::newRow("address type 2") << QByteArray(kGreeting + QByteArray("\x05\x01\x00\x02\x01", 5))
                                        << QByteArray(kGreeted + refusal(8));
        QTest::newRow("version 4 in the request") << QByteArray(kGreeting + QByteArray("\x04\x01", 2)) << kGreeted;
        QTest::newRow("empty name") << QByteArray(kGreeting + named("")) << QByteArray(kGreeted + refusal(1));
        QTest::newRow("NUL in the name") << QByteArray(kGreeting + named(QByteArray("a\0b", 3)))
                                         << QByteArray(kGreeted + refusal(1));
        QTest::newRow("line break in the name")
            << QByteArray(kGreeting + named("a\nb")) << QByteArray(kGreeted + refusal(1));
        QTest::newRow("port 0") << QByteArray(kGreeting + named("a", QByteArray(2, '\0')))
                                << QByteArray(kGreeted + refusal(1));
        QTest::newRow("4, BIND") << QByteArray("\x04\x02", 2) << no4;
        QTest::newRow("4, endless user") << QByteArray(QByteArray("\x04\x01\x00\x50\x0a\x00\x00\x07", 8) +
                                                       QByteArray(300, 'u'))
                                         << no4;
        QTest::newRow("4a, endless name")
            << QByteArray(QByteArray("\x04\x01\x00\x50\x00\x00\x00\x01\x00", 9) + QByteArray(300, 'n')) << no4;
    }
    void whatIsNotServedIsRefusedInItsOwnWords()
    {
        QFETCH(QByteArray, sent);
        QFETCH(QByteArray, heard);
        SocksHandshake whole, cut;
        whole.feed(sent);
        for (const char byte : std::as_const(sent))
            cut.feed(QByteArrayView(&byte, 1));
        for (SocksHandshake *handshake : {&whole, &cut}) {
            QCOMPARE(handshake->stage(), Stage::Refused);
            QCOMPARE(handshake->takeOutput(), heard);
            handshake->feed(QByteArray(kGreeting + named("too.late")));
            QCOMPARE(handshake->stage(), Stage::Refused);
            QVERIFY(handshake->takeOutput().isEmpty());
        }
    }
};

QTEST_GUILESS_MAIN(SocksHandshakeTest)
#include "tst_sockshandshake.moc"
