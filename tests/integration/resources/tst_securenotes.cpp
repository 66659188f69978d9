#include "docskb/docskb.h"
#include "documents/documentroutes.h"
#include "resourcebench.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

#include <QDir>
#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Documents of category `notes`: contract 06 section 8.1 and the parts of 8.2 about them.
class SecureNotesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        registerVaultRoutes(bench->router, *vault);
        registerDocumentRoutes(bench->router, bench->database, *vault, help, workers);
        bench->call.patience = std::chrono::seconds(60); // key derivation under sanitizers
        QCOMPARE(bench->call.post("/api/vault/password", object("password", kPassword)).status, 204);
    }
    void cleanup()
    {
        workers.waitForDone();
        vault.reset();
        bench.reset();
    }

    void aNoteIsSealed();
    void aLockedNoteShowsItsNameOnly();
    void aLockedVaultRefusesChangesButNotDeletion();
    void withoutAMasterPasswordThereAreNoNotes();
    void versionsOfNotesAreSealed();
    void leavingAndEnteringNotesConverts();
    void restoringConvertsToWhatTheCategoryNeeds();
    void aDamagedNoteHidesNoOther();
    void aDamagedNoteCanBeWrittenOver();
    void noTextOfANoteIsEverInTheFile();
    void plainTextThatBecameANoteIsGoneFromTheFile();

private:
    static constexpr auto kPassword = "a good long password";

    Answer post(const QByteArray &name, const QByteArray &content, const QByteArray &category = "notes")
    {
        return bench->call.post(
            "/api/docs",
            object({{"name", name}, {"category", category}, {"content_type", "text"}, {"content", content}}));
    }
    QByteArray make(const QByteArray &name, const QByteArray &content, const QByteArray &category = "notes")
    {
        const Answer made = post(name, content, category);
        if (made.status != 201)
            qFatal("cannot make %s: %s", name.constData(), made.body.constData());
        return made.text("id").toLatin1();
    }
    Answer put(const QByteArray &id, const QByteArray &body) { return bench->call.put("/api/docs/" + id, body); }
    Answer get(const QByteArray &id) { return bench->call.get("/api/docs/" + id); }
    QByteArrayList versions(const QByteArray &id)
    {
        QByteArrayList ids;
        const Answer answer = bench->call.get("/api/docs/" + id + "/versions");
        for (const JsonValue &version : answer.json().GetArray())
            ids.append(version["id"].GetString());
        return ids;
    }
    void lock() { QCOMPARE(bench->call.post("/api/vault/lock").status, 204); }
    void unlock() { QCOMPARE(bench->call.post("/api/vault/unlock", object("password", kPassword)).status, 204); }
    /// The database with its log, as they lie on the disk now; backups of the vault's changes, too.
    QByteArray files()
    {
        QByteArray all;
        QDir folder(bench->folder.path());
        for (const QString &name : folder.entryList(QDir::Files)) {
            QFile file(folder.filePath(name));
            if (file.open(QIODevice::ReadOnly))
                all += file.readAll();
        }
        return all;
    }

    DocsKb help;
    QThreadPool workers;
    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
};

void SecureNotesTest::aNoteIsSealed()
{
    const Answer made = post("n", "the secret");
    QCOMPARE(made.status, 201);
    QCOMPARE(made.text("content"), u"the secret"_s);
    QVERIFY(made.json()["encrypted"].GetBool());
    QVERIFY(!made.json()["locked"].GetBool());
    QCOMPARE(bench->call.get("/api/docs").body, '[' + made.body + ']');
    QCOMPARE(bench->sql(u"SELECT content FROM documents"_s).toString(), u""_s);
    QVERIFY(bench->sql(u"SELECT encrypted_content FROM documents"_s).toByteArray().size() > 60);
    // An empty one is sealed, too: what is in it may be nobody's business.
    QVERIFY(post("empty", "").json()["encrypted"].GetBool());
}

void SecureNotesTest::aLockedNoteShowsItsNameOnly()
{
    const QByteArray id = make("n", "the secret");
    make("open", "no secret", "outputs");
    lock();
    const Answer note = get(id);
    QCOMPARE(note.status, 200);
    QCOMPARE(note.text("name"), u"n"_s);
    QCOMPARE(note.text("content"), u""_s);
    QVERIFY(note.json()["encrypted"].GetBool() && note.json()["locked"].GetBool());
    const Answer list = bench->call.get("/api/docs");
    QCOMPARE(list.json().Size(), 2u);
    QVERIFY(!list.body.contains("the secret") && list.body.contains("no secret"));
    unlock();
    QCOMPARE(get(id).text("content"), u"the secret"_s);
}

void SecureNotesTest::aLockedVaultRefusesChangesButNotDeletion()
{
    const QByteArray id = make("n", "one"), plain = make("p", "plain", "outputs");
    put(id, object("content", "two"));
    const QByteArray version = versions(id).first();
    lock();
    for (const Answer &refused :
         {post("other", "x"), put(id, object("name", "renamed")), put(id, object("content", "three")),
          put(id, object("category", "outputs")), put(plain, object("category", "notes")),
          bench->call.get("/api/docs/versions/" + version),
          bench->call.post("/api/docs/" + id + "/restore/" + version)}) {
        QCOMPARE(refused.status, 403);
        QCOMPARE(refused.code(), u"VAULT_LOCKED"_s);
    }
    QCOMPARE(get(id).text("name"), u"n"_s);
    QCOMPARE(versions(id).size(), 1); // their times may be seen
    QCOMPARE(put(plain, object("content", "still writable")).status, 200);
    QCOMPARE(bench->call.remove("/api/docs/" + id).status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM documents"_s).toInt(), 1);
}

void SecureNotesTest::withoutAMasterPasswordThereAreNoNotes()
{
    QCOMPARE(bench->call.post("/api/vault/wipe", object("confirm_password", kPassword)).status, 204);
    const Answer refused = post("n", "x");
    QCOMPARE(refused.status, 403);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM documents"_s).toInt(), 0);
}

void SecureNotesTest::versionsOfNotesAreSealed()
{
    const QByteArray id = make("n", "one");
    put(id, object("content", "two"));
    QCOMPARE(versions(id).size(), 1);
    QCOMPARE(bench->sql(u"SELECT content FROM document_versions"_s).toString(), u""_s);
    QCOMPARE(bench->call.get("/api/docs/versions/" + versions(id).first()).text("content"), u"one"_s);
    // The same content again is no change, although its seal would be another.
    put(id, object("content", "two"));
    put(id, object("name", "renamed"));
    QCOMPARE(versions(id).size(), 1);
}

void SecureNotesTest::leavingAndEnteringNotesConverts()
{
    const QByteArray id = make("n", "one", "outputs");
    put(id, object("content", "two"));
    const Answer entered = put(id, object({{"category", "notes"}, {"name", "secret"}}));
    QCOMPARE(entered.text("content"), u"two"_s);
    QVERIFY(entered.json()["encrypted"].GetBool());
    QCOMPARE(versions(id).size(), 2);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM document_versions WHERE content <> '' OR encrypted_content IS NULL"_s)
                 .toInt(),
             0);
    const Answer left = put(id, object({{"category", "outputs"}, {"content", "three"}}));
    QCOMPARE(left.text("content"), u"three"_s);
    QVERIFY(!left.json()["encrypted"].GetBool());
    QCOMPARE(bench->sql(u"SELECT content FROM documents"_s).toString(), u"three"_s);
    QVERIFY(bench->sql(u"SELECT encrypted_content FROM documents"_s).isNull());
    // What it was as a note stays sealed.
    QCOMPARE(bench->sql(u"SELECT count(*) FROM document_versions WHERE content <> ''"_s).toInt(), 0);
    QCOMPARE(bench->call.get("/api/docs/versions/" + versions(id).first()).text("content"), u"two"_s);
}

void SecureNotesTest::restoringConvertsToWhatTheCategoryNeeds()
{
    // A sealed version into a document that is a note no more
    const QByteArray left = make("n", "as a note");
    put(left, object({{"category", "outputs"}, {"content", "in the open"}}));
    const QByteArray sealed = versions(left).first();
    const Answer opened = bench->call.post("/api/docs/" + left + "/restore/" + sealed);
    QCOMPARE(opened.text("content"), u"as a note"_s);
    QVERIFY(!opened.json()["encrypted"].GetBool());
    // A version in plain text, as the reference leaves them, into a note
    const QByteArray note = make("n2", "now");
    bench->sql(u"INSERT INTO document_versions (id, document_id, content) VALUES ('v', '%1', 'then') RETURNING 1"_s.arg(
        QLatin1StringView(note)));
    const Answer restored = bench->call.post("/api/docs/" + note + "/restore/v");
    QCOMPARE(restored.text("content"), u"then"_s);
    QVERIFY(restored.json()["encrypted"].GetBool());
    QCOMPARE(bench->sql(u"SELECT content FROM documents WHERE name = 'n2'"_s).toString(), u""_s);
    QCOMPARE(bench->sql(u"SELECT content FROM document_versions WHERE id = 'v'"_s).toString(), u""_s);
    QCOMPARE(bench->call.get("/api/docs/versions/v").text("content"), u"then"_s);
}

void SecureNotesTest::aDamagedNoteHidesNoOther()
{
    const QByteArray damaged = make("damaged", "one");
    make("sound", "two");
    bench->sql(u"UPDATE documents SET encrypted_content = X'00112233' WHERE name = 'damaged' RETURNING 1"_s);
    const Answer list = bench->call.get("/api/docs");
    QCOMPARE(list.status, 200);
    QCOMPARE(list.json().Size(), 2u);
    QVERIFY(list.json()[0]["locked"].GetBool());
    QCOMPARE(list.json()[1]["content"].GetString(), "two");
    QVERIFY(get(damaged).json()["locked"].GetBool());
}

void SecureNotesTest::aDamagedNoteCanBeWrittenOver()
{
    const QByteArray id = make("n", "one");
    bench->sql(u"UPDATE documents SET encrypted_content = X'00112233' RETURNING 1"_s);
    QCOMPARE(put(id, object("name", "renamed")).text("name"), u"renamed"_s);
    const Answer moved = put(id, object("category", "outputs")); // there is nothing to unseal
    QCOMPARE(moved.status, 500);
    QCOMPARE(moved.code(), u"ENCRYPTION_ERROR"_s);
    const Answer written = put(id, object("content", "new"));
    QCOMPARE(written.text("content"), u"new"_s);
    QVERIFY(!written.json()["locked"].GetBool());
    QCOMPARE(bench->sql(u"SELECT hex(encrypted_content) FROM document_versions"_s).toString(), u"00112233"_s);
}

void SecureNotesTest::noTextOfANoteIsEverInTheFile()
{
    const QByteArray marker = "Sentinel7QvX";
    const auto search = [&](const char *stage) {
        const QByteArray found = files();
        QVERIFY2(found.size() > 100'000, stage);
        QVERIFY2(!found.contains(marker), stage);
    };
    const QByteArray large = QByteArray(marker + ' ').repeated(10'000);
    const QByteArray id = make("n", marker + " 0");
    search("created");
    for (const QByteArray &content : QByteArrayList{marker + " 1", large, marker + " 2", marker + " 3", large + "4"}) {
        QCOMPARE(put(id, object("content", content)).status, 200);
        search("edited");
    }
    const QByteArrayList kept = versions(id);
    QCOMPARE(kept.size(), 5);
    QCOMPARE(bench->call.post("/api/docs/" + id + "/restore/" + kept[2]).text("content").toUtf8(), large);
    search("restored");
    QCOMPARE(bench->call
                 .put("/api/vault/password",
                      object({{"old_password", kPassword}, {"new_password", "another long password"}}))
                 .status,
             204);
    search("under another password");
    QCOMPARE(get(id).text("content").toUtf8(), large);
    lock();
    search("locked");
    QCOMPARE(bench->call.remove("/api/docs/" + id).status, 204);
    search("deleted");
}

/// Text that lay in the open for a while is gone from every page once the document is a note: the file must be as if it
/// had never been there.
void SecureNotesTest::plainTextThatBecameANoteIsGoneFromTheFile()
{
    const QByteArray marker = "Sentinel8ZkY";
    QByteArrayList ids;
    // Many small and some large ones, so that pages are split, joined and freed.
    for (int i = 0; i < 60; ++i) {
        const QByteArray id =
            make("n" + QByteArray::number(i), QByteArray(marker + ' ').repeated(i % 7 == 0 ? 2000 : 3 + i), "outputs");
        put(id, object("content", QByteArray(marker + '-').repeated(i % 5 == 0 ? 1500 : 2 + i)));
        ids.append(id);
    }
    QVERIFY(files().contains(marker));
    for (const QByteArray &id : ids) {
        const Answer sealed = put(id, object("category", "notes"));
        QCOMPARE(sealed.status, 200);
        QVERIFY(sealed.body.contains(marker));
    }
    QVERIFY(!files().contains(marker));
    const Answer out = put(ids.first(), object("category", "outputs"));
    QVERIFY(files().contains(marker));
    QCOMPARE(put(ids.first(), object("category", "notes")).status, 200);
    QVERIFY(!files().contains(marker));
    QCOMPARE(get(ids.first()).text("content"), out.text("content"));
}

QTEST_GUILESS_MAIN(SecureNotesTest)
#include "tst_securenotes.moc"
