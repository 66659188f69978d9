#pragma once

#include <QString>

namespace agent {

/// What stands for the variables in a source's path, unwrap expression and keys (contract 06 section 16.3).
struct SourceVariables
{
    QString token;
    QString sessionHost;
    QString sessionHostIp; ///< looked up only where it is used
    QString sessionName;

    /// `text` with `{token_url}`, `{token}`, `{session_host}`, `{sessions_host}`, `{session_host_ip}` and
    /// `{session_name}` replaced, in one pass; other braces stay. Braces in the values are percent-encoded in paths,
    /// where they would be variables of the API resource.
    enum class Place { Path, Expression };
    [[nodiscard]] QString fill(const QString &text, Place place) const;
};

} // namespace agent
