#include "terminal/hostkeyroutes.h"

#include "core/async.h"
#include "core/jsonwriter.h"
#include "core/log.h"
#include "net/router.h"
#include "ssh/knownhosts.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

QByteArray toJson(const QList<PinnedKey> &keys)
{
    JsonWriter json;
    json.beginArray();
    for (const PinnedKey &pinned : keys) {
        json.beginObject();
        json.key("host");
        json.string(pinned.host);
        json.key("port");
        json.integer(pinned.port);
        json.key("key_type");
        json.utf8(pinned.key.type);
        json.key("fingerprint");
        json.utf8(fingerprintOf(pinned.key));
        json.endObject();
    }
    json.endArray();
    return json.take();
}

Error removeFailed(const Error &cause) { return Error{ErrorCode::HostKeyRemoveFailed, cause.message}; }

Task<Response> list(std::shared_ptr<KnownHosts> knownHosts, QThreadPool *pool)
{
    auto keys = co_await onWorker(*pool, [knownHosts] { return knownHosts->list(); });
    co_return keys ? Response::json(toJson(*keys)) : Response::error(keys.error());
}

Task<Response> removeAll(std::shared_ptr<KnownHosts> knownHosts, QThreadPool *pool)
{
    auto removed = co_await onWorker(*pool, [knownHosts] { return knownHosts->removeAll(); });
    if (!removed)
        co_return Response::error(removeFailed(removed.error()));
    qCInfo(lcAudit) << "trusted host keys removed:" << *removed;
    co_return Response::json("{\"removed\":" + QByteArray::number(*removed) + '}');
}

Task<Response> removeOne(std::shared_ptr<KnownHosts> knownHosts, QThreadPool *pool, QString host, QString portText)
{
    bool isNumber = false;
    const quint16 port = portText.toUShort(&isNumber);
    const Error absent{ErrorCode::NotFound, u"no trusted host key for %1 port %2"_s.arg(host, portText)};
    if (!isNumber)
        co_return Response::error(absent);
    auto removed = co_await onWorker(*pool, [knownHosts, host, port] { return knownHosts->remove(host, port); });
    if (!removed)
        co_return Response::error(removeFailed(removed.error()));
    if (*removed == 0)
        co_return Response::error(absent);
    qCInfo(lcAudit).noquote() << "trusted host key removed:" << host << "port" << port;
    co_return Response::empty();
}

} // namespace

void registerHostKeyRoutes(Router &router, std::shared_ptr<KnownHosts> knownHosts, QThreadPool &pool)
{
    router.get("/api/host-keys", [knownHosts, pool = &pool](Request) { return list(knownHosts, pool); })
        .describe("The trusted SSH host keys");
    router.remove("/api/host-keys", [knownHosts, pool = &pool](Request) { return removeAll(knownHosts, pool); })
        .describe("Forgets every trusted SSH host key");
    router
        .remove("/api/host-keys/:host/:port",
                [knownHosts, pool = &pool](Request request) {
                    return removeOne(knownHosts, pool, request.param("host"), request.param("port"));
                })
        .describe("Forgets the trusted SSH host keys of one host and port")
        .returnsNothing();
}

} // namespace agent
