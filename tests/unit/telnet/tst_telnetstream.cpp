#include "telnet/telnetstream.h"

#include <QTest>

using namespace agent;

namespace {

// RFC 854 and the options' own RFCs.
constexpr uchar kSe = 240, kNop = 241, kDm = 242, kGa = 249, kSb = 250, kWill = 251, kWont = 252, kDo = 253,
                kDont = 254, kIac = 255;
constexpr uchar kBinary = 0, kEcho = 1, kSga = 3, kTimingMark = 6, kTtype = 24, kNaws = 31, kTspeed = 32,
                kLinemode = 34, kXdisploc = 35, kOldEnviron = 36, kAuthentication = 37, kNewEnviron = 39,
                kStartTls = 46, kMssp = 70, kCompress2 = 86, kZmp = 93;

QByteArray bytes(std::initializer_list<int> values)
{
    QByteArray out;
    for (const int value : values)
        out += char(value);
    return out;
}

QByteArray command(uchar verb, uchar option) { return bytes({kIac, verb, option}); }

QByteArray sub(uchar option, const QByteArray &data) { return bytes({kIac, kSb, option}) + data + bytes({kIac, kSe}); }

QByteArray size(int columns, int rows)
{
    QByteArray data;
    for (const int byte : {columns >> 8, columns & 0xff, rows >> 8, rows & 0xff}) {
        data += char(byte);
        if (byte == 0xff)
            data += char(byte);
    }
    return sub(kNaws, data);
}

const QByteArray kOurType = sub(kTtype, '\0' + QByteArray("xterm-256color"));

/// A stream and what it has sent.
struct Peer
{
    explicit Peer(TerminalSize size = {})
        : stream(size)
    {
    }
    QByteArray says(const QByteArray &data) { return stream.receive(data); }
    QByteArray got()
    {
        const QByteArray sent = stream.outgoing().toByteArray();
        stream.take(sent.size());
        return sent;
    }
    QByteArray answersTo(const QByteArray &data)
    {
        [&] { QCOMPARE(says(data), QByteArray()); }();
        return got();
    }

    TelnetStream stream;
};

} // namespace

class TelnetStreamTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsOfferedByItself();
    void theOptionMatrix_data();
    void theOptionMatrix();
    void repeatedRequestsAreAnsweredOnce();
    void refusalsOfWhatIsOffAreNotAnswered();
    void switchingAnOptionIsFollowed();
    void twoStreamsThatMeetComeToRest();
    void theSizeGoesOutOnlyWhenAskedAndThenOnEveryChange();
    void aSizeOf255IsDoubled();
    void theTypeIsToldOnSendAndOnlyWhenAgreed();
    void theEnvironmentIsNeverTold();
    void compressionIsRefusedAndAMarkerWithoutItEndsTheStream();
    void everyCommandIsSkipped();
    void doubledIacIsOneByteOfData();
    void carriageReturnNulIsACarriageReturn();
    void binaryKeepsEveryByte();
    void enterIsCrNulAndInBinaryCr();
    void linesHaveOneEnd();
    void sentIacIsDoubled();
    void everyCutGivesTheSame_data();
    void everyCutGivesTheSame();
    void anEndlessSubnegotiationIsGivenUp();
    void whatIsTakenIsGone();
};

void TelnetStreamTest::nothingIsOfferedByItself()
{
    Peer peer({132, 43});
    QCOMPARE(peer.says("Router>"), "Router>");
    peer.stream.resize({80, 24});
    QCOMPARE(peer.got(), QByteArray());
}

void TelnetStreamTest::theOptionMatrix_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("answer");
    const auto row = [](const char *name, uchar verb, uchar option, uchar answer, const QByteArray &more = {}) {
        QTest::newRow(name) << command(verb, option) << QByteArray(command(answer, option) + more);
    };
    row("WILL ECHO", kWill, kEcho, kDo);
    row("DO ECHO", kDo, kEcho, kWont);
    row("WILL SGA", kWill, kSga, kDo);
    row("DO SGA", kDo, kSga, kWill);
    row("WILL BINARY", kWill, kBinary, kDo);
    row("DO BINARY", kDo, kBinary, kWill);
    row("DO TTYPE", kDo, kTtype, kWill);
    row("WILL TTYPE", kWill, kTtype, kDont);
    row("DO NAWS", kDo, kNaws, kWill, size(80, 24));
    row("WILL NAWS", kWill, kNaws, kDont);
    const std::pair<const char *, uchar> refused[] = {
        {"TIMING-MARK", kTimingMark},
        {"TSPEED", kTspeed},
        {"LINEMODE", kLinemode},
        {"XDISPLOC", kXdisploc},
        {"ENVIRON", kOldEnviron},
        {"AUTHENTICATION", kAuthentication},
        {"NEW-ENVIRON", kNewEnviron},
        {"START_TLS", kStartTls},
        {"MSSP", kMssp},
        {"COMPRESS2", kCompress2},
        {"ZMP", kZmp},
        {"EXOPL", 255},
    };
    for (const auto &[name, option] : refused) {
        row(qPrintable(QStringLiteral("DO %1").arg(QLatin1StringView(name))), kDo, option, kWont);
        row(qPrintable(QStringLiteral("WILL %1").arg(QLatin1StringView(name))), kWill, option, kDont);
    }
}

void TelnetStreamTest::theOptionMatrix()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, answer);
    Peer peer;
    QCOMPARE(peer.answersTo(request), answer);
}

void TelnetStreamTest::repeatedRequestsAreAnsweredOnce()
{
    for (const auto &[verb, option] : {std::pair(kWill, kEcho), std::pair(kDo, kSga), std::pair(kDo, kTtype),
                                       std::pair(kDo, kNaws), std::pair(kDo, kBinary)}) {
        Peer peer;
        QVERIFY(!peer.answersTo(command(verb, option)).isEmpty());
        QCOMPARE(peer.answersTo(command(verb, option).repeated(1000)), QByteArray());
    }
}

void TelnetStreamTest::refusalsOfWhatIsOffAreNotAnswered()
{
    Peer peer;
    for (int option = 0; option < 256; ++option)
        QCOMPARE(peer.answersTo(command(kWont, uchar(option)) + command(kDont, uchar(option))), QByteArray());
}

void TelnetStreamTest::switchingAnOptionIsFollowed()
{
    Peer peer;
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(peer.answersTo(command(kDo, kNaws)), command(kWill, kNaws) + size(80, 24));
        QCOMPARE(peer.answersTo(command(kDont, kNaws)), command(kWont, kNaws));
        peer.stream.resize({100, 30});
        QCOMPARE(peer.got(), QByteArray());
        peer.stream.resize({80, 24});
        QCOMPARE(peer.answersTo(command(kWill, kEcho)), command(kDo, kEcho));
        QCOMPARE(peer.answersTo(command(kWont, kEcho)), command(kDont, kEcho));
    }
}

void TelnetStreamTest::twoStreamsThatMeetComeToRest()
{
    // Whatever one says by way of an answer, the other must not answer for ever.
    for (int verb : {kWill, kWont, kDo, kDont}) {
        for (int option = 0; option < 256; ++option) {
            Peer one, other;
            QByteArray said = command(uchar(verb), uchar(option));
            int turns = 0;
            for (; !said.isEmpty() && turns < 10; ++turns) {
                other.says(said);
                said = other.got();
                one.says(said);
                said = one.got();
            }
            QVERIFY2(turns < 10, qPrintable(QString::number(option)));
        }
    }
}

void TelnetStreamTest::theSizeGoesOutOnlyWhenAskedAndThenOnEveryChange()
{
    Peer peer({80, 24});
    peer.stream.resize({132, 43});
    QCOMPARE(peer.got(), QByteArray());
    QCOMPARE(peer.answersTo(command(kDo, kNaws)), command(kWill, kNaws) + size(132, 43));
    peer.stream.resize({400, 50});
    QCOMPARE(peer.got(), size(400, 50));
    peer.stream.resize({400, 50});
    QCOMPARE(peer.got(), size(400, 50)); // a repeated Resize is told again, as an SSH server is told
}

void TelnetStreamTest::aSizeOf255IsDoubled()
{
    Peer peer({255, 0xffff});
    QCOMPARE(peer.answersTo(command(kDo, kNaws)),
             command(kWill, kNaws) + bytes({kIac, kSb, kNaws, 0, 255, 255, 255, 255, 255, 255, kIac, kSe}));
}

void TelnetStreamTest::theTypeIsToldOnSendAndOnlyWhenAgreed()
{
    const QByteArray send = sub(kTtype, "\x01"), is = sub(kTtype, QByteArray("\0vt100", 6));
    Peer peer;
    QCOMPARE(peer.answersTo(send), QByteArray());
    QCOMPARE(peer.answersTo(command(kDo, kTtype)), command(kWill, kTtype));
    QCOMPARE(peer.answersTo(send), kOurType);
    QCOMPARE(peer.answersTo(send), kOurType); // the same twice ends the list (RFC 1091)
    QCOMPARE(peer.answersTo(is), QByteArray());
    QCOMPARE(peer.answersTo(sub(kTtype, {})), QByteArray());
    QCOMPARE(peer.answersTo(sub(kTtype, "\x07")), QByteArray());
    QCOMPARE(peer.answersTo(command(kDont, kTtype)), command(kWont, kTtype));
    QCOMPARE(peer.answersTo(send), QByteArray());
}

void TelnetStreamTest::theEnvironmentIsNeverTold()
{
    Peer peer;
    for (const uchar option : {kNewEnviron, kOldEnviron, kXdisploc, kTspeed}) {
        QCOMPARE(peer.answersTo(command(kDo, option)), command(kWont, option));
        QCOMPARE(peer.answersTo(sub(option, "\x01")), QByteArray());
        QCOMPARE(peer.answersTo(sub(option, QByteArray("\x01\x00USER\x03HOME", 11))), QByteArray());
    }
}

void TelnetStreamTest::compressionIsRefusedAndAMarkerWithoutItEndsTheStream()
{
    // zlib's form of a megabyte of zeros would follow.
    const QByteArray bomb = qCompress(QByteArray(1 << 20, 'x'), 9).sliced(4);
    for (const QByteArray &marker : {sub(kCompress2, {}), bytes({kIac, kSb, kCompress2, kIac, kNop})}) {
        for (qsizetype cut = 0; cut <= marker.size(); ++cut) {
            Peer peer;
            QCOMPARE(peer.answersTo(command(kWill, kCompress2)), command(kDont, kCompress2));
            QByteArray output = peer.says("before" + marker.first(cut));
            output += peer.says(marker.sliced(cut) + bomb);
            output += peer.says(bomb);
            QVERIFY2(output.size() < bomb.size() * 3, qPrintable(QString::number(output.size())));
            QVERIFY(!output.contains("xxxxxxxx"));
            QCOMPARE(output, "before");
            QVERIFY(peer.stream.isBroken());
        }
    }
}

void TelnetStreamTest::everyCommandIsSkipped()
{
    Peer peer;
    for (int verb = kNop; verb <= kGa; ++verb)
        QCOMPARE(peer.says("a" + bytes({kIac, verb}) + "b"), "ab");
    QCOMPARE(peer.says("a" + bytes({kIac, kDm}) + sub(kLinemode, "\x01\x02") + "b"), "ab");
    QCOMPARE(peer.got(), QByteArray());
}

void TelnetStreamTest::doubledIacIsOneByteOfData()
{
    Peer peer;
    QCOMPARE(peer.says("\xff\xff"), "\xff");
    QCOMPARE(peer.says(QByteArray(200, '\xff')), QByteArray(100, '\xff'));
}

void TelnetStreamTest::carriageReturnNulIsACarriageReturn()
{
    Peer peer;
    QCOMPARE(peer.says(QByteArray("a\r\0b\r\nc\0d\r\0\0", 12)), QByteArray("a\rb\r\nc\0d\r\0", 10));
    QCOMPARE(peer.says("x\r"), "x\r");
    QCOMPARE(peer.says(QByteArray("\0y", 2)), "y");
    QCOMPARE(peer.says(QByteArray("\0z", 2)), QByteArray("\0z", 2));
    QCOMPARE(peer.says("\r" + bytes({kIac, kNop}) + QByteArray("\0end", 4)), "\rend");
}

void TelnetStreamTest::binaryKeepsEveryByte()
{
    Peer peer;
    QCOMPARE(peer.answersTo(command(kWill, kBinary)), command(kDo, kBinary));
    QCOMPARE(peer.says(QByteArray("a\r\0b", 4)), QByteArray("a\r\0b", 4));
    peer.says("c\r");
    QCOMPARE(peer.answersTo(command(kWont, kBinary)), command(kDont, kBinary));
    QCOMPARE(peer.says(QByteArray("\r\0b", 3)), "\rb");
}

void TelnetStreamTest::enterIsCrNulAndInBinaryCr()
{
    Peer peer;
    peer.stream.send("show clock\r");
    QCOMPARE(peer.got(), QByteArray("show clock\r\0", 12));
    peer.stream.send("a\rb\r\r");
    QCOMPARE(peer.got(), QByteArray("a\r\0b\r\0\r\0", 8));
    peer.stream.send("pasted\r\nlines\nof\x03three\x7fkinds");
    QCOMPARE(peer.got(), "pasted\r\nlines\nof\x03three\x7fkinds");
    peer.answersTo(command(kDo, kBinary));
    peer.stream.send("a\rb\r");
    QCOMPARE(peer.got(), "a\rb\r");
    peer.answersTo(command(kDont, kBinary));
    peer.stream.send("a\r");
    QCOMPARE(peer.got(), QByteArray("a\r\0", 3));
}

void TelnetStreamTest::linesHaveOneEnd()
{
    Peer peer;
    peer.stream.sendLine("admin");
    QCOMPARE(peer.got(), "admin\r\n");
    peer.answersTo(command(kDo, kBinary));
    peer.stream.sendLine("admin");
    QCOMPARE(peer.got(), "admin\r");
}

void TelnetStreamTest::sentIacIsDoubled()
{
    Peer peer;
    peer.stream.send("a\xff\xff\rb\xff");
    QCOMPARE(peer.got(), QByteArray("a\xff\xff\xff\xff\r\0b\xff\xff", 10));
    peer.answersTo(command(kDo, kBinary));
    peer.stream.send("\xff");
    QCOMPARE(peer.got(), "\xff\xff");
}

void TelnetStreamTest::everyCutGivesTheSame_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::newRow("negotiation of a Unix server")
        << QByteArray(command(kDo, kTtype) + command(kDo, kTspeed) + command(kDo, kXdisploc) +
                      command(kDo, kNewEnviron) + sub(kTtype, "\x01") + command(kWill, kSga) + command(kDo, kNaws) +
                      command(kWill, kEcho) + "\r\nhost login: " + bytes({kIac, kGa}));
    QTest::newRow("0xff, CR NUL and IAC in a subnegotiation") << QByteArray(
        "a\xff\xff" + QByteArray("\r\0", 2) + sub(kTspeed, "\x01\xff\xff\x02") + "\r" + bytes({kIac, kNop}) +
        QByteArray("\0b", 2) + command(kDo, kBinary) + command(kWill, kBinary) + QByteArray("\r\0", 2));
    QTest::newRow("nonsense") << QByteArray("x" +
                                            bytes({kIac, kSb, kNaws, 1, 2, kIac, kDo, kEcho, kIac, 7, kIac, kSe}) +
                                            "y" + bytes({kIac, kSb, kIac, kIac, 3, kIac, kSe}) + "z");
}

void TelnetStreamTest::everyCutGivesTheSame()
{
    QFETCH(QByteArray, wire);
    Peer whole({132, 43});
    const QByteArray output = whole.says(wire), answers = whole.got();
    for (qsizetype first = 0; first <= wire.size(); ++first) {
        for (qsizetype second = first; second <= wire.size(); ++second) {
            Peer cut({132, 43});
            QByteArray text = cut.says(wire.first(first));
            text += cut.says(wire.sliced(first, second - first));
            text += cut.says(wire.sliced(second));
            QCOMPARE(text, output);
            QCOMPARE(cut.got(), answers);
        }
    }
    Peer single({132, 43});
    QByteArray text;
    for (const char byte : wire)
        text += single.says(QByteArray(1, byte));
    QCOMPARE(text, output);
    QCOMPARE(single.got(), answers);
}

void TelnetStreamTest::anEndlessSubnegotiationIsGivenUp()
{
    // Bounded, and a lost end does not silence the terminal for good.
    Peer peer;
    peer.says(bytes({kIac, kSb, kTspeed}));
    QByteArray output;
    for (int i = 0; i < 64; ++i)
        output += peer.says(QByteArray(4096, 'x'));
    QVERIFY(output.endsWith("xxxx"));
    QCOMPARE(peer.says("Router>"), "Router>");
    QVERIFY(!peer.stream.isBroken());
}

void TelnetStreamTest::whatIsTakenIsGone()
{
    Peer peer;
    QByteArray expected, taken;
    for (int i = 0; i < 1000; ++i) {
        const QByteArray piece = QByteArray::number(i).repeated(100);
        peer.stream.send(piece);
        expected += piece;
        const qsizetype count = peer.stream.outgoing().size() * 3 / 4;
        taken += peer.stream.outgoing().first(count);
        peer.stream.take(count);
    }
    taken += peer.got();
    QCOMPARE(taken, expected);
    QVERIFY(peer.stream.outgoing().isEmpty());
}

QTEST_APPLESS_MAIN(TelnetStreamTest)
#include "tst_telnetstream.moc"
