#include "net/httphead.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace agent {

namespace {

using WellKnown = QHttpHeaders::WellKnownHeader;

/// A browser sends about 15; a hundred is the common server limit.
constexpr qsizetype kMaxFields = 100;

constexpr bool isTokenChar(char c) // RFC 9110 section 5.6.2
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

constexpr bool isVisible(char c) { return c > 0x20 && c < 0x7f; }

constexpr bool isFieldChar(char c) // RFC 9110 section 5.5, obs-text included
{
    return c == '\t' || (uchar(c) >= 0x20 && c != 0x7f);
}

bool isToken(QByteArrayView text) { return !text.isEmpty() && std::ranges::all_of(text, isTokenChar); }

QByteArrayView withoutBlanks(QByteArrayView text)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.isEmpty() && isBlank(text.front()))
        text = text.sliced(1);
    while (!text.isEmpty() && isBlank(text.back()))
        text.chop(1);
    return text;
}

bool equalsIgnoringCase(QByteArrayView a, QByteArrayView b) { return a.compare(b, Qt::CaseInsensitive) == 0; }

bool listHas(const QHttpHeaders &headers, WellKnown name, QByteArrayView word)
{
    const QByteArray list = headers.combinedValue(name);
    for (const QByteArray &item : list.split(',')) {
        if (equalsIgnoringCase(withoutBlanks(item), word))
            return true;
    }
    return false;
}

/// Zero is success, anything else the status to answer with.
using Refusal = int;

Refusal parseTarget(QByteArrayView target, HttpHead &head)
{
    if (target.contains('#') || !std::ranges::all_of(target, isVisible))
        return 400;
    if (target == "*")
        return head.method == "OPTIONS" ? (head.path = "*", 0) : 400;
    if (!target.startsWith('/')) { // absolute form: a server has to take it too (RFC 9112 section 3.2.2)
        const bool isHttp = equalsIgnoringCase(target.first(std::min<qsizetype>(7, target.size())), "http://");
        const bool isHttps = equalsIgnoringCase(target.first(std::min<qsizetype>(8, target.size())), "https://");
        if (!isHttp && !isHttps)
            return 400;
        target = target.sliced(isHttps ? 8 : 7);
        const qsizetype slash = target.indexOf('/');
        if (slash < 1 || target.first(slash).contains('?'))
            return 400;
        head.authority = target.first(slash).toByteArray();
        target = target.sliced(slash);
    }
    const qsizetype question = target.indexOf('?');
    head.path = (question < 0 ? target : target.first(question)).toByteArray();
    if (question >= 0)
        head.query = target.sliced(question + 1).toByteArray();
    return 0;
}

Refusal parseRequestLine(QByteArrayView line, HttpHead &head)
{
    const qsizetype first = line.indexOf(' ');
    const qsizetype last = line.lastIndexOf(' ');
    if (first < 1 || last <= first + 1)
        return 400;
    const QByteArrayView method = line.first(first);
    const QByteArrayView version = line.sliced(last + 1);
    if (!isToken(method) || version.size() != 8 || !version.startsWith("HTTP/") || version[6] != '.')
        return 400;
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return 505;
    head.method = method.toByteArray();
    head.minorVersion = version.back() - '0';
    return parseTarget(line.sliced(first + 1, last - first - 1), head);
}

Refusal parseField(QByteArrayView line, HttpHead &head)
{
    const qsizetype colon = line.indexOf(':');
    if (colon < 1 || !isToken(line.first(colon))) // also refuses folded lines and blanks before the colon
        return 400;
    const QByteArrayView value = withoutBlanks(line.sliced(colon + 1));
    if (!std::ranges::all_of(value, isFieldChar))
        return 400;
    if (head.headers.size() == kMaxFields)
        return 431;
    return head.headers.append(QLatin1StringView(line.first(colon)), QLatin1StringView(value)) ? 0 : 400;
}

Refusal checkHost(HttpHead &head)
{
    const auto hosts = head.headers.values(WellKnown::Host);
    if (hosts.size() > 1 || (hosts.isEmpty() && head.minorVersion == 1))
        return 400;
    if (hosts.isEmpty())
        return 0;
    const bool valid = std::ranges::all_of(hosts[0], isVisible) && !hosts[0].contains('/') && !hosts[0].contains('@');
    if (!valid || hosts[0].isEmpty())
        return 400;
    if (head.authority.isEmpty()) // else the absolute target's one counts (RFC 9112 section 3.2.2)
        head.authority = hosts[0];
    return 0;
}

Refusal checkFraming(HttpHead &head) // RFC 9112 section 6
{
    const auto lengths = head.headers.values(WellKnown::ContentLength);
    const auto codings = head.headers.values(WellKnown::TransferEncoding);
    if (lengths.size() > 1 || (!lengths.isEmpty() && !codings.isEmpty()))
        return 400;
    if (!lengths.isEmpty()) {
        const QByteArray &digits = lengths[0];
        const bool valid = !digits.isEmpty() && digits.size() <= 18 &&
                           std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
        if (!valid)
            return 400;
        head.contentLength = digits.toLongLong();
    }
    if (codings.isEmpty())
        return 0;
    if (head.minorVersion == 0 || codings.size() > 1)
        return 400;
    if (!equalsIgnoringCase(codings[0], "chunked"))
        return 501;
    head.isChunked = true;
    return 0;
}

void readOptions(HttpHead &head)
{
    const QHttpHeaders &fields = head.headers;
    head.keepsAlive = head.minorVersion == 1 ? !listHas(fields, WellKnown::Connection, "close")
                                             : listHas(fields, WellKnown::Connection, "keep-alive");
    head.asksForWebSocket = head.minorVersion == 1 && listHas(fields, WellKnown::Connection, "upgrade") &&
                            listHas(fields, WellKnown::Upgrade, "websocket");
    if (fields.contains(WellKnown::Expect) && head.minorVersion == 1) {
        head.expectsContinue = equalsIgnoringCase(fields.combinedValue(WellKnown::Expect), "100-continue");
        head.hasUnknownExpectation = !head.expectsContinue;
    }
}

std::variant<HttpHead, Refusal> parse(QByteArrayView bytes)
{
    HttpHead head;
    bool isFirst = true;
    while (!bytes.isEmpty()) {
        const qsizetype end = bytes.indexOf('\n');
        const QByteArrayView line = bytes.first(end - 1); // the reader saw that CR stands before each LF
        bytes = bytes.sliced(end + 1);
        if (line.isEmpty()) {
            if (isFirst)
                continue;
            break;
        }
        const Refusal refusal = isFirst ? parseRequestLine(line, head) : parseField(line, head);
        if (refusal)
            return refusal;
        isFirst = false;
    }
    for (auto check : {checkHost, checkFraming}) {
        if (const Refusal refusal = check(head))
            return refusal;
    }
    readOptions(head);
    return head;
}

} // namespace

QByteArrayView HttpHead::onlyValue(QHttpHeaders::WellKnownHeader name) const
{
    return headers.values(name).size() == 1 ? headers.value(name) : QByteArrayView();
}

void HttpHeadReader::refuse(int status)
{
    m_state = State::Refused;
    m_refusal = status;
    m_bytes = {};
}

qsizetype HttpHeadReader::read(QByteArrayView bytes)
{
    if (m_state != State::Incomplete)
        return 0;
    const qsizetype before = m_bytes.size();
    m_bytes.append(bytes.first(std::min(bytes.size(), m_maxBytes + 1 - before)));
    qsizetype lineFeed = 0;
    while ((lineFeed = m_bytes.indexOf('\n', m_scanned)) >= 0 && lineFeed < m_maxBytes) {
        m_scanned = lineFeed + 1;
        if (lineFeed == 0 || m_bytes[lineFeed - 1] != '\r') {
            refuse(400);
            return bytes.size();
        }
        const bool isEmptyLine = lineFeed - m_lineStart == 1;
        m_lineStart = m_scanned;
        if (!isEmptyLine)
            m_hasLine = true;
        else if (m_hasLine) // an empty line before the first one ends nothing (RFC 9112 section 2.2)
            return finish() - before;
    }
    m_scanned = m_bytes.size();
    if (m_bytes.size() > m_maxBytes)
        refuse(431);
    return bytes.size();
}

qsizetype HttpHeadReader::finish()
{
    const qsizetype size = m_scanned;
    m_bytes.truncate(size);
    auto outcome = parse(m_bytes);
    if (auto *head = std::get_if<HttpHead>(&outcome)) {
        m_head = std::move(*head);
        m_state = State::Complete;
    } else {
        refuse(std::get<Refusal>(outcome));
    }
    return size;
}

HttpHead HttpHeadReader::takeHead()
{
    Q_ASSERT(m_state == State::Complete);
    m_state = State::Incomplete;
    m_bytes.truncate(0);
    m_scanned = 0;
    m_lineStart = 0;
    m_hasLine = false;
    return std::exchange(m_head, {});
}

} // namespace agent
