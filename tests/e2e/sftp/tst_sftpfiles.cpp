#include "sftpbench.h"

#include <pwd.h>
#include <unistd.h>

using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 section 1: everything but the transfers, against a real sshd.
class SftpFilesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!SshdServer::isInstalled())
            QSKIP("sshd is not installed");
        m_bench = std::make_unique<SftpBench>();
        const QString failure = m_bench->open();
        QVERIFY2(failure.isEmpty(), qPrintable(failure));
    }
    void cleanupTestCase() { m_bench.reset(); }

    void sftpTellsItsHome()
    {
        const AgentReply reply = m_bench->connectTo(m_bench->session, {});
        QCOMPARE(reply.status, 200);
        const QJsonObject answer = reply.json().object();
        QCOMPARE(answer.keys(), QStringList({u"connected"_s, u"home_dir"_s}));
        QCOMPARE(answer["connected"_L1].toBool(), true);
        QCOMPARE(answer["home_dir"_L1].toString(), QString::fromUtf8(getpwuid(getuid())->pw_dir));
        QCOMPARE(
            m_bench->connectTo(u"chosen"_s, "{\"session_id\":\"" + m_bench->session.toUtf8() + "\",\"x\":1}").status,
            200);
        QCOMPARE(m_bench->agent.post(u"/api/sftp/chosen/disconnect"_s, "null").status, 204);
        QCOMPARE(m_bench->agent.post(u"/api/sftp/chosen/disconnect"_s).status, 204);
        const AgentReply gone = m_bench->agent.get(u"/api/sftp/chosen/ls"_s);
        QCOMPARE(gone.status, 404);
        QCOMPARE(SftpBench::codeOf(gone), u"SESSION_NOT_FOUND"_s);
        QCOMPARE(gone.json()["error"_L1].toString(), u"SFTP session not found"_s);
        const AgentReply unknown = m_bench->connectTo(u"nobody"_s);
        QCOMPARE(unknown.status, 404);
        QCOMPARE(SftpBench::codeOf(unknown), u"NOT_FOUND"_s);
    }

    void aFolderIsListedSortedWithAllItsKeys()
    {
        QDir folder(m_bench->files.path());
        QVERIFY(folder.mkdir(u"list"_s) && folder.mkdir(u"list/Zebra"_s) && folder.mkdir(u"list/ape"_s));
        m_bench->put(u"list/b.txt"_s, "12345");
        m_bench->put(u"list/A.txt"_s, "");
        m_bench->put(u"list/.hidden"_s, "x");
        QVERIFY(QFile::link(m_bench->at(u"list/ape"_s), m_bench->at(u"list/to folder"_s)));
        QVERIFY(QFile::link(m_bench->at(u"list/b.txt"_s), m_bench->at(u"list/to file"_s)));
        QVERIFY(QFile::link(u"nowhere"_s, m_bench->at(u"list/to nothing"_s)));
        QFile::setPermissions(m_bench->at(u"list/b.txt"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup);
        const QString path = m_bench->at(u"list//"_s);
        const QJsonObject answer = m_bench->ls(path).json().object();
        QCOMPARE(answer["path"_L1].toString(), path);
        QCOMPARE(m_bench->namesIn(path), QStringList({u"ape"_s, u"to folder"_s, u"Zebra"_s, u".hidden"_s, u"A.txt"_s,
                                                      u"b.txt"_s, u"to file"_s, u"to nothing"_s}));
        const QJsonArray entries = answer["entries"_L1].toArray();
        const QJsonObject file = entries[5].toObject();
        QCOMPARE(file.keys(),
                 QStringList({u"is_dir"_s, u"modified"_s, u"name"_s, u"path"_s, u"permissions"_s, u"size"_s}));
        QCOMPARE(file["path"_L1].toString(), m_bench->at(u"list/b.txt"_s));
        QCOMPARE(file["size"_L1].toInt(), 5);
        QCOMPARE(file["permissions"_L1].toInt(), 0100640);
        QVERIFY(file["modified"_L1].toInteger() > 1'600'000'000);
        QVERIFY(entries[1]["is_dir"_L1].toBool());
        QCOMPARE(entries[6]["size"_L1].toInt(), 5);
        QVERIFY(!entries[7]["is_dir"_L1].toBool());
        QCOMPARE(m_bench->agent.get(u"/api/sftp/%1/ls"_s.arg(m_bench->session)).json()["path"_L1].toString(), u"/"_s);
    }

    void tenThousandEntriesAreListed()
    {
        QVERIFY(QDir(m_bench->files.path()).mkdir(u"many"_s));
        for (int i = 0; i < 10'000; ++i)
            QVERIFY(::symlink(i % 100 == 0 ? "/" : "/nowhere",
                              m_bench->at(u"many/entry %1"_s.arg(i, 5, 10, QLatin1Char('0'))).toUtf8().constData()) ==
                    0);
        const QJsonArray entries = m_bench->ls(m_bench->at(u"many"_s)).json()["entries"_L1].toArray();
        QCOMPARE(entries.size(), 10'000);
        QCOMPARE(entries[99]["name"_L1].toString(), u"entry 09900"_s);
        QVERIFY(entries[99]["is_dir"_L1].toBool());
        QVERIFY(!entries[100]["is_dir"_L1].toBool());
        QCOMPARE(m_bench->remove(m_bench->at(u"many"_s), true).status, 204);
        QVERIFY(!QFile::exists(m_bench->at(u"many"_s)));
    }

    void oddNamesGoThereAndBack_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("disposition");
        QTest::newRow("spaces") << u" two  words "_s
                                << "filename=\" two  words \"; filename*=UTF-8''%20two%20%20words%20"_ba;
        QTest::newRow("plus") << u"a+b"_s << "filename=\"a+b\"; filename*=UTF-8''a%2Bb"_ba;
        QTest::newRow("percent") << u"100%25"_s << "filename=\"100%25\"; filename*=UTF-8''100%2525"_ba;
        QTest::newRow("quotes") << u"it's \"so\" \\"_s
                                << "filename=\"it's _so_ _\"; filename*=UTF-8''it%27s%20%22so%22%20%5C"_ba;
        QTest::newRow("UTF-8")
            << u"Größe 漢字 😀"_s
            << "filename=\"Gr__e __ _\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E6%BC%A2%E5%AD%97%20%F0%9F%98%80"_ba;
        QTest::newRow("ampersand") << u"a&b=c?d#e;f"_s
                                   << "filename=\"a&b=c?d#e;f\"; filename*=UTF-8''a%26b%3Dc%3Fd%23e%3Bf"_ba;
        QTest::newRow("line break") << u"a\nb"_s << "filename=\"a_b\"; filename*=UTF-8''a%0Ab"_ba;
    }
    void oddNamesGoThereAndBack()
    {
        QFETCH(QString, name);
        const QString path = m_bench->at(name);
        const QByteArray content = "content of " + name.toUtf8();
        QCOMPARE(m_bench->upload(path, content).status, 201);
        QCOMPARE(m_bench->bytesOf(name), content);
        QVERIFY(m_bench->namesIn(m_bench->files.path()).contains(name));
        const AgentReply file = m_bench->download(path);
        QCOMPARE(file.status, 200);
        QCOMPARE(file.body, content);
        QCOMPARE(file.headers.value("content-type"), "application/octet-stream");
        QFETCH(QByteArray, disposition);
        QCOMPARE(file.headers.value("content-disposition"), "attachment; "_ba + disposition);
        QCOMPARE(m_bench->stat(path).json()["name"_L1].toString(), name);
        QCOMPARE(m_bench->remove(path, false).status, 204);
        QVERIFY(!QFile::exists(path));
    }

    void aNameThatIsNoTextIsShownAndDeletedWithItsFolder()
    {
        QVERIFY(QDir(m_bench->files.path()).mkdir(u"bytes"_s));
        const QByteArray path = m_bench->at(u"bytes/"_s).toUtf8() + "caf\xe9";
        QFile file;
        FILE *made = ::fopen(path.constData(), "w");
        QVERIFY(made);
        ::fclose(made);
        QCOMPARE(m_bench->namesIn(m_bench->at(u"bytes"_s)), QStringList(u"caf\ufffd"_s));
        QCOMPARE(m_bench->remove(m_bench->at(u"bytes"_s), true).status, 204);
        QVERIFY(!QFile::exists(m_bench->at(u"bytes"_s)));
    }

    void foldersAreMadeAndThingsRenamed()
    {
        const QString folder = m_bench->at(u"new folder"_s);
        QCOMPARE(
            m_bench->agent
                .request("POST", m_bench->route(u"mkdir"_s, folder), "null", {{"Content-Type", "application/json"}})
                .status,
            201);
        QVERIFY(QFileInfo(folder).isDir());
        const AgentReply again = m_bench->agent.post(m_bench->route(u"mkdir"_s, folder));
        QCOMPARE(SftpBench::codeOf(again), u"SFTP_ERROR"_s);
        m_bench->put(u"one"_s, "1");
        m_bench->put(u"two"_s, "2");
        const auto rename = [&](const QString &from, const QString &to) {
            return m_bench->agent.post(u"/api/sftp/%1/rename?from=%2&to=%3"_s.arg(
                m_bench->session, SftpBench::encoded(m_bench->at(from)), SftpBench::encoded(m_bench->at(to))));
        };
        QCOMPARE(rename(u"one"_s, u"new folder/one moved"_s).status, 204);
        QCOMPARE(m_bench->bytesOf(u"new folder/one moved"_s), "1");
        QCOMPARE(SftpBench::codeOf(rename(u"two"_s, u"new folder/one moved"_s)), u"SFTP_ERROR"_s);
        QCOMPARE(m_bench->bytesOf(u"new folder/one moved"_s), "1");
        QCOMPARE(m_bench->bytesOf(u"two"_s), "2");
    }

    void aTreeIsDeletedAndWhatItsLinksLeadToIsNot()
    {
        QDir folder(m_bench->files.path());
        QVERIFY(folder.mkpath(u"outside/deep"_s) && folder.mkpath(u"tree/a/b/c"_s) && folder.mkpath(u"tree/empty"_s));
        m_bench->put(u"outside/deep/kept"_s, "kept");
        m_bench->put(u"tree/a/file"_s, "x");
        m_bench->put(u"tree/a/b/c/file"_s, "x");
        QVERIFY(QFile::link(m_bench->at(u"outside"_s), m_bench->at(u"tree/a/link out"_s)));
        QVERIFY(QFile::link(m_bench->at(u"outside"_s), m_bench->at(u"link"_s)));
        QCOMPARE(m_bench->remove(m_bench->at(u"link//"_s), true).status, 204);
        QVERIFY(!folder.entryList().contains(u"link"_s));
        QCOMPARE(m_bench->remove(m_bench->at(u"tree"_s), true).status, 204);
        QVERIFY(!folder.exists(u"tree"_s));
        QCOMPARE(m_bench->bytesOf(u"outside/deep/kept"_s), "kept");
    }

    void aDeletionThatFailsNamesThePath()
    {
        if (geteuid() == 0)
            QSKIP("root may delete everything");
        QDir folder(m_bench->files.path());
        QVERIFY(folder.mkpath(u"guarded/sub"_s));
        m_bench->put(u"guarded/sub/file"_s, "x");
        ::chmod(m_bench->at(u"guarded/sub"_s).toUtf8().constData(), 0500);
        const AgentReply refused = m_bench->remove(m_bench->at(u"guarded"_s), true);
        ::chmod(m_bench->at(u"guarded/sub"_s).toUtf8().constData(), 0700);
        QCOMPARE(refused.status, 403);
        QVERIFY(refused.json()["error"_L1].toString().contains(u"guarded/sub/file"_s));
        QCOMPARE(m_bench->bytesOf(u"guarded/sub/file"_s), "x");
    }

    void rootsAreNotDeleted_data()
    {
        QTest::addColumn<QString>("path");
        for (const char *path : {"/", "//", "", "flash:/", "bootflash:", "harddisk://", "/tmp/..", "/tmp/../", "."})
            QTest::newRow(path) << QString::fromLatin1(path);
    }
    void rootsAreNotDeleted()
    {
        QFETCH(QString, path);
        for (const bool isFolder : {true, false}) {
            const AgentReply refused = m_bench->remove(path, isFolder);
            QCOMPARE(refused.status, 400);
            QCOMPARE(SftpBench::codeOf(refused), u"VALIDATION"_s);
        }
    }

    void refusalsSayWhatTheServerSaid()
    {
        const AgentReply missing = m_bench->ls(m_bench->at(u"not there"_s));
        QCOMPARE(missing.status, 404);
        QCOMPARE(SftpBench::codeOf(missing), u"SFTP_ERROR"_s);
        QCOMPARE(missing.json()["error"_L1].toString(), u"No such file: No such file"_s);
        QCOMPARE(m_bench->download(m_bench->at(u"not there"_s)).status, 404);
        QCOMPARE(m_bench->stat(m_bench->at(u"not there"_s)).status, 404);
        QCOMPARE(m_bench->upload(m_bench->at(u"not there/x"_s), "x").status, 404);
        QCOMPARE(SftpBench::codeOf(m_bench->download(m_bench->files.path())), u"SFTP_ERROR"_s);
        for (const QString &what : {u"stat"_s, u"download"_s}) {
            const AgentReply incomplete = m_bench->agent.get(u"/api/sftp/%1/%2"_s.arg(m_bench->session, what));
            QCOMPARE(incomplete.status, 400);
            QCOMPARE(SftpBench::codeOf(incomplete), u"VALIDATION"_s);
            QCOMPARE(incomplete.json()["field"_L1].toString(), u"path"_s);
        }
        QCOMPARE(m_bench->agent.del(m_bench->route(u"rm"_s, u"/x"_s, u"&is_dir=1"_s)).status, 400);
    }

private:
    std::unique_ptr<SftpBench> m_bench;
};

QTEST_GUILESS_MAIN(SftpFilesTest)
#include "tst_sftpfiles.moc"
