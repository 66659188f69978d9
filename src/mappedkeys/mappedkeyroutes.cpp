#include "mappedkeys/mappedkeyroutes.h"

#include "api/crud.h"
#include "mappedkeys/mappedkey.h"
#include "vault/secretbody.h"
#include "vault/vault.h"
#include "vault/vaultjobs.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMaxCommandBytes = 64 * 1024;

/// What a client sends; only described, never made: the command is taken apart from the rest.
struct MappedKeyBody
{
    QString keyCombo;
    Secret command;
    std::optional<QString> description;
    bool isSecret = false;
};

struct RevealedCommand
{
    std::optional<Secret> command;
};

} // namespace

template <>
struct Schema<MappedKeyBody>
{
    static constexpr const char *name = "MappedKeyBody";
    static constexpr auto fields = std::tuple{
        field("key_combo", &MappedKeyBody::keyCombo, FieldFlag::Required),
        field("command", &MappedKeyBody::command, FieldFlag::Required),
        field("description", &MappedKeyBody::description),
        field("is_secret", &MappedKeyBody::isSecret),
    };
};

template <>
struct Schema<RevealedCommand>
{
    static constexpr const char *name = "RevealedCommand";
    static constexpr auto fields = std::tuple{field("command", &RevealedCommand::command, FieldFlag::Required)};
};

namespace {

using Key = std::shared_ptr<const VaultKey>;

QString plainText(const Secret &command)
{
    return command.reveal([](QByteArrayView bytes) { return QString::fromUtf8(bytes); });
}

Status checkCombo(Connection &connection, const MappedKey &key)
{
    if (Status text = checkText(key.keyCombo, "key_combo"_L1, {.maxBytes = 256}); !text)
        return text;
    auto taken =
        connection.value(u"SELECT 1 FROM mapped_keys WHERE key_combo = ? AND id <> ?"_s, {key.keyCombo, key.id});
    if (!taken)
        return taken.error();
    if (taken->isValid())
        return Error{ErrorCode::Conflict, u"'%1' is mapped already"_s.arg(key.keyCombo), u"key_combo"_s};
    return {};
}

/// Writes the command where it belongs: sealed, or as it is.
Status storeCommand(Connection &connection, const VaultKey &vault, MappedKey &key, const Secret &command)
{
    QVariant sealed;
    if (key.isSecret) {
        auto blob = vault.seal(command);
        if (!blob)
            return blob.error();
        sealed = std::move(*blob);
        key.command = u""_s;
    } else {
        key.command = plainText(command);
    }
    auto stored = connection.execute(u"UPDATE mapped_keys SET command = ?, command_encrypted = ? WHERE id = ?"_s,
                                     {key.command, sealed, key.id});
    return stored ? Status() : Status(stored.error());
}

/// What the key types, wherever it is stored.
Result<Secret> readCommand(Connection &connection, const VaultKey &vault, const MappedKey &key)
{
    if (!key.isSecret)
        return Secret(QByteArrayView(key.command.toUtf8()));
    auto blob = connection.value(u"SELECT command_encrypted FROM mapped_keys WHERE id = ?"_s, {key.id});
    if (!blob)
        return blob.error();
    return vault.open(blob->toByteArray());
}

Result<QByteArray> createKey(Connection &connection, const VaultKey &vault, MappedKey key, const Secret &command)
{
    key.id = newUuid();
    crud::stampCreated(key);
    if (Status combo = checkCombo(connection, key); !combo)
        return combo.error();
    if (Status inserted = repository::insert(connection, key); !inserted)
        return inserted.error();
    if (Status stored = storeCommand(connection, vault, key, command); !stored)
        return stored.error();
    return encode(key);
}

struct Updated
{
    QByteArray json;
    bool becameSecret = false;
};

Result<Updated> updateKey(Connection &connection, const VaultKey &vault, const QString &id, const JsonValue &body)
{
    auto old = repository::get<MappedKey>(connection, id);
    if (!old)
        return old.error();
    auto command = secretMember(body, "command", kMaxCommandBytes);
    if (!command)
        return command.error();
    MappedKey now = *old;
    if (Status read = readObject(body, now, BodyKind::Update); !read)
        return read.error();
    if (Status combo = checkCombo(connection, now); !combo)
        return combo.error();
    if (Status updated = repository::update(connection, now); !updated)
        return updated.error();
    // Changing the kind re-encodes the command that is there, unless a new one came along.
    if (!*command && now.isSecret != old->isSecret) {
        auto stored = readCommand(connection, vault, *old);
        if (!stored)
            return stored.error();
        *command = std::move(*stored);
    }
    if (*command) {
        if (Status stored = storeCommand(connection, vault, now, **command); !stored)
            return stored.error();
    }
    return Updated{.json = encode(now), .becameSecret = now.isSecret && !old->isSecret};
}

Task<Response> handleCreate(Database &database, Key vault, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto key = decodeNew<MappedKey>(body->root());
    if (!key)
        co_return Response::error(key.error());
    auto command = secretMember(body->root(), "command", kMaxCommandBytes);
    if (!command)
        co_return Response::error(command.error());
    if (!*command)
        co_return Response::error({ErrorCode::WrongShape, u"missing field 'command'"_s, u"command"_s});
    auto created =
        co_await database.run([vault, key = std::move(*key), command = std::move(**command)](Connection &connection) {
            return createKey(connection, *vault, key, command);
        });
    co_return respond(std::move(created), 201);
}

Task<Response> handleUpdate(Database &database, Key vault, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto updated =
        co_await database.run([vault, id = request.param("id"), body = std::move(*body)](Connection &connection) {
            return updateKey(connection, *vault, id, body.root());
        });
    if (!updated)
        co_return Response::error(updated.error());
    if (updated->becameSecret) {
        // The command in plain text is still in the log file.
        (void)co_await database.runBare([](Connection &connection) -> Status {
            emptyLog(connection);
            return {};
        });
    }
    co_return Response::json(std::move(updated->json));
}

Task<Response> handleReveal(Database &database, Key vault, Request request)
{
    auto command = co_await database.read([vault, id = request.param("id")](Connection &connection) -> Result<Secret> {
        auto key = repository::get<MappedKey>(connection, id);
        if (!key)
            return key.error();
        return readCommand(connection, *vault, *key);
    });
    if (!command)
        co_return Response::error(command.error());
    co_return writeSecrets(RevealedCommand{std::move(*command)}).reveal([](QByteArrayView json) {
        return Response::json(json.toByteArray());
    });
}

} // namespace

void registerMappedKeyRoutes(Router &router, Database &database, const Vault &vault)
{
    const Key key = vault.key();
    constexpr auto path = "/api/mapped-keys", itemPath = "/api/mapped-keys/:id";
    router.get(path, [&database](Request) { return crud::handleList<MappedKey>(database); })
        .describe("List every mapped key; the commands of secret ones are empty")
        .returnsListOf(typeOf<MappedKey>());
    router.post(path, [&database, key](Request r) { return handleCreate(database, key, std::move(r)); })
        .describe("Map a key")
        .accepts(createBodyOf<MappedKeyBody>())
        .returns(typeOf<MappedKey>(), 201);
    router.put(itemPath, [&database, key](Request r) { return handleUpdate(database, key, std::move(r)); })
        .describe("Change a mapped key; absent fields keep their value, null clears")
        .accepts(updateBodyOf<MappedKeyBody>())
        .returns(typeOf<MappedKey>());
    const auto rules = std::make_shared<const CrudRules<MappedKey>>();
    router
        .remove(itemPath,
                [&database, rules](Request r) { return crud::handleDelete<MappedKey>(database, rules, std::move(r)); })
        .describe("Delete a mapped key")
        .returnsNothing();
    router
        .get(QByteArray(itemPath) + "/reveal",
             [&database, key](Request r) { return handleReveal(database, key, std::move(r)); })
        .describe("What the key types")
        .returns(typeOf<RevealedCommand>());
}

} // namespace agent
