#include "scripts/scriptdevice.h"

#include "core/jsonwriter.h"
#include "profiles/profile.h"
#include "sessions/session.h"
#include "vault/profilecredentials.h"

#include <cstring>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

const char *netmikoType(CliFlavor flavor)
{
    switch (flavor) {
    case CliFlavor::Auto:
        return "autodetect";
    case CliFlavor::Linux:
        return "linux";
    case CliFlavor::CiscoIos:
        return "cisco_ios";
    case CliFlavor::CiscoIosXr:
        return "cisco_xr";
    case CliFlavor::CiscoNxos:
        return "cisco_nxos";
    case CliFlavor::Juniper:
        return "juniper_junos";
    case CliFlavor::Arista:
        return "arista_eos";
    case CliFlavor::PaloAlto:
        return "paloalto_panos";
    case CliFlavor::Fortinet:
        return "fortinet";
    }
    Q_UNREACHABLE_RETURN("autodetect");
}

Error failure(const char *word, const QString &what) { return {ErrorCode::Internal, what, {}, {}, word}; }

void addIfAny(SecretJsonWriter &writer, QByteArrayView name, std::optional<Secret> secret, bool &any)
{
    if (!secret || secret->isEmpty())
        return;
    writer.add(name, secret);
    any = true;
}

/// `{"host":...}` and what is secret as one object, in wiping memory.
Secret joined(const QByteArray &open, const Secret &secrets)
{
    return secrets.reveal([&](QByteArrayView inside) {
        Secret whole = Secret::ofSize(std::size_t(open.size() + inside.size()));
        whole.fill([&](char *to, std::size_t) {
            std::memcpy(to, open.constData(), std::size_t(open.size()) - 1);
            to += open.size() - 1;
            *to++ = ',';
            std::memcpy(to, inside.data() + 1, std::size_t(inside.size()) - 1);
        });
        return whole;
    });
}

Secret deviceJson(const Session &session, const Profile &profile, Credential credential)
{
    JsonWriter writer;
    writer.beginObject();
    writer.key("host");
    writer.string(session.host);
    writer.key("port");
    writer.integer(session.port);
    writer.key("device_type");
    writer.utf8(netmikoType(session.cliFlavor));
    writer.key("username");
    writer.string(profile.username);
    writer.key("name");
    writer.string(session.name);
    if (profile.authType == AuthType::Key && profile.keyPath && !profile.keyPath->isEmpty()) {
        writer.key("key_file");
        writer.string(*profile.keyPath);
    }
    writer.endObject();
    SecretJsonWriter secrets;
    bool any = false;
    addIfAny(secrets, "password", std::move(credential.password), any);
    addIfAny(secrets, "key_passphrase", std::move(credential.keyPassphrase), any);
    const QByteArray open = writer.take();
    return any ? joined(open, secrets.take()) : Secret(open);
}

Result<ScriptDevice> deviceOf(Connection &connection, const VaultKey &key, const QString &sessionId)
{
    const auto session = repository::find<Session>(connection, sessionId);
    if (!session)
        return session.error();
    if (!*session)
        return failure("SESSION_ERROR", u"session not found: %1"_s.arg(sessionId));
    const QString owner = u"session '%1'"_s.arg((*session)->name);
    const auto profile = repository::find<Profile>(connection, (*session)->profileId);
    if (!profile)
        return profile.error();
    if (!*profile)
        return failure("PROFILE_ERROR", u"%1: it has no profile to log in with"_s.arg(owner));
    auto credential = ProfileCredentials::read(connection, key, (*profile)->id);
    if (!credential && credential.error().code == ErrorCode::VaultLocked)
        return Error{ErrorCode::VaultLocked, u"%1: %2"_s.arg(owner, credential.error().message)};
    if (!credential)
        return failure("CREDENTIAL_ERROR", u"%1: %2"_s.arg(owner, credential.error().message));
    const bool hasPassword = credential->password && !credential->password->isEmpty();
    const bool hasKey = (*profile)->authType == AuthType::Key && !(*profile)->keyPath.value_or(QString()).isEmpty();
    if (!hasPassword && !hasKey)
        return failure("CREDENTIAL_ERROR",
                       u"%1: profile '%2' has no password and no key file"_s.arg(owner, (*profile)->name));
    return ScriptDevice{.sessionId = sessionId,
                        .name = (*session)->name,
                        .host = (*session)->host,
                        .type = netmikoType((*session)->cliFlavor),
                        .json = deviceJson(**session, **profile, std::move(*credential))};
}

} // namespace

Result<std::vector<ScriptDevice>> scriptDevices(Connection &connection, const VaultKey &key,
                                                const QStringList &sessionIds)
{
    std::vector<ScriptDevice> devices;
    for (const QString &id : sessionIds) {
        auto device = deviceOf(connection, key, id);
        if (!device)
            return device.error();
        devices.push_back(std::move(*device));
    }
    return devices;
}

} // namespace agent
