#include "localfilesbench.h"

#include <QCoroTask>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 section 3: reading and writing, on the real file system.
class LocalFileContentTest : public QObject, private LocalFilesBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void textIsReadAsItIs_data();
    void textIsReadAsItIs();
    void whatIsNoTextIsAnError();
    void textIsReadUpToItsLimit();
    void otherRoomsReadByTheSameRules();
    void anythingIsReadInBase64_data();
    void anythingIsReadInBase64();
    void aFileThatBecomesShorterCutsTheAnswer();
    void tooLargeFilesAreRefused();
    void textIsWrittenAndCounted();
    void anythingIsWrittenFromBase64();
    void whatIsNoBase64IsRefused_data();
    void whatIsNoBase64IsRefused();
    void aLargePictureGoesThroughUnchanged();
};

void LocalFileContentTest::textIsReadAsItIs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("mark and line ends") << QByteArray("\xEF\xBB\xBF"
                                                      "a\r\nb\rc\n");
    QTest::newRow("NUL") << QByteArray("a\0b", 3);
    QTest::newRow("signs") << QByteArray("ü🚀\"\\\x1b[0m\x7f");
    QTest::newRow("large") << QByteArray(3'000'000, 'x') + "ü";
}

void LocalFileContentTest::textIsReadAsItIs()
{
    QFETCH(QByteArray, text);
    put(u"desk/a b+%20ü"_s, text);
    const Answer answer = askPath("read-file", u"desk/a b+%20ü"_s);
    QCOMPARE(answer.status, 200);
    const JsonValue &json = answer.json();
    QCOMPARE(json.MemberCount(), 2u);
    QCOMPARE(QByteArray(json["content"].GetString(), qsizetype(json["content"].GetStringLength())), text);
    QCOMPARE(answer.text("path"), at(u"desk/a b+%20ü"_s));
}

void LocalFileContentTest::whatIsNoTextIsAnError()
{
    put(u"desk/latin"_s, "caf\xE9");
    const Answer answer = askPath("read-file", u"desk/latin"_s);
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"FS_READ"_s);
    QVERIFY(answer.text("error").contains(u"UTF-8"_s));
}

void LocalFileContentTest::textIsReadUpToItsLimit()
{
    makeSparse(u"desk/f"_s, LocalFiles::kMaxText + 1);
    const Answer refused = askPath("read-file", u"desk/f"_s);
    QCOMPARE(refused.status, 413);
    QCOMPARE(refused.code(), u"FS_READ"_s);
    makeSparse(u"desk/f"_s, qint64(5) * 1024 * 1024 * 1024);
    QCOMPARE(askPath("read-file", u"desk/f"_s).status, 413);
    put(u"desk/f"_s, QByteArray(LocalFiles::kMaxText, 'x'));
    QCOMPARE(askPath("read-file", u"desk/f"_s).status, 200);
}

void LocalFileContentTest::otherRoomsReadByTheSameRules()
{
    put(u"desk/main.py"_s, "print()\n");
    const auto read = [&](const QString &path) { return QCoro::waitFor(m_files->text(path)); };
    QCOMPARE(read(at(u"desk/main.py"_s)).value(), "print()\n");
    const auto missing = read(at(u"desk/none.py"_s)), denied = read(at(u"home/.ssh/id"_s));
    QVERIFY(!missing && !denied);
    QCOMPARE(missing.error().word, "FS_READ");
    QCOMPARE(denied.error().word, "FS_PATH_DENIED");
}

void LocalFileContentTest::anythingIsReadInBase64_data()
{
    QTest::addColumn<qsizetype>("size");
    for (const qsizetype size : {0, 1, 2, 3, 4, 5, 6, 196'607, 196'608, 196'609, 1'000'001})
        QTest::addRow("%lld", qlonglong(size)) << size;
}

void LocalFileContentTest::anythingIsReadInBase64()
{
    QFETCH(qsizetype, size);
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = char(i * 7 + i / 251);
    put(u"desk/f"_s, bytes);
    const Answer answer = askPath("read-file-binary", u"desk/f"_s);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.contentType, "application/json");
    QVERIFY(!answer.isCut);
    QCOMPARE(answer.json().MemberCount(), 3u);
    QCOMPARE(answer.text("content_base64").toLatin1(), bytes.toBase64());
    QCOMPARE(answer.json()["size"].GetInt64(), qint64(size));
    QCOMPARE(answer.text("path"), at(u"desk/f"_s));
}

void LocalFileContentTest::aFileThatBecomesShorterCutsTheAnswer()
{
    put(u"desk/f"_s, QByteArray(1'000'000, 'x'));
    const RouteMatch match = m_router->match(Method::Post, "/api/local/read-file-binary");
    Request request;
    request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
    request.body = object({{"path", bytesAt(u"desk/f"_s)}});
    std::optional<Response> response;
    match.route->handler(std::move(request)).then([&](Response r) { response = std::move(r); });
    QTRY_VERIFY(response && response->streamer);
    QCOMPARE(::truncate(QFile::encodeName(at(u"desk/f"_s)).constData(), 500'000), 0);

    class Writer : public ResponseWriter
    {
    public:
        explicit Writer(bool &finished)
            : m_finished(finished)
        {
        }
        void write(const QByteArray &) override {}
        void finish() override { m_finished = true; }
        qint64 bytesPending() const override { return 0; }
        bool isOpen() const override { return true; }

    private:
        bool &m_finished;
    };
    bool finished = false;
    auto writer = std::make_shared<Writer>(finished);
    const std::weak_ptr<Writer> alive = writer;
    response->streamer(std::move(writer));
    QTRY_VERIFY(alive.expired());
    QVERIFY(!finished); // the connection breaks, and the client does not take the half for the whole
}

void LocalFileContentTest::tooLargeFilesAreRefused()
{
    makeSparse(u"desk/large"_s, qint64(5) * 1024 * 1024 * 1024);
    const Answer answer = askPath("read-file-binary", u"desk/large"_s);
    QCOMPARE(answer.status, 413);
    QCOMPARE(answer.code(), u"FS_READ"_s);
    const Answer listed = askPath("list-dir", u"desk"_s);
    QCOMPARE(listed.json()["entries"][0]["size"].GetInt64(), qint64(5) * 1024 * 1024 * 1024);
}

void LocalFileContentTest::textIsWrittenAndCounted()
{
    const Answer answer = ask("write-file", {{"path", bytesAt(u"desk/a b+%ü"_s)}, {"content", "ü\r\n"}});
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "{\"success\":true,\"path\":\"" + bytesAt(u"desk/a b+%ü"_s) + "\",\"bytes\":4}");
    QCOMPARE(content(u"desk/a b+%ü"_s), "ü\r\n");
    QCOMPARE(ask("write-file", {{"path", bytesAt(u"desk/a b+%ü"_s)}, {"content", ""}}).status, 200);
    QVERIFY(content(u"desk/a b+%ü"_s).isEmpty() && QFile::exists(at(u"desk/a b+%ü"_s)));
    const Answer orphan = ask("write-file", {{"path", bytesAt(u"none/f"_s)}, {"content", "x"}});
    QCOMPARE(orphan.status, 404);
    QCOMPARE(orphan.code(), u"FS_WRITE"_s);
}

void LocalFileContentTest::anythingIsWrittenFromBase64()
{
    const QByteArray bytes("\0\xff\r\n\x89PNG", 8);
    const QByteArray path = bytesAt(u"desk/shots/today/1.png"_s); // the folders are made
    const Answer answer = ask("write-file-binary", {{"path", path}, {"content_base64", bytes.toBase64()}});
    QCOMPARE(answer.body, "{\"success\":true,\"path\":\"" + path + "\",\"bytes\":8}");
    QCOMPARE(content(u"desk/shots/today/1.png"_s), bytes);
    QCOMPARE(ask("write-file-binary", {{"path", path}, {"content_base64", ""}}).json()["bytes"].GetInt64(), 0);
    QVERIFY(content(u"desk/shots/today/1.png"_s).isEmpty());
}

void LocalFileContentTest::whatIsNoBase64IsRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"AAA", "AA", "A", "AA=", "AAAA=", "A===", "AA==AA==", "AA\nAA", " AAAA", "AAAA ", "AA-_",
                             "AB==", "data:;base64,AAAA", "ü"})
        QTest::newRow(text) << QByteArray(text);
}

void LocalFileContentTest::whatIsNoBase64IsRefused()
{
    QFETCH(QByteArray, text);
    const Answer answer = ask("write-file-binary", {{"path", bytesAt(u"desk/new/f"_s)}, {"content_base64", text}});
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"INVALID_INPUT"_s);
    QCOMPARE(answer.text("field"), u"content_base64"_s);
    QVERIFY(!QFile::exists(at(u"desk/new"_s)));
}

void LocalFileContentTest::aLargePictureGoesThroughUnchanged()
{
    QByteArray picture("\x89PNG\r\n\x1a\n");
    quint32 state = 1;
    while (picture.size() < 5'000'000)
        picture += char((state = state * 1664525 + 1013904223) >> 24);
    const QByteArray path = bytesAt(u"desk/picture.png"_s), encoded = picture.toBase64();
    QCOMPARE(ask("write-file-binary", {{"path", path}, {"content_base64", encoded}}).status, 200);
    QVERIFY(content(u"desk/picture.png"_s) == picture);
    const Answer answer = ask("read-file-binary", {{"path", path}});
    QVERIFY(!answer.isCut);
    QVERIFY(answer.text("content_base64").toLatin1() == encoded);
}

QTEST_GUILESS_MAIN(LocalFileContentTest)
#include "tst_localfilecontent.moc"
