#pragma once

#include "gitaccounts/gitaccountroutes.h"
#include "integrations/sourceroutes.h"
#include "mcp/mcpserverroutes.h"
#include "resourcebench.h"
#include "smtp/smtproutes.h"
#include "vault/apikeys.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

namespace agent::test {

using namespace Qt::StringLiterals;

inline const QByteArray kNobody = "00000000-0000-4000-8000-000000000000";

inline bool isLocked(const Answer &answer) { return answer.status == 403 && answer.code() == u"VAULT_LOCKED"_s; }

/// `object` with one more member.
inline QByteArray with(QByteArray object, const char *member, const QByteArray &json)
{
    object.chop(1);
    return object + ",\"" + member + "\":" + json + '}';
}

/// The routes of everything that is stored about other systems, with a vault. Its suites open it for each test.
class IntegrationBench
{
public:
    void open()
    {
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        keys = std::make_unique<ApiKeys>(bench->database, *vault);
        registerVaultRoutes(bench->router, *vault);
        registerApiKeyRoutes(bench->router, *keys);
        registerInventorySourceRoutes(bench->router, bench->database, *vault);
        registerMcpRoutes(bench->router, bench->database, *vault);
        registerSmtpRoutes(bench->router, bench->database, *vault);
        registerGitAccountRoutes(bench->router, bench->database, *vault);
    }
    void close()
    {
        keys.reset();
        vault.reset();
        bench.reset();
    }

    /// In any file of the database, also as deleted.
    bool isOnDisk(const QByteArray &text)
    {
        const QDir folder(bench->folder.path());
        return std::ranges::any_of(folder.entryList(QDir::Files), [&](const QString &name) {
            QFile file(folder.filePath(name));
            return file.open(QIODevice::ReadOnly) && file.readAll().contains(text);
        });
    }
    /// Deriving a key takes its time, and not every test needs one.
    void setPassword()
    {
        QCOMPARE(bench->call.post("/api/vault/password", R"({"password":"correct horse battery"})").status, 204);
    }
    void unlockAgain()
    {
        vault->lock();
        QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse battery"})").status, 204);
    }

    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<ApiKeys> keys;
};

} // namespace agent::test
