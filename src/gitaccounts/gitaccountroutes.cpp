#include "gitaccounts/gitaccountroutes.h"

#include "api/body.h"
#include "api/notimplemented.h"
#include "gitaccounts/gitaccountstore.h"
#include "storage/database.h"
#include "vault/secretbody.h"
#include "vault/vault.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMaxCredentialBytes = 64 * 1024;

struct GitAccountList
{
    QList<GitAccount> accounts;
};

struct GitAccountId
{
    QString id;
};

struct GitAccountDone
{
    bool success = true;
};

// Only described, never made: the credential is taken apart from the rest.
struct NewGitAccount : GitAccount
{
    std::optional<Secret> credential;
};
struct GitAccountChange : NewGitAccount
{
    QString changedId;
};

} // namespace

template <>
struct Schema<GitAccountList>
{
    static constexpr const char *name = "GitAccountList";
    static constexpr auto fields = std::tuple{field("accounts", &GitAccountList::accounts)};
};

template <>
struct Schema<GitAccountId>
{
    static constexpr const char *name = "GitAccountId";
    static constexpr auto fields = std::tuple{field("id", &GitAccountId::id, FieldFlag::Required)};
};

template <>
struct Schema<GitAccountDone>
{
    static constexpr const char *name = "GitAccountDone";
    static constexpr auto fields = std::tuple{field("success", &GitAccountDone::success)};
};

template <>
struct Schema<NewGitAccount>
{
    static constexpr const char *name = "GitAccountBody";
    static constexpr auto fields =
        std::tuple_cat(Schema<GitAccount>::fields, std::tuple{field("credential", &NewGitAccount::credential)});
};

template <>
struct Schema<GitAccountChange>
{
    static constexpr const char *name = "GitAccountChange";
    static constexpr auto fields =
        std::tuple_cat(std::tuple{field("id", &GitAccountChange::changedId)}, Schema<NewGitAccount>::fields);
};

namespace {

using Key = std::shared_ptr<const VaultKey>;

Response done(const Status &outcome)
{
    return outcome ? Response::json(encode(GitAccountDone())) : Response::error(outcome.error());
}

Task<Response> list(Database &database)
{
    co_return respond(co_await database.read([](Connection &c) -> Result<QByteArray> {
        auto accounts = gitaccounts::list(c);
        if (!accounts)
            return accounts.error();
        return encode(GitAccountList{std::move(*accounts)});
    }));
}

Task<Response> create(Database &database, Key key, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto account = decodeNew<GitAccount>(body->root());
    if (!account)
        co_return Response::error(account.error());
    auto credential = secretMember(body->root(), "credential", kMaxCredentialBytes);
    if (!credential)
        co_return Response::error(credential.error());
    const auto id =
        co_await database.run([key, account = std::move(*account), credential = std::move(*credential)](Connection &c) {
            return gitaccounts::create(c, *key, account, credential);
        });
    co_return id ? Response::json(encode(GitAccountId{*id})) : Response::error(id.error());
}

Task<Response> update(Database &database, Key key, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto id = decodeNew<GitAccountId>(body->root());
    if (!id)
        co_return Response::error(id.error());
    auto credential = secretMember(body->root(), "credential", kMaxCredentialBytes);
    if (!credential)
        co_return Response::error(credential.error());
    co_return done(co_await database.run(
        [key, id = std::move(id->id), body = std::move(*body), credential = std::move(*credential)](Connection &c) {
            return gitaccounts::update(c, *key, id, body.root(), credential);
        }));
}

Task<Response> remove(Database &database, Request request)
{
    auto id = decodeBody<GitAccountId>(request);
    if (!id)
        co_return Response::error(id.error());
    co_return done(
        co_await database.run([id = std::move(id->id)](Connection &c) { return gitaccounts::remove(c, id); }));
}

} // namespace

void registerGitAccountRoutes(Router &router, Database &database, const Vault &vault)
{
    const QByteArray path = "/api/workspace/git/accounts";
    router.get(path, [&database](Request) { return list(database); })
        .describe("List every git account; never the credentials")
        .returns(typeOf<GitAccountList>());
    router
        .post(path + "/create",
              [&database, key = vault.key()](Request r) { return create(database, key, std::move(r)); })
        .describe("Add a git account")
        .accepts(createBodyOf<NewGitAccount>())
        .returns(typeOf<GitAccountId>());
    router
        .post(path + "/update",
              [&database, key = vault.key()](Request r) { return update(database, key, std::move(r)); })
        .describe("Change a git account; absent and null fields keep their value")
        .accepts(updateBodyOf<GitAccountChange>())
        .returns(typeOf<GitAccountDone>());
    router.post(path + "/delete", [&database](Request r) { return remove(database, std::move(r)); })
        .describe("Delete a git account with its credential")
        .accepts(createBodyOf<GitAccountId>())
        .returns(typeOf<GitAccountDone>());
    registerNotImplemented(router, {.feature = u"Trying a git account"_s, .paths = {{Method::Post, path + "/test"}}});
}

} // namespace agent
