#include "sftp/scpfiles.h"

#include "net/request.h"
#include "sftp/filepath.h"
#include "sftp/scptransfer.h"
#include "sftp/sftpwire.h"
#include "sftp/shelllisting.h"
#include "ssh/sshconnection.h"
#include "ssh/sshexec.h"

#include <QHash>
#include <QRandomGenerator>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxListing = 32 * 1024 * 1024;
constexpr quint32 kModeBits = 07777;

Error noShell()
{
    return {ErrorCode::Sftp, u"Operation unsupported: the device has no SFTP, and no shell that could do this; files "
                             u"can be downloaded and uploaded by their names"_s};
}

Error gone() { return {ErrorCode::Sftp, u"Connection lost: the session was closed"_s}; }

FileEntry entryOf(const ShellListed &listed, const QString &name, const QString &path)
{
    FileEntry entry{.name = name, .path = path};
    entry.isDir = (listed.mode & kTypeMask) == kTypeFolder;
    entry.size = listed.size;
    entry.permissions = listed.mode;
    return entry;
}

/// `ls` of one path itself. @return nothing when it is not there
std::optional<ShellListed> onlyOne(QByteArrayView output)
{
    const auto listed = readShellListing(output);
    return listed.size() == 1 ? std::optional(listed.front()) : std::nullopt;
}

} // namespace

ScpFiles::ScpFiles(std::shared_ptr<SshConnection> connection, QString home, bool hasShell)
    : m_connection(std::move(connection))
    , m_home(std::move(home))
    , m_hasShell(hasShell)
{
}

Task<Result<std::shared_ptr<FileTransport>>> ScpFiles::open(std::shared_ptr<SshConnection> connection,
                                                            QString whyNoSftp)
{
    SshExec probe(connection, {.command = "pwd && echo shell"});
    const ExecResult result = co_await probe.run();
    using End = ExecResult::End;
    if (result.end != End::Exited && result.end != End::Silent && result.end != End::Signalled)
        co_return Error{ErrorCode::Sftp, whyNoSftp + u"; and it runs no commands, which SCP would need: "_s +
                                             (result.error ? result.error->message : u"cancelled"_s)};
    const QList<QByteArray> lines = result.output.trimmed().split('\n');
    const bool hasShell = result.exitCode == 0 && lines.size() == 2 && lines[0].startsWith('/') && lines[1] == "shell";
    const QString home = hasShell ? QString::fromUtf8(lines[0]) : QString();
    co_return std::shared_ptr<FileTransport>(std::make_shared<ScpFiles>(std::move(connection), home, hasShell));
}

Task<Result<QByteArray>> ScpFiles::shell(QByteArray command)
{
    if (!m_hasShell)
        co_return noShell();
    if (!m_connection)
        co_return gone();
    SshExec exec(m_connection, {.command = "LC_ALL=C; export LC_ALL; " + command, .maxOutput = kMaxListing});
    const ExecResult result = co_await exec.run();
    if (result.end != ExecResult::End::Exited)
        co_return Error{ErrorCode::Sftp, u"Connection lost: "_s + (result.error ? result.error->message : QString())};
    if (result.exitCode != 0)
        co_return deviceComplaint(result.errors);
    if (result.isCut)
        co_return Error{ErrorCode::Sftp, u"Failure: the folder is too large to be listed"_s};
    co_return result.output;
}

Task<Status> ScpFiles::run(QByteArray command)
{
    const auto output = co_await shell(std::move(command));
    co_return output ? Status() : Status(output.error());
}

/// The path as the device's `scp` gets it.
Result<QByteArray> ScpFiles::fileWord(const QString &path) const
{
    if (m_hasShell)
        return shellWord(path);
    for (const QChar c : path) {
        if (c.isSpace() || c.unicode() < 0x20)
            return Error{ErrorCode::Validation, u"a path with blanks cannot be told to a device without SFTP"_s,
                         u"path"_s};
    }
    return path.toUtf8();
}

Task<std::optional<QString>> ScpFiles::homeFolder()
{
    co_return m_home.isEmpty() ? std::nullopt : std::optional(m_home);
}

Task<Result<QList<FileEntry>>> ScpFiles::list(QString path)
{
    const QByteArray folder = shellWord(path.endsWith(u'/') ? path : path + u'/');
    const auto output = co_await shell("ls -lan " + folder);
    if (!output)
        co_return output.error();
    const QList<ShellListed> listed = readShellListing(*output);
    // Once more, links followed; those that lead nowhere make `ls` complain.
    QHash<QByteArray, ShellListed> targets;
    if (std::ranges::any_of(listed, &ShellListed::isLink)) {
        const auto followed = co_await shell("ls -lanL " + folder + " 2>/dev/null || :");
        if (followed) {
            for (const ShellListed &target : readShellListing(*followed))
                targets.insert(target.name, target);
        }
    }
    QList<FileEntry> entries;
    for (const ShellListed &one : listed) {
        const QString name = QString::fromUtf8(one.name);
        FileEntry entry = entryOf(one, name, joinedPath(path, name));
        if (const auto target = targets.constFind(one.name); one.isLink && target != targets.constEnd()) {
            entry.isDir = (target->mode & kTypeMask) == kTypeFolder;
            entry.size = target->size;
        }
        entries.append(std::move(entry));
    }
    co_return entries;
}

Task<Result<FileEntry>> ScpFiles::stat(QString path)
{
    const auto output = co_await shell("ls -lanLd " + shellWord(path));
    if (!output)
        co_return output.error();
    const auto listed = onlyOne(*output);
    if (!listed)
        co_return Error{ErrorCode::Sftp, u"Bad message: the device's listing cannot be read"_s};
    co_return entryOf(*listed, lastComponent(path), path);
}

Task<Result<std::shared_ptr<FileSource>>> ScpFiles::read(QString path)
{
    const auto word = fileWord(path);
    if (!word)
        co_return word.error();
    if (!m_connection)
        co_return gone();
    auto download = co_await ScpDownload::open(m_connection, "scp -f " + *word);
    if (!download)
        co_return std::move(download).error();
    co_return std::shared_ptr<FileSource>(std::move(*download));
}

Task<Status> ScpFiles::write(QString path, FileContent content)
{
    const auto word = fileWord(path);
    if (!word)
        co_return word.error();
    if (!content.size)
        co_return Error{ErrorCode::Validation, u"SCP has to know the length of a file beforehand"_s};
    ScpFile file{.name = lastComponent(path).toUtf8().replace('\n', '_'), .size = *content.size};
    const auto connection = m_connection;
    if (!connection)
        co_return gone();
    const QByteArray inPlace = "scp -t " + *word;
    if (!m_hasShell)
        co_return co_await sendByScp(connection, inPlace, file, content.body);

    // Who we are; and what is there, if something is.
    const auto seen = co_await shell("id -u; if [ -e " + *word + " ] || [ -L " + *word + " ]; then ls -land " + *word +
                                     "; else echo absent; fi");
    if (!seen)
        co_return seen.error();
    const auto old = onlyOne(*seen);
    const bool isAbsent = seen->contains("\nabsent\n");
    if (old)
        file.mode = old->mode & kModeBits;
    const bool isOurs =
        old && (old->mode & kTypeMask) == kTypeRegular && old->owner == seen->first(seen->indexOf('\n')).toUInt();
    if (!isAbsent && !isOurs)
        co_return co_await sendByScp(connection, inPlace, file, content.body);
    const QByteArray part = shellWord(folderPart(path) + u".netstacks-"_s +
                                      QString::number(QRandomGenerator::system()->generate64(), 16) + u".part"_s);
    Status outcome = co_await sendByScp(connection, "scp -t " + part, file, content.body);
    if (outcome)
        outcome = co_await run("mv -f " + part + ' ' + *word);
    if (!outcome)
        static_cast<void>(co_await run("rm -f " + part));
    co_return outcome;
}

Task<Status> ScpFiles::makeFolder(QString path) { return run("mkdir " + shellWord(path)); }

Task<Status> ScpFiles::rename(QString from, QString to)
{
    const QByteArray target = shellWord(to);
    return run("if [ -e " + target + " ] || [ -L " + target + " ]; then echo 'it exists already' >&2; exit 1; fi; mv " +
               shellWord(from) + ' ' + target);
}

Task<Status> ScpFiles::remove(QString path, FileKind kind, std::shared_ptr<ClientPresence>)
{
    const auto plain = removablePath(path);
    if (!plain)
        co_return plain.error();
    const QByteArray word = shellWord(*plain);
    if (kind == FileKind::File)
        co_return co_await run("rm " + word + " </dev/null");
    co_return co_await run("if [ -L " + word + " ]; then rm -f " + word + "; else rm -r " + word + "; fi");
}

bool ScpFiles::isOver() const { return !m_connection || m_connection->isOver(); }

void ScpFiles::close() { m_connection.reset(); }

} // namespace agent
