#include "execbench.h"

#include <sys/stat.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 03 section 10.7 and contract 08 section 14: an assistant's files on devices, against a real server.
class RemoteFilesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void writingMakesANewFile();
    void writingKeepsTheModeAndLeavesNothingBeside();
    void largeContentArrivesWhole();
    void editingReplacesTheOneOccurrence();
    void whatCannotBeEditedIsNamed();
    void patchingChangesEveryLine();
    void failuresAreAnswersInTheDevicesWords();
    void linksAreFollowedAndTheRulesHoldForWhereTheyLead();
    void theToolsAreOffUnlessSomebodyTurnsThemOn();
    void unknownSessionsAndFieldsAreNamed();
    void oneLoginServesAllSteps();
    void aLockedVaultStopsAKeptConnectionToo();
    void noisyStartUpFilesDoNoHarm();

private:
    Answer write(const QString &path, const QByteArray &content)
    {
        return bench->call().post("/api/ai/write-file",
                                  object({{"session_id", session}, {"filepath", path.toUtf8()}, {"content", content}}));
    }
    Answer edit(const QString &path, const QByteArray &before, const QByteArray &after)
    {
        return bench->call().post(
            "/api/ai/edit-file",
            object({{"session_id", session}, {"filepath", path.toUtf8()}, {"old_text", before}, {"new_text", after}}));
    }
    Answer patch(const QString &path, const QByteArray &expression)
    {
        return bench->call().post(
            "/api/ai/patch-file",
            object({{"session_id", session}, {"filepath", path.toUtf8()}, {"sed_expression", expression}}));
    }
    QString path(const QString &name) const { return folder.filePath(name); }
    void put(const QString &name, const QByteArray &content, mode_t mode = 0644) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(content);
        file.close();
        QCOMPARE(chmod(path(name).toLocal8Bit().constData(), mode), 0);
    }
    QByteArray get(const QString &name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(none)");
    }
    mode_t modeOf(const QString &name) const
    {
        struct stat status{};
        return stat(path(name).toLocal8Bit().constData(), &status) == 0 ? status.st_mode & 07777 : 0;
    }

    SshdServer sshd;
    QString key;
    QTemporaryDir folder;
    QByteArray session;
    std::unique_ptr<ExecBench> bench;
};

void RemoteFilesTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    key = sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(sshd.start());
}

void RemoteFilesTest::init()
{
    bench = std::make_unique<ExecBench>();
    session = bench->session(sshd.port(), bench->keyProfile(key));
    QVERIFY(bench->call().put("/api/settings/ai.terminal_mode", R"({"value":"true"})").status < 300);
}

void RemoteFilesTest::cleanup()
{
    if (!bench)
        return;
    const auto threads = bench->threads;
    bench.reset();
    QTRY_COMPARE_WITH_TIMEOUT(threads->running(), 0, 10000);
}

void RemoteFilesTest::writingMakesANewFile()
{
    const Answer answer = write(path(u"new file.txt"_s), "h\xc3\xa4llo 'quoted' $HOME `id` \\n\n");
    QCOMPARE(answer.status, 200);
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QCOMPARE(answer.text("output"), u"wrote 30 bytes to %1"_s.arg(path(u"new file.txt"_s)));
    QVERIFY(answer.json()["error"].IsNull());
    QCOMPARE(answer.json()["exit_code"].GetInt(), 0);
    QCOMPARE(get(u"new file.txt"_s), "h\xc3\xa4llo 'quoted' $HOME `id` \\n\n");
    QVERIFY(write(path(u"empty"_s), "").json()["success"].GetBool());
    QCOMPARE(get(u"empty"_s), "");
}

void RemoteFilesTest::writingKeepsTheModeAndLeavesNothingBeside()
{
    for (const mode_t mode : {mode_t(0640), mode_t(0755), mode_t(0444), mode_t(0600)}) {
        put(u"kept"_s, "old", mode);
        QVERIFY(write(path(u"kept"_s), "new").json()["success"].GetBool());
        QCOMPARE(get(u"kept"_s), "new");
        QCOMPARE(modeOf(u"kept"_s), mode);
    }
    QVERIFY(QDir(folder.path()).entryList({u".netstacks_tmp_*"_s}, QDir::AllEntries | QDir::Hidden).isEmpty());
}

void RemoteFilesTest::largeContentArrivesWhole()
{
    QByteArray content;
    for (int i = 0; i < 500'000; ++i)
        content += "line " + QByteArray::number(i) + '\n';
    QVERIFY(content.size() > 5'000'000);
    const Answer answer = write(path(u"large"_s), content);
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QCOMPARE(get(u"large"_s), content);
}

void RemoteFilesTest::editingReplacesTheOneOccurrence()
{
    put(u"conf"_s, "a=1\r\nb=2\nno newline at the end: \xe2\x82\xac", 0640);
    const Answer answer = edit(path(u"conf"_s), "b=2\nno", "b=$(3)\nso");
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QCOMPARE(get(u"conf"_s), "a=1\r\nb=$(3)\nso newline at the end: \xe2\x82\xac");
    QCOMPARE(modeOf(u"conf"_s), mode_t(0640));
    QVERIFY(edit(path(u"conf"_s), "a=1\r\n", "").json()["success"].GetBool());
    QCOMPARE(get(u"conf"_s), "b=$(3)\nso newline at the end: \xe2\x82\xac");
}

void RemoteFilesTest::whatCannotBeEditedIsNamed()
{
    put(u"twice"_s, "x aaa x");
    const auto field = [](const Answer &answer) { return answer.status == 400 ? answer.text("field") : QString(); };
    QCOMPARE(field(edit(path(u"twice"_s), "x", "y")), u"old_text"_s);
    QCOMPARE(field(edit(path(u"twice"_s), "aa", "y")), u"old_text"_s); // overlapping counts
    QCOMPARE(field(edit(path(u"twice"_s), "z", "y")), u"old_text"_s);
    QCOMPARE(field(edit(path(u"twice"_s), "", "y")), u"old_text"_s);
    put(u"large"_s, QByteArray(1024 * 1024 + 1, 'x'));
    QCOMPARE(field(edit(path(u"large"_s), "y", "z")), u"filepath"_s);
    put(u"limit"_s, QByteArray(1024 * 1024 - 1, 'x') + 'y');
    QVERIFY(edit(path(u"limit"_s), "y", "z").json()["success"].GetBool());
    put(u"latin"_s, "caf\xe9");
    QCOMPARE(field(edit(path(u"latin"_s), "caf", "z")), u"filepath"_s);
    QCOMPARE(get(u"twice"_s), "x aaa x");
}

void RemoteFilesTest::patchingChangesEveryLine()
{
    put(u"conf"_s, "port 22\nport 23\n", 0600);
    const Answer answer = patch(path(u"conf"_s), "s/port \\([0-9]*\\)/listen \\1\\/tcp/");
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QCOMPARE(get(u"conf"_s), "listen 22/tcp\nlisten 23/tcp\n");
    QCOMPARE(modeOf(u"conf"_s), mode_t(0600));
    const Answer broken = patch(path(u"conf"_s), "s/\\(/x/");
    QCOMPARE(broken.status, 200);
    QVERIFY(!broken.json()["success"].GetBool() && broken.json()["error"].IsString());
    QCOMPARE(get(u"conf"_s), "listen 22/tcp\nlisten 23/tcp\n");
    QCOMPARE(patch(path(u"conf"_s), "s/a/b/e").status, 400);
}

void RemoteFilesTest::failuresAreAnswersInTheDevicesWords()
{
    const Answer noFolder = write(path(u"missing/file"_s), "x");
    QCOMPARE(noFolder.status, 200);
    QVERIFY(!noFolder.json()["success"].GetBool());
    QVERIFY2(noFolder.text("error").contains(u"missing"_s), noFolder.body.constData());
    QVERIFY(noFolder.json()["exit_code"].GetInt() != 0);
    QVERIFY(edit(path(u"absent"_s), "a", "b").text("error").contains(u"no such file"_s));
    QVERIFY(patch(path(u"absent"_s), "s/a/b/").text("error").contains(u"no such file"_s));
    QVERIFY(QDir(folder.path()).mkdir(u"sub"_s));
    QVERIFY(write(path(u"sub"_s), "x").text("error").contains(u"not a regular file"_s));
}

void RemoteFilesTest::linksAreFollowedAndTheRulesHoldForWhereTheyLead()
{
    put(u"real"_s, "old");
    QVERIFY(QFile::link(path(u"real"_s), path(u"link"_s)));
    QVERIFY(write(path(u"link"_s), "new").json()["success"].GetBool());
    QCOMPARE(get(u"real"_s), "new");
    QVERIFY(QFileInfo(path(u"link"_s)).isSymLink());
    for (const char *target : {"/etc/shadow", "/etc/passwd", "/proc/version"}) {
        QFile::remove(path(u"evil"_s));
        QVERIFY(QFile::link(QString::fromLatin1(target), path(u"evil"_s)));
        for (const Answer &answer :
             {write(path(u"evil"_s), "x"), edit(path(u"evil"_s), "root", "x"), patch(path(u"evil"_s), "s/root/x/")}) {
            QCOMPARE(answer.status, 400);
            QCOMPARE(answer.text("field"), u"filepath"_s);
        }
    }
    QVERIFY(QFile::link(u"/etc"_s, path(u"folder"_s)));
    QCOMPARE(write(path(u"folder/passwd"_s), "x").status, 400);
}

void RemoteFilesTest::theToolsAreOffUnlessSomebodyTurnsThemOn()
{
    for (const char *off : {"false", R"("false")", R"({"value":"false"})", R"({"value":false})", "1", "null"}) {
        QVERIFY(bench->call().put("/api/settings/ai.terminal_mode", off).status < 300);
        const Answer answer = write(path(u"off"_s), "x");
        QCOMPARE(answer.status, 403);
        QCOMPARE(answer.code(), u"ACCESS_DENIED"_s);
    }
    QVERIFY(!QFile::exists(path(u"off"_s)));
    bench->isConfigMode = true;
    QVERIFY(write(path(u"off"_s), "x").json()["success"].GetBool());
    bench->isConfigMode = false;
    for (const char *on : {"true", R"("true")", R"({"value":true})"}) {
        QVERIFY(bench->call().put("/api/settings/ai.terminal_mode", on).status < 300);
        QCOMPARE(write(path(u"off"_s), "y").status, 200);
    }
}

void RemoteFilesTest::unknownSessionsAndFieldsAreNamed()
{
    session = "nope";
    QCOMPARE(write(path(u"x"_s), "x").status, 404);
    QCOMPARE(bench->call().post("/api/ai/write-file", R"({"session_id":"s","filepath":"/x"})").text("field"),
             u"content"_s);
    QCOMPARE(bench->call().post("/api/ai/edit-file", R"({"session_id":"s","filepath":"/x","old_text":"a"})").status,
             422);
    QCOMPARE(write(u"/etc/passwd"_s, "x").status, 400); // before the session is looked for
}

void RemoteFilesTest::oneLoginServesAllSteps()
{
    put(u"conf"_s, "a=1\n");
    const auto before = sshd.log().count("Accepted publickey");
    QVERIFY(edit(path(u"conf"_s), "a=1", "a=2").json()["success"].GetBool());
    QVERIFY(write(path(u"other"_s), "x").json()["success"].GetBool());
    QCOMPARE(sshd.log().count("Accepted publickey"), before + 1);
}

void RemoteFilesTest::aLockedVaultStopsAKeptConnectionToo()
{
    const QByteArray profile = bench->keyProfile(sshd.addClientKey({u"-t"_s, u"ed25519"_s, u"-N"_s, u"open sesame"_s}));
    QCOMPARE(
        bench->call().put("/api/profiles/" + profile + "/credential", object("key_passphrase", "open sesame")).status,
        204);
    session = bench->session(sshd.port(), profile);
    QVERIFY(write(path(u"unlocked"_s), "x").json()["success"].GetBool());
    bench->vault.lock();
    const Answer answer = write(path(u"locked"_s), "x");
    QCOMPARE(answer.status, 403);
    QCOMPARE(answer.code(), u"VAULT_LOCKED"_s);
    QVERIFY(!QFile::exists(path(u"locked"_s)));
}

void RemoteFilesTest::noisyStartUpFilesDoNoHarm()
{
    SshdServer noisy;
    const QString noisyKey = noisy.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(noisy.start({u"ForceCommand echo 'Welcome to this host'; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\""_s}));
    session = bench->session(noisy.port(), bench->keyProfile(noisyKey));
    put(u"conf"_s, "a=1\n");
    QVERIFY(edit(path(u"conf"_s), "a=1", "a=2").json()["success"].GetBool());
    QCOMPARE(get(u"conf"_s), "a=2\n");
}

QTEST_GUILESS_MAIN(RemoteFilesTest)
#include "tst_remotefiles.moc"
