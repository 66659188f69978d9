#include "localfilesbench.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 sections 3 and 4 but for reading and writing, on the real file system.
class LocalFilesTest : public QObject, private LocalFilesBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void foldersAreListedUnderTheNameThatWasAsked();
    void tenThousandEntriesAreListedAndNoMore();
    void foldersAreMadeDeletedAndRenamed();
    void existenceIsAsked();
    void privatePlacesAreDenied_data();
    void privatePlacesAreDenied();
    void missingThingsAre404WithTheWordOfTheRoute();
    void wrongBodiesNameTheirField_data();
    void wrongBodiesNameTheirField();
    void anOrderToOpenAFileIsLeftForTheTerminal();
    void anOrderToOpenAFileIsChecked_data();
    void anOrderToOpenAFileIsChecked();
    void anOrderThatCannotBeLeftIsAnIoError();
    void anOrderIsNeverSeenHalfWritten();
    void aFloodOfOrdersIsTurnedAway();
};

void LocalFilesTest::foldersAreListedUnderTheNameThatWasAsked()
{
    QVERIFY(QDir(at(u"desk"_s)).mkdir(u"Sub"_s));
    put(u"desk/b"_s, "");
    put(u"desk/A b+%"_s, "xy");
    QVERIFY(QFile::link(at(u"desk/Sub"_s), at(u"desk/link"_s)));
    QVERIFY(QFile::link(at(u"desk"_s), at(u"alias"_s)));
    for (const QString &asked : {at(u"alias"_s), QString(at(u"alias"_s) + u'/')}) {
        const Answer answer = ask("list-dir", {{"path", asked.toUtf8()}});
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.text("path"), asked);
        QCOMPARE(answer.json()["truncated"].GetBool(), false);
        const auto entries = answer.json()["entries"].GetArray();
        QCOMPARE(entries.Size(), 4u);
        const QStringList names{u"Sub"_s, u"A b+%"_s, u"b"_s, u"link"_s};
        for (qsizetype i = 0; i < names.size(); ++i) {
            const JsonValue &entry = entries[rapidjson::SizeType(i)];
            QCOMPARE(entry.MemberCount(), 5u);
            QCOMPARE(QString::fromUtf8(entry["name"].GetString()), names[i]);
            QCOMPARE(QString::fromUtf8(entry["path"].GetString()), at(u"alias/"_s + names[i]));
            QCOMPARE(entry["is_dir"].GetBool(), i == 0);
            QVERIFY(entry["modified"].GetInt64() > 1'000'000'000);
        }
        QCOMPARE(entries[1]["size"].GetInt64(), 2);
    }
    const Answer root = ask("list-dir", {{"path", "/"}});
    const QString first = QString::fromUtf8(root.json()["entries"][0]["path"].GetString());
    QVERIFY2(first.size() > 1 && first.startsWith(u'/') && first[1] != u'/', qPrintable(first));
}

void LocalFilesTest::tenThousandEntriesAreListedAndNoMore()
{
    const int folder = ::open(QFile::encodeName(at(u"desk"_s)).constData(), O_RDONLY | O_DIRECTORY);
    const auto make = [&](int i) {
        const QByteArray name = "file " + QByteArray::number(i);
        const int fd = ::openat(folder, name.constData(), O_WRONLY | O_CREAT, 0600);
        ::close(fd);
        return fd >= 0;
    };
    for (int i = 0; i < 10'000; ++i)
        QVERIFY(make(i));
    Answer answer = askPath("list-dir", u"desk"_s);
    QCOMPARE(answer.json()["entries"].Size(), 10'000u);
    QCOMPARE(answer.json()["truncated"].GetBool(), false);
    QVERIFY(make(10'000));
    answer = askPath("list-dir", u"desk"_s);
    QCOMPARE(answer.json()["entries"].Size(), 10'000u);
    QCOMPARE(answer.json()["truncated"].GetBool(), true);
    ::close(folder);
    QCOMPARE(remove(u"desk"_s, true).status, 200);
    QVERIFY(!QFile::exists(at(u"desk"_s)));
}

void LocalFilesTest::foldersAreMadeDeletedAndRenamed()
{
    const QByteArray path = bytesAt(u"desk/a b/ü"_s);
    for (int i = 0; i < 2; ++i) {
        const Answer made = ask("mkdir", {{"path", path}});
        QCOMPARE(made.status, 200);
        QCOMPARE(made.body, "{\"success\":true,\"path\":\"" + path + "\"}");
    }
    put(u"desk/a b/ü/f"_s, "x");
    const Answer renamed = ask("rename", {{"from", bytesAt(u"desk/a b"_s)}, {"to", bytesAt(u"desk/c%d"_s)}});
    QCOMPARE(renamed.body, "{\"success\":true}");
    QCOMPARE(content(u"desk/c%d/ü/f"_s), "x");
    const Answer wrongKind = remove(u"desk/c%d"_s, false);
    QVERIFY(wrongKind.status >= 400);
    QCOMPARE(wrongKind.code(), u"FS_DELETE"_s);
    QCOMPARE(content(u"desk/c%d/ü/f"_s), "x");
    QCOMPARE(remove(u"desk/c%d/ü/f"_s, false).body, "{\"success\":true}");
    QCOMPARE(remove(u"desk/c%d"_s, true).body, "{\"success\":true}");
    QVERIFY(!QFile::exists(at(u"desk/c%d"_s)));
    // The home folder stays, whatever is in it.
    const Answer home = remove(u"home"_s, true);
    QCOMPARE(home.status, 403);
    QCOMPARE(home.code(), u"FS_PATH_DENIED"_s);
    QVERIFY(QFile::exists(at(u"home/.config"_s)));
}

void LocalFilesTest::existenceIsAsked()
{
    put(u"desk/f"_s, "");
    QCOMPARE(askPath("exists", u"desk/f"_s).body, "{\"exists\":true}");
    QCOMPARE(askPath("exists", u"desk"_s).body, "{\"exists\":true}");
    QCOMPARE(askPath("exists", u"desk/none"_s).body, "{\"exists\":false}");
    QCOMPARE(askPath("exists", u"desk/f/none"_s).body, "{\"exists\":false}");
    QCOMPARE(askPath("exists", u"home/.ssh/id"_s).code(), u"FS_PATH_DENIED"_s);
}

void LocalFilesTest::privatePlacesAreDenied_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"/etc/passwd",
                             "/etc/shadow",
                             "/etc/shadow-",
                             "/etc/sudoers",
                             "/etc/sudoers.d/none",
                             "/usr/none/f",
                             "/dev/none",
                             "/sbin/none",
                             "/System/x",
                             "/usr/bin/env",
                             "/bin/sh",
                             "/sbin/x",
                             "/proc/self/environ",
                             "/dev/null",
                             "/sys/kernel",
                             "relative",
                             "../x",
                             "~/.ssh/id",
                             "",
                             "%/desk/../desk/f",
                             "%/home/.ssh",
                             "%/home/.ssh/id_ed25519",
                             "%/home/netstacks.db",
                             "%/home/netstacks.db-wal",
                             "%/home/netstacks.db-shm",
                             "%/home/netstacks.db-journal",
                             "%/home/netstacks.db.incoming",
                             "%/home/netstacks.db.bak-20260101-000000",
                             "%/home/.config/localhost.key",
                             "%/home/.config/remote.key",
                             "%/home/.config/agent.lock",
                             "%/desk/link to keys/id",
                             "%/desk/link to database"})
        QTest::newRow(path) << QString::fromUtf8(path);
}

void LocalFilesTest::privatePlacesAreDenied()
{
    QFETCH(QString, path);
    put(u"home/netstacks.db"_s, "database");
    put(u"home/netstacks.db-wal"_s, "log");
    put(u"desk/x"_s, "x");
    QVERIFY(QFile::link(at(u"home/.ssh"_s), at(u"desk/link to keys"_s)));
    QVERIFY(QFile::link(at(u"home/netstacks.db"_s), at(u"desk/link to database"_s)));
    if (path.startsWith(u'%'))
        path = m_around->path() + path.sliced(1);
    const QByteArray bytes = path.toUtf8();
    QList<Answer> answers;
    for (const QByteArray route : {"read-file", "read-file-binary", "list-dir", "exists"})
        answers.append(ask(route, {{"path", bytes}}));
    if (!QFile::exists(path) || path.startsWith(m_around->path())) { // a mistake here must not cost the machine a file
        answers.append(ask("mkdir", {{"path", bytes}}));
        answers.append(ask("write-file", {{"path", bytes}, {"content", "x"}}));
        answers.append(ask("write-file-binary", {{"path", bytes}, {"content_base64", "AAAA"}}));
        if (!path.endsWith("link to database"_L1)) { // a link itself may go
            answers.append(ask("rename", {{"from", bytes}, {"to", bytesAt(u"desk/y"_s)}}));
            answers.append(ask("rename", {{"from", bytesAt(u"desk/x"_s)}, {"to", bytes}}));
            QByteArray body = object({{"path", bytes}});
            body.chop(1);
            answers.append(ask("delete", body + ",\"is_dir\":false}"));
            answers.append(ask("delete", body + ",\"is_dir\":true}"));
        }
    }
    for (qsizetype i = 0; i < answers.size(); ++i) {
        QVERIFY2(answers[i].status == 403 && answers[i].code() == "FS_PATH_DENIED"_L1,
                 QByteArray(answers[i].body + " of answer " + QByteArray::number(i)).constData());
        QVERIFY(!answers[i].text("field").isEmpty());
    }
    QCOMPARE(content(u"desk/x"_s), "x");
    QCOMPARE(content(u"home/netstacks.db"_s), "database");
    QVERIFY(QDir(at(u"home/.ssh"_s)).isEmpty());
}

void LocalFilesTest::missingThingsAre404WithTheWordOfTheRoute()
{
    const QByteArray none = bytesAt(u"desk/none/f"_s);
    const auto check = [](const Answer &answer, const QString &code) {
        QCOMPARE(answer.status, 404);
        QCOMPARE(answer.code(), code);
        QVERIFY(!answer.text("error").isEmpty());
    };
    check(ask("read-file", {{"path", none}}), u"FS_READ"_s);
    check(ask("read-file-binary", {{"path", none}}), u"FS_READ"_s);
    check(ask("list-dir", {{"path", none}}), u"FS_READDIR"_s);
    check(ask("write-file", {{"path", none}, {"content", ""}}), u"FS_WRITE"_s);
    check(ask("rename", {{"from", none}, {"to", bytesAt(u"desk/x"_s)}}), u"FS_RENAME"_s);
    check(remove(u"desk/none"_s, false), u"FS_DELETE"_s);
    check(remove(u"desk/none"_s, true), u"FS_DELETE"_s);
    put(u"desk/f"_s, "");
    QCOMPARE(askPath("mkdir", u"desk/f/x"_s).code(), u"FS_MKDIR"_s);
}

void LocalFilesTest::wrongBodiesNameTheirField_data()
{
    QTest::addColumn<QByteArray>("route");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("field");
    for (const char *route : {"read-file", "read-file-binary", "list-dir", "mkdir", "exists", "write-file", "delete"}) {
        QTest::addRow("%s without path", route) << QByteArray(route) << QByteArray("{}") << u"path"_s;
        QTest::addRow("%s with a number", route) << QByteArray(route) << QByteArray("{\"path\":1}") << u"path"_s;
        QTest::addRow("%s without an object", route) << QByteArray(route) << QByteArray("[]") << u""_s;
    }
    QTest::newRow("no content") << QByteArray("write-file") << QByteArray("{\"path\":\"/x\"}") << u"content"_s;
    QTest::newRow("no bytes") << QByteArray("write-file-binary") << QByteArray("{\"path\":\"/x\"}")
                              << u"content_base64"_s;
    QTest::newRow("no kind") << QByteArray("delete") << QByteArray("{\"path\":\"/x\"}") << u"is_dir"_s;
    QTest::newRow("no target") << QByteArray("rename") << QByteArray("{\"from\":\"/x\"}") << u"to"_s;
}

void LocalFilesTest::wrongBodiesNameTheirField()
{
    QFETCH(QByteArray, route);
    QFETCH(QByteArray, body);
    QFETCH(QString, field);
    const Answer answer = ask(route, body);
    QCOMPARE(answer.status, 422);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    QCOMPARE(answer.text("field"), field);
    QCOMPARE(ask(route, "{").status, 400);
    QCOMPARE(m_call->call(Method::Post, "/api/local/" + route, body, "text/plain").status, 415);
}

void LocalFilesTest::anOrderToOpenAFileIsLeftForTheTerminal()
{
    const QString order = u"desk/.netstacks/open-request.json"_s;
    const auto open = [&](const QByteArray &rest, const QByteArray &root) {
        return m_call->post("/api/workspace/open-file", "{\"workspace_root\":\"" + root + "\"," + rest + "}");
    };
    const QByteArray root = bytesAt(u"desk"_s);
    const Answer answer = open("\"path\":\"src/ü a.py\",\"line\":12", root);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "{\"success\":true}");
    QCOMPARE(content(order), "{\"path\":\"src/ü a.py\",\"line\":12}");
    // As the Terminal does it.
    QCOMPARE(askPath("exists", order).body, "{\"exists\":true}");
    QCOMPARE(askPath("read-file", order).text("content"), u"{\"path\":\"src/ü a.py\",\"line\":12}"_s);
    QCOMPARE(remove(order, false).status, 200);
    QCOMPARE(askPath("exists", order).body, "{\"exists\":false}");
    for (const QByteArray rest : {"\"path\":\"/x\"", "\"path\":\"/x\",\"line\":null"}) {
        QCOMPARE(open(rest, root + '/').status, 200);
        QCOMPARE(content(order), "{\"path\":\"/x\",\"line\":null}");
    }
    QCOMPARE(QDir(at(u"desk/.netstacks"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(),
             1);
}

void LocalFilesTest::anOrderToOpenAFileIsChecked_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const char *body, int status, const char *code, const char *field) {
        QTest::newRow(name) << QByteArray(body) << status << QString::fromUtf8(code) << QString::fromUtf8(field);
    };
    const char *const kRoot = "workspace_root";
    row("blank", R"({"workspace_root":"  ","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("control", R"({"workspace_root":"/tmp/a\u0007","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("late control", R"({"workspace_root":"/tmp/a\u0085","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("relative", R"({"workspace_root":"tmp","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("up", R"({"workspace_root":"/tmp/../tmp","path":"x"})", 400, "INVALID_PATH", kRoot);
    row("control in the path", R"({"workspace_root":"/tmp","path":"a\nb"})", 400, "INVALID_PATH", "path");
    row("denied", R"({"workspace_root":"/proc","path":"x"})", 403, "FS_PATH_DENIED", kRoot);
    row("negative line", R"({"workspace_root":"/tmp","path":"x","line":-1})", 422, "VALIDATION", "line");
    row("half a line", R"({"workspace_root":"/tmp","path":"x","line":1.5})", 422, "VALIDATION", "line");
    row("no path", R"({"workspace_root":"/tmp"})", 422, "VALIDATION", "path");
    row("no root", R"({"path":"x"})", 422, "VALIDATION", kRoot);
}

void LocalFilesTest::anOrderToOpenAFileIsChecked()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, code);
    QFETCH(QString, field);
    const Answer answer = m_call->post("/api/workspace/open-file", body);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.code(), code);
    QCOMPARE(answer.text("field"), field);
}

void LocalFilesTest::anOrderThatCannotBeLeftIsAnIoError()
{
    const auto open = [&](const QString &root) {
        return m_call->post("/api/workspace/open-file", object({{"workspace_root", bytesAt(root)}, {"path", "x"}}));
    };
    put(u"desk/.netstacks"_s, "a file in its place");
    for (const QString &root : {u"desk"_s, u"none"_s}) {
        const Answer answer = open(root);
        QCOMPARE(answer.status, 500);
        QCOMPARE(answer.code(), u"IO_ERROR"_s);
    }
    QVERIFY(!QFile::exists(at(u"none"_s)));
    // Not by a link to where nothing may be left, either.
    QVERIFY(QFile::remove(at(u"desk/.netstacks"_s)));
    QVERIFY(QFile::link(at(u"home/.ssh"_s), at(u"desk/.netstacks"_s)));
    QCOMPARE(open(u"desk"_s).code(), u"FS_PATH_DENIED"_s);
    QVERIFY(QDir(at(u"home/.ssh"_s)).isEmpty());
}

void LocalFilesTest::anOrderIsNeverSeenHalfWritten()
{
    const QByteArray longer(20'000, 'x');
    QSet<QByteArray> seen;
    int pending = 0;
    const RouteMatch match = m_router->match(Method::Post, "/api/workspace/open-file");
    for (int i = 0; i < 60; ++i) {
        Request request;
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        request.body = object({{"workspace_root", bytesAt(u"desk"_s)}, {"path", i % 2 ? longer : QByteArray("short")}});
        ++pending;
        match.route->handler(std::move(request)).then([&pending](Response) { --pending; });
        seen.insert(content(u"desk/.netstacks/open-request.json"_s));
    }
    QTRY_VERIFY(seen.insert(content(u"desk/.netstacks/open-request.json"_s)) != seen.end() && pending == 0);
    seen.remove({}); // before the first
    for (const QByteArray &text : std::as_const(seen))
        QVERIFY(JsonDocument::parse(QByteArray(text.constData(), text.size())));
    QVERIFY(!seen.isEmpty());
}

void LocalFilesTest::aFloodOfOrdersIsTurnedAway()
{
    const RouteMatch match = m_router->match(Method::Post, "/api/local/exists");
    QList<int> statuses;
    constexpr int kAsked = LocalFiles::kMaxOrders + 50;
    for (int i = 0; i < kAsked; ++i) { // without a turn of the loop, so that none is answered meanwhile
        Request request;
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        request.body = object({{"path", bytesAt(u"desk"_s)}});
        match.route->handler(std::move(request)).then([&](Response r) { statuses.append(r.status); });
    }
    QTRY_COMPARE_WITH_TIMEOUT(statuses.size(), kAsked, 60'000);
    QCOMPARE(statuses.count(503), 50);
    QCOMPARE(statuses.count(200), LocalFiles::kMaxOrders);
    QCOMPARE(askPath("exists", u"desk"_s).status, 200);
}

QTEST_GUILESS_MAIN(LocalFilesTest)
#include "tst_localfiles.moc"
