#include "apiresources/apiresourcestore.h"

#include "api/body.h"
#include "api/crud.h"
#include "storage/connection.h"

#include <QSet>

#include <array>

namespace agent::apiresources {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMinTimeoutSecs = 1, kMaxTimeoutSecs = 300;
constexpr qsizetype kMaxUrlBytes = 8 * 1024;
constexpr qsizetype kMaxValueBytes = 64 * 1024;
constexpr qsizetype kMaxBodyBytes = 1024 * 1024;
constexpr qsizetype kMaxSteps = 20;
constexpr qsizetype kMaxHeaders = 100;
constexpr TextRule kOptionalLine{.maxBytes = kMaxUrlBytes, .mayBeEmpty = true};

Error tooMany(QLatin1StringView field, qsizetype most)
{
    return {ErrorCode::Validation, u"field '%1' has more than %2 entries"_s.arg(field, QString::number(most)), field};
}

Status checkOptional(const std::optional<QString> &text, QLatin1StringView field, TextRule rule = kOptionalLine)
{
    return text ? checkText(*text, field, rule) : Status();
}

Status checkHeader(const QString &name, const QString &value, QLatin1StringView field)
{
    if (Status valid = checkText(name, field, kOptionalLine); !valid)
        return valid;
    return checkText(value, field, {.maxBytes = kMaxValueBytes, .mayBeEmpty = true});
}

Status checkHeaders(const QList<std::pair<QString, QString>> &headers, QLatin1StringView field)
{
    if (headers.size() > kMaxHeaders)
        return tooMany(field, kMaxHeaders);
    for (const auto &[name, value] : headers) {
        if (Status valid = checkHeader(name, value, field); !valid)
            return valid;
    }
    return {};
}

Status checkFlow(const QList<AuthFlowStep> &flow)
{
    constexpr auto field = "auth_flow"_L1;
    if (flow.size() > kMaxSteps)
        return tooMany(field, kMaxSteps);
    for (const AuthFlowStep &step : flow) {
        for (const QString &text : {step.method, step.path, step.extractPath, step.storeAs}) {
            if (Status valid = checkText(text, field, kOptionalLine); !valid)
                return valid;
        }
        if (Status valid = checkOptional(step.body, field,
                                         {.maxBytes = kMaxBodyBytes, .mayBeEmpty = true, .mayHaveLineBreaks = true});
            !valid)
            return valid;
        if (Status valid = checkHeaders(stringMembers(step.headers), field); !valid)
            return valid;
    }
    return {};
}

Status check(const AddressGuard &guard, ApiResource &resource)
{
    resource.timeoutSecs = std::clamp(resource.timeoutSecs, kMinTimeoutSecs, kMaxTimeoutSecs);
    if (Status valid = checkText(resource.name, "name"_L1); !valid)
        return valid;
    if (Status valid = checkText(resource.baseUrl, "base_url"_L1, {.maxBytes = kMaxUrlBytes}); !valid)
        return valid;
    if (Status valid = guard.judgeText(resource.baseUrl.trimmed(), "base_url"_L1); !valid)
        return valid;
    if (Status valid = checkOptional(resource.authHeaderName, "auth_header_name"_L1); !valid)
        return valid;
    if (Status valid = checkOptional(resource.authHeaderPrefix, "auth_header_prefix"_L1); !valid)
        return valid;
    if (Status valid = checkOptional(resource.testPath, "test_path"_L1); !valid)
        return valid;
    if (resource.defaultHeaders.text.size() > kMaxBodyBytes)
        return tooMany("default_headers"_L1, kMaxHeaders);
    if (Status valid = checkHeaders(stringMembers(resource.defaultHeaders), "default_headers"_L1); !valid)
        return valid;
    if (resource.customHeaders.size() > kMaxHeaders)
        return tooMany("custom_headers"_L1, kMaxHeaders);
    for (const CustomHeader &header : std::as_const(resource.customHeaders)) {
        if (Status valid = checkHeader(header.name, header.value, "custom_headers"_L1); !valid)
            return valid;
    }
    return resource.authFlow ? checkFlow(*resource.authFlow) : Status();
}

bool hasText(const std::optional<Secret> &secret) { return secret && !secret->isEmpty(); }

bool isEmpty(const ResourceSecrets &secrets)
{
    return !hasText(secrets.token) && !hasText(secrets.username) && !hasText(secrets.password);
}

Result<QVariant> blobOf(Connection &connection, const QString &id)
{
    return connection.value(u"SELECT encrypted_data FROM api_resource_credentials WHERE api_resource_id = ?"_s, {id});
}

Status seal(Connection &connection, const VaultKey &key, const QString &id, const ResourceSecrets &secrets)
{
    const auto blob = key.seal(writeSecrets(secrets));
    if (!blob)
        return blob.error();
    const QString now = Timestamp::now().toDatabaseText();
    const auto stored = connection.execute(
        u"INSERT INTO api_resource_credentials (api_resource_id, encrypted_data, created_at, updated_at) "
        "VALUES (?, ?, ?, ?) ON CONFLICT (api_resource_id) DO UPDATE SET encrypted_data = excluded.encrypted_data, "
        "updated_at = excluded.updated_at"_s,
        {id, *blob, now, now});
    return stored ? Status() : Status(stored.error());
}

/// Stores what is there now. @return whether the resource has credentials.
Result<bool> merge(Connection &connection, const VaultKey &key, const QString &id, ResourceSecrets changes)
{
    const auto blob = blobOf(connection, id);
    if (!blob)
        return blob.error();
    const bool isNothing = !changes.token && !changes.username && !changes.password;
    if (isNothing || (!blob->isValid() && isEmpty(changes)))
        return blob->isValid();
    auto secrets = secretsOf(connection, key, id);
    if (!secrets)
        return std::move(secrets).error();
    if (changes.token)
        secrets->token = std::move(changes.token);
    if (changes.username)
        secrets->username = std::move(changes.username);
    if (changes.password)
        secrets->password = std::move(changes.password);
    if (isEmpty(*secrets)) {
        const auto removed =
            connection.execute(u"DELETE FROM api_resource_credentials WHERE api_resource_id = ?"_s, {id});
        return removed ? Result<bool>(false) : Result<bool>(removed.error());
    }
    const Status sealed = seal(connection, key, id, *secrets);
    return sealed ? Result<bool>(true) : Result<bool>(sealed.error());
}

/// "NetBox source 'lab'", of everything that would be left without its resource.
Result<QStringList> usersOf(Connection &connection, const QString &id)
{
    static constexpr std::array kSources{
        std::pair{"NetBox source", "SELECT name FROM netbox_sources WHERE api_resource_id = ? ORDER BY name"},
        std::pair{"LibreNMS source", "SELECT name FROM librenms_sources WHERE api_resource_id = ? ORDER BY name"},
        std::pair{"NetStacks-Crawler source",
                  "SELECT name FROM netstacks_crawler_sources WHERE api_resource_id = ? ORDER BY name"},
    };
    QStringList users;
    for (const auto &[noun, sql] : kSources) {
        const Status read = connection.forEach(QLatin1StringView(sql), {id}, [&](const QSqlQuery &row) {
            users.append(u"%1 '%2'"_s.arg(QLatin1StringView(noun), row.value(0).toString()));
        });
        if (!read)
            return read.error();
    }
    return users;
}

} // namespace

Result<QList<ApiResource>> list(Connection &connection)
{
    QSet<QString> withCredentials;
    const Status read =
        connection.forEach(u"SELECT api_resource_id FROM api_resource_credentials"_s, {},
                           [&](const QSqlQuery &row) { withCredentials.insert(row.value(0).toString()); });
    if (!read)
        return read.error();
    auto resources = repository::list<ApiResource>(connection);
    if (resources) {
        for (ApiResource &resource : *resources)
            resource.hasCredentials = withCredentials.contains(resource.id);
    }
    return resources;
}

Result<ApiResource> get(Connection &connection, const QString &id)
{
    auto resource = repository::get<ApiResource>(connection, id);
    if (!resource)
        return resource;
    const auto blob = blobOf(connection, id);
    if (!blob)
        return blob.error();
    resource->hasCredentials = blob->isValid();
    return resource;
}

Result<ResourceSecrets> secretsOf(Connection &connection, const VaultKey &key, const QString &id)
{
    const auto blob = blobOf(connection, id);
    if (!blob)
        return blob.error();
    if (!blob->isValid())
        return ResourceSecrets();
    auto text = key.open(blob->toByteArray());
    if (!text)
        return std::move(text).error();
    const auto json = SecretJson::parse(std::move(*text));
    if (!json)
        return Error{ErrorCode::Encryption, u"The stored credentials are damaged. Enter them again."_s};
    return readSecrets<ResourceSecrets>(*json);
}

Result<ApiResource> create(Connection &connection, const VaultKey &key, const AddressGuard &guard, ApiResource resource,
                           ResourceSecrets secrets)
{
    if (Status valid = check(guard, resource); !valid)
        return valid.error();
    resource.id = newUuid();
    crud::stampCreated(resource);
    if (Status inserted = repository::insert(connection, resource); !inserted)
        return inserted.error();
    const auto hasCredentials = merge(connection, key, resource.id, std::move(secrets));
    if (!hasCredentials)
        return hasCredentials.error();
    resource.hasCredentials = *hasCredentials;
    return resource;
}

Result<ApiResource> update(Connection &connection, const VaultKey &key, const AddressGuard &guard, const QString &id,
                           const JsonValue &body, ResourceSecrets changes)
{
    const auto stored = get(connection, id);
    if (!stored)
        return stored.error();
    ApiResource now = *stored;
    if (Status read = readObject(body, now, BodyKind::Update); !read)
        return read.error();
    if (now != *stored) {
        if (Status valid = check(guard, now); !valid)
            return valid.error();
        now.updatedAt = Timestamp::now();
        if (Status updated = repository::update(connection, now); !updated)
            return updated.error();
    }
    const auto hasCredentials = merge(connection, key, id, std::move(changes));
    if (!hasCredentials)
        return hasCredentials.error();
    now.hasCredentials = *hasCredentials;
    return now;
}

Status remove(Connection &connection, const QString &id)
{
    const auto resource = repository::get<ApiResource>(connection, id);
    if (!resource)
        return resource.error();
    const auto users = usersOf(connection, id);
    if (!users)
        return users.error();
    if (!users->isEmpty()) {
        return Error{ErrorCode::Conflict,
                     u"API resource '%1' is in use by %2"_s.arg(resource->name, users->join(", "_L1))};
    }
    return repository::remove<ApiResource>(connection, id);
}

} // namespace agent::apiresources
