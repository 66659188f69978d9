#include "sftpbench.h"

#include <QCryptographicHash>

#include <unistd.h>

using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMiB = 1024 * 1024;

/// Bytes that repeat nowhere near.
QByteArray someBytes(qint64 size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = 1;
    for (char &byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = char(state >> 24);
    }
    return bytes;
}

} // namespace

/// Contract 04 section 1.2: downloads and uploads against a real sshd.
class SftpTransferTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!SshdServer::isInstalled())
            QSKIP("sshd is not installed");
    }
    void init()
    {
        m_bench = std::make_unique<SftpBench>();
        const QString failure = m_bench->open();
        QVERIFY2(failure.isEmpty(), qPrintable(failure));
    }
    void cleanup() { m_bench.reset(); }

    void filesOfEverySizeGoThereAndBack()
    {
        for (const qint64 size :
             {qint64(0), qint64(1), qint64(32 * 1024), qint64(255 * 1024), 255 * 1024 + qint64(1), 20 * kMiB + 12345}) {
            const QByteArray content = someBytes(size);
            QCOMPARE(m_bench->upload(m_bench->at(u"f"_s), content).status, 201);
            QVERIFY(m_bench->bytesOf(u"f"_s) == content);
            const AgentReply back = m_bench->download(m_bench->at(u"f"_s));
            QCOMPARE(back.status, 200);
            QVERIFY(back.body == content);
            if (size > 0)
                QCOMPARE(back.headers.value("content-length"), QByteArray::number(size));
        }
        QCOMPARE(m_bench->local(), QStringList(u"f"_s));
    }

    void aFileThatDoesNotKnowItsSizeIsReadToItsEnd()
    {
        QFile file(u"/proc/cpuinfo"_s);
        if (!file.open(QIODevice::ReadOnly))
            QSKIP("no /proc");
        const QByteArray content = file.readAll();
        const AgentReply reply = m_bench->download(u"/proc/cpuinfo"_s);
        QCOMPARE(reply.status, 200);
        QVERIFY(!reply.headers.contains("content-length"));
        QCOMPARE(reply.body.count('\n'), content.count('\n'));
    }

    void aFileBeyondFourGigabytesIsToldAndBegun()
    {
        constexpr qint64 kSize = 5LL * 1024 * kMiB;
        m_bench->put(u"sparse"_s, "beginning");
        QVERIFY(::truncate(m_bench->at(u"sparse"_s).toUtf8().constData(), kSize) == 0);
        QCOMPARE(m_bench->stat(m_bench->at(u"sparse"_s)).json()["size"_L1].toInteger(), kSize);
        RawTransfer transfer(*m_bench, "GET", m_bench->route(u"download"_s, m_bench->at(u"sparse"_s)));
        const QByteArray head = transfer.readHead();
        QVERIFY(head.startsWith("HTTP/1.1 200"));
        const QByteArray length = "content-length: " + QByteArray::number(kSize);
        QVERIFY2(head.toLower().contains(length), head.constData());
    }

    void aReplacedFileKeepsItsModeAndALinkStaysALink()
    {
        m_bench->put(u"config"_s, "old");
        ::chmod(m_bench->at(u"config"_s).toUtf8().constData(), 0750);
        QVERIFY(QFile::link(u"config"_s, m_bench->at(u"link"_s)));
        QVERIFY(QFile::link(u"made later"_s, m_bench->at(u"dangling"_s)));
        QCOMPARE(m_bench->upload(m_bench->at(u"link"_s), "new").status, 201);
        QCOMPARE(m_bench->bytesOf(u"config"_s), "new");
        struct stat state = {};
        QCOMPARE(::stat(m_bench->at(u"config"_s).toUtf8().constData(), &state), 0);
        QCOMPARE(state.st_mode & 07777U, 0750U);
        QVERIFY(QFileInfo(m_bench->at(u"link"_s)).isSymLink());
        QCOMPARE(m_bench->upload(m_bench->at(u"dangling"_s), "there").status, 201);
        QCOMPARE(m_bench->bytesOf(u"made later"_s), "there");
        QCOMPARE(m_bench->local(), QStringList({u"config"_s, u"dangling"_s, u"link"_s, u"made later"_s}));
    }

    void aFileInAFolderThatTakesNoNewOnesIsWrittenInPlace()
    {
        if (geteuid() == 0)
            QSKIP("root may write everywhere");
        QVERIFY(QDir(m_bench->files.path()).mkdir(u"closed"_s));
        m_bench->put(u"closed/file"_s, "old");
        ::chmod(m_bench->at(u"closed"_s).toUtf8().constData(), 0500);
        const AgentReply reply = m_bench->upload(m_bench->at(u"closed/file"_s), "new");
        ::chmod(m_bench->at(u"closed"_s).toUtf8().constData(), 0700);
        QCOMPARE(reply.status, 201);
        QCOMPARE(m_bench->bytesOf(u"closed/file"_s), "new");
    }

    void aClientThatGoesDuringAnUploadLeavesTheOldFile_data()
    {
        QTest::addColumn<QString>("subsystem");
        QTest::newRow("renamed into place") << u"internal-sftp"_s;
        QTest::newRow("written in place") << u"internal-sftp -P posix-rename"_s;
    }
    void aClientThatGoesDuringAnUploadLeavesTheOldFile()
    {
        QFETCH(QString, subsystem);
        QVERIFY(m_bench->sshd.resume(SftpBench::withSftp(subsystem)));
        QCOMPARE(m_bench->connectTo(m_bench->session).status, 200);
        m_bench->put(u"config"_s, "the old one");
        {
            RawTransfer transfer(*m_bench, "POST", m_bench->route(u"upload"_s, m_bench->at(u"config"_s)),
                                 "Content-Length: 3000000\r\n");
            transfer.send(QByteArray(2'000'000, 'x'));
            if (subsystem == u"internal-sftp"_s)
                QTRY_COMPARE_WITH_TIMEOUT(m_bench->local().size(), 2, 20'000); // it has begun
            transfer.socket.abort();
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->local(), QStringList(u"config"_s), 20'000);
        QCOMPARE(m_bench->bytesOf(u"config"_s), "the old one");
        QCOMPARE(m_bench->upload(m_bench->at(u"config"_s), "a new one").status, 201);
        QCOMPARE(m_bench->bytesOf(u"config"_s), "a new one");
    }

    void aClientThatGoesDuringAnUploadOfSomethingNewLeavesNothing_data()
    {
        aClientThatGoesDuringAnUploadLeavesTheOldFile_data();
    }
    void aClientThatGoesDuringAnUploadOfSomethingNewLeavesNothing()
    {
        QFETCH(QString, subsystem);
        QVERIFY(m_bench->sshd.resume(SftpBench::withSftp(subsystem)));
        QCOMPARE(m_bench->connectTo(m_bench->session).status, 200);
        {
            RawTransfer transfer(*m_bench, "POST", m_bench->route(u"upload"_s, m_bench->at(u"image"_s)),
                                 "Content-Length: 12000000\r\n");
            transfer.send(QByteArray(9'000'000, 'x'));
            QTRY_COMPARE_WITH_TIMEOUT(m_bench->local().size(), 1, 20'000);
            transfer.socket.abort();
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->local(), QStringList(), 20'000);
    }

    void aClientThatGoesDuringADownloadLeavesTheConnectionUsable()
    {
        m_bench->put(u"big"_s, someBytes(30 * kMiB));
        {
            RawTransfer transfer(*m_bench, "GET", m_bench->route(u"download"_s, m_bench->at(u"big"_s)));
            QVERIFY(transfer.readHead().startsWith("HTTP/1.1 200"));
            transfer.socket.abort();
        }
        QCOMPARE(m_bench->namesIn(m_bench->files.path()), QStringList(u"big"_s));
    }

    void transfersThatBreakOffLeaveNothingOpen()
    {
        m_bench->put(u"big"_s, someBytes(10 * kMiB));
        const auto breakOff = [this] {
            RawTransfer download(*m_bench, "GET", m_bench->route(u"download"_s, m_bench->at(u"big"_s)));
            QVERIFY(download.readHead().startsWith("HTTP/1.1 200"));
            RawTransfer upload(*m_bench, "POST", m_bench->route(u"upload"_s, m_bench->at(u"image"_s)),
                               "Content-Length: 12000000\r\n");
            upload.send(QByteArray(9'000'000, 'x'));
            QTRY_COMPARE_WITH_TIMEOUT(m_bench->local().size(), 2, 20'000);
            download.socket.abort();
            upload.socket.abort();
            QTRY_COMPARE_WITH_TIMEOUT(m_bench->local(), QStringList(u"big"_s), 20'000);
        };
        const auto opened = [this] {
            return QDir(u"/proc/%1/fd"_s.arg(m_bench->agent.process().processId()))
                .entryList(QDir::AllEntries | QDir::System)
                .size();
        };
        breakOff(); // what stays open as long as the connection is open now
        const qsizetype before = opened();
        QVERIFY(before > 0);
        for (int i = 0; i < 8 && !QTest::currentTestFailed(); ++i)
            breakOff();
        QTRY_VERIFY_WITH_TIMEOUT(opened() <= before + 2, 20'000); // the database is checked meanwhile
    }

    void aFolderIsListedWhileAStalledDownloadRuns()
    {
        m_bench->put(u"big"_s, someBytes(60 * kMiB));
        RawTransfer transfer(*m_bench, "GET", m_bench->route(u"download"_s, m_bench->at(u"big"_s)));
        QVERIFY(transfer.readHead().startsWith("HTTP/1.1 200"));
        // Nobody reads on: the agent holds a few megabytes and asks for no more.
        QCOMPARE(m_bench->namesIn(m_bench->files.path()), QStringList(u"big"_s));
        QCOMPARE(m_bench->stat(m_bench->at(u"big"_s)).json()["size"_L1].toInteger(), 60 * kMiB);
        QCOMPARE(transfer.drain(), 60 * kMiB);
        QVERIFY(m_bench->sshd.sessionProcesses().size() > 0);
    }

    void aFileThatShrinksIsNotTakenForWhole()
    {
        m_bench->put(u"shrinking"_s, someBytes(60 * kMiB));
        RawTransfer transfer(*m_bench, "GET", m_bench->route(u"download"_s, m_bench->at(u"shrinking"_s)));
        QVERIFY(transfer.readHead().startsWith("HTTP/1.1 200"));
        QVERIFY(::truncate(m_bench->at(u"shrinking"_s).toUtf8().constData(), 40 * kMiB) == 0);
        const qint64 got = transfer.drain();
        QVERIFY2(got > kMiB && got <= 40 * kMiB, qPrintable(QString::number(got)));
    }

    void anUploadLargerThanTheCapOfOtherBodiesIsTaken()
    {
        const QByteArray content = someBytes(70 * kMiB);
        QCOMPARE(m_bench->upload(m_bench->at(u"image"_s), content).status, 201);
        QVERIFY(m_bench->bytesOf(u"image"_s) == content);
    }

    void aFullDiskIsTold()
    {
        if (!QFile::exists(u"/dev/full"_s))
            QSKIP("no /dev/full");
        const AgentReply reply = m_bench->upload(u"/dev/full"_s, "x");
        QCOMPARE(reply.status, 500);
        QCOMPARE(SftpBench::codeOf(reply), u"SFTP_ERROR"_s);
    }

private:
    std::unique_ptr<SftpBench> m_bench;
};

QTEST_GUILESS_MAIN(SftpTransferTest)
#include "tst_sftptransfer.moc"
