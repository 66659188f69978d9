#pragma once

#include "backend/workerthreads.h"
#include "exec/deviceexec.h"
#include "exec/execroutes.h"
#include "exec/remotefiles.h"
#include "login/loginresolver.h"
#include "resourcebench.h"
#include "settings/settingsroutes.h"
#include "ssh/knownhosts.h"
#include "sshd/pythonsshserver.h"
#include "sshd/sshdserver.h"
#include "vault/profilecredentials.h"
#include "vault/sessioncredentials.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

#include <QThreadPool>

namespace agent::test {

/// Everything a route needs to run commands on saved sessions, with an unlocked vault and known_hosts of its own.
class ExecBench
{
public:
    ExecBench()
        : vault(resources.database)
        , credentials(resources.database, vault)
        , sessionCredentials(resources.database, vault)
        , logins(resources.database, vault)
        , exec({.database = resources.database, .logins = logins, .ssh = context(), .prompter = prompter})
        , files(exec)
    {
        registerVaultRoutes(resources.router, vault);
        registerCredentialRoutes(resources.router, credentials, sessionCredentials);
        registerSettingsRoutes(resources.router, resources.database);
        registerExecRoutes(resources.router, resources.database, exec, files,
                           {.refusal =
                                [this](const QString &command) {
                                    return refused.contains(command)
                                               ? std::optional(QStringLiteral("refused: ") + command)
                                               : std::nullopt;
                                },
                            .isConfigMode = [this] { return isConfigMode; },
                            .shorten =
                                [this](QByteArray text) {
                                    whole = text;
                                    return text.size() > 8000
                                               ? aiexec::ShownOutput{text.first(8000), QStringLiteral("kept")}
                                               : aiexec::ShownOutput{text, std::nullopt};
                                }},
                           pool);
        call().patience = std::chrono::minutes(1);
        if (call().post("/api/vault/password", object("password", "correct horse")).status != 204)
            qFatal("no vault");
    }

    [[nodiscard]] RouteCaller &call() { return resources.call; }
    [[nodiscard]] SshContext context() const
    {
        return {threads, std::make_shared<KnownHosts>(home.filePath(QStringLiteral("known_hosts")))};
    }

    QByteArray keyProfile(const QString &key)
    {
        return resources.make("/api/profiles", object({{"name", newUuid().toLatin1()},
                                                       {"username", SshdServer::currentUser().toUtf8()},
                                                       {"auth_type", "key"},
                                                       {"key_path", key.toUtf8()}}));
    }
    QByteArray passwordProfile(const QByteArray &password)
    {
        const QByteArray profile =
            resources.make("/api/profiles", object({{"name", newUuid().toLatin1()}, {"username", "alice"}}));
        if (call().put("/api/profiles/" + profile + "/credential", object("password", password)).status != 204)
            qFatal("no credential");
        return profile;
    }
    QByteArray session(quint16 port, const QByteArray &profile, const QByteArray &more = {})
    {
        const QByteArray start =
            object({{"name", "s-" + newUuid().toLatin1()}, {"host", "127.0.0.1"}, {"profile_id", profile}});
        return resources.make("/api/sessions", start.chopped(1) + ",\"port\":" + QByteArray::number(port) + more + '}');
    }

    QTemporaryDir home;
    std::shared_ptr<WorkerThreads> threads = std::make_shared<WorkerThreads>();
    std::shared_ptr<HostKeyPrompter> prompter;
    ResourceBench resources;
    Vault vault;
    ProfileCredentials credentials;
    SessionCredentials sessionCredentials;
    LoginResolver logins;
    QThreadPool pool;
    DeviceExec exec;
    RemoteFiles files;

    QStringList refused; ///< what the filter refuses
    bool isConfigMode = false;
    QByteArray whole; ///< the last output of several commands
};

/// `["a","b"]`
inline QByteArray list(const QList<QByteArray> &texts)
{
    JsonWriter writer;
    writer.beginArray();
    for (const QByteArray &text : texts)
        writer.utf8(text);
    writer.endArray();
    return writer.take();
}

inline QString textOf(const JsonValue &object, const char *member)
{
    return object[member].IsString() ? toQString(object[member]) : QString();
}

/// How many processes of this machine have `mark` on their command line.
inline int processesWith(const QByteArray &mark)
{
    return int(run(QStringLiteral("pgrep"), {QStringLiteral("-f"), QString::fromUtf8(mark)})
                   .value_or(QByteArray())
                   .count('\n'));
}

} // namespace agent::test
