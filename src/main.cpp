#include "app/agent.h"
#include "app/enterpriseconfig.h"
#include "app/handshake.h"
#include "app/shutdown.h"
#include "core/log.h"
#include "platform/hardening.h"
#include "platform/memory.h"

#include <QCoreApplication>

#include <cstdio>

namespace {

using namespace agent;
using namespace Qt::StringLiterals;

int fail(const Error &error)
{
    std::fprintf(stderr, "netstacks-agent: %s\n", qUtf8Printable(error.message));
    return 1;
}

int runInitTls(Handshake &out)
{
    const Result<QString> flag = AppPaths::locate().andThen([](AppPaths paths) { return initTls(paths); });
    if (!flag)
        return fail(flag.error());
    const QByteArray text = "TLS cert initialized at " + flag->toUtf8() + '\n';
    out.printText(text);
    return 0;
}

int runRestoreBackup(const QString &backup, Handshake &out)
{
    if (backup.isEmpty())
        return fail({ErrorCode::Validation, u"--restore-backup needs the path of a backup"_s});
    const Result<QString> database =
        AppPaths::locate().andThen([&](AppPaths paths) { return restoreBackup(paths, backup); });
    if (!database)
        return fail(database.error());
    const QByteArray text =
        "The next start puts it in the place of " + database->toUtf8() + ", which is kept beside it as a backup.\n";
    out.printText(text);
    return 0;
}

Task<> stopAndQuit(Agent &agent)
{
    co_await agent.stop();
    QCoreApplication::exit(0);
}

int runAgent(Agent::Launch launch, qint64 parent, bool standalone, Handshake &out)
{
    const bool remote = launch.commandLine.remote;
    if (!remote && !standalone && readEdition(launch.paths.appConfigFile()) == Edition::Enterprise) {
        out.printText("Enterprise mode detected. Agent not needed - Terminal connects directly to Controller.\n"
                      "Exiting...\n");
        return 0;
    }
    Shutdown shutdown(StopSignals::install(), remote ? nullptr : makeParentWatcher(parent));
    Agent agent(std::move(launch));
    if (const Status started = agent.start(out, shutdown); !started)
        return fail(started.error());
    QObject::connect(&shutdown, &Shutdown::requested, QCoreApplication::instance(), [&agent] { stopAndQuit(agent); });
    shutdown.watch();
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char *argv[])
{
    const qint64 parent = parentProcessId(); // first of all: it may die while we start
    LaunchToken token = LaunchToken::take(); // before any thread or child could see it
    const ChildDefaults childDefaults = hardenProcess();
    limitMemoryPools();

    // Qt's own event loop: GLib's makes a system call for every posted event, and those are what we live on.
    qputenv("QT_NO_GLIB", "1");
    QCoreApplication application(argc, argv);
    installLogging();
    Handshake out;

    const bool standalone = qgetenv("NETSTACKS_STANDALONE") == "1";
    const CommandLine line = CommandLine::parse(QCoreApplication::arguments().sliced(1), standalone);
    switch (line.mode) {
    case CommandLine::Mode::Version:
        out.printText(CommandLine::versionText());
        return 0;
    case CommandLine::Mode::Help:
        out.printText(CommandLine::helpText());
        return 0;
    case CommandLine::Mode::Refuse:
        out.printText(CommandLine::refusalText());
        return 0;
    case CommandLine::Mode::InitTls:
        return runInitTls(out);
    case CommandLine::Mode::PrintOpenApi:
        out.printText(describeApi());
        return 0;
    case CommandLine::Mode::RestoreBackup:
        return runRestoreBackup(line.backup, out);
    case CommandLine::Mode::Run:
        break;
    }

    const Result<AppPaths> paths = AppPaths::locate();
    if (!paths)
        return fail(paths.error());
    return runAgent({.commandLine = line, .paths = *paths, .token = std::move(token), .childDefaults = childDefaults},
                    parent, standalone, out);
}
