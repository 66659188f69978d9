#include "sftp/sftpprotocol.h"
#include "sftp/transferwindow.h"

#include <QTest>
#include <QtEndian>

using namespace agent;
using namespace std::chrono_literals;

namespace {

QByteArray u32(quint32 value)
{
    QByteArray bytes(4, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}
QByteArray text(const QByteArray &bytes) { return u32(quint32(bytes.size())) + bytes; }
QByteArray reply(SftpType type, quint32 id, const QByteArray &body) { return char(type) + u32(id) + body; }
QByteArray status(quint32 id, quint32 code)
{
    return reply(SftpType::Status, id, u32(code) + text("words") + text(""));
}
QByteArray greeting() { return char(SftpType::Version) + u32(3) + text("limits@openssh.com") + text("1"); }

} // namespace

/// What a server may say, and when (draft-ietf-secsh-filexfer-02).
class SftpProtocolTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_protocol = {};
        QVERIFY(m_protocol.receive(greeting()));
    }

    void theGreetingComesFirst()
    {
        SftpProtocol protocol;
        QCOMPARE(SftpProtocol::hello(), QByteArray::fromHex("000000050100000003"));
        QVERIFY(!protocol.receive(status(1, 0)));
        QVERIFY(!SftpProtocol().receive(char(SftpType::Version) + u32(2)));
        QVERIFY(m_protocol.offers("limits@openssh.com"));
        QVERIFY(!m_protocol.offers("posix-rename@openssh.com"));
    }

    void aRequestIsWrittenAsTheDraftSays()
    {
        auto request =
            m_protocol.request(SftpPacket(SftpType::Read).string("h").u64(0x123456789AULL).u32(0x8000), 0x8000);
        QCOMPARE(request.packet, QByteArray::fromHex("00000016"
                                                     "05") +
                                     u32(request.id) + text("h") +
                                     QByteArray::fromHex("000000123456789a"
                                                         "00008000"));
        SftpPacket write = SftpPacket(SftpType::Write).string("h").u64(0).openString();
        write.append("abc");
        write.append("de");
        QVERIFY(m_protocol.request(std::move(write)).packet.endsWith(text("abcde")));
    }

    void answersFindTheirRequestInAnyOrder()
    {
        const auto first = m_protocol.request(SftpPacket(SftpType::Remove).string("a"));
        const auto second = m_protocol.request(SftpPacket(SftpType::Read).string("h").u64(0).u32(5), 5);
        const auto data = m_protocol.receive(reply(SftpType::Data, second.id, text("hello")));
        QVERIFY(data && *data);
        QCOMPARE((*data)->id, second.id);
        const auto bytes = takeSftpData((*data)->reply);
        QVERIFY(bytes);
        QCOMPARE(*bytes, "hello");
        const auto removed = m_protocol.receive(status(first.id, kSftpPermissionDenied));
        QVERIFY(removed && *removed);
        QCOMPARE(readSftpStatus((*removed)->reply)->code, kSftpPermissionDenied);
        QCOMPARE(m_protocol.requestsUnderWay(), 0U);
    }

    void aServerThatBreaksTheRulesIsGivenUp_data()
    {
        QTest::addColumn<QByteArray>("packet");
        QTest::newRow("an answer to nothing") << status(77, 0);
        QTest::newRow("the wrong kind") << reply(SftpType::Handle, 1, text("h"));
        QTest::newRow("more than asked for") << reply(SftpType::Data, 1, text("123456"));
        QTest::newRow("a second greeting") << greeting();
        QTest::newRow("a packet without an id") << QByteArray("\x65\0\0", 3);
        QTest::newRow("nothing") << QByteArray();
    }
    void aServerThatBreaksTheRulesIsGivenUp()
    {
        QFETCH(QByteArray, packet);
        QCOMPARE(m_protocol.request(SftpPacket(SftpType::Read).string("h").u64(0).u32(5), 5).id, 1U);
        QVERIFY(!m_protocol.receive(packet));
    }

    void anAnswerIsTakenOnce()
    {
        const auto request = m_protocol.request(SftpPacket(SftpType::Remove).string("a"));
        QVERIFY(m_protocol.receive(status(request.id, 0)));
        QVERIFY(!m_protocol.receive(status(request.id, 0)));
    }

    void countsAndLengthsAreHeldAgainstWhatCame()
    {
        QVERIFY(!readSftpNames({SftpType::Name, u32(0xffffffff)}));
        QVERIFY(!readSftpNames({SftpType::Name, u32(1) + text("a") + u32(100)}));
        QVERIFY(!readSftpHandle({SftpType::Handle, text(QByteArray(257, 'x'))}));
        QVERIFY(!takeSftpData({SftpType::Data, u32(10) + "short"}));
        QVERIFY(!readSftpAttributes({SftpType::Attrs, u32(0x80000000) + u32(0xffffffff)}));
        std::vector<QByteArray> packets;
        QVERIFY(!SftpFramer().take(u32(kMaxSftpPacket + 1), packets));
        QVERIFY(!SftpFramer().take(u32(0), packets));
        QVERIFY(SftpFramer().take(u32(kMaxSftpPacket), packets));
        QVERIFY(packets.empty());
    }

    void aSlowWayMakesTheWindowSmall()
    {
        constexpr qint64 kPiece = 256 * 1024;
        TransferWindow window(kPiece, 2 * 1024 * 1024);
        for (int i = 0; i < 100; ++i)
            window.noteAnswer(200ms);
        QVERIFY(window.hasRoom(TransferWindow::kMost - 1) && !window.hasRoom(TransferWindow::kMost));
        for (int i = 0; i < 100; ++i)
            window.noteAnswer(5s);
        QVERIFY(window.hasRoom(kPiece - 1) && !window.hasRoom(kPiece));
    }

private:
    SftpProtocol m_protocol;
};

QTEST_GUILESS_MAIN(SftpProtocolTest)
#include "tst_sftpprotocol.moc"
