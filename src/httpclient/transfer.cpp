#include "httpclient/transfer.h"

#include "core/foreigntext.h"
#include "platform/sockets.h"

#include <algorithm>
#include <cstring>
#include <curl/curl.h>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kConnectTimeout = std::chrono::seconds(10); // contract 07 section 1.3
constexpr qsizetype kMaxErrorText = 300;

/// curl's lists copy what is put into them; header lines may hold credentials.
void wipeAndFree(curl_slist *list)
{
    for (curl_slist *item = list; item; item = item->next)
        wipe(item->data, std::strlen(item->data));
    curl_slist_free_all(list);
}

quint16 portOf(const sockaddr &address)
{
    if (address.sa_family == AF_INET6)
        return ntohs(reinterpret_cast<const sockaddr_in6 &>(address).sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in &>(address).sin_port);
}

} // namespace

QByteArray HttpAnswerHead::header(QByteArrayView name) const
{
    const auto found = std::ranges::find(headers, name, [](const auto &one) { return QByteArrayView(one.first); });
    return found == headers.end() ? QByteArray() : found->second;
}

Transfer::Transfer(Order order, std::function<void()> onNews)
    : m_order(std::move(order))
    , m_onNews(std::move(onNews))
{
}

Transfer::~Transfer() { release(); }

Transfer::News Transfer::take()
{
    const QMutexLocker lock(&m_mutex);
    m_told = false;
    News news = std::move(m_news);
    m_news = {};
    // The end stays the end, however often it is asked for.
    m_news.ended = news.ended;
    m_news.error = news.error;
    return news;
}

void Transfer::tell()
{
    if (!std::exchange(m_told, true))
        m_onNews();
}

struct Transfer::Callbacks
{
    static size_t header(char *bytes, size_t size, size_t count, void *transfer)
    {
        static_cast<Transfer *>(transfer)->takeHeaderLine({bytes, qsizetype(size * count)});
        return size * count;
    }

    static size_t body(char *bytes, size_t size, size_t count, void *given)
    {
        auto &transfer = *static_cast<Transfer *>(given);
        if (transfer.takeBody({bytes, qsizetype(size * count)}))
            return size * count;
        return transfer.m_tooLarge ? CURL_WRITEFUNC_ERROR : CURL_WRITEFUNC_PAUSE;
    }

    /// The last word on where a connection goes.
    static curl_socket_t openSocket(void *given, curlsocktype, curl_sockaddr *target)
    {
        auto &transfer = *static_cast<Transfer *>(given);
        if (!transfer.mayConnectTo(QHostAddress(&target->addr), portOf(target->addr))) {
            transfer.m_wasRefused = true;
            return CURL_SOCKET_BAD;
        }
#ifdef SOCK_CLOEXEC
        const int type = target->socktype | SOCK_CLOEXEC; // no child inherits it, not even for a moment
#else
        const int type = target->socktype;
#endif
        const SocketHandle socket = ::socket(target->family, type, target->protocol);
        if (socket != kNoSocket)
            makeNonBlocking(socket);
        return socket;
    }
};

CURL *Transfer::prepare()
{
    m_handle = curl_easy_init();
    if (!m_handle)
        return nullptr;
    m_errorText = std::make_unique<char[]>(CURL_ERROR_SIZE);
    const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(m_handle, option, value); };
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, m_errorText.get());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_CURLU, m_order.url.handle());
    // Nothing ambient: no proxy of the environment, no .netrc, no redirect that was not judged, no cookie.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, long(CURL_NETRC_IGNORED));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTPAUTH, long(CURLAUTH_NONE));
    set(CURLOPT_SSL_VERIFYPEER, m_order.verifyTls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, m_order.verifyTls ? 2L : 0L);
    set(CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_CONNECTTIMEOUT_MS, long(std::chrono::milliseconds(kConnectTimeout).count()));
    set(CURLOPT_TIMEOUT_MS, long(m_order.timeout.count()));
    if (m_order.idleTimeout.count() > 0) {
        set(CURLOPT_LOW_SPEED_LIMIT, 1L);
        set(CURLOPT_LOW_SPEED_TIME, long(m_order.idleTimeout.count()));
    }
    set(CURLOPT_HEADERFUNCTION, &Callbacks::header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Callbacks::body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &Callbacks::openSocket);
    set(CURLOPT_OPENSOCKETDATA, this);
    setTarget();
    setHeaders();
    return m_handle;
}

/// The judged addresses take the place of a look-up.
void Transfer::setTarget()
{
    if (m_order.url.hostIsAddress())
        return;
    QByteArrayList addresses;
    for (const QHostAddress &address : std::as_const(m_order.addresses))
        addresses.append(address.toString().toLatin1());
    const QByteArray entry =
        m_order.url.host().toLatin1() + ':' + QByteArray::number(m_order.url.port()) + ':' + addresses.join(',');
    m_resolveList = curl_slist_append(nullptr, entry.constData());
    curl_easy_setopt(m_handle, CURLOPT_RESOLVE, m_resolveList);
}

void Transfer::setHeaders()
{
    const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(m_handle, option, value); };
    const auto add = [this](QByteArrayView line) {
        QByteArray text = line.toByteArray();
        if (curl_slist *list = curl_slist_append(m_headerList, text.constData()))
            m_headerList = list;
        wipe(text);
    };
    bool hasType = false;
    for (const HttpHeader &header : m_order.headers) {
        hasType = hasType || header.name.compare("content-type", Qt::CaseInsensitive) == 0;
        header.value.reveal([&](QByteArrayView value) {
            // curl takes "Name:" for "send no such header", and "Name;" for an empty one.
            QByteArray line = value.isEmpty() ? QByteArray(header.name + ';') : QByteArray(header.name + ": " + value);
            add(line);
            wipe(line);
        });
    }
    add("Expect:");
    const bool sendsBody =
        m_order.body || m_order.method == "POST" || m_order.method == "PUT" || m_order.method == "PATCH";
    if (sendsBody) {
        if (!hasType)
            add("Content-Type:"); // curl would call it a form
        const Secret empty;
        const Secret &body = m_order.body ? *m_order.body : empty;
        set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.size()));
        body.reveal(
            [&](QByteArrayView bytes) { set(CURLOPT_POSTFIELDS, bytes.data()); }); // not copied: m_order keeps it
    }
    if (m_order.method == "HEAD")
        set(CURLOPT_NOBODY, 1L);
    else
        set(CURLOPT_CUSTOMREQUEST, m_order.method.constData());
    set(CURLOPT_HTTPHEADER, m_headerList);
}

void Transfer::release()
{
    if (m_handle)
        curl_easy_cleanup(std::exchange(m_handle, nullptr));
    wipeAndFree(std::exchange(m_headerList, nullptr));
    curl_slist_free_all(std::exchange(m_resolveList, nullptr));
}

bool Transfer::mayConnectTo(const QHostAddress &address, quint16 port) const
{
    const auto isIt = [&](const QHostAddress &one) { return one.isEqual(address, QHostAddress::StrictConversion); };
    return std::ranges::any_of(m_order.addresses, isIt) && m_order.guard.judge(address, port);
}

void Transfer::takeHeaderLine(QByteArrayView given)
{
    if (m_headIsComplete)
        return; // trailers
    const QByteArrayView line = given.trimmed();
    if (line.startsWith("HTTP/")) {
        m_head = {};
        const qsizetype blank = line.indexOf(' ');
        if (blank > 0)
            m_head.status = line.sliced(blank + 1).first(std::min<qsizetype>(3, line.size() - blank - 1)).toInt();
        return;
    }
    if (!line.isEmpty()) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && m_head.headers.size() < kMaxHeaders) {
            m_head.headers.emplaceBack(line.first(colon).trimmed().toByteArray().toLower(),
                                       line.sliced(colon + 1).trimmed().toByteArray());
        }
        return;
    }
    constexpr int kFirstFinal = 200;
    if (m_head.status < kFirstFinal)
        return; // 100 Continue and the like: another head follows
    m_headIsComplete = true;
    const QMutexLocker lock(&m_mutex);
    m_news.head = std::move(m_head);
    tell();
}

bool Transfer::takeBody(QByteArrayView bytes)
{
    if (m_received + bytes.size() > m_order.maxBodyBytes) {
        m_tooLarge = true;
        return false;
    }
    const QMutexLocker lock(&m_mutex);
    if (m_news.bytes.size() >= kHighMark) {
        m_isPaused = true;
        m_news.wasPaused = true;
        tell();
        return false; // curl hands the same bytes over again later
    }
    m_received += bytes.size();
    m_news.bytes += bytes;
    tell();
    return true;
}

void Transfer::resume()
{
    if (m_handle && std::exchange(m_isPaused, false))
        curl_easy_pause(m_handle, CURLPAUSE_CONT);
}

void Transfer::finish(int curlCode)
{
    if (curlCode == CURLE_OK && !m_headIsComplete) {
        finishWith({ErrorCode::HttpClient, u"%1: the answer ended within its head"_s.arg(m_order.url.host())});
        return;
    }
    if (curlCode == CURLE_OK) {
        const QMutexLocker lock(&m_mutex);
        m_news.ended = true;
        tell();
        return;
    }
    finishWith(errorOf(curlCode));
}

void Transfer::finishWith(Error error)
{
    const QMutexLocker lock(&m_mutex);
    m_news.ended = true;
    m_news.error = std::move(error);
    tell();
}

Error Transfer::errorOf(int curlCode) const
{
    const QString host = foreignText(QStringView(m_order.url.host()), kMaxErrorText);
    if (m_tooLarge) {
        return Error{ErrorCode::HttpClient,
                     u"the answer of %1 is larger than %2 bytes"_s.arg(host, QString::number(m_order.maxBodyBytes))};
    }
    if (m_wasRefused)
        return Error{ErrorCode::InvalidUrl, u"requests to the address of %1 are not allowed"_s.arg(host)};
    const auto code = static_cast<CURLcode>(curlCode);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return Error{ErrorCode::HttpTimeout, u"%1 did not answer in time"_s.arg(host)};
    const QByteArrayView detail = m_errorText && m_errorText[0] ? m_errorText.get() : curl_easy_strerror(code);
    return Error{ErrorCode::HttpClient, host + u": "_s + foreignText(detail, kMaxErrorText)};
}

} // namespace agent
