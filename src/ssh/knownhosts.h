#pragma once

#include "core/result.h"
#include "ssh/knownhostsfile.h"

#include <mutex>

namespace agent {

/// The known_hosts file on disk, shared by every connection and route of the process.
///
/// Each call reads the file afresh, so edits by others take effect at once. Changes happen under a lock that other
/// agents respect too, through a temporary file and a rename; nothing is ever written after a read that failed.
/// Thread-safe; blocks on the disk, so not for the main thread.
class KnownHosts
{
public:
    /// `path` is usually `~/.ssh/known_hosts`; file and folder are made when first needed (0600, 0700).
    explicit KnownHosts(QString path)
        : m_path(std::move(path))
    {
    }

    [[nodiscard]] Result<HostTrust> trustFor(const QString &host, quint16 port) const;
    /// Adds the key, unless it is there already.
    Status pin(const QString &host, quint16 port, const HostKey &key);
    /// Puts `key` in the place of every key we had pinned for the host.
    Status replace(const QString &host, quint16 port, const HostKey &key);

    /// Sorted by host (bytes), then port.
    [[nodiscard]] Result<QList<PinnedKey>> list() const;
    /// @return how many lines went; 0 leaves the file untouched
    Result<int> remove(const QString &host, quint16 port);
    Result<int> removeAll();

    [[nodiscard]] const QString &path() const { return m_path; }

private:
    [[nodiscard]] Result<KnownHostsFile> read() const;
    Status write(const KnownHostsFile &file) const;
    /// Reads, lets `edit` change the text and say whether it did, writes. All under both locks.
    template <typename Edit>
    Status change(Edit edit);

    const QString m_path;
    mutable std::mutex m_mutex;
};

} // namespace agent
