#include "httpclient/httpurl.h"

#include <QHostAddress>
#include <QUrl>

#include <algorithm>
#include <curl/curl.h>
#include <string_view>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Error invalid(const QString &why) { return Error{ErrorCode::InvalidUrl, why}; }

Error errorOf(CURLUcode code)
{
    switch (code) {
    case CURLUE_UNSUPPORTED_SCHEME:
    case CURLUE_BAD_SCHEME:
        return invalid(u"the URL must start with http:// or https://"_s);
    case CURLUE_USER_NOT_ALLOWED:
        return invalid(u"the URL must not hold a user name or password"_s);
    case CURLUE_NO_HOST:
        return invalid(u"the URL has no host"_s);
    default:
        return invalid(u"this is not a valid URL"_s);
    }
}

/// One part of a URL; the copy in between is wiped, because a path or query may hold a token.
QByteArray part(CURLU *url, CURLUPart which, unsigned flags = 0)
{
    char *text = nullptr;
    if (curl_url_get(url, which, &text, flags) != CURLUE_OK || !text)
        return {};
    QByteArray copy(text);
    wipe(text, std::size_t(copy.size()));
    curl_free(text);
    return copy;
}

constexpr bool mayStand(char c)
{
    constexpr std::string_view kNever = " \"<>\\^`{|}";
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f && kNever.find(c) == std::string_view::npos;
}

} // namespace

void HttpUrl::Free::operator()(CURLU *handle) const { curl_url_cleanup(handle); }

Result<HttpUrl> HttpUrl::parse(const Secret &text)
{
    // The parser would take a missing scheme or a single slash for a slip; a stored URL has to say what it means.
    const bool isPlain = text.reveal([](QByteArrayView bytes) {
        const QByteArray start = bytes.first(std::min<qsizetype>(bytes.size(), 8)).toByteArray().toLower();
        const qsizetype host = start.startsWith("http://") ? 7 : start.startsWith("https://") ? 8 : 0;
        return host > 0 && bytes.size() > host && bytes[host] != '/' && !bytes.contains('\0');
    });
    if (!isPlain)
        return errorOf(CURLUE_UNSUPPORTED_SCHEME);
    Handle handle(curl_url());
    const CURLUcode set = text.reveal([&](QByteArrayView bytes) {
        return curl_url_set(handle.get(), CURLUPART_URL, bytes.data(), CURLU_DISALLOW_USER);
    });
    if (set != CURLUE_OK)
        return errorOf(set);
    return read(std::move(handle));
}

Result<HttpUrl> HttpUrl::redirected(QByteArrayView location) const
{
    Handle handle(curl_url_dup(m_handle.get()));
    const QByteArray target = location.toByteArray();
    const CURLUcode set =
        curl_url_set(handle.get(), CURLUPART_URL, target.constData(), CURLU_URLENCODE | CURLU_DISALLOW_USER);
    if (set != CURLUE_OK)
        return errorOf(set);
    return read(std::move(handle));
}

Result<HttpUrl> HttpUrl::read(Handle handle)
{
    HttpUrl url;
    const QByteArray scheme = part(handle.get(), CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https")
        return errorOf(CURLUE_UNSUPPORTED_SCHEME);
    url.m_isEncrypted = scheme == "https";
    QByteArray host = part(handle.get(), CURLUPART_HOST);
    while (host.endsWith('.'))
        host.chop(1);
    if (host.isEmpty())
        return errorOf(CURLUE_NO_HOST);
    if (host.startsWith('[')) {
        const QByteArray zone = part(handle.get(), CURLUPART_ZONEID);
        url.m_host = QString::fromLatin1(host.sliced(1, host.size() - 2)) +
                     (zone.isEmpty() ? QString() : u'%' + QString::fromLatin1(zone));
        url.m_hostIsAddress = true;
    } else {
        QHostAddress address;
        url.m_hostIsAddress = address.setAddress(QString::fromUtf8(host));
        url.m_host = url.m_hostIsAddress ? address.toString()
                                         : QString::fromLatin1(QUrl::toAce(QString::fromUtf8(host).toLower()));
        if (url.m_host.isEmpty())
            return invalid(u"the URL's host name is not valid"_s);
        // From here on there is one spelling: for the look-up, for the certificate, and for what is remembered of it.
        if (curl_url_set(handle.get(), CURLUPART_HOST, url.m_host.toLatin1().constData(), 0) != CURLUE_OK)
            return invalid(u"the URL's host name is not valid"_s);
    }
    url.m_port = part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).toUShort();
    if (url.m_port == 0)
        return invalid(u"the URL's port is not valid"_s);
    url.m_handle = std::move(handle);
    return url;
}

HttpUrl HttpUrl::clone() const
{
    HttpUrl copy;
    copy.m_handle.reset(curl_url_dup(m_handle.get()));
    copy.m_host = m_host;
    copy.m_port = m_port;
    copy.m_hostIsAddress = m_hostIsAddress;
    copy.m_isEncrypted = m_isEncrypted;
    return copy;
}

bool HttpUrl::hasOriginOf(const HttpUrl &other) const
{
    return m_isEncrypted == other.m_isEncrypted && m_port == other.m_port && m_host == other.m_host;
}

Secret encodedForUrl(const Secret &text)
{
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    return text.reveal([](QByteArrayView bytes) {
        const auto odd = std::ranges::count_if(bytes, [](char c) { return !mayStand(c); });
        Secret encoded = Secret::ofSize(std::size_t(bytes.size() + 2 * odd));
        encoded.fill([&](char *at, std::size_t) {
            for (const char c : bytes) {
                if (mayStand(c)) {
                    *at++ = c;
                    continue;
                }
                const auto byte = static_cast<unsigned char>(c);
                *at++ = '%';
                *at++ = kDigits[byte >> 4];
                *at++ = kDigits[byte & 15];
            }
        });
        return encoded;
    });
}

} // namespace agent
