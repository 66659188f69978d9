#pragma once

#include "core/error.h"
#include "httpclient/addressguard.h"
#include "httpclient/httprequest.h"
#include "httpclient/httpurl.h"

#include <QHostAddress>
#include <QMutex>

#include <functional>
#include <memory>
#include <optional>

using CURL = void;
struct curl_slist;

namespace agent {

/// One HTTP exchange without redirects: what to send, and what has arrived so far. Shared by the main thread, which
/// takes what arrived, and the transfer thread, where curl works on it.
class Transfer
{
public:
    /// So much may wait for the reader; then the far side is not read any further.
    static constexpr qsizetype kHighMark = 256 * 1024;
    static constexpr int kMaxHeaders = 200;

    struct Order
    {
        HttpUrl url;
        QByteArray method;
        std::vector<HttpHeader> headers;
        std::optional<Secret> body;
        QList<QHostAddress> addresses; ///< judged; the connection goes to one of them and nowhere else
        AddressGuard guard;
        bool verifyTls = true;
        std::chrono::milliseconds timeout{0}; ///< zero: none
        std::chrono::seconds idleTimeout{0};  ///< zero: none
        qint64 maxBodyBytes = 0;
    };

    /// `onNews` is called on the transfer thread, at most once between two calls of `take`.
    Transfer(Order order, std::function<void()> onNews);
    ~Transfer();
    Transfer(const Transfer &) = delete;
    Transfer &operator=(const Transfer &) = delete;

    struct News
    {
        std::optional<HttpAnswerHead> head; ///< once
        QByteArray bytes;
        bool wasPaused = false; ///< the thread has to be told to go on
        bool ended = false;
        std::optional<Error> error;
    };
    /// What arrived since the last call. Any thread.
    [[nodiscard]] News take();

    // The transfer thread's side
    /// @return null when curl has no memory left.
    [[nodiscard]] CURL *prepare();
    void release();            ///< the handle of `prepare`, which curl knows no more
    void resume();             ///< reading goes on after a pause
    void finish(int curlCode); ///< a CURLcode
    void finishWith(Error error);

private:
    struct Callbacks; ///< what curl calls

    void setHeaders();
    void setTarget();
    [[nodiscard]] bool mayConnectTo(const QHostAddress &address, quint16 port) const;
    void takeHeaderLine(QByteArrayView line);
    bool takeBody(QByteArrayView bytes); ///< false: pause, or give up when m_tooLarge
    void tell();
    [[nodiscard]] Error errorOf(int curlCode) const;

    Order m_order;
    const std::function<void()> m_onNews;

    // Touched on the transfer thread alone
    CURL *m_handle = nullptr;
    curl_slist *m_headerList = nullptr;
    curl_slist *m_resolveList = nullptr;
    std::unique_ptr<char[]> m_errorText;
    HttpAnswerHead m_head;
    bool m_headIsComplete = false;
    bool m_isPaused = false;
    bool m_tooLarge = false;
    bool m_wasRefused = false;
    qint64 m_received = 0;

    QMutex m_mutex;
    News m_news;
    bool m_told = false;
};

} // namespace agent
