#pragma once

#include "resourcebench.h"
#include "scripts/scriptroutes.h"
#include "scripts/scriptrunner.h"
#include "scripts/scriptrunroutes.h"
#include "vault/profilecredentials.h"
#include "vault/vault.h"

#include <QCoroTask>
#include <QThreadPool>

namespace agent::test {

using namespace Qt::StringLiterals;

/// A client of a streamed answer, which may take it slowly or go.
class StreamClient : public ResponseWriter
{
public:
    void write(const QByteArray &bytes) override
    {
        writes.append(bytes);
        if (!reads)
            pending += bytes.size();
    }
    void finish() override { isFinished = true; }
    qint64 bytesPending() const override { return pending; }
    bool isOpen() const override { return !isFinished && !hasGone; }

    void go()
    {
        hasGone = true;
        Q_EMIT closed();
    }
    void readAll()
    {
        reads = true;
        pending = 0;
        Q_EMIT drained();
    }
    /// The data of the events of that name, by the rules of a reader that takes the space after the colon as it is.
    [[nodiscard]] QByteArrayList data(const QByteArray &event, const QByteArray &colon = ":") const
    {
        QByteArrayList found;
        const QByteArray head = "event" + colon + event + "\ndata" + colon;
        for (const QByteArray &write : writes) {
            if (write.startsWith(head) && write.endsWith("\n\n"))
                found.append(write.sliced(head.size()).chopped(2));
        }
        return found;
    }

    QByteArrayList writes;
    qint64 pending = 0;
    bool reads = true;
    bool isFinished = false;
    bool hasGone = false;
};

inline bool isAlive(const QByteArray &pid)
{
    QFile status(u"/proc/%1/stat"_s.arg(QString::fromLatin1(pid.trimmed())));
    return !pid.trimmed().isEmpty() && status.open(QIODevice::ReadOnly) && !status.readAll().contains(") Z");
}

/// A database with scripts and a runner that runs them with the system's python3. Its suites open it for each test.
class ScriptRunBench
{
public:
    void open()
    {
        temporary.reset();
        qunsetenv("TMPDIR");
        temporary = std::make_unique<QTemporaryDir>();
        qputenv("TMPDIR", QFile::encodeName(temporary->path()));
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        credentials = std::make_unique<ProfileCredentials>(bench->database, *vault);
        places = {.python = {u"/usr/bin/python3"_s}};
        makeRunner();
    }
    /// Checks that nothing is left of what ran.
    void close()
    {
        if (runner)
            QCoro::waitFor(runner->stop());
        router.reset();
        runner.reset();
        credentials.reset();
        vault.reset();
        bench.reset();
        QCOMPARE(leftFiles(), QStringList());
    }

    void makeRunner()
    {
        router.reset();
        runner = std::make_unique<ScriptRunner>(places, ChildDefaults());
        router = std::make_unique<Router>();
        registerScriptRoutes(*router, bench->database, workers);
        registerScriptRunRoutes(*router, bench->database, *vault, *runner);
        registerRunPythonRoutes(*router, *runner, [](QString path) -> Task<Result<QByteArray>> {
            QFile file(path);
            if (!file.open(QIODevice::ReadOnly))
                co_return Error{ErrorCode::NotFound, u"cannot read it"_s, {}, {}, "FS_READ"};
            co_return file.readAll();
        });
    }
    QStringList leftFiles() const
    {
        return QDir(temporary->path())
            .entryList({u"netstacks-*"_s, u"ns_*"_s}, QDir::AllEntries | QDir::NoDotAndDotDot);
    }
    QString at(const QString &name) const { return bench->folder.filePath(name); }
    QByteArray read(const QString &name) const
    {
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const QString &name, const QByteArray &text, bool isProgram = false) const
    {
        QFile file(at(name));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("%s", qPrintable(file.errorString()));
        file.write(text);
        if (isProgram)
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    QByteArray make(const QByteArray &source)
    {
        const Answer made = RouteCaller(*router).post("/api/scripts", object({{"name", "s"}, {"content", source}}));
        if (made.status != 201)
            qFatal("%s", made.body.constData());
        return "/api/scripts/" + made.text("id").toLatin1();
    }
    Answer call(const QByteArray &path, const QByteArray &body = {})
    {
        RouteCaller caller(*router);
        caller.patience = std::chrono::seconds(60);
        return caller.post(path, body);
    }
    Answer run(const QByteArray &source, const QByteArray &options = {})
    {
        return call(make(source) + "/run", options);
    }
    /// What a script prints; it must end well.
    QByteArray output(const QByteArray &source, const QByteArray &options = {})
    {
        const Answer answer = run(source, options);
        if (answer.status != 200 || answer.json()["exit_code"].GetInt() != 0)
            qWarning("%s", answer.body.constData());
        return answer.text("stdout").toUtf8();
    }
    /// Calls without waiting for the end.
    std::shared_ptr<StreamClient> stream(const QByteArray &path, const QByteArray &body = {}, bool reads = true)
    {
        const RouteMatch match = router->match(Method::Post, path);
        Request request{.method = Method::Post, .params = match.params, .body = body};
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        std::optional<Response> response;
        match.route->handler(std::move(request)).then([&](Response r) { response = std::move(r); });
        if (!QTest::qWaitFor([&] { return response.has_value(); }, 60'000) || !response->streamer)
            qFatal("no stream: %s", response ? response->body.constData() : "");
        auto client = std::make_shared<StreamClient>();
        client->reads = reads;
        response->streamer(client);
        return client;
    }
    static QByteArray sleeper(const QString &pidFile, const QByteArray &more = {})
    {
        return "import os, subprocess, time\n"
               "child = subprocess.Popen(['sleep', '600'])\n"
               "with open('" +
               pidFile.toUtf8() +
               ".part', 'w') as f:\n    f.write(f'{os.getpid()} {child.pid}')\n"
               "os.rename('" +
               pidFile.toUtf8() + ".part', '" + pidFile.toUtf8() + "')\n" + more + "while True: time.sleep(1)\n";
    }
    QByteArrayList pids(const QString &name) const { return read(name).simplified().split(' '); }
    static bool anyAlive(const QByteArrayList &pids)
    {
        return std::ranges::any_of(pids, [](const QByteArray &pid) { return isAlive(pid); });
    }
    static QByteArray onDevices(const QByteArrayList &ids, const QByteArray &more = {})
    {
        return "{\"device_ids\":[\"" + ids.join("\",\"") + "\"]" + more + "}";
    }

    std::unique_ptr<QTemporaryDir> temporary;
    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<ProfileCredentials> credentials;
    std::unique_ptr<ScriptRunner> runner;
    std::unique_ptr<Router> router;
    PythonPlaces places;
    QThreadPool workers;
};

} // namespace agent::test
