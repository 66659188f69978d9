#include "console/launchfolder.h"

#include <QDir>
#include <QFile>

#include <pwd.h>
#include <unistd.h>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

constexpr QFileDevice::Permissions kOwnerOnly = QFileDevice::ReadOwner | QFileDevice::WriteOwner;

Error ioError(const QString &what, const QString &why)
{
    return {.code = ErrorCode::Io, .message = what + u": "_s + why};
}

Status makeFolder(const QString &path)
{
    if (!QDir().mkpath(path))
        return ioError(u"cannot create "_s + path, qt_error_string());
    return {};
}

QString quotedForShell(QString text) { return u'\'' + text.replace(u'\'', u"'\\''"_s) + u'\''; }

QString realShell()
{
    for (const QString &shell : {qEnvironmentVariable("SHELL"), u"/bin/bash"_s}) {
        if (!shell.isEmpty() && ::access(QFile::encodeName(shell).constData(), X_OK) == 0)
            return shell;
    }
    return u"/bin/sh"_s;
}

} // namespace

QString personsHome()
{
    const QString home = qEnvironmentVariable("HOME");
    if (!home.isEmpty())
        return home;
    const passwd *entry = ::getpwuid(::getuid());
    return entry ? QFile::decodeName(entry->pw_dir) : u"/"_s;
}

LaunchFolder::LaunchFolder()
    : m_folder(QDir::tempPath() + u"/netstacks-console-XXXXXX"_s)
{
}

Status LaunchFolder::prepare(const QString &dataDir, const QString &frontendDir)
{
    if (!m_folder.isValid())
        return ioError(u"cannot create a private folder"_s, m_folder.errorString());
    m_home = dataDir.isEmpty() ? m_folder.filePath(u"home"_s) : dataDir;
    const bool homeIsNew = !QFile::exists(m_home);
    for (const QString &folder : {m_home, workingDir()}) {
        if (Status made = makeFolder(folder); !made)
            return made;
    }
    if (homeIsNew) // an existing folder keeps the mode its owner gave it
        QFile::setPermissions(m_home, kOwnerOnly | QFileDevice::ExeOwner);
    if (!frontendDir.isEmpty()) {
        if (Status made = makeFolder(m_folder.filePath(u"frontend"_s)); !made)
            return made;
        QFile target(frontendDir);
        if (!target.link(m_folder.filePath(u"frontend/dist"_s)))
            return ioError(u"cannot link "_s + frontendDir, target.errorString());
    }
    if (Status shell = writeShell(); !shell)
        return shell;
    return copyKnownHosts();
}

QMap<QString, QString> LaunchFolder::environment() const
{
    return {{u"HOME"_s, m_home}, {u"XDG_DATA_HOME"_s, m_home + u"/.local/share"_s}, {u"SHELL"_s, m_shell}};
}

Status LaunchFolder::writeShell()
{
    const QString home = quotedForShell(personsHome()), shell = quotedForShell(realShell());
    const QString script = u"#!/bin/sh\nexport HOME="_s + home + u" SHELL="_s + shell +
                           u"\ncd \"$HOME\" || cd /\nexec \"$SHELL\" \"$@\"\n"_s;
    Result<QString> written = writeFile(u"shell"_s, script.toUtf8());
    if (!written)
        return std::move(written).error();
    m_shell = *written;
    if (!QFile::setPermissions(m_shell, kOwnerOnly | QFileDevice::ExeOwner))
        return ioError(m_shell, u"cannot be made executable"_s);
    return {};
}

Status LaunchFolder::copyKnownHosts() const
{
    const QString from = personsHome() + u"/.ssh/known_hosts"_s, to = m_home + u"/.ssh/known_hosts"_s;
    if (!QFile::exists(from) || QFile::exists(to))
        return {};
    if (Status made = makeFolder(m_home + u"/.ssh"_s); !made)
        return made;
    QFile::setPermissions(m_home + u"/.ssh"_s, kOwnerOnly | QFileDevice::ExeOwner);
    QFile source(from);
    if (!source.copy(to))
        return ioError(u"cannot copy "_s + from, source.errorString());
    QFile::setPermissions(to, kOwnerOnly);
    return {};
}

Result<QString> LaunchFolder::writeFile(const QString &name, const QByteArray &content) const
{
    QFile file(m_folder.filePath(name));
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, kOwnerOnly) || file.write(content) != content.size() ||
        !file.flush())
        return ioError(u"cannot write "_s + file.fileName(), file.errorString());
    return file.fileName();
}

} // namespace agent::console
