#include "sessionimport/endpoints.h"

#include <limits>

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

std::optional<quint16> readPort(QStringView text)
{
    if (text.isEmpty() || text.size() > 5)
        return std::nullopt;
    uint value = 0;
    for (const QChar c : text) {
        if (c < u'0' || c > u'9')
            return std::nullopt;
        value = value * 10 + (c.unicode() - u'0');
    }
    return value >= 1 && value <= 65535 ? std::optional(quint16(value)) : std::nullopt;
}

std::optional<HostPort> readHostPort(QStringView text, HostPart part)
{
    QStringView host;
    QStringView port = text;
    if (text.startsWith(u'[')) {
        const qsizetype end = text.indexOf(u"]:");
        if (end < 0)
            return std::nullopt;
        host = text.sliced(1, end - 1);
        port = text.sliced(end + 2);
    } else if (const qsizetype colon = text.lastIndexOf(u':'); colon >= 0) {
        host = text.first(colon);
        port = text.sliced(colon + 1);
        if (host.contains(u':')) // an IPv6 literal belongs in brackets
            return std::nullopt;
    } else if (part == HostPart::Required) {
        return std::nullopt;
    }
    const auto number = readPort(port);
    if (!number || (host.isEmpty() && part == HostPart::Required))
        return std::nullopt;
    return HostPort{host.toString(), *number};
}

std::optional<Destination> readDestination(QStringView text)
{
    if (text.startsWith("ssh://"_L1, Qt::CaseInsensitive)) {
        text = text.sliced(6);
        if (text.endsWith(u'/'))
            text.chop(1);
    }
    Destination destination;
    if (const qsizetype at = text.lastIndexOf(u'@'); at >= 0) {
        destination.user = text.first(at).toString();
        if (destination.user.isEmpty())
            return std::nullopt;
        text = text.sliced(at + 1);
    }
    if (text.startsWith(u'[') && text.endsWith(u']')) {
        destination.host = text.sliced(1, text.size() - 2).toString();
    } else if (text.startsWith(u'[') || text.count(u':') == 1) {
        const auto both = readHostPort(text, HostPart::Required);
        if (!both)
            return std::nullopt;
        destination.host = both->host;
        destination.port = both->port;
    } else {
        destination.host = text.toString(); // a name, or an IPv6 literal without a port
    }
    for (const QChar c : std::as_const(destination.host)) {
        if (c.isSpace() || c == u'/' || c == u'[' || c == u']')
            return std::nullopt;
    }
    if (destination.host.isEmpty() || destination.host.startsWith(u'-'))
        return std::nullopt;
    return destination;
}

std::optional<quint32> readDuration(QStringView text)
{
    quint64 total = 0;
    qsizetype i = 0;
    if (text.isEmpty())
        return std::nullopt;
    while (i < text.size()) {
        quint64 value = 0;
        const qsizetype start = i;
        for (; i < text.size() && text[i] >= u'0' && text[i] <= u'9'; ++i) {
            value = value * 10 + (text[i].unicode() - u'0');
            if (value > std::numeric_limits<qint32>::max())
                return std::nullopt;
        }
        if (i == start)
            return std::nullopt;
        quint64 unit = 1;
        if (i < text.size()) {
            switch (text[i++].toLower().unicode()) {
            case u's':
                break;
            case u'm':
                unit = 60;
                break;
            case u'h':
                unit = 3600;
                break;
            case u'd':
                unit = 86400;
                break;
            case u'w':
                unit = 604800;
                break;
            default:
                return std::nullopt;
            }
        }
        total += value * unit;
        if (total > quint64(std::numeric_limits<qint32>::max()))
            return std::nullopt;
    }
    return quint32(total);
}

} // namespace agent::sessionimport
