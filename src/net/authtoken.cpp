#include "net/authtoken.h"

namespace agent {

bool AuthToken::matchesHeader(QByteArrayView value) const
{
    constexpr QByteArrayView scheme = "Bearer ";
    return value.startsWith(scheme) && matches(value.sliced(scheme.size()));
}

bool AuthToken::matches(QByteArrayView value) const
{
    return !m_token.isEmpty() && m_token.equals(value); // no token set: nobody gets in
}

} // namespace agent
