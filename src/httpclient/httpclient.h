#pragma once

#include "core/result.h"
#include "core/task.h"
#include "httpclient/addressguard.h"
#include "httpclient/httprequest.h"
#include "httpclient/httpstream.h"

#include <QHostAddress>

#include <functional>
#include <memory>

namespace agent {

class ClientPresence;

/// The agent's outgoing HTTP: one for all rooms. Main thread.
///
/// Host names are looked up here, off the main loop, every address is judged by the AddressGuard, and the connection
/// goes to a judged address; redirects are followed here, each hop judged anew. To another origin (scheme, host and
/// port) a redirect takes neither credentials nor any header that a person configured, and no body. No cookie is kept,
/// no proxy of the environment used, no ambient login. Transfers run on a thread of their own (libcurl), which exists
/// only while there is something to do; connections are kept alive between requests.
///
/// Errors: InvalidUrl (a URL or address that is refused), HttpTimeout, HttpClient (could not connect, TLS, a broken or
/// oversize answer), Cancelled (the client is gone, or the agent stops). Texts name the host, never a path or query.
class HttpClient
{
public:
    /// Looks `host` up and calls `done` once, on the main thread, with nothing when there is no address.
    using Addresses = QList<QHostAddress>;
    using Resolver = std::function<void(const QString &host, std::function<void(Addresses)> done)>;

    /// The system's resolver, unless a test brings its own.
    explicit HttpClient(Resolver resolver = {});
    ~HttpClient();
    HttpClient(const HttpClient &) = delete;
    HttpClient &operator=(const HttpClient &) = delete;

    void setOwnEndpoint(const QHostAddress &address, quint16 port);
    [[nodiscard]] const AddressGuard &guard() const;

    /// The whole answer, of any status. `client` is who waits for it: when that is gone the transfer ends.
    [[nodiscard]] Task<Result<HttpResponse>> send(HttpRequest request, std::shared_ptr<ClientPresence> client);
    /// The head as soon as it is there; the body is read from the stream at the reader's pace.
    [[nodiscard]] Task<Result<std::shared_ptr<HttpStream>>> open(HttpRequest request,
                                                                 std::shared_ptr<ClientPresence> client);

    /// Ends every transfer with Cancelled, before it returns; later requests get the same.
    void stop();

private:
    struct Core;
    std::shared_ptr<Core> m_core; ///< shared with the coroutines under way
};

} // namespace agent
