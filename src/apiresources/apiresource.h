#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// How requests to a resource prove who sends them (contract 06 section 14.1, item 5).
enum class ApiAuth {
    None,
    BearerToken,
    Basic,
    ApiKeyHeader,
    CustomHeader, ///< older rows: a header with a prefix; today only custom_headers with {{token}}
    MultiStep,    ///< a flow of requests whose answers give the variables for custom_headers
};

template <>
struct EnumWords<ApiAuth>
{
    static constexpr std::array words{
        std::pair{ApiAuth::None, "none"},
        std::pair{ApiAuth::BearerToken, "bearer_token"},
        std::pair{ApiAuth::Basic, "basic"},
        std::pair{ApiAuth::ApiKeyHeader, "api_key_header"},
        std::pair{ApiAuth::CustomHeader, "custom_header"},
        std::pair{ApiAuth::MultiStep, "multi_step"},
    };
};

/// One request of an authentication flow; everything but the last two is a template.
struct AuthFlowStep
{
    QString method;
    QString path;
    std::optional<QString> body;
    RawObject headers;
    bool useBasicAuth = false;
    QString extractPath; ///< contract 06 section 15.1
    QString storeAs;     ///< the variable that gets what was extracted

    friend bool operator==(const AuthFlowStep &, const AuthFlowStep &) = default;
};

template <>
struct Schema<AuthFlowStep>
{
    static constexpr const char *name = "AuthFlowStep";
    static constexpr auto fields = std::tuple{
        field("method", &AuthFlowStep::method, FieldFlag::Required),
        field("path", &AuthFlowStep::path, FieldFlag::Required),
        field("body", &AuthFlowStep::body),
        field("headers", &AuthFlowStep::headers),
        field("use_basic_auth", &AuthFlowStep::useBasicAuth),
        field("extract_path", &AuthFlowStep::extractPath, FieldFlag::Required),
        field("store_as", &AuthFlowStep::storeAs, FieldFlag::Required),
    };
};

/// A header whose value is a template, sent last ("post-auth").
struct CustomHeader
{
    QString name;
    QString value;

    friend bool operator==(const CustomHeader &, const CustomHeader &) = default;
};

template <>
struct Schema<CustomHeader>
{
    static constexpr const char *name = "CustomHeader";
    static constexpr auto fields = std::tuple{
        field("name", &CustomHeader::name, FieldFlag::Required),
        field("value", &CustomHeader::value, FieldFlag::Required),
    };
};

/// A web service that quick actions, enrichment and integrations call, without its secrets (contract 06 section 14).
struct ApiResource
{
    QString id;
    QString name;
    QString baseUrl;
    ApiAuth authType = ApiAuth::None;
    std::optional<QString> authHeaderName;
    std::optional<QString> authHeaderPrefix;
    std::optional<QList<AuthFlowStep>> authFlow;
    RawObject defaultHeaders;
    QList<CustomHeader> customHeaders;
    bool verifySsl = true;
    qint64 timeoutSecs = 30;     ///< as given; requests use it clamped to 1 ... 300
    bool hasCredentials = false; ///< whether a row of api_resource_credentials exists
    std::optional<QString> testPath;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const ApiResource &, const ApiResource &) = default;
};

template <>
struct Schema<ApiResource>
{
    static constexpr const char *name = "ApiResource";
    static constexpr auto fields = std::tuple{
        field("id", &ApiResource::id, FieldFlag::ReadOnly),
        field("name", &ApiResource::name, FieldFlag::Required),
        field("base_url", &ApiResource::baseUrl, FieldFlag::Required),
        field("auth_type", &ApiResource::authType),
        field("auth_header_name", &ApiResource::authHeaderName),
        field("auth_header_prefix", &ApiResource::authHeaderPrefix),
        field("auth_flow", &ApiResource::authFlow),
        field("default_headers", &ApiResource::defaultHeaders),
        field("custom_headers", &ApiResource::customHeaders),
        field("verify_ssl", &ApiResource::verifySsl),
        field("timeout_secs", &ApiResource::timeoutSecs),
        field("has_credentials", &ApiResource::hasCredentials, FieldFlag::ReadOnly | FieldFlag::NotStored),
        field("test_path", &ApiResource::testPath),
        field("created_at", &ApiResource::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &ApiResource::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<ApiResource>
{
    static constexpr const char *table = "api_resources";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "API resource";
};

} // namespace agent
