#include "ssh/knownhosts.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLockFile>
#include <QSaveFile>

#include <algorithm>
#include <chrono>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A known_hosts of 100,000 hosts is about 15 MB; beyond this it is something else.
constexpr qint64 kMaxFileBytes = 32 * 1024 * 1024;
constexpr auto kLockTimeout = 5s;

constexpr auto kFileMode = QFile::ReadOwner | QFile::WriteOwner;
constexpr auto kFolderMode = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;

Error ioError(const QString &what, const QString &path, const QString &why)
{
    return Error{ErrorCode::Io, u"cannot %1 %2: %3"_s.arg(what, path, why)};
}

} // namespace

Result<HostTrust> KnownHosts::trustFor(const QString &host, quint16 port) const
{
    const std::scoped_lock lock(m_mutex);
    auto file = read();
    if (!file)
        return std::move(file).error();
    return file->trustFor(host, port);
}

Status KnownHosts::pin(const QString &host, quint16 port, const HostKey &key)
{
    return change([&](KnownHostsFile &file) {
        if (file.trustFor(host, port).trusted.contains(key))
            return false;
        file.add(host, port, key);
        return true;
    });
}

Status KnownHosts::replace(const QString &host, quint16 port, const HostKey &key)
{
    return change([&](KnownHostsFile &file) {
        file.remove(host, port);
        file.add(host, port, key);
        return true;
    });
}

Result<QList<PinnedKey>> KnownHosts::list() const
{
    const std::scoped_lock lock(m_mutex);
    auto file = read();
    if (!file)
        return std::move(file).error();
    QList<PinnedKey> keys = file->pinnedKeys();
    std::stable_sort(keys.begin(), keys.end(), [](const PinnedKey &a, const PinnedKey &b) {
        const QByteArray hostA = a.host.toUtf8(), hostB = b.host.toUtf8();
        return hostA != hostB ? hostA < hostB : a.port < b.port;
    });
    return keys;
}

Result<int> KnownHosts::remove(const QString &host, quint16 port)
{
    if (!QFileInfo::exists(m_path))
        return 0;
    int removed = 0;
    if (auto done = change([&](KnownHostsFile &file) { return (removed = file.remove(host, port)) > 0; }); !done)
        return std::move(done).error();
    return removed;
}

Result<int> KnownHosts::removeAll()
{
    if (!QFileInfo::exists(m_path))
        return 0;
    int removed = 0;
    if (auto done = change([&](KnownHostsFile &file) { return (removed = file.removeAll()) > 0; }); !done)
        return std::move(done).error();
    return removed;
}

Result<KnownHostsFile> KnownHosts::read() const
{
    QFile file(m_path);
    // open() and not exists(): a folder that may not be entered is an error and not an empty store.
    if (!file.open(QIODevice::ReadOnly)) {
        if (!QFileInfo(m_path).isSymLink() && !QFileInfo::exists(m_path) &&
            (!QFileInfo::exists(QFileInfo(m_path).path()) || QFileInfo(QFileInfo(m_path).path()).isExecutable()))
            return KnownHostsFile();
        return ioError(u"read"_s, m_path, file.errorString());
    }
    if (file.size() > kMaxFileBytes)
        return ioError(u"read"_s, m_path, u"it is too large"_s);
    QByteArray text = file.read(kMaxFileBytes + 1);
    if (file.error() != QFile::NoError)
        return ioError(u"read"_s, m_path, file.errorString());
    return KnownHostsFile(std::move(text));
}

Status KnownHosts::write(const KnownHostsFile &known) const
{
    QSaveFile file(m_path); // follows a symbolic link, and keeps it
    if (!file.open(QIODevice::WriteOnly) || !file.setPermissions(kFileMode) ||
        file.write(known.text()) != known.text().size() || !file.commit())
        return ioError(u"write"_s, m_path, file.errorString());
    return {};
}

template <typename Edit>
Status KnownHosts::change(Edit edit)
{
    const std::scoped_lock lock(m_mutex);
    const QString folder = QFileInfo(m_path).path();
    if (!QFileInfo::exists(folder) && !QDir().mkdir(folder, kFolderMode) && !QFileInfo::exists(folder))
        return ioError(u"make the folder"_s, folder, u"permission or disk"_s);
    QLockFile otherAgents(m_path + ".netstacks-lock"_L1);
    if (!otherAgents.tryLock(kLockTimeout))
        return ioError(u"change"_s, m_path, u"another program is changing it, or the folder cannot be written"_s);
    auto file = read();
    if (!file)
        return std::move(file).error();
    if (!edit(*file))
        return {};
    return write(*file);
}

} // namespace agent
