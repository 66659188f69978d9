#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// The one mail server that mails go through (contract 07 section 7). Its password is in the vault.
struct SmtpConfig
{
    QString host;
    quint16 port = 587;
    QString username;
    bool useTls = true;
    QString fromEmail;
    std::optional<QString> fromName;
    bool hasPassword = false;

    friend bool operator==(const SmtpConfig &, const SmtpConfig &) = default;
};

template <>
struct Schema<SmtpConfig>
{
    static constexpr const char *name = "SmtpConfig";
    static constexpr auto fields = std::tuple{
        field("host", &SmtpConfig::host, FieldFlag::Required),
        field("port", &SmtpConfig::port, FieldFlag::Required),
        field("username", &SmtpConfig::username, FieldFlag::Required),
        field("use_tls", &SmtpConfig::useTls, FieldFlag::Required),
        field("from_email", &SmtpConfig::fromEmail, FieldFlag::Required),
        field("from_name", &SmtpConfig::fromName),
        field("has_password", &SmtpConfig::hasPassword, FieldFlag::ReadOnly | FieldFlag::NotStored),
    };
};

template <>
struct Table<SmtpConfig>
{
    static constexpr const char *table = "smtp_config";
    static constexpr const char *order = "host";
    static constexpr const char *noun = "mail server";
};

} // namespace agent
