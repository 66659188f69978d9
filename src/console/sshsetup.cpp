#include "console/sshsetup.h"

#include "console/keyfile.h"
#include "console/tty.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

/// `{"<field>":"<secret>"}`, to be wiped by whoever sends it.
QByteArray secretAsJson(QByteArrayView field, const Secret &secret)
{
    QByteArray json;
    json.reserve(field.size() + 6 * qsizetype(secret.size()) + 8); // one allocation: no copy stays behind
    json.append("{\"").append(field).append("\":\"");
    secret.reveal([&json](QByteArrayView bytes) {
        static constexpr char digits[] = "0123456789abcdef";
        for (const char c : bytes) {
            if (c == '"' || c == '\\')
                json.append('\\').append(c);
            else if (uchar(c) < 0x20)
                json.append("\\u00").append(digits[uchar(c) >> 4]).append(digits[uchar(c) & 15]);
            else
                json.append(c);
        }
    });
    return json.append("\"}");
}

QByteArray toJson(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

Error failed(const QString &what, const Reply &reply)
{
    return {.code = ErrorCode::Internal, .message = what + u": "_s + reply.errorText()};
}

QString idOf(const Reply &reply) { return QJsonDocument::fromJson(reply.body).object()["id"_L1].toString(); }

} // namespace

Result<SshSecret> askSshSecret(const Arguments &arguments, int interruptions)
{
    SshSecret secret;
    const bool byKey = !arguments.keyPath.isEmpty();
    if (byKey) {
        const Result<bool> encrypted = keyNeedsPassphrase(arguments.keyPath);
        if (!encrypted)
            return encrypted.error();
        if (!*encrypted)
            return secret;
    }
    const QString question = byKey ? QString(u"Passphrase of "_s + arguments.keyPath)
                                   : QString(arguments.user + u'@' + arguments.host + u"'s password"_s);
    Result<Secret> typed = askSecret(question, interruptions);
    if (!typed)
        return std::move(typed).error();
    (byKey ? secret.passphrase : secret.password) = std::move(*typed);
    return secret;
}

Task<Result<QString>> SshSetup::create(Arguments arguments, SshSecret secret)
{
    const bool byKey = !arguments.keyPath.isEmpty();
    const Reply profile = co_await m_client.request(
        "POST", u"/api/profiles"_s,
        toJson({{u"name"_s, u"netstacks-console"_s},
                {u"username"_s, arguments.user},
                {u"auth_type"_s, byKey ? u"key"_s : u"password"_s},
                {u"key_path"_s, byKey ? QJsonValue(arguments.keyPath) : QJsonValue(QJsonValue::Null)}}));
    m_profileId = idOf(profile);
    if (!profile.isSuccess() || m_profileId.isEmpty())
        co_return failed(u"cannot create a profile"_s, profile);

    if (!secret.password.isEmpty() || !secret.passphrase.isEmpty()) {
        if (Status open = co_await openVault(arguments.dataDir.isEmpty()); !open)
            co_return std::move(open).error();
        const Reply stored = co_await m_client.request("PUT", u"/api/profiles/"_s + m_profileId + u"/credential"_s,
                                                       byKey ? secretAsJson("key_passphrase", secret.passphrase)
                                                             : secretAsJson("password", secret.password));
        if (!stored.isSuccess())
            co_return failed(u"cannot store the credential"_s, stored);
    }

    const QString name = u"console "_s + arguments.user + u'@' + arguments.host + u' ' + m_profileId.first(8);
    const Reply session = co_await m_client.request("POST", u"/api/sessions"_s,
                                                    toJson({{u"name"_s, name},
                                                            {u"host"_s, arguments.host},
                                                            {u"port"_s, int(arguments.port)},
                                                            {u"profile_id"_s, m_profileId}}));
    m_sessionId = idOf(session);
    if (!session.isSuccess() || m_sessionId.isEmpty())
        co_return failed(u"cannot create a session"_s, session);
    co_return Result<QString>(m_sessionId); // co_return of a bare member would move from it
}

Task<Status> SshSetup::openVault(bool temporaryHome)
{
    const Reply status = co_await m_client.request("GET", u"/api/vault/status"_s, {});
    if (!status.isSuccess())
        co_return failed(u"cannot ask for the vault's status"_s, status);
    const QJsonObject vault = QJsonDocument::fromJson(status.body).object();
    if (vault["unlocked"_L1].toBool())
        co_return Status();
    const bool isNew = !vault["has_master_password"_L1].toBool();
    if (temporaryHome) // nobody will ever have to type it: the vault goes when this program ends
        co_return co_await call("POST", u"/api/vault/password"_s,
                                secretAsJson("password", Secret(randomBytes(32).toHex())));
    const Result<Secret> password =
        askSecret(isNew ? u"New vault password (12 characters or more)"_s : u"Vault password"_s, m_interruptions);
    if (!password)
        co_return password.error();
    co_return co_await call("POST", isNew ? u"/api/vault/password"_s : u"/api/vault/unlock"_s,
                            secretAsJson("password", *password));
}

Task<Status> SshSetup::call(QByteArray method, QString path, QByteArray body)
{
    const Reply reply = co_await m_client.request(std::move(method), path, std::move(body));
    if (!reply.isSuccess())
        co_return failed(path, reply);
    co_return Status();
}

Task<Status> SshSetup::remove()
{
    if (!m_sessionId.isEmpty()) {
        if (Status removed = co_await call("DELETE", u"/api/sessions/"_s + m_sessionId, {}); !removed)
            co_return removed;
    }
    if (m_profileId.isEmpty())
        co_return Status();
    co_return co_await call("DELETE", u"/api/profiles/"_s + m_profileId, {});
}

} // namespace agent::console
