#include "httpclient/httpclient.h"

#include "core/foreigntext.h"
#include "httpclient/firstof.h"
#include "httpclient/httpurl.h"
#include "httpclient/transfer.h"
#include "httpclient/transferthread.h"
#include "net/request.h"

#include <QCoreApplication>
#include <QHostInfo>
#include <QTimer>

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kLookupLimit = 10s;
constexpr qsizetype kMaxAddresses = 16;

using Clock = std::chrono::steady_clock;

void resolveWithSystem(const QString &host, std::function<void(HttpClient::Addresses)> done)
{
    QHostInfo::lookupHost(host, qApp, [done = std::move(done)](const QHostInfo &info) { done(info.addresses()); });
}

Error cancelled() { return Error{ErrorCode::Cancelled, u"the request was cancelled"_s}; }

bool isRedirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool isToken(QByteArrayView text)
{
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~"; // RFC 9110 section 5.6.2
    return !text.isEmpty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

/// What would let one request be read as two, or name another length than is sent.
Status checkMessage(const HttpRequest &request)
{
    static constexpr std::array kOurs = {"content-length"_L1, "transfer-encoding"_L1, "connection"_L1, "upgrade"_L1};
    if (!isToken(request.method))
        return Error{ErrorCode::Validation, u"the method is not a valid HTTP method"_s, u"method"_s};
    for (const HttpHeader &header : request.headers) {
        if (!isToken(header.name))
            return Error{ErrorCode::Validation, u"a header has a name that HTTP does not allow"_s, u"headers"_s};
        const QString name = QString::fromLatin1(header.name.toLower());
        if (std::ranges::find(kOurs, name) != kOurs.end())
            return Error{ErrorCode::Validation, u"the header '%1' is set by the agent"_s.arg(name), u"headers"_s};
        const bool isClean = header.value.reveal([](QByteArrayView value) {
            return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
        });
        if (!isClean)
            return Error{ErrorCode::Validation, u"the header '%1' has a line break in it"_s.arg(name), u"headers"_s};
    }
    return {};
}

/// What a redirect takes to another origin: nothing that a person configured, so no credential in any disguise.
void keepHarmlessHeaders(std::vector<HttpHeader> &headers)
{
    static constexpr std::array kHarmless = {"accept"_L1, "accept-language"_L1, "user-agent"_L1};
    std::erase_if(headers, [](const HttpHeader &header) {
        return std::ranges::find(kHarmless, QString::fromLatin1(header.name.toLower())) == kHarmless.end();
    });
}

} // namespace

struct HttpClient::Core
{
    std::shared_ptr<TransferThread> thread = std::make_shared<TransferThread>();
    std::shared_ptr<QObject> home = std::make_shared<QObject>(); ///< where news from the thread arrive
    AddressGuard guard;
    Resolver resolver;
    bool isStopped = false;
    std::vector<std::weak_ptr<HttpStream>> streams;
    std::vector<std::weak_ptr<FirstOf<Result<Addresses>>>> lookups;

    ~Core() { thread->stop(); } // it posts to `home`, and streams may outlive us

    static Task<Result<Addresses>> resolve(std::shared_ptr<Core> core, QString host, quint16 port,
                                           std::chrono::milliseconds limit, std::shared_ptr<ClientPresence> client);
    static Task<Result<std::shared_ptr<HttpStream>>> open(std::shared_ptr<Core> core, HttpRequest request,
                                                          std::shared_ptr<ClientPresence> client);
    std::shared_ptr<HttpStream> start(Transfer::Order order, const std::shared_ptr<ClientPresence> &client);
    /// What the next hop of `request` is, in place. @return why there is none.
    static Result<HttpUrl> follow(HttpRequest &request, const HttpUrl &from, const HttpAnswerHead &head);
};

HttpClient::HttpClient(Resolver resolver)
    : m_core(std::make_shared<Core>())
{
    m_core->resolver = resolver ? std::move(resolver) : &resolveWithSystem;
}

HttpClient::~HttpClient() { stop(); }

void HttpClient::setOwnEndpoint(const QHostAddress &address, quint16 port)
{
    m_core->guard.setOwnEndpoint(address, port);
}

const AddressGuard &HttpClient::guard() const { return m_core->guard; }

void HttpClient::stop()
{
    m_core->isStopped = true;
    for (const auto &lookup : std::exchange(m_core->lookups, {})) {
        if (const auto alive = lookup.lock())
            alive->set(cancelled());
    }
    for (const auto &stream : std::exchange(m_core->streams, {})) {
        if (const auto alive = stream.lock())
            alive->fail(cancelled());
    }
}

Task<Result<std::shared_ptr<HttpStream>>> HttpClient::open(HttpRequest request, std::shared_ptr<ClientPresence> client)
{
    return Core::open(m_core, std::move(request), std::move(client));
}

Task<Result<HttpResponse>> HttpClient::send(HttpRequest request, std::shared_ptr<ClientPresence> client)
{
    const auto stream = co_await Core::open(m_core, std::move(request), std::move(client));
    if (!stream)
        co_return stream.error();
    HttpResponse response{.head = (*stream)->head()};
    for (;;) {
        auto bytes = co_await (*stream)->read();
        if (!bytes)
            co_return std::move(bytes).error();
        if (bytes->isEmpty())
            break;
        response.body += *bytes;
    }
    co_return response;
}

Task<Result<std::shared_ptr<HttpStream>>> HttpClient::Core::open(std::shared_ptr<Core> core, HttpRequest request,
                                                                 std::shared_ptr<ClientPresence> client)
{
    if (Status valid = checkMessage(request); !valid)
        co_return valid.error();
    auto url = HttpUrl::parse(request.url);
    if (!url)
        co_return std::move(url).error();
    const bool isLimited = request.timeout.count() > 0;
    const auto deadline = Clock::now() + request.timeout;
    for (int hop = 0;; ++hop) {
        if (Status allowed = core->guard.judge(*url); !allowed)
            co_return allowed.error();
        auto left = isLimited ? std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()) : 0ms;
        if (isLimited && left <= 0ms)
            co_return Error{ErrorCode::HttpTimeout, u"%1 did not answer in time"_s.arg(url->host())};
        auto addresses = co_await resolve(core, url->host(), url->port(), left, client);
        if (!addresses)
            co_return std::move(addresses).error();
        if (isLimited)
            left = std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()), 1ms);
        std::vector<HttpHeader> headers;
        for (const HttpHeader &header : request.headers)
            headers.push_back({header.name, header.value.clone()}); // a redirect may need them again
        const auto stream = core->start({.url = url->clone(),
                                         .method = request.method,
                                         .headers = std::move(headers),
                                         .body = request.body ? std::optional(request.body->clone()) : std::nullopt,
                                         .addresses = *addresses,
                                         .guard = core->guard,
                                         .verifyTls = request.verifyTls,
                                         .timeout = left,
                                         .idleTimeout = request.idleTimeout,
                                         .maxBodyBytes = request.maxBodyBytes},
                                        client);
        if (const Status head = co_await stream->untilHead(); !head)
            co_return head.error();
        if (!isRedirect(stream->head().status) || request.maxRedirects == 0 ||
            stream->head().header("location").isEmpty())
            co_return stream;
        if (hop == request.maxRedirects)
            co_return Error{ErrorCode::HttpClient, u"%1 redirects too many times"_s.arg(url->host())};
        auto next = follow(request, *url, stream->head());
        if (!next)
            co_return std::move(next).error();
        url = std::move(next);
    }
}

Result<HttpUrl> HttpClient::Core::follow(HttpRequest &request, const HttpUrl &from, const HttpAnswerHead &head)
{
    auto next = from.redirected(head.header("location"));
    if (!next) {
        return Error{ErrorCode::InvalidUrl,
                     u"%1 redirects to where requests do not go: %2"_s.arg(from.host(), next.error().message)};
    }
    // RFC 9110 section 15.4: 303 asks for the other resource; 301 and 302 are taken so after a POST, as everybody does.
    const bool becomesGet = (head.status == 303 && request.method != "HEAD") ||
                            ((head.status == 301 || head.status == 302) && request.method == "POST");
    if (becomesGet) {
        request.method = "GET";
        request.body.reset();
        std::erase_if(request.headers, [](const HttpHeader &header) {
            return header.name.compare("content-type", Qt::CaseInsensitive) == 0;
        });
    }
    if (next->hasOriginOf(from))
        return next;
    if (request.body) {
        return Error{ErrorCode::HttpClient,
                     u"%1 redirects what was sent to %2, which is another server; that is not done"_s.arg(
                         from.host(), next->host())};
    }
    keepHarmlessHeaders(request.headers);
    return next;
}

Task<Result<HttpClient::Addresses>> HttpClient::Core::resolve(std::shared_ptr<Core> core, QString host, quint16 port,
                                                              std::chrono::milliseconds limit,
                                                              std::shared_ptr<ClientPresence> client)
{
    if (core->isStopped || client->isGone())
        co_return cancelled();
    QHostAddress literal;
    if (literal.setAddress(host))
        co_return Addresses{literal}; // judged with the URL
    const auto lookup = std::make_shared<FirstOf<Result<Addresses>>>();
    std::erase_if(core->lookups, [](const auto &old) { return old.expired(); });
    core->lookups.push_back(lookup);
    const auto most = std::chrono::milliseconds(kLookupLimit);
    QTimer::singleShot(limit > 0ms ? std::min(limit, most) : most, lookup.get(), [lookup = lookup.get(), host] {
        lookup->set(Error{ErrorCode::HttpTimeout, u"the name %1 could not be looked up in time"_s.arg(host)});
    });
    QObject::connect(client.get(), &ClientPresence::gone, lookup.get(),
                     [lookup = lookup.get()] { lookup->set(cancelled()); });
    core->resolver(host, [weak = std::weak_ptr(lookup)](Addresses found) {
        if (const auto alive = weak.lock())
            alive->set(std::move(found));
    });
    const auto found = co_await lookup->value();
    if (!found)
        co_return found.error();
    const Addresses addresses = found->first(std::min(found->size(), kMaxAddresses));
    if (addresses.isEmpty())
        co_return Error{ErrorCode::HttpClient, u"the name %1 has no address"_s.arg(host)};
    for (const QHostAddress &address : addresses) {
        if (Status allowed = core->guard.judge(address, port); !allowed)
            co_return Error{ErrorCode::InvalidUrl, u"%1: %2"_s.arg(host, allowed.error().message)};
    }
    co_return addresses;
}

std::shared_ptr<HttpStream> HttpClient::Core::start(Transfer::Order order,
                                                    const std::shared_ptr<ClientPresence> &client)
{
    // The transfer tells of news before the stream exists for it only as a weak pointer, which is filled in first.
    const auto weak = std::make_shared<std::weak_ptr<HttpStream>>();
    const auto transfer = std::make_shared<Transfer>(std::move(order), [home = home.get(), weak] {
        QMetaObject::invokeMethod(
            home,
            [weak] {
                if (const auto alive = weak->lock())
                    alive->wake();
            },
            Qt::QueuedConnection);
    });
    const auto stream = std::make_shared<HttpStream>(thread, transfer);
    *weak = stream;
    std::erase_if(streams, [](const auto &old) { return old.expired(); });
    streams.push_back(stream);
    QObject::connect(client.get(), &ClientPresence::gone, stream.get(),
                     [stream = stream.get()] { stream->fail(cancelled()); });
    thread->start(transfer);
    if (isStopped || client->isGone())
        stream->fail(cancelled());
    return stream;
}

} // namespace agent
