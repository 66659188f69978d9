#include "platform/shellenvironment.h"

#include <QDir>
#include <QStandardPaths>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

// Contract 03 section 3. TERM and PATH are set below.
constexpr const char *kPassedOn[] = {"USERPROFILE",
                                     "USERNAME",
                                     "USERDOMAIN",
                                     "APPDATA",
                                     "LOCALAPPDATA",
                                     "TEMP",
                                     "TMP",
                                     "COMPUTERNAME",
                                     "HOMEDRIVE",
                                     "HOMEPATH",
                                     "PUBLIC",
                                     "SystemRoot",
                                     "windir",
                                     "SystemDrive",
                                     "PSModulePath",
                                     "ProgramFiles",
                                     "ProgramFiles(x86)",
                                     "ProgramW6432",
                                     "ProgramData",
                                     "ALLUSERSPROFILE",
                                     "CommonProgramFiles",
                                     "CommonProgramFiles(x86)",
                                     "CommonProgramW6432",
                                     "PATHEXT",
                                     "PROCESSOR_ARCHITECTURE",
                                     "PROCESSOR_IDENTIFIER",
                                     "NUMBER_OF_PROCESSORS",
                                     "OS"};

} // namespace

PtyCommand userShell()
{
    PtyCommand command;
    for (const QString &name : {u"pwsh.exe"_s, u"powershell.exe"_s, u"cmd.exe"_s}) {
        const QString path = QStandardPaths::findExecutable(name);
        if (!path.isEmpty())
            command.programs.append(QDir::toNativeSeparators(path).toUtf8());
    }
    for (const char *name : kPassedOn) {
        if (qEnvironmentVariableIsSet(name))
            command.environment.append(QByteArray(name) + '=' + qEnvironmentVariable(name).toUtf8());
    }
    const QByteArray path = qEnvironmentVariable("PATH").toUtf8();
    command.environment.append(
        "PATH=" + (path.isEmpty() ? "C:\\Windows\\System32;C:\\Windows;C:\\Windows\\System32\\Wbem" : path));
    command.environment.append("TERM=xterm-256color");
    command.folder = QDir::toNativeSeparators(QDir::homePath()).toUtf8();
    return command;
}

} // namespace agent
