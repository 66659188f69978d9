#include "settings/settingsroutes.h"

#include "api/body.h"
#include "net/router.h"
#include "settings/settings.h"
#include "storage/database.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// A UI's own bookkeeping (workspaces, key bindings) stays far below; a runaway client must not fill the file.
constexpr qsizetype kMaxValueBytes = 4 * 1024 * 1024;
constexpr qsizetype kMaxKeyLength = 200;

/// Whether a client may change what is under `key`.
Status checkWritable(const QString &key)
{
    // Host keys are always checked; a client that tries to switch that off must hear so.
    if (key == "ssh.hostKeyChecking"_L1)
        return Error{ErrorCode::Validation, u"host key checking cannot be changed"_s, key};
    if (key.size() > kMaxKeyLength)
        return Error{ErrorCode::Validation, u"the key is longer than %1 characters"_s.arg(kMaxKeyLength), u"key"_s};
    // What the agent notes for itself; how long an idle vault stays open is for its user to say.
    const bool isOwn = key.startsWith("vault."_L1) || key.startsWith("oui."_L1);
    if (isOwn && key != "vault.idle_lock_minutes"_L1)
        return Error{ErrorCode::Validation, u"the setting '%1' is kept by the agent itself"_s.arg(key), key};
    return {};
}

Task<Response> readSetting(Database &database, Request request)
{
    auto value = co_await database.read(
        [key = request.param("key")](Connection &connection) { return settings::read(connection, key); });
    if (!value)
        co_return Response::error(value.error());
    co_return Response::json(value->value_or("null"));
}

using Observer = std::function<void(const QString &)>;

Task<Response> writeSetting(Database &database, Observer onChanged, Request request)
{
    const QString key = request.param("key");
    if (const Status writable = checkWritable(key); !writable)
        co_return Response::error(writable.error());
    if (request.body.size() > kMaxValueBytes)
        co_return Response::error(
            {ErrorCode::TooLarge, u"a setting may have at most %1 bytes"_s.arg(kMaxValueBytes), key});
    auto document = takeJsonBody(request);
    if (!document)
        co_return Response::error(document.error());
    const QByteArray json = toJsonText(document->root());
    const Status written =
        co_await database.run([key, json](Connection &connection) { return settings::write(connection, key, json); });
    if (written && onChanged)
        onChanged(key);
    co_return respond(written);
}

Task<Response> removeSetting(Database &database, Observer onChanged, Request request)
{
    const QString key = request.param("key");
    if (const Status writable = checkWritable(key); !writable)
        co_return Response::error(writable.error());
    const Status removed =
        co_await database.run([key](Connection &connection) { return settings::remove(connection, key); });
    if (removed && onChanged)
        onChanged(key);
    co_return respond(removed);
}

} // namespace

void registerSettingsRoutes(Router &router, Database &database, std::function<void(const QString &)> onChanged)
{
    router.get("/api/settings/:key", [&database](Request r) { return readSetting(database, std::move(r)); })
        .describe("Read a setting; null when unset");
    router
        .put("/api/settings/:key",
             [&database, onChanged](Request r) { return writeSetting(database, onChanged, std::move(r)); })
        .describe("Store any JSON value under the key")
        .returnsNothing();
    router
        .remove("/api/settings/:key",
                [&database, onChanged](Request r) { return removeSetting(database, onChanged, std::move(r)); })
        .describe("Forget a setting")
        .returnsNothing();
}

} // namespace agent
