#include "ssh/knownhostsfile.h"

#include "backend/tcpconnect.h"

#include <QHostAddress>
#include <QMessageAuthenticationCode>

#include <optional>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

enum class Marker { None, Revoked, CertAuthority, Unknown };

/// One line cut into its fields; the views point into the file's text.
struct Line
{
    Marker marker = Marker::None;
    QByteArrayView hosts;
    HostKey key;
};

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

QByteArrayView takeField(QByteArrayView &rest)
{
    qsizetype start = 0;
    while (start < rest.size() && isBlank(rest[start]))
        ++start;
    qsizetype end = start;
    while (end < rest.size() && !isBlank(rest[end]))
        ++end;
    const QByteArrayView field = rest.sliced(start, end - start);
    rest = rest.sliced(end);
    return field;
}

Marker markerOf(QByteArrayView word)
{
    if (word == "@revoked")
        return Marker::Revoked;
    return word == "@cert-authority" ? Marker::CertAuthority : Marker::Unknown;
}

/// Nothing for blank lines, comments and lines that hold no readable key.
std::optional<Line> parseLine(QByteArrayView text)
{
    QByteArrayView rest = text;
    Line line;
    line.hosts = takeField(rest);
    if (line.hosts.isEmpty() || line.hosts.startsWith('#'))
        return std::nullopt;
    if (line.hosts.startsWith('@')) {
        line.marker = markerOf(line.hosts);
        line.hosts = takeField(rest);
    }
    line.key.type = takeField(rest).toByteArray();
    const QByteArrayView encoded = takeField(rest);
    if (encoded.isEmpty())
        return std::nullopt;
    const auto decoded = QByteArray::fromBase64Encoding(encoded.toByteArray(), QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || typeOfBlob(*decoded) != line.key.type)
        return std::nullopt;
    line.key.blob = *decoded;
    return line;
}

bool isIpv6(QStringView host)
{
    const qsizetype zone = host.indexOf(u'%');
    QHostAddress address;
    return host.contains(u':') && address.setAddress((zone < 0 ? host : host.first(zone)).toString());
}

struct HostAndPort
{
    QString host;
    quint16 port;
};

/// Reads the first field of one of our lines. `2001:db8::a:22` could also be a bare address of OpenSSH's; it is ours
/// when what stands before the last colon is an address by itself, because that is how ours is written.
std::optional<HostAndPort> parseOurHost(QByteArrayView field)
{
    constexpr QByteArrayView kForeign = ",*?!|[]";
    for (const char c : field) {
        if (kForeign.contains(c))
            return std::nullopt;
    }
    const qsizetype colon = field.lastIndexOf(':');
    if (colon <= 0)
        return std::nullopt;
    const QByteArrayView digits = field.sliced(colon + 1);
    bool isNumber = false;
    const uint port = digits.toUInt(&isNumber);
    if (!isNumber || port == 0 || port > 65535 || digits.startsWith('0') || digits.startsWith('+'))
        return std::nullopt;
    const QString host = QString::fromUtf8(field.first(colon));
    if (host.contains(u':') && !isIpv6(host))
        return std::nullopt;
    return HostAndPort{host, quint16(port)};
}

/// Our reading of a line: host, port and key, or nothing when it is not ours.
std::optional<PinnedKey> pinnedKeyOf(const Line &line)
{
    if (line.marker != Marker::None)
        return std::nullopt;
    const auto host = parseOurHost(line.hosts);
    if (!host)
        return std::nullopt;
    return PinnedKey{host->host, host->port, line.key};
}

/// Shell-style match with `*` and `?` (ssh_config(5), PATTERNS). Linear in practice: one back-track point.
bool matchesPattern(QByteArrayView name, QByteArrayView pattern)
{
    qsizetype n = 0, p = 0, star = -1, resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++n;
            ++p;
        } else if (star >= 0) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

/// `|1|<salt>|<hash>`: HMAC-SHA1 of the name under the salt.
bool matchesHashed(const QByteArray &name, QByteArrayView field)
{
    const QList<QByteArray> parts = field.toByteArray().split('|');
    if (parts.size() != 4 || parts[1] != "1")
        return false;
    const QByteArray salt = QByteArray::fromBase64(parts[2]), hash = QByteArray::fromBase64(parts[3]);
    return !hash.isEmpty() && QMessageAuthenticationCode::hash(name, salt, QCryptographicHash::Sha1) == hash;
}

/// `name` is the host, or `[host]:port` for other ports than 22, in lower case.
bool matchesOpenSsh(const QByteArray &name, QByteArrayView field)
{
    if (field.startsWith('|'))
        return matchesHashed(name, field);
    bool matched = false;
    const QByteArray patterns = field.toByteArray().toLower();
    for (qsizetype start = 0; start <= patterns.size();) {
        qsizetype end = patterns.indexOf(',', start);
        if (end < 0)
            end = patterns.size();
        const QByteArrayView pattern = QByteArrayView(patterns).sliced(start, end - start);
        if (pattern.startsWith('!')) {
            if (matchesPattern(name, pattern.sliced(1)))
                return false;
        } else if (!pattern.isEmpty() && matchesPattern(name, pattern)) {
            matched = true;
        }
        start = end + 1;
    }
    return matched;
}

QByteArray openSshName(const QString &host, quint16 port)
{
    const QByteArray name = host.toLower().toUtf8();
    return port == 22 ? name : '[' + name + "]:" + QByteArray::number(port);
}

bool isSameHost(const PinnedKey &pinned, const QString &host, quint16 port)
{
    return pinned.port == port && pinned.host.compare(host, Qt::CaseInsensitive) == 0;
}

/// Calls `visit(line with its newline)` for each line.
template <typename Visit>
void forEachLine(const QByteArray &text, Visit visit)
{
    for (qsizetype start = 0; start < text.size();) {
        qsizetype end = text.indexOf('\n', start);
        end = end < 0 ? text.size() : end + 1;
        visit(QByteArrayView(text).sliced(start, end - start));
        start = end;
    }
}

QByteArrayView withoutNewline(QByteArrayView line) { return line.endsWith('\n') ? line.chopped(1) : line; }

} // namespace

HostTrust KnownHostsFile::trustFor(const QString &configuredHost, quint16 port) const
{
    const QString host = bareHost(configuredHost);
    const QByteArray name = openSshName(host, port);
    HostTrust trust;
    forEachLine(m_text, [&](QByteArrayView text) {
        const auto line = parseLine(withoutNewline(text));
        if (!line || line->marker == Marker::CertAuthority || line->marker == Marker::Unknown)
            return;
        const auto pinned = pinnedKeyOf(*line);
        if (!(pinned && isSameHost(*pinned, host, port)) && !matchesOpenSsh(name, line->hosts))
            return;
        (line->marker == Marker::Revoked ? trust.revoked : trust.trusted).append(line->key);
    });
    return trust;
}

QList<PinnedKey> KnownHostsFile::pinnedKeys() const
{
    QList<PinnedKey> keys;
    forEachLine(m_text, [&keys](QByteArrayView text) {
        if (const auto line = parseLine(withoutNewline(text))) {
            if (auto pinned = pinnedKeyOf(*line))
                keys.append(*std::move(pinned));
        }
    });
    return keys;
}

void KnownHostsFile::add(const QString &host, quint16 port, const HostKey &key)
{
    if (!m_text.isEmpty() && !m_text.endsWith('\n'))
        m_text += '\n';
    m_text +=
        bareHost(host).toUtf8() + ':' + QByteArray::number(port) + ' ' + key.type + ' ' + key.blob.toBase64() + '\n';
}

int KnownHostsFile::remove(const QString &configuredHost, quint16 port)
{
    const QString host = bareHost(configuredHost);
    return removeLines([&](const PinnedKey &pinned) { return isSameHost(pinned, host, port); });
}

int KnownHostsFile::removeAll()
{
    return removeLines([](const PinnedKey &) { return true; });
}

template <typename Matches>
int KnownHostsFile::removeLines(Matches matches)
{
    QByteArray kept;
    kept.reserve(m_text.size());
    int removed = 0;
    forEachLine(m_text, [&](QByteArrayView text) {
        const auto line = parseLine(withoutNewline(text));
        const auto pinned = line ? pinnedKeyOf(*line) : std::nullopt;
        if (pinned && matches(*pinned))
            ++removed;
        else
            kept.append(text);
    });
    if (removed > 0)
        m_text = kept;
    return removed;
}

} // namespace agent
