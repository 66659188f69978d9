#include "scripts/scriptprocess.h"

#include "core/uuid.h"
#include "platform/privatefile.h"
#include "scripts/preparedscript.h"
#include "scripts/scriptdevice.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kUvSite = "https://docs.astral.sh/uv/"_L1;
constexpr std::chrono::seconds kStopGrace = 2s;   ///< between SIGTERM and SIGKILL
constexpr std::chrono::seconds kDaemonGrace = 2s; ///< for helpers that hold the pipes when the script has ended
constexpr qsizetype kMaxBeside = 4096;            ///< names looked at in the folder of a file

/// Prints those of its arguments that cannot be imported. Finding a module does not run it.
constexpr const char *kMissingModules = "import sys\n"
                                        "from importlib.util import find_spec\n"
                                        "for name in sys.argv[1:]:\n"
                                        "    if find_spec(name) is None:\n"
                                        "        print(name)\n";

Error notFound(const char *word, const QString &what) { return {ErrorCode::Internal, what, {}, {}, word}; }

/// The modules of a folder: "tools" for tools.py and for tools/.
QByteArrayList modulesIn(const QString &folder)
{
    QByteArrayList modules;
    const auto entries = QDir(folder).entryInfoList({u"*"_s}, QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QFileInfo &entry : entries.first(std::min(entries.size(), kMaxBeside))) {
        if (entry.isDir() || entry.suffix() == "py"_L1)
            modules.append(QFile::encodeName(entry.isDir() ? entry.fileName() : entry.completeBaseName()));
    }
    return modules;
}

Result<QByteArrayList> missingModules(CommandRun command, const QByteArrayList &modules, Wakeup &cancel)
{
    command.arguments = QList<QByteArray>{"-c", kMissingModules} + modules;
    command.limit = 30s;
    const auto ran = runCommand(command, cancel);
    if (!ran)
        return ran.error();
    if (ran->end == CommandOutcome::End::Cancelled)
        return Error{ErrorCode::Cancelled, u"stopped"_s};
    // Whatever else went wrong, the script will say itself.
    return ran->exitCode == 0 ? ran->output.trimmed().split('\n') : QByteArrayList();
}

Status checkWithoutUv(const PreparedScript &prepared, const CommandRun &python, Wakeup &cancel)
{
    if (prepared.declaresDependencies)
        return notFound("UV_NOT_FOUND", u"The script's inline metadata asks for packages, which uv installs when it "
                                        "runs, and uv was not found. Install uv (%1)."_s.arg(kUvSite));
    if (prepared.modules.isEmpty())
        return {};
    auto missing = missingModules(python, prepared.modules, cancel);
    if (!missing)
        return missing.error();
    missing->removeAll(QByteArray());
    if (missing->isEmpty())
        return {};
    return notFound("UV_NOT_FOUND",
                    u"The script imports %1, which %2 does not have, and uv was not found. Install uv "
                    "(%3), which then installs what a script imports, or install it for Python."_s.arg(
                        QString::fromUtf8(missing->join(", ")), QFile::decodeName(python.programs.first()), kUvSite));
}

Result<CommandOutcome> couldNot(const QString &what)
{
    return Error{ErrorCode::Io, u"the script could not be stored: %1"_s.arg(what)};
}

} // namespace

Result<ReadyScript> makeReady(const ScriptJob &job, const ScriptHost &host, Wakeup &cancel)
{
    auto prepared = prepareScript(job.source, job.isFile ? modulesIn(job.folder) : QByteArrayList());
    if (!prepared)
        return prepared.error();
    ReadyScript ready{.text = std::move(prepared->text)};
    CommandRun &command = ready.command;
    command.environment = host.environment;
    command.folder = QFile::encodeName(job.folder.isEmpty() ? QDir::homePath() : job.folder);
    command.defaults = host.defaults;
    if (job.isFile)
        command.environment.append("PYTHONPATH=" + command.folder);
    if (const auto uv = host.places.findUv()) {
        ready.runtime = u"uv"_s;
        command.programs = {*uv};
        ready.argumentsBeforeFile = {"run", "--quiet", "--script"};
    } else if (const auto python = host.places.findPython()) {
        ready.runtime = u"python3"_s;
        command.programs = {*python};
        if (Status runs = checkWithoutUv(*prepared, command, cancel); !runs)
            return runs.error();
    } else {
        return notFound("PYTHON_NOT_FOUND", u"Neither uv nor python3 was found. Install uv (%1)."_s.arg(kUvSite));
    }
    if (job.input)
        command.environment.append("NETSTACKS_INPUT=" + *job.input);
    if (job.args)
        command.environment.append("NETSTACKS_ARGS=" + *job.args);
    command.limit = std::nullopt;
    command.grace = kStopGrace;
    command.lastWords = kDaemonGrace;
    return ready;
}

Result<CommandOutcome> runScript(const ReadyScript &script, const ScriptDevice *device, OutputSink *sink,
                                 qint64 maxOutput, Wakeup &cancel)
{
    QTemporaryDir folder(QDir::tempPath() + u"/netstacks-XXXXXX"_s);
    if (!folder.isValid())
        return couldNot(folder.errorString());
    const QString path = folder.filePath(u"ns_script_%1.py"_s.arg(newUuid()));
    if (Status written = writePrivateFile(path, script.text, Durable::No); !written)
        return couldNot(written.error().message);

    CommandRun command = script.command;
    command.arguments = script.argumentsBeforeFile + QList<QByteArray>{QFile::encodeName(path)};
    command.sink = sink;
    command.maxOutput = maxOutput;
    QByteArray secret;
    if (device) {
        command.environment << "NETSTACKS_DEVICE_HOST=" + device->host.toUtf8()
                            << "NETSTACKS_DEVICE_NAME=" + device->name.toUtf8()
                            << "NETSTACKS_DEVICE_TYPE=" + device->type;
        constexpr QByteArrayView kName("NETSTACKS_DEVICE=");
        secret.reserve(kName.size() + qsizetype(device->json.size())); // once, so that no copy stays behind
        secret += kName;
        device->json.reveal([&](QByteArrayView json) { secret += json; });
        command.environment << secret;
    }
    auto outcome = runCommand(command, cancel);
    wipe(secret);
    return outcome;
}

} // namespace agent
