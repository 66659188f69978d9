#pragma once

#include "core/secret.h"

#include <QByteArrayView>

namespace agent {

/// The token of this process (contract 01 section 8.2), compared in constant time.
class AuthToken
{
public:
    explicit AuthToken(Secret token)
        : m_token(std::move(token))
    {
    }

    /// `value` is the Authorization field: exactly `Bearer <token>`.
    [[nodiscard]] bool matchesHeader(QByteArrayView value) const;
    /// `value` is the decoded query parameter `token`.
    [[nodiscard]] bool matches(QByteArrayView value) const;

private:
    Secret m_token;
};

} // namespace agent
