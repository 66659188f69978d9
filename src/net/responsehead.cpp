#include "net/responsehead.h"

#include "net/cors.h"

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>

namespace agent {

namespace {

QByteArrayView reasonPhrase(int status) // RFC 9110 section 15
{
    switch (status) {
    case 101:
        return "Switching Protocols";
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 302:
        return "Found";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 417:
        return "Expectation Failed";
    case 422:
        return "Unprocessable Content";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    case 507:
        return "Insufficient Storage";
    default:
        return "-"; // RFC 9112 section 4 lets it be anything; clients read the number
    }
}

QByteArray currentDate() // RFC 9110 section 6.6.1; made once a second, not once an answer
{
    thread_local qint64 madeAt = 0;
    thread_local QByteArray text;
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    if (now != madeAt) {
        madeAt = now;
        const QDateTime time = QDateTime::fromSecsSinceEpoch(now, QTimeZone::UTC);
        text = QLocale::c().toString(time, QStringLiteral("ddd, dd MMM yyyy hh:mm:ss 'GMT'")).toLatin1();
    }
    return text;
}

bool hasLineBreak(QByteArrayView text)
{
    return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void appendLine(QByteArray &head, QByteArrayView name, QByteArrayView value)
{
    Q_ASSERT(!hasLineBreak(name));
    if (hasLineBreak(value)) // a handler that put client text in a field; leaving it out is safe, splitting is not
        return;
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
}

} // namespace

QByteArray serializeHead(const Response &response, const AnswerForm &form, std::optional<qint64> bodySize)
{
    QByteArray head;
    head.reserve(512);
    head += "HTTP/1.1 ";
    head += QByteArray::number(response.status);
    head += ' ';
    head += reasonPhrase(response.status);
    head += "\r\n";
    appendLine(head, "Date", currentDate());
    if (!response.contentType.isEmpty())
        appendLine(head, "Content-Type", response.contentType);
    for (const auto &[name, value] : response.headers)
        appendLine(head, name, value);
    appendCorsLines(head, form.origin);
    const bool bodyForbidden = response.status == 204 || response.status == 304 || response.status < 200;
    if (!bodyForbidden) {
        if (bodySize)
            appendLine(head, "Content-Length", QByteArray::number(*bodySize));
        else if (form.minorVersion == 1)
            appendLine(head, "Transfer-Encoding", "chunked");
    }
    if (!form.keepsAlive)
        appendLine(head, "Connection", "close");
    else if (form.minorVersion == 0)
        appendLine(head, "Connection", "keep-alive");
    head += "\r\n";
    return head;
}

} // namespace agent
