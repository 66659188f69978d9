#pragma once

#include "ssh/hostkey.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace agent {

/// A line of our own format: `<host>:<port> <type> <base64>` (contract 03 section 6.1).
struct PinnedKey
{
    QString host;
    quint16 port = 22;
    HostKey key;
};

/// What a known_hosts file says about one host and port.
struct HostTrust
{
    QList<HostKey> trusted;
    QList<HostKey> revoked; ///< `@revoked` lines: never to be accepted
};

/// The text of a known_hosts file: looked up as OpenSSH does, edited line by line.
///
/// Our lines live beside those of OpenSSH (plain, `[host]:port`, lists, wildcards, negations, hashed names,
/// `@revoked`; see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), which count as trust and are never changed. Everything
/// that is not ours, comments and damaged lines included, keeps its bytes. `@cert-authority` lines are skipped.
/// A value; reentrant.
class KnownHostsFile
{
public:
    KnownHostsFile() = default;
    explicit KnownHostsFile(QByteArray text)
        : m_text(std::move(text))
    {
    }

    [[nodiscard]] const QByteArray &text() const { return m_text; }

    /// `host` is as configured; brackets around an IPv6 address make no difference, nor does case.
    [[nodiscard]] HostTrust trustFor(const QString &host, quint16 port) const;
    /// Our lines, in file order.
    [[nodiscard]] QList<PinnedKey> pinnedKeys() const;

    /// Appends one of our lines.
    void add(const QString &host, quint16 port, const HostKey &key);
    /// Drops our lines of `host` and `port`. @return how many
    int remove(const QString &host, quint16 port);
    /// Drops all our lines. @return how many
    int removeAll();

private:
    template <typename Matches>
    int removeLines(Matches matches);

    QByteArray m_text;
};

} // namespace agent
